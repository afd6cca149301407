"""How much files hold, without loading them: rows of tables, letters of FASTA, the shape of an array."""

import ast
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from convoscope.errors import InputError
from convoscope.files import PACKED

BLOCK = 1 << 18
SAMPLE = 4 * BLOCK  # decompressed bytes that are read of a file; the rest is taken to be like them
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, InputError, ValueError, SyntaxError)
NOT_SITES = (b"#", b"track", b"browser")


class Content(NamedTuple):
    """What a file holds, decompressed: lines with text, letters of FASTA records, and how many records these are.

    ``longest`` is the longest field, between tabs, at the beginning of the file.
    """

    rows: float
    letters: float
    records: float
    longest: int


@contextmanager
def _decompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the content of an open file, decompressed where it is compressed."""
    start = raw.read(max(map(len, PACKED)))
    raw.seek(0)
    opener = next((found for magic, (_, found) in PACKED.items() if start.startswith(magic)), None)
    if opener is None:
        yield raw
        return
    with opener(raw, "rb") as stream:
        yield stream


def _scored(line: bytes, least: float, column: int) -> bool:
    """Tell whether the column of a row holds a number that is large enough; rows without the column all count."""
    fields = line.split(b"\t", column + 1)
    try:
        return len(fields) <= column or float(fields[column]) >= least
    except ValueError:
        return False  # a header


def _tally(lines: list[bytes], least: float | None, column: int) -> tuple[int, int, int]:
    """Count rows, letters of records, and records."""
    rows = [line for line in lines if line.strip() and not line.startswith(NOT_SITES)]
    headers = [line for line in rows if line.startswith(b">")]
    letters = sum(map(len, rows)) - sum(map(len, headers))
    kept = len(rows) if least is None else sum(_scored(line, least, column) for line in rows)
    return kept, letters, len(headers)


def count(path: str, least: float | None = None, column: int = 4, sample: int = SAMPLE) -> Content | None:
    """Count what a file holds; one that is longer than the sample is taken to go on as it begins.

    Parameters
    ----------
    path
        A text file, plain or compressed; as text, because an experiment may have a thousand, counted for every job.
    least
        Score below which rows are not counted, in the column of this number, from 0.
    sample
        Decompressed bytes to read; -1 for all.

    Returns
    -------
    None where the file is not there or cannot be read: the step that reads it says so.
    """
    try:
        found = os.stat(path)  # noqa: PTH116
        return _count(path, least, column, sample, found.st_size, found.st_mtime_ns)
    except DAMAGED:
        return None


@lru_cache(maxsize=4096)
def _count(path: str, least: float | None, column: int, sample: int, size: int, written: int) -> Content:
    """Count once as long as size and time of the file are the same."""
    rows = letters = records = longest = used = 0
    share = 1.0
    with open(path, "rb") as raw, _decompressed(raw) as stream:
        while block := stream.read(BLOCK):
            block += stream.readline()
            lines = block.splitlines()
            found = _tally(lines, least, column)
            rows, letters, records = rows + found[0], letters + found[1], records + found[2]
            longest = longest or max(len(field) for line in lines for field in line.split(b"\t"))
            used += len(block)
            if 0 <= sample <= used and stream.read(1):
                share = min(1.0, raw.tell() / size)
                break
    return Content(rows / share, letters / share, records / share, longest)


def shape(path: Path) -> tuple[int, ...] | None:
    """Return the shape of an array in NumPy's format, None where there is none, without NumPy.

    Source: the description of the format, numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
    """
    try:
        with open(path, "rb") as stream:
            start = stream.read(12)
            long = start[6] > 1  # from version 2 on the header's length has four bytes
            begin, length = (12, start[8:12]) if long else (10, start[8:10])
            stream.seek(begin)
            header = ast.literal_eval(stream.read(int.from_bytes(length, "little")).decode("latin-1"))
        return tuple(header["shape"])
    except (*DAMAGED, LookupError, TypeError):
        return None


def contigs(sizes: Path) -> list[int] | None:
    """Return the lengths in ``chrom.sizes``, None where the file is not there or has none."""
    try:
        return [int(line.split("\t")[1]) for line in sizes.read_text(encoding="utf-8").splitlines()] or None
    except (*DAMAGED, LookupError):
        return None
