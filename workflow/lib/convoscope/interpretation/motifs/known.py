"""Which of the learned motifs stand for a known one: named, reproducible, one for each name."""

import pandas as pd

from convoscope.errors import InputError
from convoscope.interpretation.motifs.meme import Motif, meme_strands, parse_meme

MATCHES = ("filter", "motif_name", "q_value", "influence", "strand", "reproducible")  # of motifs.tsv and matches.tsv


def named_motifs(matches: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return the rows of ``motifs.tsv`` that stand for the known motifs, the most influential first.

    Parameters
    ----------
    matches
        Rows of ``motifs.tsv``, or of ``matches.tsv``, whose rows are filters.
    limit
        Largest q-value of a named match.

    Returns
    -------
    pandas.DataFrame
        For every name the most influential motif that has it, is significant and, where there were several networks,
        reproducible.
    """
    several = matches["reproducible"].isin(["yes", "no"]).any()
    kept = matches[(matches["q_value"] <= limit) & ((matches["reproducible"] == "yes") | (not several))]
    return kept.sort_values("influence", ascending=False, kind="stable").drop_duplicates("motif_name")


def known_motifs(text: str, matches: pd.DataFrame, limit: float, where: str) -> list[Motif]:
    """Return the learned motif of every known one, the most influential first.

    Parameters
    ----------
    text
        ``motifs.meme``, which may hold no motif, or ``filters.meme``.
    matches
        Rows of ``motifs.tsv``, or ``matches.tsv`` for filters.
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
        If a motif of the table is not in the text: the two do not belong together.
    """
    learned = {motif.name: motif for motif in parse_meme(text)} if "MOTIF" in text else {}
    turn = meme_strands(text) == "both"
    found, kind = [], "motif" if "motif" in matches else "filter"
    for _, row in named_motifs(matches, limit).iterrows():
        if row[kind] not in learned:
            strange = f"{where}: {kind} {row[kind]!r} is not in the file of motifs"
            raise InputError(f"{strange}; motifs.tsv goes with motifs.meme, matches.tsv with filters.meme")
        motif = learned[row[kind]]
        matrix = motif.matrix[::-1, ::-1] if turn and row["strand"] == "-" else motif.matrix
        found.append(motif._replace(alternative=row["motif_name"], matrix=matrix))
    return found
