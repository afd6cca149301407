"""Verb ``match``: motifs of filters to the known motifs that they resemble most, and to those of other networks."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs import tomtom
from convoscope.interpretation.motifs.meme import meme_letters, meme_strands, parse_meme
from convoscope.interpretation.motifs.reproducibility import network_of, stability
from convoscope.options import Input
from convoscope.tables import read_table, write_table

logger = logging.getLogger(__name__)
COLUMNS = {"id": "motif_id", "name": "motif_name"}


def _match_motifs(motifs: Path, spec: Motifs) -> pd.DataFrame:
    """Return the best match of every motif of a MEME file, and the networks that have it; one row each."""
    with open_text(motifs) as stream:
        text = stream.read()
    if meme_letters(text) not in ("ACGT", "ACGU", ""):
        logger.info("%s: motifs over %s are not matched; databases hold DNA and RNA", motifs, meme_letters(text))
        columns = ["filter", *tomtom.Match._fields, "networks"]
        return pd.DataFrame([], columns=columns).rename(columns=COLUMNS)
    queries, known = parse_meme(text, str(motifs)), tomtom.load_database(spec.database, spec.taxa)
    both, jaspar = meme_strands(text) == "both", tomtom.is_jaspar(spec.database)
    found = pd.DataFrame(index=range(len(queries)), columns=list(tomtom.Match._fields))
    if jaspar and meme_letters(text) == "ACGU":
        logger.info("%s: RNA is not compared with JASPAR, which is of DNA; give motifs.database a MEME file", motifs)
    else:
        # The direction of JASPAR's matrices means nothing, also where that of the data does.
        best = tomtom.match_motifs([query.matrix for query in queries], known, both or jaspar)
        found = pd.DataFrame(best, columns=list(tomtom.Match._fields))
    named = found.rename(columns=COLUMNS).assign(filter=[query.name for query in queries])
    return named.assign(networks=stability(queries, known, spec.q_value, both) if queries else [])


def _match_table(filters: pd.DataFrame, found: pd.DataFrame, spec: Motifs) -> pd.DataFrame:
    """Join filters and their matches, the most influential filter first; filters without a motif have empty cells.

    ``reproducible`` says whether enough of the networks have the motif; a single network says nothing.
    """
    effects = [name for name in filters.columns if name.startswith("influence:")]
    filters = filters.assign(influence=filters[effects].abs().max(axis=1))
    joined = filters[["filter", *effects, "influence", "sites", "information"]].merge(found, on="filter", how="left")
    whole = dict.fromkeys(("offset", "overlap", "networks"), "Int64")
    total = filters["filter"].map(network_of).nunique()
    enough = joined["networks"].ge(spec.networks_needed(total)).map({True: "yes", False: "no"})
    said = enough.where(joined["networks"].notna(), "") if total > 1 else ""
    ordered = joined.assign(reproducible=said).astype(whole)
    return ordered.sort_values("influence", ascending=False, kind="stable")


def match(*, motifs: Input, table: Input, spec: Motifs, matches: Path) -> None:
    """Compare the motifs of filters with known motifs by TOMTOM, and across networks.

    Parameters
    ----------
    table
        Table of the filters, filters.tsv.
    matches
        Table to write, the most influential filter first, matches.tsv.
    """
    filters = read_table(table, "filters", ("filter", "sites", "information"))
    named = _match_table(filters, _match_motifs(motifs, spec), spec)
    with replacing(matches) as [scratch]:
        write_table(named, scratch)
