"""Sequences of several lengths as one: cropped, or padded with the letter that stands for any other."""

import logging

from convoscope.config.sequence import Fit
from convoscope.sequence.alphabet import Alphabet

log = logging.getLogger(__name__)


def pad_letter(alphabet: Alphabet) -> str:
    """Return the letter that stands for every letter: N of nucleotides, X of amino acids."""
    return next(letter for letter, several in alphabet.ambiguous.items() if set(several) == set(alphabet.letters))


def _first_letter(size: int, length: int, place: str) -> int:
    """Return which letter of a sequence becomes the first of its window, negative where pads come before it.

    The middle of both is the letter ``length // 2``, as of windows around sites.

    >>> [_first_letter(7, 4, place) for place in ("start", "center", "end")]
    [0, 1, 3]
    """
    return {"start": 0, "center": size // 2 - length // 2, "end": size - length}[place]


def fit_text(text: str, length: int, place: str, pad: str) -> str:
    """Return a text cropped or padded to a length.

    >>> fit_text("ACGT", 6, "center", "N"), fit_text("ACGT", 2, "end", "N")
    ('NACGTN', 'GT')
    """
    first = _first_letter(len(text), length, place)
    return (pad * -first + text[max(first, 0) : first + length]).ljust(length, pad)


def fit_texts(texts: list[str], fit: Fit, alphabet: Alphabet) -> list[str]:
    """Return texts of one length, that of the longest where none is given, and say how many were changed."""
    length = fit.length or max(map(len, texts), default=0)
    shorter, longer = sum(len(text) < length for text in texts), sum(len(text) > length for text in texts)
    pad = pad_letter(alphabet)
    log.info("fit: %d letters, %s in place: %d padded with %s, %d cropped", length, fit.place, shorter, pad, longer)
    return [fit_text(text, length, fit.place, pad) for text in texts]
