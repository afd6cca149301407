"""Dinucleotide shuffle: random sequences with exactly the dinucleotide counts of a given one.

Altschul & Erickson 1985, doi:10.1093/oxfordjournals.molbev.a040370: a sequence is a walk over a graph with one edge
per dinucleotide. Draw the last edge that leaves each letter so that these edges lead from everywhere to the final
letter, put the other edges of each letter in random order, and walk. Here the last edges are drawn by Wilson's
loop-erased random walk (1996, doi:10.1145/237814.237880), which needs no rejection and makes every arborescence of
edges, and so every sequence with these counts, equally probable. First and last letter stay.

Ambiguous letters at the ends of a sequence, which pad one that is too short, stay where they are: as letters like
others they would move from one end to the other, and a shuffle would differ from its parent by its place alone.
"""

import numpy as np

from convoscope.errors import InputError
from convoscope.machine_code import compiled

SYMBOLS = 256
STEP = np.uint64(0x9E3779B97F4A7C15)
LOW = np.uint64(0xFFFFFFFF)


@compiled
def _mix(value: np.uint64) -> np.uint64:
    """Scramble 64 bits: the output function of SplitMix64 (Steele et al. 2014, doi:10.1145/2660193.2660195)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def _below(bound: int, state: np.ndarray) -> int:
    """Draw an integer from ``0 … bound - 1`` unbiased (Lemire 2019, doi:10.1145/3230636); advances ``state (1,)``."""
    size = np.uint64(bound)
    while True:
        state[0] += STEP
        product = (_mix(state[0]) >> np.uint64(32)) * size
        if (product & LOW) >= (LOW + np.uint64(1) - size) % size:
            return int(product >> np.uint64(32))


@compiled
def _group_edges(row: np.ndarray, first: np.ndarray, edges: np.ndarray) -> None:
    """Sort the letters of ``row (L,)`` by the letter before them.

    Fills ``edges (L - 1,)`` so that what follows letter ``u`` is ``edges[first[u]:first[u + 1]]``.
    """
    first[:] = 0
    for position in range(row.size - 1):
        first[row[position] + 1] += 1
    for letter in range(SYMBOLS):
        first[letter + 1] += first[letter]
    filled = first[:-1].copy()
    for position in range(row.size - 1):
        edges[filled[row[position]]] = row[position + 1]
        filled[row[position]] += 1


@compiled
def _draw_last_edges(root: int, first: np.ndarray, edges: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Draw the last edge of every letter but the root, ``(SYMBOLS,)`` indices into ``edges``, by Wilson's algorithm."""
    last = np.full(SYMBOLS, -1, dtype=np.int64)
    connected = np.zeros(SYMBOLS, dtype=np.bool_)
    connected[root] = True
    for begin in range(SYMBOLS):
        if first[begin] == first[begin + 1]:
            continue
        letter = begin
        while not connected[letter]:  # a later visit overwrites the edge, which erases the loop
            last[letter] = first[letter] + _below(first[letter + 1] - first[letter], state)
            letter = edges[last[letter]]
        letter = begin
        while not connected[letter]:
            connected[letter] = True
            letter = edges[last[letter]]
    return last


@compiled
def _order_edges(last: np.ndarray, first: np.ndarray, edges: np.ndarray, state: np.ndarray) -> None:
    """Put each letter's last edge at the end of its list and the others in random order (Fisher–Yates)."""
    for letter in range(SYMBOLS):
        end = first[letter + 1]
        if last[letter] >= 0:
            end -= 1
            edges[last[letter]], edges[end] = edges[end], edges[last[letter]]
        for position in range(end - 1, first[letter], -1):
            other = first[letter] + _below(position - first[letter] + 1, state)
            edges[position], edges[other] = edges[other], edges[position]


@compiled
def _inner(row: np.ndarray, letters: int) -> tuple[int, int]:
    """Return where the known letters of ``row (L,)`` begin and end; codes from ``letters`` on at its ends are pads."""
    start, end = 0, row.size
    while start < end and row[start] >= letters:
        start += 1
    while end > start and row[end - 1] >= letters:
        end -= 1
    return start, end


@compiled
def _shuffle_rows(codes: np.ndarray, seed: np.uint64, streams: np.ndarray, letters: int) -> np.ndarray:
    """Shuffle every row of ``codes (N, L)``, L at least 2, with the random numbers of its stream ``(N,)`` uint64."""
    result = codes.copy()
    first = np.empty(SYMBOLS + 1, dtype=np.int64)
    edges = np.empty(codes.shape[1] - 1, dtype=np.int64)
    state = np.empty(1, dtype=np.uint64)
    for number in range(codes.shape[0]):
        start, end = _inner(codes[number], letters)
        if end - start < 3:  # first and last letter stay, so there is nothing to move
            continue
        row = codes[number, start:end]
        state[0] = _mix(_mix(seed + STEP) ^ _mix(streams[number]))
        _group_edges(row, first, edges)
        last = _draw_last_edges(row[-1], first, edges, state)
        _order_edges(last, first, edges, state)
        letter = np.int64(row[0])
        for position in range(start + 1, end):
            first[letter] += 1
            letter = edges[first[letter] - 1]
            result[number, position] = letter
    return result


def shuffle_codes(
    codes: np.ndarray, seed: int, streams: np.ndarray | None = None, letters: int = SYMBOLS
) -> np.ndarray:
    """Shuffle sequences, each to a uniform draw from all sequences with its dinucleotide counts.

    Parameters
    ----------
    codes
        Codes ``(N, L)``, uint8; ambiguous letters between known ones are letters like others.
    seed
        Seed of all streams, 0 or larger. Another seed gives independent shuffles.
    streams
        Number of each row's stream of random numbers, ``(N,)``; 0, 1, … by default. A row's result depends on the
        row, the seed and its stream alone, not on the other rows, so that a subset can be shuffled the same way.
    letters
        Number of known letters of the alphabet: codes from there on stay in place at both ends.

    Returns
    -------
    numpy.ndarray
        Shuffled codes ``(N, L)``, uint8.

    Raises
    ------
    InputError
        If the codes are not a uint8 matrix, or streams not one per row.

    Examples
    --------
    >>> shuffle_codes(np.array([[0, 1, 0, 0, 2]], dtype=np.uint8), seed=1)[0, [0, -1]].tolist()
    [0, 2]
    """
    if codes.ndim != 2 or codes.dtype != np.uint8:
        raise InputError(f"codes: {codes.dtype} of shape {codes.shape}; a uint8 matrix (sequences, length) is shuffled")
    numbers = np.arange(len(codes)) if streams is None else np.asarray(streams)
    if numbers.shape != (len(codes),):
        raise InputError(f"streams: shape {numbers.shape}; one number for each of {len(codes)} sequences")
    if codes.shape[1] < 3:
        return codes.copy()
    contiguous = np.ascontiguousarray(codes)
    return _shuffle_rows(contiguous, np.uint64(seed), numbers.astype(np.uint64), letters)
