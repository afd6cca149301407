"""Flavours of input files as they come from other tools, each with what this package makes of it.

Every row is tested by `test_flavours`, and `docs/formats.md` is generated from the rows. The content of a row is small
and written for the test; its source is the tool or description that the flavour comes from.
"""

import gzip
from collections.abc import Callable
from typing import Any, NamedTuple


class Refused(NamedTuple):
    """The file is refused in one line; ``said`` is a regular expression of that line."""

    said: str


class Flavour(NamedTuple):
    """One flavour of one kind of file.

    ``meaning`` is what happens to it, for the reader of the documentation; ``expected`` is what the reader of its kind
    in `test_flavours.READERS` returns, or `Refused`.
    """

    kind: str
    name: str
    source: str
    meaning: str
    content: bytes | Callable[[], bytes]
    expected: Any
    suffix: str = ""


def narrow(*offsets: int, more: str = "") -> bytes:
    """Return narrowPeak rows of 100 bp with these summits."""
    rows = [f"chr1\t{100 * (n + 1)}\t{100 * (n + 2)}\tp{n}\t{n + 5}\t.\t2.5\t3\t1\t{o}{more}" for n, o in enumerate(offsets)]
    return "".join(f"{row}\n" for row in rows).encode()


UCSC = "[UCSC](https://genome.ucsc.edu/FAQ/FAQformat.html)"
ENCODE = "ENCODE peak files"

# What a reader of sites returns: contig, centre base, strand, score (None: none).
SITES = [
    Flavour("sites", "BED3", UCSC, "centre in the middle", b"chr1\t10\t20\n", [("chr1", 15, ".", None)]),
    Flavour(
        "sites",
        "BED6 with `track`, `browser`, `#` and blank lines",
        UCSC,
        "those lines are skipped",
        b"browser position chr1\ntrack name=x\n# note\n\nchr1\t10\t13\tn\t7.5\t-\n",
        [("chr1", 11, "-", 7.5)],
    ),
    Flavour("sites", "CRLF, byte-order mark, no end of line", "Windows editors", "read as without them",
            b"\xef\xbb\xbfchr1\t10\t13\r\nchr1\t20\t23", [("chr1", 11, ".", None), ("chr1", 21, ".", None)]),  # fmt: skip
    Flavour("sites", "columns separated by spaces", "hand-made files", "read where the first row has no tabs",
            b"chr1 10 13 n 5 +\nchr1 20 23 m 6 -\n", [("chr1", 11, "+", 5.0), ("chr1", 21, "-", 6.0)]),  # fmt: skip
    Flavour("sites", "empty columns at the end of rows", "spreadsheets", "ignored",
            b"chr1\t10\t13\tn\t5\t+\t\t\n", [("chr1", 11, "+", 5.0)]),  # fmt: skip
    Flavour("sites", "a header line with names of columns", "R, pandas", "names tell which column is which",
            b"chrom\tstart\tend\tscore\tstrand\nchr1\t10\t13\t5\t-\n", [("chr1", 11, "-", 5.0)]),  # fmt: skip
    Flavour("sites", "narrowPeak", ENCODE, "centre on the summit (column 10); in the middle where it is -1",
            narrow(7, -1), [("chr1", 107, ".", 5.0), ("chr1", 250, ".", 6.0)]),  # fmt: skip
    Flavour("sites", "narrowPeak with ten further columns", "IDR", "centre on the summit (column 10)",
            narrow(7, 8, more="\t1" * 10), [("chr1", 107, ".", 5.0), ("chr1", 208, ".", 6.0)]),  # fmt: skip
    Flavour("sites", "BED of ten columns that is no narrowPeak", "annotated BED", "centre in the middle",
            b"chr1\t10\t21\tn\t5\t+\tgene\texon\tx\t3\n", [("chr1", 15, "+", 5.0)]),  # fmt: skip
    Flavour("sites", "broadPeak", ENCODE, "centre in the middle",
            b"chr1\t10\t21\tn\t5\t.\t2.5\t3\t1\n", [("chr1", 15, ".", 5.0)]),  # fmt: skip
    Flavour("sites", "BED12", UCSC, "centre in the middle; blocks are not looked at",
            b"chr1\t10\t21\tn\t5\t+\t10\t21\t0,0,0\t2\t2,3\t0,8\n", [("chr1", 15, "+", 5.0)]),  # fmt: skip
    Flavour("sites", "`_peaks.xls`: a table of peaks that counts from 1", "MACS", "1-based; centre on `abs_summit`",
            b"# MACS\nchr\tstart\tend\tlength\tabs_summit\tpileup\t-log10(pvalue)\tfold_enrichment\t-log10(qvalue)\tname\n"
            b"chr1\t11\t20\t10\t13\t9\t3\t4\t2\tp1\n", [("chr1", 12, ".", None)]),  # fmt: skip
    Flavour("sites", "gzip", "any", "unpacked, told by the first bytes and not by the name",
            gzip.compress(b"chr1\t10\t13\n", mtime=0), [("chr1", 11, ".", None)]),  # fmt: skip
    Flavour("sites", "coordinates written `1e5`, `1.0` or `1,000`", "spreadsheets", "refused",
            b"chr1\t1e5\t100013\n", Refused("start '1e5'; a whole number")),  # fmt: skip
    Flavour("sites", "start after end", "any", "refused", b"chr1\t20\t10\n", Refused("start 20, end 10")),
    Flavour("sites", "no row", "any", "refused", b"# nothing\n", Refused("no row")),
]  # fmt: skip

FLAVOURS: list[Flavour] = [*SITES]
