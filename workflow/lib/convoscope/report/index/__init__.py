"""One document of all figures, pages and tables of a run, which needs nothing but itself."""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from convoscope.report.index.captions import overview_to_html, rst_to_html
from convoscope.report.index.entries import CATEGORIES, Entry
from convoscope.report.index.inlined import inline_figure, inline_page, inline_table
from convoscope.report.index.landing import cards
from convoscope.report.items import written_with

TEMPLATES = Path(__file__).parent


def write_index(
    entries: Sequence[Entry], captions: Path, folder: Path, overviews: Iterable[Mapping[str, Any]] = ()
) -> str:
    """Return the document.

    Parameters
    ----------
    entries
        Its sections, in order.
    captions
        Folder of ``<item>.rst`` and of ``workflow.rst``, the text of the first page.
    folder
        Where the document will be, to which its links to files are relative.
    overviews
        Content of the ``overview.json`` of every experiment, one card each on the first page.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    links = _categories(entries)
    page = next((entry.path for entry in entries if entry.item == "summary"), None)
    text = (captions / "workflow.rst").read_text(encoding="utf-8")
    sections = [_section(number, entry, captions, folder, entries) for number, entry in enumerate(entries)]
    findings = {section["entry"].name: section["part"].finding for section in sections}
    return environment.get_template("index.html.j2").render(
        cards=cards(overviews, entries, findings),
        overview=overview_to_html(text, page, links),
        sections=sections,
        contents=_contents(entries),
    )


def _categories(entries: Iterable[Entry]) -> dict[str, str]:
    """Return where the first page of every category is."""
    first = {entry.row.category: f"#{entry.name}" for entry in reversed(list(entries))}
    return {category: first[category] for category in CATEGORIES if category in first}


def _contents(entries: Iterable[Entry]) -> list[tuple[str, list[tuple[str, list[Entry]]]]]:
    """Return the entries by experiment and category."""
    return [
        (experiment, [(category, list(some)) for category, some in groupby(few, key=lambda entry: entry.row.category)])
        for experiment, few in groupby(entries, key=lambda entry: entry.experiment)
    ]


def _section(number: int, entry: Entry, captions: Path, folder: Path, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what the template shows of one entry."""
    text = entry.path.read_text(encoding="utf-8")
    drawn = entry.path.suffix == ".svg"
    table = entry.path.with_suffix(".tsv")
    links = _categories(one for one in entries if one.experiment == entry.experiment)
    rows = inline_table(table) if drawn and table.is_file() else None
    names = [entry.path.name, *written_with(entry.path.name)]
    files = [path for path in map(entry.path.with_name, names) if path.is_file()]
    return {
        "entry": entry,
        "drawn": drawn,
        "part": inline_figure(text, f"s{number}-") if drawn else inline_page(text),
        "caption": rst_to_html((captions / entry.caption).read_text(encoding="utf-8"), links),
        "rows": rows,
        "files": [(path, quote(Path(os.path.relpath(path, folder)).as_posix())) for path in files],
    }
