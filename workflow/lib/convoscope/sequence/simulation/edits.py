"""Changes near one strong site of a simulated genome, each of one kind, and what is left of the site after them.

Four kinds: ``neutral`` changes one letter next to the site; ``breaks`` spoils the site; ``creates`` writes another
factor's site next to it; ``switch`` replaces it by another factor's site. The last one alone both loses and gains a
site, which no single factor tells: creating changes one factor's prediction as much, and so does breaking.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convoscope.sequence.alphabet import reverse_complement_codes
from convoscope.sequence.simulation.planting import DNA, Matrix, strength

REACH = 40  # bp between a summit and any changed letter, at most
SITE = 0.5  # relative strength from which a match of a matrix is a site
GONE = 0.3  # relative strength up to which no site is left: one place in a thousand of random sequence reaches it
TRIES = 20  # neutral letters tried near one site


class Edit(NamedTuple):
    """Letters ``(n,)`` to write at a position of a chromosome, and the factor whose site they are, if any."""

    start: int
    letters: np.ndarray
    gained: str = ""

    @property
    def end(self) -> int:
        """First position after the letters."""
        return self.start + len(self.letters)


class Place(NamedTuple):
    """A strong site to vary: its chromosome's codes, where it lies, its factor, all factors, and what must stay.

    That is the site of another factor in a shared peak, and what is varied already.
    """

    codes: np.ndarray
    start: int
    end: int
    minus: bool
    summit: int
    matrix: Matrix
    matrices: list[Matrix]
    taken: tuple[Edit, ...] = ()


Maker = Callable[[Place, np.random.Generator], Edit | None]


def best_match(codes: np.ndarray, matrix: Matrix) -> float:
    """Return the relative strength, 0 to 1, of the best place for a matrix in codes ``(n,)``, on either strand.

    Places with an unknown letter do not count.
    """
    width = len(matrix.probabilities)
    if len(codes) < width:
        return 0.0
    places = sliding_window_view(codes, width)
    places = places[(places < len(DNA.letters)).all(axis=1)]
    both = np.concatenate([places, reverse_complement_codes(places, DNA)])
    return float(strength(both, matrix.probabilities, matrix.background).max(initial=0))


def written(codes: np.ndarray, edit: Edit, start: int, end: int) -> np.ndarray:
    """Return a copy of the codes from start to end, cut at the chromosome's ends, with the edit in it.

    >>> written(np.zeros(6, np.uint8), Edit(2, np.array([3, 3])), 1, 9).tolist()
    [0, 3, 3, 0, 0]
    """
    low = max(0, start)
    piece = codes[low : max(low, end)].copy()
    piece[edit.start - low : edit.end - low] = edit.letters
    return piece


def _remaining(place: Place, edit: Edit) -> float:
    """Return the best match of the place's own factor that overlaps its site once the edit is made."""
    reach = len(place.matrix.probabilities) - 1
    start, end = min(place.start, edit.start), max(place.end, edit.end)
    return best_match(written(place.codes, edit, start - reach, end + reach), place.matrix)


def _near(place: Place) -> tuple[int, int]:
    """Return the stretch around the summit in which letters may change, half-open."""
    return max(0, place.summit - REACH), min(len(place.codes), place.summit + REACH + 1)


def free(place: Place) -> np.ndarray:
    """Return the known positions around the summit that are neither in the site nor in a variant made before."""
    positions = np.arange(*_near(place))
    inside = place.codes[positions] < len(DNA.letters)
    for start, end in [(place.start, place.end), *((edit.start, edit.end) for edit in place.taken)]:
        inside &= (positions < start) | (positions >= end)
    return positions[inside]


def _strangers(place: Place, generator: np.random.Generator) -> Iterator[Matrix]:
    """Yield, in random order, the factors that have no site around the summit yet."""
    low, high = _near(place)
    for number in generator.permutation(len(place.matrices)):
        matrix = place.matrices[number]
        width = len(matrix.probabilities)
        around = place.codes[max(0, low - width) : high + width]
        if matrix.factor != place.matrix.factor and best_match(around, matrix) < SITE:
            yield matrix


def _consensus(matrix: Matrix, generator: np.random.Generator) -> np.ndarray:
    """Return the best site of a factor on a random strand, ``(length,)``."""
    best = matrix.probabilities.argmax(axis=1).astype(np.uint8)
    return reverse_complement_codes(best, DNA) if generator.random() < 0.5 else best


def neutral(place: Place, generator: np.random.Generator) -> Edit | None:
    """Change one letter outside the site, so that no factor has a site there."""
    outside = free(place)
    if not len(outside):
        return None
    for position in generator.choice(outside, TRIES):
        letter = (place.codes[position] + generator.integers(1, 4)) % 4
        edit = Edit(int(position), np.array([letter], dtype=np.uint8))
        widths = [(matrix, len(matrix.probabilities)) for matrix in place.matrices]
        found = (best_match(written(place.codes, edit, position - w + 1, position + w), m) for m, w in widths)
        if max(found) < SITE:
            return edit
    return None


def breaks(place: Place, generator: np.random.Generator) -> Edit | None:
    """Turn the fewest neighbouring letters of the site, those that lose most, into the least likely ones.

    One letter where that leaves no site; the strength of what is left decides (:data:`GONE`).
    """
    site = place.codes[place.start : place.end]
    read = reverse_complement_codes(site, DNA) if place.minus else site
    odds = np.log2(place.matrix.probabilities + 0.001)
    losses = odds[np.arange(len(read)), read] - odds.min(axis=1)
    worst = odds.argmin(axis=1).astype(np.uint8)
    if place.minus:
        losses, worst = losses[::-1], reverse_complement_codes(worst, DNA)
    for width in range(1, len(site) + 1):
        first = int(np.convolve(losses, np.ones(width), "valid").argmax())
        edit = Edit(place.start + first, worst[first : first + width])
        if _remaining(place, edit) <= GONE:
            return edit
    return None


def creates(place: Place, generator: np.random.Generator) -> Edit | None:
    """Write another factor's best site next to the site."""
    outside = free(place)
    for matrix in _strangers(place, generator):
        letters = _consensus(matrix, generator)
        reach = len(letters) - 1
        starts = outside[: len(outside) - reach]
        unbroken = starts[outside[reach:] - starts == reach]
        if len(unbroken):
            return Edit(int(generator.choice(unbroken)), letters, matrix.factor)
    return None


def switch(place: Place, generator: np.random.Generator) -> Edit | None:
    """Write another factor's best site over the site, so that nothing of it is left."""
    for matrix in _strangers(place, generator):
        letters = _consensus(matrix, generator)
        ends = sorted((place.start, place.end - len(letters)))  # inside the site, or around it
        for start in generator.permutation(np.arange(ends[0], ends[1] + 1)):
            edit = Edit(int(start), letters, matrix.factor)
            inside = edit.start >= 0 and edit.end <= len(place.codes)
            known = inside and (place.codes[edit.start : edit.end] < len(DNA.letters)).all()
            apart = all(edit.end <= other.start or other.end <= edit.start for other in place.taken)
            if known and apart and _remaining(place, edit) <= GONE:
                return edit
    return None


KINDS: dict[str, Maker] = {"neutral": neutral, "breaks": breaks, "creates": creates, "switch": switch}
LOSING = ("breaks", "switch")  # by turns, as they change the same letters
