"""Which of the learned motifs stand for a known one: named, reproducible, one filter for each name."""

import pandas as pd

from convoscope.errors import InputError
from convoscope.interpretation.motifs.meme import Motif, meme_strands, parse_meme

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


def known_motifs(text: str, matches: pd.DataFrame, limit: float, where: str) -> list[Motif]:
    """Return the learned motif of every known one, the most influential first.

    Parameters
    ----------
    text
        ``motifs.meme``, which may hold no motif.
    matches
        Rows of ``matches.tsv``.
    limit
        Largest q-value of a named match.
    where
        How an error names the matches.

    Returns
    -------
    list[Motif]
        With the known motif's name as ``alternative``, and on its strand; as learned where data has one strand.

    Raises
    ------
    InputError
        If a filter has no motif: the two are of different networks.
    """
    learned = {motif.name: motif for motif in parse_meme(text)} if "MOTIF" in text else {}
    turn = meme_strands(text) == "both"
    found = []
    for _, row in named_motifs(matches, limit).iterrows():
        if row["filter"] not in learned:
            strange = f"{where}: filter {row['filter']!r} has no motif"
            raise InputError(f"{strange}; give motifs and matches of one experiment")
        motif = learned[row["filter"]]
        matrix = motif.matrix[::-1, ::-1] if turn and row["strand"] == "-" else motif.matrix
        found.append(motif._replace(alternative=row["motif_name"], matrix=matrix))
    return found
