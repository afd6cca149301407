"""What the columns of a table of cells hold, told by their names and their values."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from convoscope.config.base import Form
from convoscope.config.image import RESERVED_CELLS
from convoscope.draft import label_list
from convoscope.errors import InputError
from convoscope.image.objects import SUFFIXES

LABELS = ("label", "class", "phenotype", "localisation", "localization", "category", "cell_type", "annotation")
# Parts of names of what cells have in common, from what differs most between groups to what differs least.
KNOWN_GROUPS = (
    *("donor", "patient", "subject", "animal", "mouse", "protein", "gene", "strain", "clone", "orf", "compound"),
    *("sample", "track", "batch", "plate", "experiment", "replicate", "slide", "well", "position", "site", "field"),
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
SIDES = 3  # training, validation, test: the groups that each class needs at least


class Columns(NamedTuple):
    """Columns of a table of cells: ``groups`` in which cells have something in common, ``by`` what is kept together.

    ``form`` is what the images are; ``by`` is empty where no group has three values in every class.
    """

    id: str
    images: list[str]
    form: Form
    label: str
    groups: list[str]
    by: str


def find_columns(table: pd.DataFrame, label: str | None, groups: Iterable[str] | None, where: str) -> Columns:
    """Tell what the columns of a table are.

    Parameters
    ----------
    table
        One row per cell, text.
    label, groups
        Columns that the user names.
    where
        The table, for errors.

    Raises
    ------
    InputError
        If there is no column of images or of labels, or a named one is not there.
    """
    for name in (*([label] if label else []), *(groups or [])):
        if name not in table:
            raise InputError(f"{where}: no column {name!r}; its columns are {label_list(map(str, table), 12)}")
    names = [str(name) for name in table]
    files = [name for name in names if _holds_files(table[name])]
    own = _find_id(table, where)
    images = [name for name in files if "mask" not in name.lower()]
    images = [name for name in images if name != own] or images  # cells may have the names of their files
    if not images:
        raise InputError(
            f"{where}: no column of image files ({', '.join(SUFFIXES)}); its columns are {label_list(names, 12)}"
        )
    chosen = label or _find_label(table, where)
    _refuse_no_classes(table[chosen], where)
    used = {*files, chosen, *RESERVED_CELLS}
    common = list(groups) if groups else find_groups(table[[name for name in names if name not in used]])
    common = [name for name in common if groups or not _same_as(table[name], table[chosen])]
    fitting = [name for name in common if _groups_of_classes(table, name, chosen) >= SIDES]
    by = next(iter(fitting), "")
    return Columns(own, images, _form_of(table, images, files), chosen, common, by)


def _holds_files(values: pd.Series) -> bool:
    """Tell whether most values are names of images."""
    names = values[values != ""].str.lower().str.replace(r"#[^#]*$", "", regex=True)
    return bool(len(names)) and bool(names.str.endswith(SUFFIXES).mean() > 0.5)


def _find_id(table: pd.DataFrame, where: str) -> str:
    """Return the column of the cells' names: ``cell``, or the first whose values are all different."""
    for name in ("cell", *table):
        if name in table and table[name].is_unique and (table[name] != "").all():
            return str(name)
    raise InputError(f"{where}: no column names every cell differently; add one, such as cell")


def _find_label(table: pd.DataFrame, where: str) -> str:
    """Return the column of the classes: the one that has a usual name."""
    lower = {str(name).lower(): str(name) for name in table}
    found = next((lower[name] for name in LABELS if name in lower), None)
    if found is None:
        several = [str(name) for name in table if 2 <= table[name].nunique() <= len(table) / 2]
        raise InputError(f"{where}: which column is the label? Give --label, one of {label_list(several, 12)}")
    return found


def find_groups(table: pd.DataFrame) -> list[str]:
    """Return the columns that say what cells have in common, those first whose groups differ most."""
    found = []
    for name in table:
        rank = next((place for place, part in enumerate(KNOWN_GROUPS) if part in str(name).lower()), None)
        several = SIDES <= table[name].nunique() <= len(table) / 2
        if rank is not None and several and NAME.fullmatch(str(name)):
            found.append((rank, str(name)))
    return [name for _, name in sorted(found, key=lambda one: one[0])]


def _refuse_no_classes(values: pd.Series, where: str) -> None:
    """Refuse a column of labels that are no classes: one alone, or, as measured values are, nearly all different."""
    known = values[values != ""]
    if not 2 <= known.nunique() <= max(len(known) / 2, 2):
        raise InputError(
            f"{where}: column {values.name} has {known.nunique()} different values in {len(known)} cells; a label has "
            "two classes at least, each of several cells: give another with --label"
        )


def _same_as(first: pd.Series, second: pd.Series) -> bool:
    """Tell whether two columns divide the cells in the same way, under other names."""
    pairs = len(pd.DataFrame({"first": first, "second": second}).drop_duplicates())
    return pairs == first.nunique() == second.nunique()


def _groups_of_classes(table: pd.DataFrame, group: str, label: str) -> int:
    """Return how many groups the class with the fewest has."""
    known = table[(table[group] != "") & (table[label] != "")]
    return int(known.groupby(label)[group].nunique().min()) if len(known) else 0


def _form_of(table: pd.DataFrame, images: list[str], files: list[str]) -> Form:
    """Return what the images are: ready crops, or fields in which columns say where a cell is."""
    if {"mask", "object"} <= set(table) and "mask" in files:
        return "masks"
    if table[images[0]].is_unique:
        return "crops"
    return "boxes" if {"left", "top", "right", "bottom"} <= set(table) else "centres"
