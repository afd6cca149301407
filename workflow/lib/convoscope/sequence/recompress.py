"""FASTA to BGZF: checked, with lines of equal length, record by record."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from Bio.bgzf import BgzfWriter

from convoscope.errors import InputError
from convoscope.files import open_bytes
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.twobit import is_twobit, read_contigs

SYMBOLS = ALPHABETS["dna"].symbols + "U"
LETTERS = (SYMBOLS + SYMBOLS.lower()).encode()
BOM = b"\xef\xbb\xbf".decode("latin-1")
WIDTH = 60  # letters per line of the recompressed FASTA: an index needs lines of equal length
PIECE = 1000 * WIDTH  # letters written at once: just below the 64 KiB of a block of BGZF
LEVEL = 4  # of compression: several times as fast as the usual 6 on DNA, for files 4 % larger


class Record(NamedTuple):
    """One record of FASTA: the number of its header's line, the header without ``>``, the sequence with line ends.

    Text before the first header has line 0.
    """

    line: int
    header: bytes
    text: bytes | bytearray


def refuse_headless(record: Record, source: Path) -> None:
    """Refuse text before the first header: the file is no FASTA."""
    if not record.line:
        begin = ascii(record.text.strip()[:10])[1:]
        raise InputError(f"{source}: not FASTA: begins with {begin}; records begin with '>'")


def read_records(stream: BinaryIO) -> Iterator[Record]:
    r"""Yield the records of FASTA text, with every line end as a newline, and close it.

    Text before the first header, other than blank lines, is yielded line by line, so that it can be refused at once.

    >>> [record.text for record in read_records(io.BytesIO(b"x\n>a\r\nAC\rGT\n"))]
    [b'x\n', bytearray(b'AC\nGT\n')]
    """
    header, begun, text = b"", 0, bytearray()
    # Biopython's parsers drop spaces and say no line; Latin-1 gives every byte back, and Python reads CR as a line end.
    with io.TextIOWrapper(stream, "latin-1") as lines:
        for number, line in enumerate(chain([lines.readline().removeprefix(BOM)], lines), 1):
            row = line.encode("latin-1")
            if row.startswith(b">"):
                if begun:
                    yield Record(begun, header, text)
                header, begun, text = row[1:].rstrip(b"\n"), number, bytearray()
            elif begun:
                text += row
            elif row.strip():
                yield Record(0, b"", row)
    if begun:
        yield Record(begun, header, text)


def record_name(record: Record, seen: dict[str, int], path: Path) -> str:
    """Return the first word of a header, which must be a new name.

    Parameters
    ----------
    record
        The record.
    seen
        Lengths by name of the records so far.
    path
        For the message.

    Raises
    ------
    InputError
        If there is no name, no text, or the name was there before.
    """
    where = f"{path}: line {record.line}"
    if not record.header[:1].strip():
        raise InputError(f"{where}: a header without a name; '>' is followed at once by the record's name")
    try:
        name = record.header.split()[0].decode()
    except UnicodeDecodeError:
        raise InputError(f"{where}: the name {record.header.split()[0]!r} is not UTF-8; write it in UTF-8") from None
    if name in seen:
        raise InputError(f"{where}: a second record {name!r}; every record has a name of its own")
    return name


def sequence_letters(record: Record, path: Path) -> bytes:
    """Return the sequence of a record without its line ends; all but DNA and RNA is refused with its line."""
    letters = bytes(record.text.translate(None, b"\n"))
    others = letters.translate(None, LETTERS)
    if others:
        line = record.line + 1 + record.text.count(b"\n", 0, record.text.index(others[:1]))
        found = ascii(others[:1].decode("latin-1"))
        raise InputError(
            f"{path}: line {line}: {found} in a sequence; a genome has the letters {SYMBOLS}, masked ones as N"
        )
    return letters


def _fold(letters: bytes) -> bytes:
    r"""Return letters in lines of ``WIDTH``.

    >>> _fold(b"A" * 61) == b"A" * 60 + b"\nA\n"
    True
    """
    whole = len(letters) // WIDTH * WIDTH
    lines = np.full((whole // WIDTH, WIDTH + 1), ord("\n"), dtype=np.uint8)
    lines[:, :WIDTH] = np.frombuffer(letters, dtype=np.uint8, count=whole).reshape(-1, WIDTH)
    return lines.tobytes() + (letters[whole:] + b"\n" if letters[whole:] else b"")


def bgzip(source: Path, target: Path) -> dict[str, int]:
    r"""Recompress a genome, FASTA or .2bit, to BGZF with lines of equal length; return the records' lengths by name.

    Headers, letters and their case stay as they are; line ends become ``\n`` and blank lines go.
    One record is in memory at a time.

    Raises
    ------
    InputError
        If it is not FASTA, or a record is empty, nameless or named as another; with the line number.
    """
    lengths: dict[str, int] = {}
    # Biopython's writer, because pysam's does not say why a write failed (disk full).
    with (
        open_records(source) as records,
        open(target, "wb") as raw,
        BgzfWriter(fileobj=raw, compresslevel=LEVEL) as sink,
    ):
        for record in records:
            refuse_headless(record, source)
            name, letters = record_name(record, lengths, source), sequence_letters(record, source)
            if not letters:
                raise InputError(f"{source}: line {record.line}: record {name!r} has no sequence; remove it")
            sink.write(b">" + record.header.rstrip() + b"\n")
            for start in range(0, len(letters), PIECE):
                sink.write(_fold(letters[start : start + PIECE]))
            lengths[name] = len(letters)
    if not lengths:
        raise InputError(f"{source}: no record; FASTA with one record at least is read")
    return lengths


@contextmanager
def open_records(source: Path) -> Iterator[Iterator[Record]]:
    """Open a genome, FASTA or .2bit, as records; the line of a .2bit file's record is its number."""
    with open_bytes(source) as stream:
        if is_twobit(source):
            yield (Record(number, name.encode(), text) for number, (name, text) in enumerate(read_contigs(source), 1))
        else:
            yield read_records(stream)
