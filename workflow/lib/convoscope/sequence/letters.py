"""Letters to codes and back, with the alphabet by its name; `convoscope.sequence.alphabet` does the work."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from convoscope.errors import InputError
from convoscope.sequence import alphabet as alphabets
from convoscope.sequence.alphabet import ALPHABETS, Alphabet


def _named_alphabet(name: str) -> Alphabet:
    """Return an alphabet by its name."""
    if name not in ALPHABETS:
        raise InputError(f"alphabet: {name!r}; one of {', '.join(ALPHABETS)}")
    return ALPHABETS[name]


def checked_codes(codes: Any, alphabet: Alphabet) -> np.ndarray:
    """Return codes as uint8, if all are of the alphabet."""
    array, limit = np.asarray(codes), len(alphabet.symbols)
    if array.size and (array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= limit):
        raise InputError(f"codes: {array.dtype} to {array.max()}; codes of {alphabet.name} are integers below {limit}")
    return array.astype(np.uint8)


def encode(text: str | Sequence[str], alphabet: str = "dna") -> np.ndarray:
    """Turn letters into integer codes; the exact inverse of `decode` for upper-case letters.

    The code of a plain letter is its place in the alphabet (A, C, G, T are 0, 1, 2, 3); ambiguous letters follow.

    Parameters
    ----------
    text
        Letters, upper or lower case; or several texts of one length.
    alphabet
        ``dna``, ``rna`` or ``protein``.

    Returns
    -------
    numpy.ndarray
        ``(L,)`` of one text, ``(N, L)`` of several; uint8.

    Raises
    ------
    InputError
        Naming the first letter that is not of the alphabet, or the first text of another length.

    Examples
    --------
    >>> import convoscope
    >>> convoscope.encode(["ACGT", "acgN"]).tolist()
    [[0, 1, 2, 3], [0, 1, 2, 14]]
    """
    known = _named_alphabet(alphabet)
    return alphabets.encode_text(text, known) if isinstance(text, str) else alphabets.encode_many(list(text), known)


def decode(codes: np.ndarray | Sequence[int], alphabet: str = "dna") -> str | list[str]:
    """Turn integer codes into upper-case letters; the exact inverse of `encode`.

    Parameters
    ----------
    codes
        ``(L,)`` for one text, ``(N, L)`` for several.
    alphabet
        ``dna``, ``rna`` or ``protein``.

    Returns
    -------
    str or list[str]
        One text, or N.

    Raises
    ------
    InputError
        If there is a code that the alphabet does not have.

    Examples
    --------
    >>> import convoscope
    >>> convoscope.decode([0, 1, 2, 3, 14])
    'ACGTN'
    """
    known = _named_alphabet(alphabet)
    array = checked_codes(codes, known)
    return alphabets.decode_codes(array, known) if array.ndim == 1 else alphabets.decode_many(array, known)


@overload
def reverse_complement(sequence: str, alphabet: str = "dna") -> str: ...
@overload
def reverse_complement(sequence: np.ndarray, alphabet: str = "dna") -> np.ndarray: ...
def reverse_complement(sequence: str | np.ndarray, alphabet: str = "dna") -> str | np.ndarray:
    """Read the other strand of letters, or of codes ``(…, L)``: complement, then reverse.

    Parameters
    ----------
    sequence
        Letters, or codes of `encode`.
    alphabet
        ``dna`` or ``rna``.

    Returns
    -------
    str or numpy.ndarray
        As given: letters or codes.

    Raises
    ------
    InputError
        If the alphabet has no complement, or a letter or code is not of it.

    Examples
    --------
    >>> import convoscope
    >>> convoscope.reverse_complement("AACGR")
    'YCGTT'
    """
    known = _named_alphabet(alphabet)
    if isinstance(sequence, str):
        return alphabets.decode_codes(
            alphabets.reverse_complement_codes(alphabets.encode_text(sequence, known), known), known
        )
    return alphabets.reverse_complement_codes(checked_codes(sequence, known), known)
