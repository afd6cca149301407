"""The table of simulated variants that break a planted site, as the report shows it."""

import numpy as np
import pandas as pd

from convoscope.report.wording import interval, number

CAPTION = (
    "Variants near strong planted sites. Broken: those that spoil the site or write another factor's over it; kept: "
    "those that change a letter next to it or write another factor's site there. AUROC: how well the drop of the "
    "factor's own prediction tells them apart, with the bootstrap interval over regions. The median of those kept is "
    "below 0 where another factor's site next to one lowers the networks' score of the one."
)


def broken_finding(table: pd.DataFrame) -> str:
    """Say how well variants that break a planted site are told from the others."""
    if table.empty or not np.isfinite(table["auroc"].iloc[-1]):
        return "No variants of both kinds to compare"
    every = table.iloc[-1]
    bounds = f" ({interval(every['low'], every['high'])})" if np.isfinite(every["low"]) else ""
    return (
        f"Variants that break a planted site lower its factor's prediction more than others do: "
        f"AUROC {number(every['auroc'])}{bounds}, {every['broken']} against {every['kept']}"
    )


def broken_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with AUROC and its interval."""
    cells = zip(table["auroc"], table["low"], table["high"], strict=True)
    return pd.DataFrame({
        "factor": table["factor"], "broken": table["broken"], "kept": table["kept"],
        "AUROC": list(cells), "median ALT − REF, broken": [number(value) for value in table["median_broken"]],
        "median ALT − REF, kept": [number(value) for value in table["median_kept"]],
    })  # fmt: skip
