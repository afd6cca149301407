"""The sentences over the report's tables: what each table says, computed from its rows."""

from collections.abc import Iterable

import pandas as pd

from convoscope.reasons import DELIBERATE, counted_losses, kinds
from convoscope.report.html import integer

KNOWN = 0.05  # largest q-value of a match with a name


def judged(table: pd.DataFrame) -> bool:
    """Tell whether there were several networks, so that matches can be called reproducible or not."""
    return "reproducible" in table and bool(table["reproducible"].isin(["yes", "no"]).any())


def listed(names: Iterable[object], limit: int = 5) -> str:
    """Write names as text, the first few of many."""
    every = [str(name) for name in names]
    return ", ".join(every[:limit]) + (", …" if len(every) > limit else "")


def layers_finding(table: pd.DataFrame) -> str:
    """Say how large the network is."""
    total, work = table["parameters"].sum(), table["multiply_adds"].sum()
    return f"{len(table)} layers with {integer(total)} parameters and {integer(work)} multiply-adds per example"


def matches_finding(table: pd.DataFrame) -> str:
    """Say how many motifs or filters match something at q ≤ .05."""
    named, what = table[table["q_value"] <= KNOWN], "motifs" if "motif" in table else "filters"
    names = list(dict.fromkeys(named["motif_name"]))
    words = f"{len(named)} of {len(table)} {what} match a known motif at q ≤ .05" + (
        f": {listed(names)}" if names else ""
    )
    return words + (f"; {(table['reproducible'] == 'yes').sum()} are reproducible" if judged(table) else "")


def modisco_finding(table: pd.DataFrame) -> str:
    """Say how many patterns attributions make, and which known motifs they are."""
    if table.empty:
        return (
            "TF-MoDISco found no pattern in the attributions: no stretch stands out in enough windows, or they are "
            "narrower than 30 bp"
        )
    named = table[table["q_value"] <= KNOWN].sort_values("seqlets", ascending=False, kind="stable")
    names = list(dict.fromkeys(named["motif_name"]))
    count = "one pattern" if len(table) == 1 else f"{len(table)} patterns"
    words = f"TF-MoDISco on {table['label'].iloc[0]}: {count} in {integer(table['seqlets'].sum())} seqlets"
    return f"{words}, {len(named)} known at q ≤ .05" + (f": {listed(names)}" if names else "")


def recovery_finding(table: pd.DataFrame) -> str:
    """Say which planted motifs were found, and whether the decoy was learned."""
    planted, decoys = table[table["role"] == "planted"], table[table["role"] == "decoy"]
    missing = planted.loc[planted["found"] != "yes", "factor"]
    words = f"{(planted['found'] == 'yes').sum()} of {len(planted)} planted motifs were recovered"
    words += f" (not {listed(missing)})" if len(missing) else ""
    if decoys.empty:
        return words
    learned = decoys[decoys["found"] == "yes"]
    wrong = learned[learned["effect"] == "raises"]
    if len(wrong):
        return f"{words}; the decoy {listed(wrong['factor'])} was taken for a site"
    against = f"; filters count {listed(learned['factor'])}, the decoy, against a site"
    return words + (against if len(learned) else "; no filter matches the decoy")


def audit_finding(table: pd.DataFrame) -> str:
    """Say how many leaks were found, and name them."""
    leaks = table[table["verdict"] == "leak"]
    if leaks.empty:
        return f"{len(table)} checks found no leak"
    return f"{len(leaks)} of {len(table)} checks found a leak: {listed(leaks['check'] + ' (' + leaks['subject'] + ')')}"


def dropped_title(table: pd.DataFrame) -> str:
    """Say how many input rows were not used, and how many of them because the configuration asks for it."""
    if not kinds(table["reason"]).isin(DELIBERATE).any():
        return f"{len(table):,} input rows were not used" if len(table) != 1 else "One input row was not used"
    return f"{len(table):,} input rows were not used: {counted_losses(table['reason'])}"


def search_finding(table: pd.DataFrame) -> str:
    """Say how many settings were tried, and that no test example took part."""
    rungs = [str(rows["trial"].nunique()) for _, rows in table.groupby("rung")]
    return f"{' → '.join(rungs)} trials by rung, ranked on validation alone"


def sanity_finding(table: pd.DataFrame) -> str:
    """Say how many controls are above chance."""
    above = int((table["verdict"] == "above chance").sum())
    return f"{above} of {len(table)} controls are above chance" if above else "No control is above chance"


def counts_title(table: pd.DataFrame) -> str:
    """Say how many examples there are."""
    return f"{integer(table['examples'].sum())} examples in {len(table)} splits"


def summary_finding(table: pd.DataFrame) -> str:
    """Say in how many experiments the network beats the best baseline."""
    compared = table[table["verdict"] != ""]
    if compared.empty:
        return f"{len(table)} experiment(s), none with a baseline to compare with"
    count = {word: int((compared["verdict"] == word).sum()) for word in ("ahead", "behind", "undecided")}
    if len(compared) == 1:
        return f"The CNN is {compared['verdict'].iloc[0]} against the best simple baseline"
    numbers = ", ".join(f"{word} in {n}" for word, n in count.items() if n)
    return f"Against the best simple baseline of each of {len(compared)} experiments the CNN is {numbers}"


def metrics_finding(table: pd.DataFrame) -> str:
    """Say who is compared."""
    methods = list(dict.fromkeys(table["method"]))
    names = " and ".join([part for part in (", ".join(methods[:-1]), methods[-1]) if part])
    return f"{names} on the same test examples"
