"""Verb ``match``: motifs of filters to the known motifs that they resemble most, and to those of other networks."""

import logging
import re
from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs import tomtom
from convoscope.interpretation.motifs.clustering import Cluster, cluster, strongest
from convoscope.interpretation.motifs.meme import Motif, format_meme, meme_letters, meme_strands, parse_meme
from convoscope.interpretation.motifs.pwm import information
from convoscope.interpretation.motifs.reproducibility import compare_filters, count_recurrences, network_of
from convoscope.options import Input
from convoscope.tables import read_table, write_table

logger = logging.getLogger(__name__)
EFFECT = "influence:"
KNOWN = ["motif_id", "motif_name", "p_value", "q_value"]
COLUMNS = {"id": "motif_id", "name": "motif_name"}


def _match_motifs(text: str, motifs: Path, queries: list[Motif], spec: Motifs) -> pd.DataFrame:
    """Return the best match of each of the motifs, over the letters of a MEME file; one row each."""
    if meme_letters(text) not in ("ACGT", "ACGU", ""):
        logger.info("%s: motifs over %s are not matched; databases hold DNA and RNA", motifs, meme_letters(text))
        return pd.DataFrame([], columns=["filter", *tomtom.Match._fields]).rename(columns=COLUMNS)
    known = tomtom.load_database(spec.database, spec.taxa)
    both, jaspar = meme_strands(text) == "both", tomtom.is_jaspar(spec.database)
    found = pd.DataFrame(index=range(len(queries)), columns=list(tomtom.Match._fields))
    if jaspar and meme_letters(text) == "ACGU":
        logger.info("%s: RNA is not compared with JASPAR, which is of DNA; give motifs.database a MEME file", motifs)
    else:
        # The direction of JASPAR's matrices means nothing, also where that of the data does.
        best = tomtom.match_motifs([query.matrix for query in queries], known, both or jaspar)
        found = pd.DataFrame(best, columns=list(tomtom.Match._fields))
    return found.rename(columns=COLUMNS).assign(filter=[query.name for query in queries])


def _cluster_filters(
    queries: list[Motif], filters: pd.DataFrame, spec: Motifs, both: bool
) -> tuple[list[Cluster], list[int]]:
    """Return the clusters of the filters' motifs, and in how many networks each filter's motif was found."""
    known = tomtom.load_database(spec.database, spec.taxa)
    tomtom.require_targets(known)
    background = [target.matrix for target in known]
    p_values = compare_filters([query.matrix for query in queries], background, both)
    again = count_recurrences(p_values, [network_of(query.name) for query in queries], spec.q_value)
    effects = filters.set_index("filter").filter(like=EFFECT).fillna(0).reindex([query.name for query in queries])
    signed = strongest(effects.fillna(0).to_numpy(dtype=float).reshape(len(queries), -1))
    return cluster(queries, p_values, signed, spec.q_value, both, background), again.tolist()


def _cluster_table(
    clusters: list[Cluster], queries: list[Motif], matches: pd.DataFrame, spec: Motifs, total: int
) -> pd.DataFrame:
    """Return one row per cluster: its leading filter, what its filters contribute together, and its best match.

    The match is that of the filter whose match is surest: weaker followers blur the sum of sites, and q-values are over
    all filters already.
    """
    names, own = [query.name for query in queries], matches.set_index("filter")
    effects = [name for name in own.columns if name.startswith(EFFECT)]
    rows = []
    for motif, members in clusters:
        inside = own.loc[[names[member] for member in members]]
        surest = inside.sort_values("p_value", kind="stable").iloc[0]
        together, networks = inside[effects].sum(min_count=1), inside.index.map(network_of).nunique()
        said = "yes" if networks >= spec.networks_needed(total) else "no"
        rows.append({
            "filter": motif.name, **together, "influence": together.abs().max(), "sites": motif.sites,
            "information": information(motif.matrix).sum(), **surest[KNOWN], "matched": surest.name,
            "filters": len(members), "networks": networks, "reproducible": said if total > 1 else "",
            "members": " ".join(inside.index),
        })  # fmt: skip
    last = ["matched", "filters", "networks", "reproducible", "members"]
    columns = ["filter", *effects, "influence", "sites", "information", *KNOWN, *last]
    return pd.DataFrame(rows, columns=columns).sort_values("influence", ascending=False, kind="stable")


def _match_table(filters: pd.DataFrame, found: pd.DataFrame, spec: Motifs, total: int) -> pd.DataFrame:
    """Join filters and their matches, the most influential filter first; filters without a motif have empty cells.

    ``reproducible`` says whether enough of the networks have the motif; a single network says nothing.
    """
    effects = [name for name in filters.columns if name.startswith(EFFECT)]
    filters = filters.assign(influence=filters[effects].abs().max(axis=1))
    joined = filters[["filter", *effects, "influence", "sites", "information"]].merge(found, on="filter", how="left")
    whole = dict.fromkeys(("offset", "overlap", "networks"), "Int64")
    enough = joined["networks"].ge(spec.networks_needed(total)).map({True: "yes", False: "no"})
    said = enough.where(joined["networks"].notna(), "") if total > 1 else ""
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
        Motifs to write, one for all filters that learned the same, named after their match, MEME text.
    merged_table
        Table to write of these motifs, with their filters and what these contribute together.
    """
    filters = read_table(table, "filters", ("filter", "sites", "information"))
    with open_text(motifs) as stream:
        text = stream.read()
    letters, strands = meme_letters(text) or "ACGT", meme_strands(text)
    queries = parse_meme(text, str(motifs)) if letters in ("ACGT", "ACGU") else []
    clusters, again = _cluster_filters(queries, filters, spec, strands == "both") if queries else ([], [])
    total = filters["filter"].map(network_of).nunique()
    found = _match_motifs(text, motifs, queries, spec).assign(networks=again)
    named = _match_table(filters, found, spec, total)
    motif_rows = _cluster_table(clusters, queries, named, spec, total)
    chosen = [path for path in (matches, merged, merged_table) if path]
    with replacing(*chosen) as scratch:
        files = dict(zip(chosen, scratch, strict=True))
        write_table(named, files[matches])
        if merged_table:
            write_table(motif_rows, files[merged_table])
        if merged:
            files[merged].write_text(format_meme(_named(clusters, motif_rows, spec), letters, strands))


def _named(clusters: list[Cluster], table: pd.DataFrame, spec: Motifs) -> list[Motif]:
    """Return the clusters' motifs in the order of their table, with the names of significant matches."""
    motifs = {motif.name: motif for motif, _ in clusters}
    sure = table["motif_name"].where(table["q_value"] <= spec.q_value, "").fillna("")
    return [
        motifs[leader]._replace(alternative=re.sub(r"\s", "", name))
        for leader, name in zip(table["filter"], sure, strict=True)
    ]
