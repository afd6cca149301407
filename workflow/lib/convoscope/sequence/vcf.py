"""Reading VCF and BCF: the text of every record, checked.

Records stay text, and so does their annotated copy: htslib rounds numbers to six digits, blanks values that are not of
the declared type and ends at a malformed row without its line, all of which a copy must not do. BCF is turned into text
by pysam. The format: https://samtools.github.io/hts-specs/VCFv4.4.pdf.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from convoscope.errors import InputError
from convoscope.files import open_bytes, open_text

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
POSITION = re.compile(r"[0-9]{1,10}")
META = re.compile(r"##(INFO|contig)=<(?:[^\"]*,)?ID=([^,>]+)")
NUMBER = re.compile(r"\bNumber=([^,>]+)")
LENGTH = re.compile(r"[<,]length=([0-9]+)[,>]")
MISSING = "."
# The empty block that ends every whole BGZF file (SAM specification, 4.1.2).
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class Header(NamedTuple):
    """Lines before the records: ``meta`` begin with ``##``; ``numbers`` is the Number of every INFO field.

    ``contigs`` are those that have a line of their own, ``lengths`` in bp those that such a line tells.
    """

    meta: list[str]
    columns: str
    numbers: dict[str, str]
    contigs: list[str]
    lengths: dict[str, int]


class VcfRecord(NamedTuple):
    """One record; ``row`` counts records and ``line`` lines of text, both from 1 (``line`` is 0 in BCF)."""

    row: int
    line: int
    pos: int
    fields: list[str]

    @property
    def chrom(self) -> str:
        """Contig as the file names it."""
        return self.fields[0]

    @property
    def ref(self) -> str:
        """Reference allele as the file has it."""
        return self.fields[3]

    @property
    def alts(self) -> list[str]:
        """Alternative alleles; none for ``.``."""
        return [] if self.fields[4] == MISSING else self.fields[4].split(",")


class Survey(NamedTuple):
    """What the whole file holds: is it sorted as an index needs it, and which contigs, in order."""

    records: int
    contigs: list[str]
    is_sorted: bool
    largest: int


def place(path: Path, record: VcfRecord) -> str:
    """Say where a record stands, for a message."""
    line = f" (line {record.line})" if record.line else ""
    return f"{path}: record {record.row}{line}: {record.chrom}:{record.pos}"


def _is_bcf(path: Path) -> bool:
    """Tell by its first bytes whether a file is BCF; refuse BGZF that was cut between two blocks."""
    with open(path, "rb") as raw:
        start = raw.read(16)
        if start[:4] == BGZF_END[:4] and start[12:14] == b"BC":
            raw.seek(-min(len(BGZF_END), raw.seek(0, os.SEEK_END)), os.SEEK_END)
            if raw.read() != BGZF_END:
                raise InputError(f"{path}: truncated: the block that ends a bgzipped file is missing; fetch it again")
    with open_bytes(path) as stream:
        magic = stream.read(5)
    if magic[:3] == b"BCF" and magic != b"BCF\x02\x02":
        raise InputError(f"{path}: BCF of an old version; bcftools view turns it into one of today")
    return magic[:3] == b"BCF"


def _bcf_lines(path: Path) -> Iterator[str]:
    """Yield the lines of VCF that a BCF file stands for."""
    import pysam  # not for VCF, whose header and contigs the Snakefile reads too

    quiet = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(path)) as content:
            yield from str(content.header).splitlines(keepends=True)
            yield from map(str, content)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: BCF is truncated or damaged ({error}); fetch the file again") from None
    finally:
        pysam.set_verbosity(quiet)


@contextmanager
def open_vcf(path: Path) -> Iterator[tuple[Header, Iterator[VcfRecord]]]:
    """Open VCF (plain, gzipped, bgzipped) or BCF as its header and an iterator over its records.

    Raises
    ------
    InputError
        If the file is missing, truncated, damaged or not VCF, or while reading at a malformed record, with its line.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: a pipe or device; variants are read more than once, write them to a file")
    with open_bytes(path):  # says what is wrong with a missing file or a folder
        pass
    if _is_bcf(path):
        header, lines = _read_header(_bcf_lines(path), path)
        yield header, _parse_records(((0, text) for text in lines), header, path)
    else:
        with open_text(path) as stream:
            header, lines = _read_header(stream, path)
            yield header, _parse_records(enumerate(lines, start=len(header.meta) + 2), header, path)


def _read_header(lines: Iterator[str], path: Path) -> tuple[Header, Iterator[str]]:
    """Read the lines up to ``#CHROM``; return them and the rest."""
    meta: list[str] = []
    for line in lines:
        text = line.rstrip("\r\n")
        if not meta and not text.startswith("##fileformat=VCF"):
            raise InputError(f"{path}: not VCF: begins with {text[:40]!a}; ##fileformat=VCFv4.x is needed")
        if not text.startswith("##"):
            break
        meta.append(text)
    else:
        raise InputError(f"{path}: no line that begins with #CHROM; VCF has one between header and records")
    if tuple(text.split("\t")[: len(COLUMNS)]) != COLUMNS:
        where = f"{path}:{len(meta) + 1}"
        raise InputError(f"{where}: {text[:60]!a}; the line {' '.join(COLUMNS)}, separated by tabs, is needed")
    found = [(match[1], match[2], line) for line in meta if (match := META.match(line))]
    numbers = {name: _declared_number(line) for kind, name, line in found if kind == "INFO"}
    contigs = {name: LENGTH.search(line) for kind, name, line in found if kind == "contig"}
    lengths = {name: int(match[1]) for name, match in contigs.items() if match}
    return Header(meta, text, numbers, list(contigs), lengths), lines


def _declared_number(line: str) -> str:
    """Return the Number of an INFO line, ``.`` if it has none."""
    match = NUMBER.search(line)
    return match[1] if match else MISSING


def _parse_records(lines: Iterator[tuple[int, str]], header: Header, path: Path) -> Iterator[VcfRecord]:
    """Yield the records of numbered lines; blank lines are left out."""
    columns = header.columns.count("\t") + 1
    row = 0
    for number, line in lines:
        text = line.rstrip("\r\n")
        if text.strip():
            row += 1
            yield _parse_record(text, row, number, columns, path)


def _parse_record(text: str, row: int, line: int, columns: int, path: Path) -> VcfRecord:
    r"""Read one record.

    Parameters
    ----------
    text
        The line, without its end.
    row, line
        Numbers of the record and the line.
    columns
        Columns of the header.
    path
        For messages.

    Examples
    --------
    >>> _parse_record("1\t7\t.\tA\tC,*\t.\t.\t.", 1, 9, 8, Path("a.vcf")).alts
    ['C', '*']
    """
    fields = text.split("\t")
    if complaint := _complaint(text, fields, columns):
        where = f"{path}: record {row}" + (f" (line {line})" if line else "")
        raise InputError(f"{where}: {complaint}")
    return VcfRecord(row, line, int(fields[1]), fields)


def _complaint(text: str, fields: list[str], columns: int) -> str:
    """Say what is wrong with a record of ``columns`` columns; nothing of one that is well formed."""
    if "\0" in text:
        return "a null byte, which is not text; the file is damaged, fetch it again"
    if text.startswith("#"):
        return f"{text[:40]!a}; header lines stand before the first record only"
    if len(fields) != columns:
        return f"{len(fields)} column(s) in {text[:60]!a}; the header has {columns}, by tabs"
    if "" in fields[: len(COLUMNS)]:
        name = COLUMNS[fields.index("")].lstrip("#")
        return f"nothing in column {name}; a missing value is written as a dot"
    if not POSITION.fullmatch(fields[1]):
        return f"POS {fields[1][:40]!a}; a whole number is needed"
    if "," in fields[4] and "" in fields[4].split(","):
        return f"ALT {fields[4][:40]!a}; alleles are separated by single commas"
    return ""


def survey_records(path: Path) -> Survey:
    """Read a file once to its end: every record is well formed, and what an index and a progress bar must know."""
    seen: dict[str, None] = {}
    records, largest, in_order, chrom, pos = 0, 0, True, "", 0
    with open_vcf(path) as (_, rows):
        for record in rows:
            if record.chrom != chrom:
                in_order = in_order and record.chrom not in seen
                chrom, pos = record.chrom, 0
                seen[chrom] = None
            in_order = in_order and record.pos >= pos
            records, pos, largest = records + 1, record.pos, max(largest, record.pos)
    return Survey(records, list(seen), in_order, largest)
