"""Which of the learned motifs stand for a known one: named, reproducible, one filter for each name."""

from collections.abc import Collection

import pandas as pd

from convoscope.errors import InputError

MATCHES = ("filter", "motif_name", "q_value", "influence", "strand", "reproducible")  # columns of matches.tsv


def named_motifs(matches: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return the rows of ``matches.tsv`` that stand for the known motifs, the most influential first.

    Parameters
    ----------
    matches
        Rows of ``matches.tsv``.
    limit
        Largest q-value of a named match.

    Returns
    -------
    pandas.DataFrame
        For every name the most influential filter that has it, is significant and, where there were several
        networks, reproducible.
    """
    several = matches["reproducible"].isin(["yes", "no"]).any()
    kept = matches[(matches["q_value"] <= limit) & ((matches["reproducible"] == "yes") | (not several))]
    return kept.sort_values("influence", ascending=False, kind="stable").drop_duplicates("motif_name")


def require_filters(named: pd.DataFrame, known: Collection[str], where: str) -> None:
    """Refuse rows of ``matches.tsv`` whose filters are not among the known motifs: they are of other networks."""
    strange = [name for name in named["filter"] if name not in known]
    if strange:
        raise InputError(f"{where}: filter {strange[0]!r} has no motif; give motifs and matches of one experiment")
