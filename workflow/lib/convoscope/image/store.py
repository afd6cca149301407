"""Crops on disk in the order of their rows, written in any order, with memory for one of them."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from convoscope.errors import InputError

BLOCK = 1 << 24  # bytes moved at once


class Store:
    """An .npy file of crops of one shape that is filled row by row; rows that stay empty are closed up at the end.

    Written with seeks and not through a memory map, where a full disk would kill the process instead of raising
    ``OSError``. The header has room for a number of any length, so that it can be written again at the end.
    """

    def __init__(self, path: Path, rows: int) -> None:
        self.rows = rows
        self.offset = 0
        self.size = 0  # bytes per row
        self.dtype: np.dtype[np.generic] | None = None
        self.shape: tuple[int, ...] = ()
        self.filled = np.zeros(rows, dtype=bool)
        self.file: BinaryIO = open(path, "w+b")  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def put(self, row: int, crop: np.ndarray) -> None:
        """Write one crop at its row; the first gives the shape and depth of all."""
        if self.dtype is None:
            self.dtype, self.shape, self.size = crop.dtype, crop.shape, crop.nbytes
            self.write_header(self.rows)
        if (crop.dtype, crop.shape) != (self.dtype, self.shape):
            raise InputError(f"crop {row}: {crop.dtype} {crop.shape}; the first was {self.dtype} {self.shape}")
        self.file.seek(self.offset + row * self.size)
        self.file.write(np.ascontiguousarray(crop).data)
        self.filled[row] = True

    def write_header(self, rows: int) -> None:
        """Write what comes before the first row."""
        content = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(self.dtype)),
            "fortran_order": False,
            "shape": (rows, *self.shape),
        }
        self.file.seek(0)
        np.lib.format.write_array_header_1_0(self.file, content)
        self.offset = self.file.tell()

    def close_up(self) -> None:
        """Move the filled rows together, in their order, and cut the file there."""
        kept = np.flatnonzero(self.filled)
        breaks = np.flatnonzero(np.diff(kept) != 1) + 1
        for first, last in zip([0, *breaks], [*breaks, len(kept)], strict=True):
            if first < last and kept[first] != first:
                self.move(int(kept[first]), first, last - first)
        self.write_header(len(kept))
        self.file.truncate(self.offset + len(kept) * self.size)

    def move(self, source: int, target: int, rows: int) -> None:
        """Copy rows that follow one another towards the beginning, block by block, so that they may overlap."""
        step = max(BLOCK // self.size, 1)
        for start in range(0, rows, step):
            count = min(step, rows - start)
            self.file.seek(self.offset + (source + start) * self.size)
            block = self.file.read(count * self.size)
            self.file.seek(self.offset + (target + start) * self.size)
            self.file.write(block)
