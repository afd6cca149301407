"""Writing bigWig: blocks of values, their index, and the zoom levels that browsers draw.

pyBigWig looks every contig up in a list, so that its time grows with the square of the contigs, and may not return
from a full disk; pybigtools takes a Python tuple for each value, and prints an error instead of raising it.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from os import SEEK_END
from typing import BinaryIO

import numpy as np

from convoscope.sequence.bigwig_layout import (
    BIN,
    BLOCK,
    BRANCH,
    FANOUT,
    FIXED_STEP,
    HEAD,
    HEADER_END,
    SUMMARY,
    ZOOM_HEADER,
    contig_tree,
    merged,
    totals,
    tree,
    values_as_bins,
)
from convoscope.sequence.bigwig_trees import BIGWIG_MAGIC, HEADER, INDEX, INDEX_MAGIC

VERSION = 4
VALUES, BINS = 8192, 1024  # in a block of values and of a zoom level, at most
FIRST_ZOOM, ZOOM = 16, 4  # values in a bin of the first zoom level, and bins in one of the next level
MOST_ZOOMS = 10
TOGETHER = 64  # blocks that are read back and summarised together


class BigWigWriter:
    """A bigWig that is being written; values come contig by contig, in the order of ``sizes`` and of positions.

    Parameters
    ----------
    stream
        Binary file, empty, open for writing and reading.
    sizes
        Contigs and their lengths in bp, in the order of their names' bytes.
    """

    def __init__(self, stream: BinaryIO, sizes: dict[str, int]) -> None:
        self.stream = stream
        self.numbers = {chrom: number for number, chrom in enumerate(sizes)}
        self.longest = max(sizes.values(), default=0)
        self.blocks: list[tuple[int, ...]] = []
        self.step = 0
        self.summary = self._write(bytes(HEADER.size + HEADER_END.size + MOST_ZOOMS * ZOOM_HEADER.size))
        self.contigs = self._write(bytes(SUMMARY.size))
        self.data = self._write(contig_tree(sizes, self.contigs))
        self._write(bytes(8))

    def add(self, chrom: str, start: int, step: int, values: np.ndarray) -> None:
        """Add values ``(N,)`` of neighbouring spans of ``step`` bp, the first of which begins at ``start``."""
        self.step = max(self.step, step)
        contig, numbers = self.numbers[chrom], values.astype("<f4")
        for low in range(0, len(numbers), VALUES):
            part = numbers[low : low + VALUES]
            first, end = start + low * step, start + (low + len(part)) * step
            head = HEAD.pack(contig, first, end, step, step, FIXED_STEP, 0, len(part))
            self.blocks.append((contig, first, contig, end, *self._pack(head + part.tobytes())))

    def finish(self) -> None:
        """Write the index, the zoom levels and the header."""
        blocks = np.array(self.blocks, BLOCK)
        index = self._write_index(blocks) if len(blocks) else 0
        zooms, summary = self._write_zooms(blocks) if len(blocks) else ([], totals(np.empty(0, BIN)))
        self._write(struct.pack("<I", BIGWIG_MAGIC))
        header = HEADER.pack(BIGWIG_MAGIC, VERSION, len(zooms), self.contigs, self.data, index)
        header += HEADER_END.pack(0, 0, 0, self.summary, HEAD.size + 4 * VALUES, 0)
        self._write(header + b"".join(ZOOM_HEADER.pack(*zoom) for zoom in zooms), 0)
        self._write(SUMMARY.pack(*summary), self.summary)
        self._write(struct.pack("<Q", len(blocks)), self.data)

    def _write(self, content: bytes, offset: int | None = None) -> int:
        """Write at the end, or over what is at an offset; return the file's size."""
        if offset is not None:
            self.stream.seek(offset)
        self.stream.write(content)
        return self.stream.tell() if offset is None else self.stream.seek(0, SEEK_END)

    def _pack(self, content: bytes) -> tuple[int, int]:
        """Write a block, compressed; return its offset and size."""
        packed = zlib.compress(content)
        return self._write(packed) - len(packed), len(packed)

    def _write_index(self, blocks: np.ndarray) -> int:
        """Write the tree of blocks, and return its offset."""
        offset, first, last = self.stream.tell(), blocks[0], blocks[-1]
        ends = first["contig"], first["start"], last["last_contig"], last["end"]
        self._write(INDEX.pack(INDEX_MAGIC, FANOUT, len(blocks), *ends, offset, VALUES, 0))
        self._write(tree(blocks, BRANCH, offset + INDEX.size))
        return offset

    def _write_zooms(self, blocks: np.ndarray) -> tuple[list[tuple[int, ...]], tuple[float, ...]]:
        """Write the zoom levels, the first from the values and each other from the one before.

        Returns the header of each, and the summary of the last one.
        """
        zooms: list[tuple[int, ...]] = []
        width, parse = FIRST_ZOOM * self.step, values_as_bins
        while not zooms or (len(zooms) < MOST_ZOOMS and width <= self.longest):
            offset = self.stream.tell()
            blocks = self._write_bins(merged(self._read(blocks, parse), width))
            zooms.append((width, 0, offset, self._write_index(blocks)))
            width, parse = width * ZOOM, _parse_bins
        return zooms, totals(np.concatenate(list(self._read(blocks, parse))))

    def _write_bins(self, chunks: Iterable[np.ndarray]) -> np.ndarray:
        """Write the bins of a zoom level in blocks, after their number; return the blocks."""
        blocks, count, place = list[tuple[int, ...]](), 0, self.stream.tell()
        self._write(bytes(4))
        for bins in chunks:
            count += len(bins)
            for part in (bins[low : low + BINS] for low in range(0, len(bins), BINS)):
                first, last = part[0], part[-1]
                ends = first["contig"], first["start"], last["contig"], last["end"]
                blocks.append((*ends, *self._pack(part.tobytes())))
        self._write(struct.pack("<I", count), place)
        return np.array(blocks, BLOCK)

    def _read(self, blocks: np.ndarray, parse: Callable[[list[bytes]], np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the bins of blocks, some at a time; in between the file is at its end."""
        for part in (blocks[low : low + TOGETHER] for low in range(0, len(blocks), TOGETHER)):
            self.stream.seek(int(part["offset"][0]))
            content = [zlib.decompress(self.stream.read(size)) for size in part["size"].tolist()]
            self.stream.seek(0, SEEK_END)
            yield parse(content)


def _parse_bins(content: list[bytes]) -> np.ndarray:
    """Return the bins of decompressed blocks of a zoom level."""
    return np.frombuffer(b"".join(content), BIN)
