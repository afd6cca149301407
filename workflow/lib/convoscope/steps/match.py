"""Verb ``match``: motifs of filters to the known motifs that they resemble most."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import open_text, replacing
from convoscope.interpretation import matching
from convoscope.interpretation.meme import letters_of, parse_meme

logger = logging.getLogger(__name__)
COLUMNS = {"id": "motif_id", "name": "motif_name"}


def match_motifs(motifs: Path, spec: Motifs) -> pd.DataFrame:
    """Return the best match of every motif of a MEME file, one row each."""
    with open_text(motifs) as stream:
        text = stream.read()
    if letters_of(text) not in ("ACGT", "ACGU", ""):
        logger.info("%s: motifs over %s are not matched; databases hold DNA and RNA", motifs, letters_of(text))
        return pd.DataFrame([], columns=["filter", *matching.Match._fields]).rename(columns=COLUMNS)
    queries = parse_meme(text, str(motifs))
    found = matching.match([query.matrix for query in queries], matching.load_database(spec.database, spec.taxa))
    table = pd.DataFrame(found, columns=list(matching.Match._fields)).rename(columns=COLUMNS)
    return table.assign(filter=[query.name for query in queries])


def match_table(filters: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Join filters and their matches, the most influential filter first; filters without a motif have empty cells."""
    effects = [name for name in filters.columns if name.startswith("influence:")]
    filters = filters.assign(influence=filters[effects].abs().max(axis=1))
    joined = filters[["filter", *effects, "influence", "sites", "information"]].merge(found, on="filter", how="left")
    whole = dict.fromkeys(("offset", "overlap"), "Int64")
    return joined.astype(whole).sort_values("influence", ascending=False, kind="stable")


def match(*, motifs: Path, table: Path, spec: Motifs, matches: Path) -> None:
    """Name the motifs of filters by their best match in a database, by TOMTOM, most influential filter first."""
    with open_text(table) as stream:
        filters = pd.read_csv(stream, sep="\t", dtype={"filter": str, "consensus": str})
    named = match_table(filters, match_motifs(motifs, spec))
    with replacing(matches) as [scratch]:
        named.to_csv(scratch, sep="\t", index=False, float_format="%.6g")
