"""The report's tables: which columns, under which headings, and the sentence over each."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from convoscope.files import replacing
from convoscope.report.broken_sites import CAPTION as BROKEN
from convoscope.report.broken_sites import broken_finding, broken_rows
from convoscope.report.html import Format, integer, measured, note, probability, seconds, table_block, table_to_html
from convoscope.report.located_sites import CAPTION as LOCATED
from convoscope.report.located_sites import located_finding, located_rows
from convoscope.report.page_titles import (
    KNOWN,
    audit_finding,
    counts_title,
    dropped_title,
    judged,
    layers_finding,
    matches_finding,
    metrics_finding,
    modisco_finding,
    recovery_finding,
    sanity_finding,
    search_finding,
    summary_finding,
)
from convoscope.report.wording import METRICS, number, shorten


def _bits(value: float) -> str:
    """Write an amount of information."""
    return number(value, 1)


HEADINGS = {
    "activating": "positives hit",
    "information": "information (bits)",
    "matrix_id": "matrix",
    "matrix_name": "name",
    "motif_id": "matrix",
    "motif_name": "best match",
    "multiply_adds": "multiply-adds",
    "output": "output shape",
    "p_value": "p",
    "q_value": "q",
    "receptive_field": "receptive field",
}
COUNTS = (
    "examples",
    "line",
    "multiply_adds",
    "n",
    "networks",
    "overlap",
    "offset",
    "parameters",
    "rank",
    "rung",
    "seqlets",
    "sites",
    "test",
    "trial",
)
OUTCOMES = {
    ("planted", "yes", False): "found",
    ("planted", "no", False): "not found",
    ("decoy", "no", False): "decoy, not learned",
    ("decoy", "yes", False): "decoy, counted against a site",
    ("decoy", "yes", True): "decoy, taken for a site",
}
FORMATS: dict[str, Format] = {
    "mse": measured,
    **dict.fromkeys(COUNTS, integer),
    **dict.fromkeys(("p", "p_value", "q_value"), probability),
    "information": _bits,
    "seconds": seconds,
    "training": seconds,
}


def _as_it_is(table: pd.DataFrame) -> pd.DataFrame:
    """Show a table unchanged."""
    return table


def _rows_last(table: pd.DataFrame) -> pd.DataFrame:
    """Show dropped rows with the reason before the row itself, which may be long."""
    return table[["source", "line", "label", "reason", "row"]]


def without_noise(table: pd.DataFrame, limit: float = KNOWN) -> pd.DataFrame:
    """Write a dash for the best matches whose q-value is above a limit: whatever they are called, they are noise.

    >>> without_noise(pd.DataFrame({"motif_name": ["a", "b"], "motif_id": "x", "q_value": [0.01, 1.0]})).values.tolist()
    [['a', 'x', 0.01], ['–', '–', 1.0]]
    """
    noise = ~(table["q_value"] <= limit)
    return table.assign(**{name: table[name].mask(noise, "–") for name in ("motif_name", "motif_id")})


def _name_first(table: pd.DataFrame) -> pd.DataFrame:
    """Show motifs or filters with the name before the evidence; where the match lies is in the gallery."""
    effects = [name for name in table if str(name).startswith("influence:")]
    told = ["networks", "reproducible"] if judged(table) else []
    first = ["motif", "consensus"] if "motif" in table else [name for name in ("filter", "in_motif") if name in table]
    many = [name for name in ("filters", *told) if name in table]
    return table[[*first, "motif_name", "motif_id", "q_value", *many, "sites", "information", *effects]]


def _pattern_first(table: pd.DataFrame) -> pd.DataFrame:
    """Show patterns with the name before the evidence."""
    effects = [name for name in table if str(name).startswith("contribution:")]
    return without_noise(table)[["pattern", "motif_name", "motif_id", "q_value", "seqlets", "information", *effects]]


def _outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """Say of every planted motif in words what became of it."""
    words = [OUTCOMES[role, found, role == "decoy" and found == "yes" and effect == "raises"] for role, found, effect in
             zip(table["role"], table["found"], table["effect"], strict=True)]  # fmt: skip
    shown = table.drop(columns=["found", "role", "effect"])
    shown.insert(3, "outcome", words)
    return shown


class Page(NamedTuple):
    """One kind of table: the sentence over it, how to read it, and how the artifact becomes what is shown."""

    finding: Callable[[pd.DataFrame], str]
    caption: str = ""
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = _as_it_is


PAGES = {
    "audit": Page(
        audit_finding,
        "Leak: mend it by another split, or read every figure with it in mind. Look: for you to judge. Repeated units "
        "are values that few cells share, such as the track of one cell; batches are values that many share.",
    ),
    "counts": Page(
        counts_title, "Columns of labels count positives (or sum the values); one example may have several."
    ),
    "dropped_table": Page(
        dropped_title,
        "Line numbers are those of the (decompressed) input file. Rows with one reason that is common point to a wrong "
        "reference or a wrong column.",
        _rows_last,
    ),
    "layers": Page(
        layers_finding,
        "Multiply-adds are those of weights, for one example. The receptive field is what one unit of the layer sees "
        "of the input.",
    ),
    "map_recovery": Page(located_finding, LOCATED, located_rows),
    "matches": Page(
        matches_finding,
        "One row per filter, the most influential first. Influence is the change of the raw score when the filter is "
        "silenced; q-values are those of names, over all filters, and a "
        "dash instead of a name is a match that is not significant. Networks: in how many of those that "
        "were trained alike a filter of the same motif was found; reproducible: in enough of them.",
        _name_first,
    ),
    "metrics": Page(
        metrics_finding,
        "In brackets: the interval of the bootstrap over groups of neighbouring or related examples. Where intervals "
        "of methods overlap, read the paired difference in the figure instead. There is no interval where fewer than "
        "two groups hold the label, or where it would not hold the value.",
    ),
    "modisco_table": Page(
        modisco_finding,
        "Stretches of high attribution (seqlets), clustered. Contribution is what the letters of a seqlet add to the "
        "raw score of a label by mutagenesis; pos patterns raise the label that was explained, neg ones lower it. A "
        "dash instead of a name is a match at q > .05.",
        _pattern_first,
    ),
    "provenance": Page(lambda table: "What this experiment was made of"),
    "recovery": Page(
        recovery_finding,
        "Planted motifs are the simulation's truth; the filter is the one that matches best. The decoy is in "
        "negatives only, so that a filter of it is right only if it counts it against a site.",
        _outcomes,
    ),
    "sanity_table": Page(
        sanity_finding,
        "Above chance: look for what tells the network the answer. On permuted labels nothing should; from composition "
        "or intensities alone something may, and is then no merit of the network.",
    ),
    "search_table": Page(
        search_finding,
        "In rung 0 are all trials, in later ones those that went on. Epochs: where the rung ends, empty for the last.",
    ),
    "variant_recovery": Page(broken_finding, BROKEN, broken_rows),
    "summary": Page(
        summary_finding,
        "Test: number of test examples, none of them seen in training. Brackets hold bootstrap intervals; ahead and "
        "behind mean that the interval of the paired difference does not hold zero.",
    ),
}
LONGEST = 2000  # rows of one page; a browser shows more only slowly


def draw(path: Path, *, item: str, **tables: pd.DataFrame) -> None:
    """Write the page of an item that shows one table of an artifact."""
    [table] = tables.values()
    write_page(path, table, item)


def write_page(path: Path, table: pd.DataFrame, kind: str) -> None:
    """Write a table as a self-contained page; ``kind`` is a row of ``PAGES``."""
    with replacing(path) as [scratch]:
        scratch.write_text(page(table, kind), encoding="utf-8")


def page(table: pd.DataFrame, kind: str) -> str:
    """Return a table as a whole HTML page; ``kind`` is a row of ``PAGES``."""
    frame, caption, formats = _arranged(table, kind)
    return table_to_html(frame, PAGES[kind].finding(table), caption, formats)


def block(table: pd.DataFrame, kind: str, words: str = "") -> str:
    """Return a table and how to read it, by its row of ``PAGES`` or in other words, as a part of a page."""
    frame, caption, formats = _arranged(table, kind)
    return table_block(frame, formats) + note(words or caption)


def _arranged(table: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, str, dict[str, Format]]:
    """Return what is shown of a table under its headings, how to read it, and how its values are written."""
    _, caption, prepare = PAGES[kind]
    shown = prepare(table)
    cut = f"The first {LONGEST:,} of {len(shown):,} rows. " if len(shown) > LONGEST else ""
    names = {name: _heading(name) for name in shown.columns}
    formats = {names[name]: way for name, way in FORMATS.items() if name in names}
    return shown.head(LONGEST).rename(columns=names), cut + caption, formats


def _heading(name: str) -> str:
    """Return the heading of a column."""
    if name.startswith("influence:"):
        return "influence on " + shorten(name.removeprefix("influence:"), 20)
    if name.startswith("contribution:"):
        return "contribution to " + shorten(name.removeprefix("contribution:"), 20)
    return HEADINGS.get(name) or METRICS.get(name, name.replace("_", " "))
