"""Show a table of an artifact as a page."""

from pathlib import Path

from convoscope.errors import InputError
from convoscope.figures.reading import read_table
from convoscope.figures.tables import PAGES, page
from convoscope.files import replacing


def table(*, tsv: Path, kind: str, html: Path) -> None:
    """Write one table as a self-contained page; the kind decides on columns, headings and the sentence over it."""
    if kind not in PAGES:
        raise InputError(f"--kind: {kind!r}; one of {', '.join(PAGES)}")
    with replacing(html) as [scratch]:
        scratch.write_text(page(read_table(tsv), kind), encoding="utf-8")
