"""Reasons in dropped.tsv: which of them the configuration asks for, and which are losses that may be a mistake."""

import pandas as pd

DELIBERATE = {"min_score": "below min_score, as asked"}


def kinds(reasons: pd.Series) -> pd.Series:
    """Return reasons without their details, which follow a colon.

    >>> kinds(pd.Series(["gap", "letter: 'J' at position 3"])).tolist()
    ['gap', 'letter']
    """
    return reasons.astype(str).str.partition(":")[0] if len(reasons) else pd.Series(dtype=object)


def counted_losses(reasons: pd.Series) -> str:
    """Say how many rows were lost, and how many were left out because the configuration asks for it.

    >>> counted_losses(pd.Series(["min_score", "gap", "gap"]))
    '2 lost, 1 below min_score, as asked'
    """
    found = kinds(reasons)
    parts = [f"{(~found.isin(DELIBERATE)).sum():,} lost"]
    return ", ".join(
        parts + [f"{(found == kind).sum():,} {said}" for kind, said in DELIBERATE.items() if kind in set(found)]
    )
