"""The table of results as text for a terminal: aligned columns, metrics as ``.951 [.932–.968]``."""

from collections.abc import Sequence

import pandas as pd

from convoscope.evaluation.compare import CEILING, MODEL

TITLES = {"auroc": "AUROC", "pearson": "Pearson correlation"}
GAP = "  "


def decimal(value: float, sign: str = "") -> str:
    """Write a figure with three decimals and no leading zero, a dash where there is none.

    >>> decimal(0.9514), decimal(-0.02), decimal(0.02, "+"), decimal(0.9999), decimal(float("nan"))
    ('.951', '-.020', '+.020', '1.000', '-')
    """
    if pd.isna(value):
        return "-"
    text = format(value, f"{sign}.3f")
    return text.replace("0.", ".") if text.lstrip("+-").startswith("0.") else text


def with_interval(row: pd.Series, name: str, sign: str = "") -> str:
    """Write the figure in column ``name`` with its interval, or alone where it has none."""
    value, low, high = (row.get(name + end, float("nan")) for end in ("", "_low", "_high"))
    bare = pd.isna(value) or pd.isna(low)
    return decimal(value, sign) if bare else f"{decimal(value, sign)} [{decimal(low, sign)}–{decimal(high, sign)}]"


def align_cells(header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int) -> str:
    """Pad cells to columns: the first ``text_columns`` to the left, the rest to the right.

    >>> print(align_cells(["name", "n"], [["a", "100"], ["bc", "5"]], 1))
    name    n
    a     100
    bc      5
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [
        [
            cell.ljust(width) if number < text_columns else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    return "\n".join(GAP.join(line).rstrip() for line in padded)


def _baselines_of(table: pd.DataFrame) -> list[str]:
    """Return the names of the baselines, the strongest on average last."""
    names = [name.removesuffix("_difference") for name in map(str, table.columns) if name.endswith("_difference")]
    return sorted(names, key=lambda name: table[name].mean())


def _name_motif(row: pd.Series) -> str:
    """Write the best motif with its q-value; as it is, a dash, where none has a name."""
    motif = row.get("motif")
    if pd.isna(motif):
        return "-"
    return str(motif) if pd.isna(row.get("motif_q")) else f"{motif} (q {row['motif_q']:.0e})"


def _render_comparison(table: pd.DataFrame) -> str:
    """Write the model next to its baselines, with the difference to the strongest.

    The intervals of the baselines are left to the table for programs, so that a line has at most 100 signs where names
    have few.
    """
    baselines = _baselines_of(table)
    strongest = baselines[-1]
    header = ["experiment", "label", "n", MODEL, *baselines, f"{MODEL} - {strongest}", "p"]
    named = "motif" in table
    rows = []
    for _, row in table.iterrows():
        p = row[f"{strongest}_p"]
        metrics = [with_interval(row, MODEL), *(decimal(row[name]) for name in baselines)]
        difference = with_interval(row, f"{strongest}_difference", "+")
        size = "-" if pd.isna(row["n"]) else str(row["n"])
        cells = [row["experiment"], row["label"], size, *metrics, difference, decimal(p)]
        rows.append([*cells, *([_name_motif(row)] if named else [])])
    return align_cells([*header, *(["best motif"] if named else [])], rows, 2)


def _render_ceilings(table: pd.DataFrame) -> str:
    """Write the ceiling of every experiment that has one, of its last row; the others are in the table for programs."""
    known = table.dropna(subset=[CEILING]) if CEILING in table else table[:0]
    return "".join(
        f"Ceiling of {row['experiment']}, {row['label']}, which nobody can pass: {decimal(row[CEILING])}\n"
        for _, row in known.groupby("experiment", sort=False).tail(1).iterrows()
    )


def _render_calls(table: pd.DataFrame) -> str:
    """Write the model's calls, and the correlation of the strongest baseline's calls; empty for regression."""
    strongest = _baselines_of(table)[-1]
    names = [f"{MODEL}_sensitivity", f"{MODEL}_specificity", f"{MODEL}_mcc", f"{strongest}_mcc"]
    if names[0] not in table or table[names[0]].isna().all():
        return ""
    rows = [
        [row["experiment"], row["label"], *(with_interval(row, name) for name in names)] for _, row in table.iterrows()
    ]
    return align_cells(["experiment", "label", "Sn", "Sp", "MCC", f"MCC of {strongest}"], rows, 2)


def render_scores(table: pd.DataFrame) -> str:
    """Write a table of `scoreboard.gather_scores` as text, one block per headline metric."""
    blocks = []
    for metric, part in table.groupby("metric", sort=False):
        share = f"{part['confidence'].iloc[0]:.0%}"
        blocks.append(f"{TITLES[str(metric)]} on the test split [{share} interval, resampling groups]")
        blocks.append(_render_comparison(part) + "\n" + _render_ceilings(part))
        calls = _render_calls(part)
        if calls:
            blocks.append("Calls at the threshold with the highest MCC on the validation split")
            blocks.append(calls + "\n")
    return "\n".join(blocks)
