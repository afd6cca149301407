"""Which of the learned motifs stand for a known one: named, reproducible, one filter for each name."""

import pandas as pd

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
