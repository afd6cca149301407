"""The table of planted sites in mutation maps, as the report shows it."""

import pandas as pd

from convoscope.report.wording import interval, number

CAPTION = (
    "Test windows that hold exactly one site planted from the full matrix, and whether the letter whose substitution "
    "lowers the score of that factor most lies in it (95 % intervals after Wilson). Sites are copies drawn from the "
    "matrix; strong are those whose letters have at least half the log-odds of the best possible site. Empty maps: "
    "windows that the networks score below the label's share in training, whose mutation map by DeepBind's rule shows "
    "nothing."
)


def located_finding(table: pd.DataFrame) -> str:
    """Say in how many windows the highest letter lies in the planted site."""
    if table.empty:
        return "No test window holds exactly one strong planted site"
    every = table.iloc[-1]
    words = "The letter that matters most lies in the planted site in "
    whole = f"{number(100 * every['on_site'], 1)} % of {every['windows']} test windows"
    if every["strong"] in (0, every["windows"]):
        return words + whole
    strong = f"{number(100 * every['on_site_strong'], 1)} % of {every['strong']} test windows with one strong site"
    return f"{words}{strong}, in {number(100 * every['on_site'], 1)} % of all {every['windows']} with one site"


def located_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with rates and their intervals."""

    def written(which: str) -> list[str]:
        cells = zip(table[f"on_site{which}"], table[f"low{which}"], table[f"high{which}"], strict=True)
        return [f"{number(value)} ({interval(low, high)})" for value, low, high in cells]

    return pd.DataFrame({
        "factor": table["factor"], "strong site": table["strong"], "highest letter on it": written("_strong"),
        "any site": table["windows"], "highest letter on any": written(""),
        "empty maps": table["windows"] - table["mapped"],
        "on the site, map not empty": [number(value) for value in table["on_site_mapped"]],
        "mean share of heights on the site": [number(value) for value in table["share"]],
    })  # fmt: skip
