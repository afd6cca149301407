"""From the subsequences that activate a filter to its motif: choosing, counting, trimming, describing.

Matrices are ``(length, letters)``: one row per position, letters in the order of their codes.
"""

from collections.abc import Callable

import numpy as np

from convoscope.config.tasks import TASKS
from convoscope.sequence.alphabet import Alphabet

# A matrix from fewer sites says more about the pseudocount than about the filter. Basset's limit, used for both rules.
MIN_SITES = 10
# Added to every count before dividing, as Basset does when it makes a filter's matrix.
PSEUDOCOUNT = 1.0
STRICT = 0.7  # of a maximum, by the rule that is named after it
TRIM_SHARE = 0.1
TRIM_BITS = 0.1

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]


def above_half_maximum(maps: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Choose every position above half of the filter's maximum over all sequences (Kelley et al. 2016).

    Parameters
    ----------
    maps
        Activations ``(strands, batch, filters, positions)``.
    maxima
        Largest activation of each filter over everything that is scanned, ``(filters,)``.

    Returns
    -------
    numpy.ndarray
        Boolean, shape of ``maps``. A filter whose maximum is not positive never passes a rectifier: no position.

    References
    ----------
    Basset, doi:10.1101/gr.200535.115, Methods.
    """
    return maps > np.maximum(maxima / 2, 0)[:, None]


def above_most_of_maximum(maps: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Choose every position above .7 of the filter's maximum: fewer sites, sharper motifs.

    The maximum is that over the examples that are aligned, the positives of a filter that raises a score.
    """
    return maps > np.maximum(STRICT * maxima, 0)[:, None]


def best_position(maps: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Choose the best position of each sequence, over both strands, if its activation is positive (Alipanahi 2015).

    Parameters
    ----------
    maps
        Activations ``(strands, batch, filters, positions)``.
    maxima
        Not needed by this rule.

    Returns
    -------
    numpy.ndarray
        Boolean, shape of ``maps``, at most one position per sequence and filter; the first of equals.

    References
    ----------
    DeepBind, doi:10.1038/nbt.3300, Supplementary Notes.
    """
    strands, batch, filters, positions = maps.shape
    flat = maps.transpose(1, 2, 0, 3).reshape(batch, filters, strands * positions)
    best = flat.argmax(axis=2)[..., None]
    chosen = np.zeros(flat.shape, dtype=bool)
    np.put_along_axis(chosen, best, np.take_along_axis(flat, best, axis=2) > 0, axis=2)
    return chosen.reshape(batch, filters, strands, positions).transpose(2, 0, 1, 3)


def positives(labels: np.ndarray, task: str) -> np.ndarray:
    """Tell which examples are positive for which label, ``(examples, labels)`` both; an unknown label never is.

    Classes have their 1; of a measured label the upper half is positive.
    """
    threshold = 0.5 if TASKS[task].binary else np.nanmedian(labels, axis=0)
    return np.asarray(labels > threshold)


RULES: dict[str, Rule] = {"basset": above_half_maximum, "maximum": above_most_of_maximum, "deepbind": best_position}
WITHOUT_MAXIMA = (best_position,)  # rules that look at each sequence alone


def probabilities(counts: np.ndarray, pseudocount: float = PSEUDOCOUNT) -> np.ndarray:
    """Turn counts ``(length, letters)`` into probabilities, with a pseudocount added to every letter.

    >>> probabilities(np.array([[5, 0, 1, 0]])).tolist()
    [[0.6, 0.1, 0.2, 0.1]]
    """
    padded = np.asarray(counts, dtype=float) + pseudocount
    return padded / padded.sum(axis=1, keepdims=True)


def information(matrix: np.ndarray) -> np.ndarray:
    """Return the bits per position ``(length,)`` of probabilities ``(length, letters)``, against equal frequencies.

    The background is uniform whatever the genome's composition, so that values of different genomes compare
    and a conserved A and a conserved G are of equal height in a logo (Schneider & Stephens 1990,
    doi:10.1093/nar/18.20.6097).

    >>> information(np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25, 0.25, 0.25, 0.25]])).tolist()
    [2.0, 1.0, 0.0]
    """
    logarithms = np.log2(matrix, out=np.zeros_like(matrix, dtype=float), where=matrix > 0)
    return np.log2(matrix.shape[1]) + (matrix * logarithms).sum(axis=1)


def trim(matrix: np.ndarray) -> slice:
    """Return the rows between the first and the last that carry information.

    Outer rows of probabilities ``(length, letters)`` with less than a tenth of the most informative row's bits, or
    less than 0.1 bit, are left out: DeepBind's rule. Where nothing carries information the slice is empty.

    >>> trim(np.array([[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0, 0, 1, 0]]))
    slice(1, 3, None)
    """
    bits = information(matrix)
    if not len(bits):
        return slice(0, 0)
    informative = np.flatnonzero(bits >= max(TRIM_SHARE * bits.max(), TRIM_BITS))
    return slice(int(informative[0]), int(informative[-1]) + 1) if len(informative) else slice(0, 0)


def motif_columns(counts: np.ndarray, sites: int) -> slice:
    """Return which columns of a filter are its motif, given its counts ``(size, letters)``; none without a motif.

    A filter has no motif when it has fewer than 10 sites, or when no position carries information.
    """
    return trim(probabilities(counts)) if sites >= MIN_SITES else slice(0, 0)


def motif(counts: np.ndarray, sites: int) -> np.ndarray:
    """Return the trimmed probabilities ``(length, letters)`` of a filter's counts; of length 0 without a motif."""
    return probabilities(counts)[motif_columns(counts, sites)]


def consensus(matrix: np.ndarray, alphabet: Alphabet) -> str:
    """Return one letter per row of probabilities ``(length, letters)``.

    Cavener's rule (1987, doi:10.1093/nar/15.4.1353): one letter if it has more than half and more than twice the
    second; two letters that have more than three quarters together as their ambiguous letter; otherwise the letter
    for anything. (Biopython also names three letters where the fourth is absent, which a pseudocount rules out.)

    >>> from convoscope.sequence.alphabet import ALPHABETS
    >>> consensus(np.array([[0.9, 0.1, 0, 0], [0.5, 0, 0.5, 0], [0.3, 0.2, 0.3, 0.2]]), ALPHABETS["dna"])
    'ARN'
    """
    names = {frozenset(several): letter for letter, several in list(alphabet.ambiguous.items())[::-1]}
    anything = names[frozenset(alphabet.letters)]
    return "".join(_consensus_letter(row, alphabet.letters, names, anything) for row in matrix)


def _consensus_letter(row: np.ndarray, letters: str, names: dict[frozenset[str], str], anything: str) -> str:
    """Apply Cavener's rule to one position.

    Parameters
    ----------
    row
        Probabilities ``(letters,)``.
    letters
        Their letters.
    names
        Ambiguous letter of a set of letters.
    anything
        The letter for all of them.
    """
    first, second = np.argsort(row, kind="stable")[::-1][:2]
    if row[first] > 0.5 and row[first] > 2 * row[second]:
        return letters[first]
    if row[first] + row[second] > 0.75:
        return names.get(frozenset((letters[first], letters[second])), anything)
    return anything
