"""Show a table of an artifact as a page."""

from pathlib import Path

from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.report.pages import PAGES, page
from convoscope.tables import TABLES, read_table


def table(*, tsv: Path, kind: str, html: Path) -> None:
    """Write one table as a self-contained page; the kind decides on columns, headings and the sentence over it."""
    known = [name for name in PAGES if name in TABLES]
    if kind not in known:
        raise InputError(f"--kind: {kind!r}; one of {', '.join(known)}")
    with replacing(html) as [scratch]:
        scratch.write_text(page(read_table(tsv, kind, PAGES[kind].needed), kind), encoding="utf-8")
