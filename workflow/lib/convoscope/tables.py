"""Reading and writing the package's tables: tab-separated text in which names stay text, whatever they look like."""

import csv
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.table_text import Blocks, join_lines, lines_of

SHOWN = 12  # columns of a table that an error lists


class Numbers(NamedTuple):
    """Columns of one kind of table that hold numbers: whole ones in every row, or real ones, which may be missing.

    All other columns are text. A ``*`` stands for the name of a label.
    """

    whole: Sequence[str] = ()
    real: Sequence[str] = ()


ESTIMATE = ("value", "low", "high")
MATCHED = ("p_value", "q_value", "information")
TABLES = {
    "audit": Numbers(["cells"], ["share"]),
    "control": Numbers(["layers"], ["similarity"]),
    "covariates": Numbers(),  # any columns; the verb that uses them turns them into numbers
    "curves": Numbers([], ["x", "y"]),
    "dropped": Numbers(["line"]),
    "examples": Numbers(["start", "end"], ["x", "y"]),  # windows.tsv and crops.tsv, besides the labels
    "filters": Numbers(["index", "sites", "length"], ["information", "activating", "influence:*"]),
    "genes": Numbers(["start", "end"]),
    "history": Numbers(["epoch"], ["loss", "metric", "seconds", "examples_per_second", "learning_rate"]),
    "layers": Numbers(["parameters", "multiply_adds"]),
    "map_recovery": Numbers(
        ["windows", "strong", "mapped"],
        ["on_site", "low", "high", "on_site_strong", "low_strong", "high_strong", "on_site_mapped", "share"],
    ),
    "matches": Numbers(  # matches.tsv and motifs.tsv
        ["sites"], [*MATCHED, "filters", "networks", "offset", "overlap", "influence", "influence:*"]
    ),
    "modisco": Numbers(["seqlets", "offset", "overlap"], [*MATCHED, "contribution:*"]),
    "nearest": Numbers(["filter", "channel"], ["cosine", "angle", "zoom", "p_value", "q_value"]),
    "negatives": Numbers(["requested", "obtained"]),
    "pairs": Numbers(
        ["backgrounds"], ["distance", "first_effect", "second_effect", "together", "interaction", "low", "high"]
    ),
    "positions": Numbers(["hits"], ["centre"]),
    "predicted": Numbers(["line", "record", "start", "end", "window_start"]),  # besides the labels and their spreads
    "predicted_cells": Numbers(["line"], ["x", "y", "confidence"]),  # besides the labels and their spreads
    "predictions": Numbers([], ["prediction", "spread"]),
    "recovery": Numbers([], [*MATCHED, "influence"]),
    "sanity": Numbers(["n"], [*ESTIMATE, "chance", "model"]),
    "scores": Numbers(
        ["row", "allele", "pos", "padded"],
        ["*:ref", "*:alt", "*:difference", "*:log_odds", "*:largest", "*:spread"],
    ),
    "second": Numbers(["row", "allele", "fold", "outcome"], ["second", "difference", "logistic"]),
    "sizes": Numbers(["length"]),
    "summary": Numbers(
        ["test", "networks"],
        [*ESTIMATE, "baseline_value", "difference", "difference_low", "difference_high", "seconds"],
    ),
    "trial_curves": Numbers(["trial", "rung", "epoch"], ["loss", "metric"]),
    "trials": Numbers(["rung", "trial", "rank"], ["value", "epochs"]),  # settings are text
    "truth": Numbers([], ["start", "end", "summit"]),
    "variant_letters": Numbers(["row", "allele", "position"], ["contribution"]),
    "variant_recovery": Numbers(
        ["broken", "kept"], ["auroc", "low", "high", "median_broken", "median_kept"]
    ),
}  # fmt: skip
INFO = "info:"  # what columns of the fields of a VCF begin with


def header_of(path: Path) -> list[str]:
    """Return the names in the header of a table, none of an empty file."""
    with open_text(path) as stream:
        line = stream.readline().rstrip("\n")
        return line.split("\t") if line else []


def read_table(
    path: Path,
    kind: str,
    needed: Sequence[str] = (),
    real: Sequence[str] = (),
    names: Sequence[str] = (),
    skipped: int = 0,
    *,
    only: bool = False,
) -> pd.DataFrame:
    """Read one of the package's tables, plain or gzipped.

    Parameters
    ----------
    path
        The file.
    kind
        A row of `TABLES`, which says what columns hold numbers; empty numbers become NaN.
    needed
        Columns that the caller cannot do without.
    real
        Further columns of numbers, such as those of labels.
    names
        Columns of a file without a header.
    skipped
        Lines before the first row of such a file.
    only
        Whether all columns are left out that are neither ``needed`` nor ``real``; those of text then are categories.

    Raises
    ------
    InputError
        If the file has no header or names a column twice, lacks a column that is ``needed``, has a row of more or
        fewer fields, or text where a number is expected.
    """
    with open_text(path) as stream:
        header = list(names) or stream.readline().rstrip("\n").split("\t")
    check_header(header, path, [*needed, *real])
    numbers, further = TABLES[kind], set(real)
    wanted = [name for name in header if not only or name in needed or name in further]
    floats = [name for name in wanted if name in further or _is_one_of(name, numbers.real)]
    whole = [name for name in wanted if name in numbers.whole and name not in floats]
    types = dict.fromkeys(floats, np.float64) | dict.fromkeys(whole, np.int64)
    first = skipped if names else 1
    texts = [name for name in wanted if name not in types]
    for text in ("category", str) if only else (str,):
        try:
            table = _read_rows(path, header, first, {name: types.get(name, text) for name in wanted})
        except (ValueError, OverflowError, TypeError):
            continue  # some text is no number: read as text, its column says where
        # pandas makes numbers of categories that look like some: contigs and folds may be called 1 or 007.
        if text is str or all(pd.api.types.is_string_dtype(table[name].cat.categories) for name in texts):
            return table.astype(dict.fromkeys(texts, "category")) if only else table
    table = _read_rows(path, header, first, dict.fromkeys(wanted, str))
    for name in floats:
        table[name] = _to_numbers(table[name], path)
    for name in whole:
        table[name] = _to_whole(table[name], path)
    return table.astype(dict.fromkeys(texts, "category")) if only else table


def _read_rows(path: Path, header: list[str], first: int, types: Mapping[str, Any]) -> pd.DataFrame:
    """Read columns of a table from line ``first`` on by their types, floats NaN where empty."""
    with open_text(path) as stream:
        for _ in range(first):
            stream.readline()
        source = Blocks(stream, path, len(header), 1 + first)
        return pd.read_csv(
            cast(Any, source), sep="\t", header=None, names=header, usecols=list(types), dtype=types,
            keep_default_na=False, na_values={name: [""] for name in types if types[name] is np.float64},
            quoting=csv.QUOTE_NONE, skip_blank_lines=False,
        )  # fmt: skip


def _is_one_of(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a column is one of a kind's; fields of a VCF are not, whatever their name ends in.

    >>> _is_one_of("CTCF:ref", ["*:ref"]), _is_one_of("info:ref", ["*:ref"]), _is_one_of("CTCF:reference", ["*:ref"])
    (True, False, False)
    """
    return not name.startswith(INFO) and any(fnmatchcase(name, pattern) for pattern in patterns)


def check_header(header: Sequence[str], path: Path, needed: Sequence[str]) -> None:
    """Refuse a header without names, one that has a name twice, and one that lacks a column."""
    if not any(header):
        raise InputError(f"{path}: not a tab-separated table (no header)")
    [(name, times)] = Counter(header).most_common(1)
    if times > 1:
        raise InputError(f"{path}: column {name!r} is there {times} times; every column needs a name of its own")
    missing = [name for name in needed if name not in header]
    if missing:
        has = ", ".join(header[:SHOWN]) + (", …" if len(header) > SHOWN else "")
        raise InputError(f"{path}: no column {missing[0]!r}; it has {has}")


def require_columns(table: pd.DataFrame, where: str, needed: Sequence[str]) -> None:
    """Refuse a table, called ``where``, that lacks a column."""
    check_header([str(name) for name in table], Path(where), needed)


def _to_numbers(column: pd.Series, path: Path) -> pd.Series:
    """Turn text into floats, NaN where it is empty; refuse other text, with the number of its row."""
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    _refuse(column, values.isna().to_numpy() & (column != "").to_numpy(), path, "a number")
    return values


def _to_whole(column: pd.Series, path: Path) -> pd.Series:
    """Turn text into whole numbers; refuse all other text, also where it is empty."""
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    _refuse(column, ~(values % 1 == 0).to_numpy(), path, "a whole number")
    return values.astype(np.int64)


def _refuse(column: pd.Series, wrong: np.ndarray, path: Path, what: str) -> None:
    """Refuse a column of numbers in which some text is ``wrong``, with the first such row."""
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"{path}: {column.name} is {column.iloc[row][:40]!r} in row {row + 1}; {what} is expected")


def find_rows(names: pd.Series, known: pd.Series, where: str) -> np.ndarray:
    """Return where each of ``names`` is among the ``known`` ones, ``(n,)``.

    Raises
    ------
    InputError
        If one is not among them, or is among them more than once; ``where`` says whose names they are.
    """
    twice = known[known.duplicated().to_numpy()]
    if len(twice):
        raise InputError(f"{where}: {known.name} {twice.iloc[0]!r} is there twice; each name once")
    places = pd.Index(known).get_indexer(pd.Index(names))
    if (places < 0).any():
        some = ", ".join(map(str, known[:SHOWN])) or "none"
        raise InputError(f"{where}: {names.name} {names.iloc[places.argmin()]!r} is unknown; known are {some}")
    return places


def write_table(table: pd.DataFrame, target: Path | TextIO, digits: int | None = 6, header: bool = True) -> None:
    """Write tab-separated text as `read_table` reads it: no quotes, unknown values empty.

    Parameters
    ----------
    table
        Its index is not written.
    target
        A file to make, or one that is open.
    digits
        Significant digits of floats; all that tell them apart where it is None.
    header
        Whether the names of the columns come first.

    Raises
    ------
    InputError
        If a name holds a tab or a line end, which would break the table.
    """
    layout = None if digits is None else f"%.{digits}g"
    lines = itertools.chain([join_lines([[str(name)] for name in table])] if header else [], lines_of(table, layout))
    with open(target, "w", encoding="utf-8", newline="") if isinstance(target, Path) else nullcontext(target) as sink:
        sink.writelines(lines)
