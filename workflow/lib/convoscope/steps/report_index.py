"""Verb ``report-index``: the report of a run as one document."""

from pathlib import Path

from convoscope.artifacts import read_overview
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.report.index import write_index
from convoscope.report.index.entries import parse_entries


def report_index(*, files: list[str], captions: Input, overviews: list[Input] | None = None, index: Path) -> None:
    """Join figures and pages of the report in one document that needs nothing but itself.

    Parameters
    ----------
    files
        ITEM=PATH of every figure and page, as <experiment>/figures/<file>; the table of a figure is read from the same
        name with .tsv. The page of all experiments is summary=PATH.
    captions
        Folder of texts, <item>.rst for each and workflow.rst for the first page.
    overviews
        What the first page says of every experiment, overview.json of the verb model-card.
    index
        HTML document to write.
    """
    entries = parse_entries(files)
    for name in ["workflow.rst", *(entry.caption for entry in entries)]:
        if not (captions / name).is_file():
            raise InputError(f"--captions: {captions}: has no {name}; give the folder workflow/report")
    text = write_index(entries, captions, index.parent, [read_overview(path) for path in overviews or []])
    with replacing(index) as [scratch]:
        scratch.write_text(text, encoding="utf-8")
