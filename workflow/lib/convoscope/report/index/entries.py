"""The sections of the index: which figure or page each shows, what it is called, and in which order they come."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from convoscope.errors import InputError
from convoscope.report.items import FURTHER, ITEMS, Item

ROWS = {**ITEMS, **FURTHER}
CATEGORIES = ("Summary", "Data", "Performance", "Motifs", "Filters", "Predictions", "Variants", "Model")


class Entry(NamedTuple):
    """One file of the report: its item, the experiment that it is of (none for a page of all), its block and kind."""

    item: str
    path: Path
    experiment: str = ""
    kind: str = ""
    block: str = ""

    @property
    def row(self) -> Item:
        """The row of the item."""
        return ROWS[self.item]

    @property
    def name(self) -> str:
        """What links to the section end in.

        >>> Entry("predicted", Path("regions.own.svg"), "yeast", "regions", "own").name
        'yeast/predicted/regions/own'
        """
        return "/".join(part for part in (self.experiment, self.item, self.kind, self.block) if part)

    @property
    def title(self) -> str:
        """Title of the section.

        >>> Entry("predicted", Path("regions.own.svg"), "yeast", "regions", "own").title
        'Own: regions'
        """
        text = self.row.title.format(kind=self.kind, block=self.block)
        return text[:1].upper() + text[1:]

    @property
    def caption(self) -> str:
        """Name of the file that says how to read it."""
        return f"{self.row.caption or self.item}.rst"


def parse_entries(words: Iterable[str]) -> list[Entry]:
    """Return the sections of files that are given as ``ITEM=PATH``, in the order in which they are shown.

    Experiments keep their order; in each, sections are sorted by category, then by the order of the rows. A page of all
    experiments comes first.

    Raises
    ------
    InputError
        If a word is not written so, the item is not known, the file is not called as its row says, or a section is
        given twice.
    """
    found = [_parse(word) for word in words]
    names = [entry.name for entry in found]
    if doubled := [name for name in names if names.count(name) > 1]:
        raise InputError(f"--files: {doubled[0]} is given twice; give each section once")
    experiments = list(dict.fromkeys(entry.experiment for entry in found))
    rows = list(ROWS)
    return sorted(
        found,
        key=lambda entry: (
            bool(entry.experiment),
            experiments.index(entry.experiment),
            CATEGORIES.index(entry.row.category),
            entry.item in ITEMS,
            rows.index(entry.item),
        ),
    )


def _parse(word: str) -> Entry:
    """Return the section of one file."""
    item, _, text = word.partition("=")
    if item not in ROWS or not text:
        raise InputError(f"--files: {word!r}; ITEM=PATH with one of {', '.join(ROWS)}")
    path = Path(text)
    if not path.is_file():
        raise InputError(f"--files: {path}: no such file; give an existing one")
    wanted = ROWS[item].file or f"{item}.svg"
    pattern = re.escape(wanted).replace(r"\{kind\}", "(?P<kind>[^.]+)").replace(r"\{block\}", "(?P<block>.+)")
    match = re.fullmatch(pattern, path.name)
    if match is None:
        raise InputError(f"--files: {path}: is no file of {item}; that is called {wanted}")
    experiment = "" if item == "summary" else path.absolute().parts[-3]
    return Entry(item, path, experiment, **match.groupdict())
