"""The parts of a bigWig as arrays: blocks of values, the bins of a zoom level, and the trees that lead to them.

The layout: Kent et al. 2010, doi:10.1093/bioinformatics/btq351, supplement, tables 5 to 19.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from convoscope.sequence.bigwig_trees import CONTIGS, CONTIGS_MAGIC, NODE

FANOUT = 256  # items in a node of a tree, at most
FIXED_STEP = 3  # kind of a block: values of equal distance and width

HEADER_END = struct.Struct(
    "<HHQQIQ"
)  # fields, defined fields, offsets of text and summary, bytes of a block, extension
ZOOM_HEADER = struct.Struct("<IIQQ")  # bp of a bin, reserved, offsets of data and index
SUMMARY = struct.Struct("<Qdddd")  # bases with a value; their lowest, highest, sum, sum of squares
HEAD = struct.Struct("<IIIIIBBH")  # contig, start, end, step, span, kind, reserved, values
SECTION = np.dtype([
    ("contig", "<u4"), ("start", "<u4"), ("end", "<u4"), ("step", "<u4"), ("span", "<u4"),
    ("kind", "u1"), ("reserved", "u1"), ("items", "<u2"),
])  # fmt: skip
BIN = np.dtype([
    ("contig", "<u4"), ("start", "<u4"), ("end", "<u4"), ("bases", "<u4"),
    ("low", "<f4"), ("high", "<f4"), ("sum", "<f4"), ("squares", "<f4"),
])  # fmt: skip
PLACE = [("contig", "<u4"), ("start", "<u4"), ("last_contig", "<u4"), ("end", "<u4"), ("offset", "<u8")]
BRANCH, BLOCK = np.dtype(PLACE), np.dtype([*PLACE, ("size", "<u8")])
OF_LAST = ("last_contig", "end")  # fields of a branch that are its last child's; the others are its first child's


def values_as_bins(content: list[bytes]) -> np.ndarray:
    """Return every value of decompressed blocks as a bin of its own, ``(values,)``."""
    heads = np.frombuffer(b"".join(part[: HEAD.size] for part in content), SECTION)
    values = np.frombuffer(b"".join(part[HEAD.size :] for part in content), "<f4").astype(np.float64)
    items = heads["items"].astype(np.int64)
    number = np.arange(len(values)) - np.repeat(np.cumsum(items) - items, items)
    bins = np.empty(len(values), BIN)
    bins["contig"], bins["bases"] = np.repeat(heads["contig"], items), np.repeat(heads["span"], items)
    bins["start"] = np.repeat(heads["start"], items) + number * bins["bases"]
    bins["end"] = bins["start"] + bins["bases"]
    bins["low"] = bins["high"] = values
    bins["sum"], bins["squares"] = values * bins["bases"], values**2 * bins["bases"]
    return bins


def merged(chunks: Iterable[np.ndarray], width: int) -> Iterator[np.ndarray]:
    """Merge the bins of chunks, sorted by contig and start, that begin in the same ``width`` bp.

    >>> fine = np.zeros(3, BIN)
    >>> fine["start"], fine["end"], fine["bases"], fine["sum"] = [0, 10, 20], [10, 20, 25], [10, 10, 5], [1, 2, 4]
    >>> [coarse[["start", "end", "bases", "sum"]].tolist() for coarse in merged([fine[:1], fine[1:]], 20)]
    [[(0, 20, 20, 3.0)], [(20, 25, 5, 4.0)]]
    """
    rest = np.empty(0, BIN)
    for chunk in chunks:
        bins = np.concatenate([rest, chunk])
        place = bins["contig"].astype(np.int64) << 32 | bins["start"] // width
        first = np.flatnonzero(np.diff(place, prepend=-1))
        # The last bin may go on in the next chunk.
        rest = bins[first[-1] :]
        if len(first) > 1:
            yield _merge(bins[: first[-1]], first[:-1])
    if len(rest):
        yield _merge(rest, np.array([0]))


def _merge(bins: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Merge bins from each of ``first`` to the next."""
    found = bins[first]
    found["end"] = bins["end"][np.append(first[1:], len(bins)) - 1]
    found["low"], found["high"] = np.minimum.reduceat(bins["low"], first), np.maximum.reduceat(bins["high"], first)
    for name in ("bases", "sum", "squares"):
        found[name] = np.add.reduceat(bins[name], first, dtype=np.float64)
    return found


def totals(bins: np.ndarray) -> tuple[float, ...]:
    """Return the fields of the summary, of no bin all 0."""
    if not len(bins):
        return 0, 0.0, 0.0, 0.0, 0.0
    bases, *sums = (float(bins[name].sum(dtype=np.float64)) for name in ("bases", "sum", "squares"))
    return int(bases), float(bins["low"].min()), float(bins["high"].max()), *sums


def tree(leaves: np.ndarray, branch: np.dtype, offset: int) -> bytes:
    """Return the nodes of a tree, root first, as they are in a file from ``offset`` on.

    Parameters
    ----------
    leaves
        Items in order, ``(N,)``.
    branch
        Type of the items above: fields of a leaf, and ``offset``, which is that of a node.
    offset
        Of the root.
    """
    levels = [leaves]
    while len(levels[0]) > FANOUT:
        first = np.arange(0, len(levels[0]), FANOUT)
        last = np.append(first[1:], len(levels[0])) - 1
        above = np.empty(len(first), branch)
        for name in above.dtype.names or ():
            if name != "offset":
                above[name] = levels[0][name][last if name in OF_LAST else first]
        levels.insert(0, above)
    for level, below in pairwise(levels):
        offset += level.nbytes + NODE.size * len(range(0, len(level), FANOUT))
        level["offset"] = offset + np.arange(len(level)) * (NODE.size + FANOUT * below.itemsize)
    return b"".join(node for level in levels for node in _nodes(level, is_leaf=level is leaves))


def _nodes(items: np.ndarray, *, is_leaf: bool) -> Iterator[bytes]:
    """Yield the nodes of one level of a tree."""
    for low in range(0, len(items), FANOUT):
        part = items[low : low + FANOUT]
        yield NODE.pack(is_leaf, 0, len(part)) + part.tobytes()


def contig_tree(sizes: dict[str, int], offset: int) -> bytes:
    """Return the tree of contigs as it is in a file from ``offset`` on; contigs in the order of their bytes."""
    names = np.array([chrom.encode() for chrom in sizes])
    key = names.dtype.itemsize
    leaves = np.empty(len(names), [("key", f"S{key}"), ("number", "<u4"), ("size", "<u4")])
    leaves["key"], leaves["number"], leaves["size"] = names, np.arange(len(names)), list(sizes.values())
    header = CONTIGS.pack(CONTIGS_MAGIC, FANOUT, key, 8, len(names), 0)
    return header + tree(leaves, np.dtype([("key", f"S{key}"), ("offset", "<u8")]), offset + len(header))
