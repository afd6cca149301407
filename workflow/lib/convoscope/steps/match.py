"""Verb ``match``: motifs of filters to the known motifs that they resemble most, and to those of other networks."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs import tomtom
from convoscope.interpretation.motifs.clustering import Cluster, cluster, strongest
from convoscope.interpretation.motifs.database import is_jaspar, load_database, require_targets
from convoscope.interpretation.motifs.meme import Motif, format_meme, meme_letters, meme_strands, parse_meme
from convoscope.interpretation.motifs.motif_table import EFFECT, Terms, consolidate
from convoscope.interpretation.motifs.reproducibility import compare_filters, count_recurrences, network_of
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import read_table, write_table

logger = logging.getLogger(__name__)
COLUMNS = {"id": "motif_id", "name": "motif_name"}


def _match_motifs(text: str, motifs: Path, queries: list[Motif], terms: Terms) -> pd.DataFrame:
    """Return the best match of each of the motifs, over the letters of a MEME file; one row each."""
    if meme_letters(text) not in ("ACGT", "ACGU", ""):
        logger.info("%s: motifs over %s are not matched; databases hold DNA and RNA", motifs, meme_letters(text))
        return pd.DataFrame([], columns=["filter", *tomtom.Match._fields]).rename(columns=COLUMNS)
    found = pd.DataFrame(index=range(len(queries)), columns=list(tomtom.Match._fields))
    if is_jaspar(terms.spec.database) and meme_letters(text) == "ACGU":
        logger.info("%s: RNA is not compared with JASPAR, which is of DNA; give motifs.database a MEME file", motifs)
    else:
        best = tomtom.match_motifs([query.matrix for query in queries], terms.targets, terms.either)
        found = pd.DataFrame(best, columns=list(tomtom.Match._fields))
    return found.rename(columns=COLUMNS).assign(filter=[query.name for query in queries])


def _cluster_filters(queries: list[Motif], filters: pd.DataFrame, terms: Terms) -> tuple[list[Cluster], list[int]]:
    """Return the clusters of the filters' motifs, and in how many networks each filter's motif was found."""
    if not queries:
        return [], []
    require_targets(terms.targets)
    names, limit = [query.name for query in queries], terms.spec.q_value
    background = [target.matrix for target in terms.targets]
    p_values = compare_filters([query.matrix for query in queries], background, terms.both)
    again = count_recurrences(p_values, [network_of(name) for name in names], limit)
    effects = filters.set_index("filter").filter(like=EFFECT).fillna(0).reindex(names)
    signed = strongest(effects.fillna(0).to_numpy(dtype=float).reshape(len(queries), -1))
    return cluster(queries, p_values, signed, limit, terms.both, background), again.tolist()


def _match_table(filters: pd.DataFrame, found: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Join filters and their matches, the most influential filter first; filters without a motif have empty cells.

    ``reproducible`` says whether enough of the networks have the motif; a single network says nothing.
    """
    effects = [name for name in filters.columns if name.startswith(EFFECT)]
    filters = filters.assign(influence=filters[effects].abs().max(axis=1))
    joined = filters[["filter", *effects, "influence", "sites", "information"]].merge(found, on="filter", how="left")
    whole = dict.fromkeys(("offset", "overlap", "networks"), "Int64")
    enough = joined["networks"].ge(terms.spec.networks_needed(terms.networks)).map({True: "yes", False: "no"})
    said = enough.where(joined["networks"].notna(), "") if terms.networks > 1 else ""
    ordered = joined.assign(reproducible=said).astype(whole)
    return ordered.sort_values("influence", ascending=False, kind="stable")


def match(
    *, motifs: Input, table: Input, spec: Motifs, matches: Path, merged: Path | None = None,
    merged_table: Path | None = None,
) -> None:  # fmt: skip
    """Compare the motifs of filters with known motifs by TOMTOM, and across networks.

    Parameters
    ----------
    table
        Table of the filters, filters.tsv.
    matches
        Table to write, the most influential filter first, matches.tsv.
    merged
        Consolidated motifs to write, motifs.meme: one for all filters, of all networks, that learned the same, with the
        name of its match as its second name.
    merged_table
        Table to write of these motifs, with their filters and what these contribute together, motifs.tsv.
    """
    filters = read_table(table, "filters", ("filter", "sites", "information"))
    with open_text(motifs) as stream:
        text = stream.read()
    queries = parse_meme(text, str(motifs)) if meme_letters(text) in ("ACGT", "ACGU", "") else []
    terms = _terms(text, filters, spec)
    clusters, again = _cluster_filters(queries, filters, terms)
    named = _match_table(filters, _match_motifs(text, motifs, queries, terms).assign(networks=again), terms)
    consolidated, rows = consolidate(clusters, [query.name for query in queries], named, terms)
    chosen = [path for path in (matches, merged, merged_table) if path]
    with replacing(*chosen) as scratch:
        files = dict(zip(chosen, scratch, strict=True))
        write_table(named, files[matches])
        if merged_table:
            write_table(rows, files[merged_table])
        if merged:
            letters = meme_letters(text) or "ACGT"
            files[merged].write_text(format_meme(consolidated, letters, meme_strands(text)))


def _terms(text: str, filters: pd.DataFrame, spec: Motifs) -> Terms:
    """Return how the motifs of a MEME file are judged; the direction of JASPAR's matrices means nothing."""
    both, alphabet = meme_strands(text) == "both", ALPHABETS["rna" if meme_letters(text) == "ACGU" else "dna"]
    networks = filters["filter"].map(network_of).nunique()
    targets = load_database(spec.database, spec.taxa)
    return Terms(spec, networks, alphabet, targets, both, both or is_jaspar(spec.database))
