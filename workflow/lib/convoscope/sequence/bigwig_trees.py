"""The two trees of a bigWig, contigs and index, checked before the library follows them.

pyBigWig reads a file with a damaged index as one without values, and one with damaged contigs it may not survive.
The layout: Kent et al. 2010, doi:10.1093/bioinformatics/btq351, supplement, tables 5 to 17.
"""

import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from convoscope.errors import InputError

HEADER = struct.Struct("<IHHQQQ")  # magic, version, zoom levels, offsets of contigs, data and index
CONTIGS = struct.Struct("<IIIIQQ")  # magic, items per block, bytes of key and of value, items, reserved
INDEX = struct.Struct(
    "<IIQIIIIQII"
)  # magic, items per block, items, first and last place, end, items per slot, reserved
NODE = struct.Struct("<BBH")  # is a leaf, reserved, items
LEAF = struct.Struct("<IIIIQQ")  # first and last place, offset and size of a block of values
BRANCH = struct.Struct("<IIIIQ")  # first and last place, offset of a node
BIGWIG_MAGIC, CONTIGS_MAGIC, INDEX_MAGIC = 0x888FFC26, 0x78CA8C91, 0x2468ACE0
VALUE = 8  # bytes of a contig's number and length, and of an offset


def check_trees(path: Path) -> None:
    """Refuse a bigWig whose contigs or index are damaged; other files are left to the library.

    Raises
    ------
    InputError
        If a tree does not have the items that it counts, or leads out of the file.
    """
    with open(path, "rb") as stream:
        magic, _, _, contigs, data, index = HEADER.unpack(stream.read(HEADER.size).ljust(HEADER.size, b"\0"))
        if magic != BIGWIG_MAGIC:
            return
        size = stream.seek(0, 2)
        trees = {
            "contigs": partial(count_contigs, stream, contigs),
            "index": partial(count_blocks, stream, index, data, size),
        }
        for what, fits in trees.items():
            try:
                whole = fits()
            except (struct.error, ValueError, OSError):  # short of bytes; an offset that no file has
                whole = False
            if not whole:
                raise InputError(f"{path}: damaged bigWig: its {what} cannot be followed; fetch or make it again")


def items(stream: BinaryIO, root: int, leaf: int, branch: int) -> Iterator[bytes]:
    """Yield the bytes of every leaf item of a tree in order, ``leaf`` each; one of a branch ends with an offset."""
    waiting, seen = [root], {root}
    while waiting:
        stream.seek(waiting.pop())
        is_leaf, _, count = NODE.unpack(stream.read(NODE.size))
        width, children = (leaf if is_leaf else branch), []
        for _ in range(count):
            item = stream.read(width)
            if len(item) < width:
                raise struct.error
            if is_leaf:
                yield item
                continue
            (child,) = struct.unpack("<Q", item[-VALUE:])
            if child in seen:
                raise struct.error
            seen.add(child)
            children.append(child)
        waiting += reversed(children)


def count_contigs(stream: BinaryIO, offset: int) -> bool:
    """Tell whether the tree of contigs has the items that it counts, each with a name and its own number."""
    stream.seek(offset)
    magic, _, key, value, count, _ = CONTIGS.unpack(stream.read(CONTIGS.size))
    if magic != CONTIGS_MAGIC or value != VALUE or not 0 < key < 1 << 16:
        return False
    leaves = list(items(stream, offset + CONTIGS.size, key + VALUE, key + VALUE))
    names = {leaf[:key].rstrip(b"\0") for leaf in leaves}
    numbers = sorted(struct.unpack("<I", leaf[key : key + 4])[0] for leaf in leaves)
    return len(names) == len(leaves) == count and b"" not in names and numbers == list(range(count))


def count_blocks(stream: BinaryIO, offset: int, data: int, size: int) -> bool:
    """Tell whether the index has the blocks that it counts, with values within the file, in order."""
    stream.seek(data)
    if not offset:
        return stream.read(VALUE) == bytes(VALUE)
    stream.seek(offset)
    magic, _, count, *_ = INDEX.unpack(stream.read(INDEX.size))
    if magic != INDEX_MAGIC:
        return False
    found, reached = 0, (0, 0)
    for item in items(stream, offset + INDEX.size, LEAF.size, BRANCH.size):
        first, start, last, end, place, length = LEAF.unpack(item)
        inside = data < place and length > 0 and place + length <= size
        if not (inside and reached <= (first, start) < (last, end)):
            return False
        found, reached = found + 1, (last, end)
    return found == count
