"""The page of variants: the strongest of them, and how many alleles were dropped for which reason."""

from pathlib import Path

import pandas as pd

from convoscope.evaluation.effects import largest_differences, one_row_per_allele
from convoscope.files import replacing
from convoscope.report.html import integer, note, table_block, whole_page
from convoscope.report.wording import number, shorten
from convoscope.tables import INFO

LONGEST = 200
CAPTION = (
    "A variant is listed once, with the label that it changes most. Differences are ALT − REF of the prediction, "
    "log-odds those of the score before it. Spread is the standard deviation of the difference over the networks: "
    "where it is as large as the difference, the networks do not agree. Padded: letters of the window beyond the "
    "contig's end, which the networks see as N; the prediction of a window that is largely N means little."
)
IN_SITES = (
    "Each allele was scored in the windows of the sites that hold it, in their direction; it is listed with the "
    "site where it changes most, and its position is the index of the first changed letter in that window. "
)
HEADINGS = {"log_odds": "log-odds", "largest": "largest over shifts"}


def draw(path: Path, *, scores: pd.DataFrame, variants_dropped: pd.DataFrame) -> None:
    """List the strongest variants and the reasons for drops."""
    table = one_row_per_allele(scores)
    fields = [str(name).removeprefix(INFO) for name in table if str(name).startswith(INFO)]
    caution = str(table["cannot_tell"].iloc[0]) if "cannot_tell" in table and len(table) else ""
    page = variants_page(largest_differences(table, LONGEST, fields), variants_dropped, len(table), caution)
    with replacing(path) as [scratch]:
        scratch.write_text(page, encoding="utf-8")


def _four(value: float) -> str:
    """Write a difference."""
    return number(value, 4)


def reasons(dropped: pd.DataFrame, what: str = "alleles", row: str = "row") -> pd.DataFrame:
    """Count what was dropped by reason, the details behind a colon left out, with the first row of each.

    >>> table = pd.DataFrame({"row": ["4", "5", "9"], "reason": ["breakend", "REF is not: A", "REF is not: C"]})
    >>> reasons(table).to_dict("list")
    {'reason': ['REF is not', 'breakend'], 'alleles': [2, 1], 'first row': ['5', '4']}
    """
    short = dropped["reason"].str.partition(":")[0] if len(dropped) else pd.Series(dtype=str)
    counted = dropped[row].astype(str).groupby(short).agg(["size", "first"]).sort_values("size", ascending=False)
    counted = counted.rename_axis("reason").reset_index()
    return counted.rename(columns={"size": what, "first": f"first {row}"})


def variants_page(strongest: pd.DataFrame, dropped: pd.DataFrame, scored: int, cannot_tell: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    strongest
        Rows of :func:`convoscope.evaluation.effects.largest_differences`.
    dropped
        Rows of ``dropped.tsv``.
    scored
        Number of scored alleles.
    cannot_tell
        What the scores do not mean, if that must be said.
    """
    alike = (strongest["largest"] == strongest["difference"]).all()
    unused = [name for name, useless in (("largest", alike), ("padded", not strongest["padded"].any())) if useless]
    shown = strongest.drop(columns=unused)
    for name in ("id", "ref", "alt", *(["site"] if "site" in shown else [])):
        shown[name] = [shorten(str(value), 24) for value in shown[name]]
    shown = shown.rename(columns=HEADINGS)
    floats = ("with REF", "with ALT", "difference", "log-odds", "largest over shifts", "spread")
    top = table_block(shown, {**dict.fromkeys(floats, _four), "pos": integer})
    cut = f"The strongest {len(shown)} of {scored:,}. " if scored > len(shown) else ""
    title = f"{scored:,} alleles scored, {len(dropped):,} dropped"
    said = f"The scores cannot tell the {cannot_tell}. " if cannot_tell else ""
    said += IN_SITES if "site" in shown else ""
    return whole_page(title, top + note(said + cut + CAPTION) + "<h1>Dropped</h1>\n" + table_block(reasons(dropped)))
