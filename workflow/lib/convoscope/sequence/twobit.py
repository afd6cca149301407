"""Reading .2bit, UCSC's packed genomes: four bases a byte, with lists of unknown and of soft-masked stretches.

The format: https://genome.ucsc.edu/FAQ/FAQformat.html#format7, version 1 with offsets of 64 bits.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from convoscope.errors import InputError

MAGIC = 0x1A412743
PIECE = 1_000_000  # bases unpacked at once, a multiple of four
LETTERS = np.frombuffer(b"TCAG", dtype=np.uint8)
BASES = LETTERS[np.arange(256)[:, np.newaxis] >> np.array([6, 4, 2, 0]) & 3]  # of every byte, (256, 4)
LOWER = 32  # bit of an ASCII letter's case


def is_twobit(path: Path) -> bool:
    """Tell by its first bytes whether a file is .2bit, of either byte order."""
    with open(path, "rb") as stream:
        return _byte_order(stream) != ""


def _byte_order(stream: BinaryIO) -> str:
    """Read the magic number and return the byte order as `struct` writes it, empty for other files."""
    start = stream.read(4)
    return next((order for order in "<>" if start == struct.pack(order + "I", MAGIC)), "")


def contig_sizes(path: Path) -> dict[str, int]:
    """Return the contigs of a .2bit file with their lengths, in its order."""
    with open(path, "rb") as stream:
        try:
            order = _byte_order(stream)
            return {name: _read_size(stream, order, at) for name, at in _read_offsets(stream, order).items()}
        except (struct.error, UnicodeDecodeError):
            raise damaged(path) from None


def read_contigs(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the letters of every contig, soft-masked ones in lower case.

    Raises
    ------
    InputError
        If the file is truncated or damaged.
    """
    with open(path, "rb") as stream:
        try:
            order = _byte_order(stream)
            for name, offset in _read_offsets(stream, order).items():
                stream.seek(offset)
                yield name, b"".join(_unpack(stream, order))
        except (struct.error, UnicodeDecodeError, ValueError, OSError):
            raise damaged(path) from None


def damaged(path: Path) -> InputError:
    """Return the error of a file that does not hold what it says."""
    return InputError(f"{path}: truncated or damaged .2bit; fetch the file again")


def _read_offsets(stream: BinaryIO, order: str) -> dict[str, int]:
    """Return where each contig begins, by name."""
    version, count, _ = _numbers(stream, order + "III")
    if version > 1:
        raise struct.error
    offsets: dict[str, int] = {}
    for _ in range(count):
        (length,) = _numbers(stream, "B")
        name = _exactly(stream, length).decode()
        (offsets[name],) = _numbers(stream, order + ("Q" if version else "I"))
    if len(offsets) < count:
        raise struct.error
    return offsets


def _read_size(stream: BinaryIO, order: str, offset: int) -> int:
    """Return the length of the contig that begins at an offset."""
    stream.seek(offset)
    (size,) = _numbers(stream, order + "I")
    return size


def _exactly(stream: BinaryIO, count: int) -> bytes:
    """Read this number of bytes; a short read is a `struct.error`."""
    found = stream.read(count)
    if len(found) < count:
        raise struct.error
    return found


def _numbers(stream: BinaryIO, form: str) -> tuple[int, ...]:
    """Read numbers in a form of `struct`."""
    return struct.unpack(form, _exactly(stream, struct.calcsize(form)))


def _blocks(stream: BinaryIO, order: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Read starts and ends of the stretches of one kind, within a contig of ``size``."""
    (count,) = _numbers(stream, order + "I")
    starts, lengths = (np.frombuffer(_exactly(stream, 4 * count), dtype=order + "u4").astype(np.int64) for _ in "ab")
    if ((starts + lengths) > size).any():
        raise struct.error
    return starts, starts + lengths


def _unpack(stream: BinaryIO, order: str) -> Iterator[bytes]:
    """Yield the letters of the contig that begins here, piece by piece."""
    (size,) = _numbers(stream, order + "I")
    unknown, masked = _blocks(stream, order, size), _blocks(stream, order, size)
    _numbers(stream, order + "I")
    for start in range(0, size, PIECE):
        length = min(PIECE, size - start)
        packed = np.frombuffer(_exactly(stream, -(-length // 4)), dtype=np.uint8)
        letters = BASES[packed].reshape(-1)[:length].copy()
        letters[_covered(unknown, start, length)] = ord("N")
        letters[_covered(masked, start, length)] |= LOWER
        yield letters.tobytes()


def _covered(stretches: tuple[np.ndarray, np.ndarray], start: int, length: int) -> np.ndarray:
    """Tell which of ``length`` bases from ``start`` on lie in a stretch, ``(length,)`` bool.

    >>> _covered((np.array([1, 9]), np.array([3, 11])), 2, 4).tolist()
    [True, False, False, False]
    """
    steps = np.zeros(length + 1, dtype=np.int64)
    for ends, step in zip(stretches, (1, -1), strict=True):
        np.add.at(steps, np.clip(ends - start, 0, length), step)
    return np.cumsum(steps[:-1]) > 0
