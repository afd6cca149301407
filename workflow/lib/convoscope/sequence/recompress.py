"""FASTA to BGZF: checked, with lines of equal length, in bounded memory."""

import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from Bio.bgzf import BgzfWriter

from convoscope.errors import InputError
from convoscope.files import open_bytes
from convoscope.sequence.twobit import is_twobit, read_contigs

LETTERS = string.ascii_letters.encode()
BOM = b"\xef\xbb\xbf"
BLOCK = 1 << 20  # bytes read at once
WIDTH = 60  # letters per line of the recompressed FASTA: an index needs lines of equal length
LEVEL = 4  # of compression: several times as fast as the usual 6 on DNA, for files 4 % larger


class Token(NamedTuple):
    """A whole header without its ``>``, or a piece of sequence with its line ends; the number of its first line."""

    line: int
    is_header: bool
    text: bytes


def read_blocks(stream: BinaryIO, block: int = BLOCK) -> Iterator[bytes]:
    """Yield a file in blocks, with every line end as a newline."""
    first = True
    while text := stream.read(block):
        if text.endswith(b"\r"):
            text += stream.read(1)  # never part a CR from its LF
        text = text.removeprefix(BOM) if first else text
        first = False
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def tokenize(blocks: Iterator[bytes]) -> Iterator[Token]:
    r"""Part FASTA text into headers and pieces of sequence, without looking at single lines of sequence.

    >>> [token.text for token in tokenize(iter([b">a x\nAC", b"GT\n>b\n"]))]
    [b'a x', b'AC', b'GT\n', b'b']
    """
    line, at_line_start, header = 1, True, None
    for block in blocks:
        at = 0
        while at < len(block):
            if header is not None:
                end = block.find(b"\n", at)
                header += block[at:] if end < 0 else block[at:end]
                if end < 0:
                    break
                yield Token(line, True, header)
                line, at_line_start, header, at = line + 1, True, None, end + 1
            elif at_line_start and block.startswith(b">", at):
                header, at = b"", at + 1
            else:
                end = block.find(b"\n>", at) + 1 or len(block)
                piece, at = block[at:end], end
                yield Token(line, False, piece)
                line, at_line_start = line + piece.count(b"\n"), piece.endswith(b"\n")
    if header is not None:
        yield Token(line, True, header)


def record_name(token: Token, seen: dict[str, int], path: Path) -> str:
    """Return the first word of a header, which must be a new name.

    Parameters
    ----------
    token
        The header.
    seen
        Lengths by name of the records so far.
    path
        For the message.

    Raises
    ------
    InputError
        If there is no name, no text, or the name was there before.
    """
    where = f"{path}: line {token.line}"
    if not token.text[:1].strip():
        raise InputError(f"{where}: a header without a name; '>' is followed at once by the record's name")
    try:
        name = token.text.split()[0].decode()
    except UnicodeDecodeError:
        raise InputError(f"{where}: the name {token.text.split()[0]!r} is not UTF-8; write it in UTF-8") from None
    if name in seen:
        raise InputError(f"{where}: a second record {name!r}; every record has a name of its own")
    return name


def sequence_letters(token: Token, path: Path) -> bytes:
    """Return a piece of sequence without its line ends; anything but a letter is refused with its line."""
    letters = token.text.translate(None, b"\n")
    others = letters.translate(None, LETTERS)
    if others:
        line = token.line + token.text.count(b"\n", 0, token.text.index(others[:1]))
        found = ascii(others[:1].decode("latin-1"))
        raise InputError(f"{path}: line {line}: {found} in a sequence; only letters stand there")
    return letters


def fold(letters: bytes) -> tuple[bytes, bytes]:
    r"""Part letters into whole lines of ``WIDTH`` and the rest.

    >>> fold(b"A" * 61) == (b"A" * 60 + b"\n", b"A")
    True
    """
    whole = len(letters) // WIDTH * WIDTH
    lines = np.full((whole // WIDTH, WIDTH + 1), ord("\n"), dtype=np.uint8)
    lines[:, :WIDTH] = np.frombuffer(letters, dtype=np.uint8, count=whole).reshape(-1, WIDTH)
    return lines.tobytes(), letters[whole:]


def copy_records(tokens: Iterator[Token], sink: Any, path: Path) -> dict[str, int]:
    """Write records with lines of equal length to a binary file; return their lengths by name."""
    lengths: dict[str, int] = {}
    name, begun, rest = "", 0, b""
    for token in tokens:
        if token.is_header:
            refuse_empty(lengths, name, f"{path}: line {begun}")
            name, begun = record_name(token, lengths, path), token.line
            lengths[name] = 0
            sink.write((rest + b"\n" if rest else b"") + b">" + token.text.rstrip() + b"\n")
            rest = b""
        elif not name and token.text.strip():
            raise InputError(
                f"{path}: not FASTA: begins with {ascii(token.text.strip()[:10])[1:]}; records begin with '>'"
            )
        elif letters := sequence_letters(token, path):
            lengths[name] += len(letters)
            lines, rest = fold(rest + letters)
            sink.write(lines)
    sink.write(rest + b"\n" if rest else b"")
    if not lengths:
        raise InputError(f"{path}: no record; FASTA with one record at least is read")
    refuse_empty(lengths, name, f"{path}: line {begun}")
    return lengths


def refuse_empty(lengths: dict[str, int], name: str, where: str) -> None:
    """Refuse the record that has just ended if it had no letter."""
    if name and not lengths[name]:
        raise InputError(f"{where}: record {name!r} has no sequence; remove it")


def bgzip(source: Path, target: Path) -> dict[str, int]:
    r"""Recompress a genome, FASTA or .2bit, to BGZF with lines of equal length; return the records' lengths by name.

    Headers, letters and their case stay as they are; line ends become ``\n`` and blank lines go.
    Memory is bounded however long the records are.

    Raises
    ------
    InputError
        If it is not FASTA, or a record is empty, nameless or named as another; with the line number.
    """
    # Biopython's writer, because pysam's does not say why a write failed (disk full).
    with (
        open_tokens(source) as tokens,
        open(target, "wb") as raw,
        BgzfWriter(fileobj=raw, compresslevel=LEVEL) as sink,
    ):
        return copy_records(tokens, sink, source)


@contextmanager
def open_tokens(source: Path) -> Iterator[Iterator[Token]]:
    """Open a genome, FASTA or .2bit, as headers and pieces of sequence."""
    with open_bytes(source) as stream:
        packed = is_twobit(source)
        yield twobit_tokens(source) if packed else tokenize(read_blocks(stream))


def twobit_tokens(source: Path) -> Iterator[Token]:
    """Yield the headers and the pieces of sequence of a .2bit file; the line is the contig's number."""
    number = 0
    for part in read_contigs(source):
        is_name = isinstance(part, str)
        number += is_name
        yield Token(number, is_name, part.encode() if isinstance(part, str) else part)
