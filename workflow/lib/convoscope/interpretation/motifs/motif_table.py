"""The consolidated motifs: of every cluster of filters its matrix, what its filters do together, and its name."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from convoscope.config import Motifs
from convoscope.interpretation.motifs.clustering import Cluster
from convoscope.interpretation.motifs.database import Target
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.pwm import consensus, information
from convoscope.interpretation.motifs.reproducibility import network_of
from convoscope.interpretation.motifs.tomtom import place_on
from convoscope.sequence.alphabet import Alphabet

EFFECT = "influence:"
KNOWN = ["motif_id", "motif_name", "p_value", "q_value"]
PLACE = ["offset", "overlap", "strand"]
LAST = ["matched", "filters", "networks", "reproducible", "members", "shifts"]


class Terms(NamedTuple):
    """How motifs are judged: the section of the configuration, and the number of networks.

    ``targets`` are those of the database, ``both`` whether the data has two strands, ``either`` whether motifs are
    compared with either strand of a target.
    """

    spec: Motifs
    networks: int
    alphabet: Alphabet
    targets: Sequence[Target]
    both: bool
    either: bool


def consolidate(
    clusters: Sequence[Cluster], names: Sequence[str], matches: pd.DataFrame, terms: Terms
) -> tuple[list[Motif], pd.DataFrame]:
    """Return the motifs of clusters of filters, the most influential first, and their table.

    The match is that of the filter whose match is surest: weaker followers blur the sum of sites, and q-values are over
    all filters already. Where data has two strands a motif is turned to the strand of its match.

    Parameters
    ----------
    clusters
        Of the filters that have a motif.
    names
        Of these filters.
    matches
        Rows of ``matches.tsv``.
    terms
        How they are judged.

    Returns
    -------
    list[Motif], pandas.DataFrame
        Called M1, M2 and so on, with the names of significant matches; and one row for each, ``motifs.tsv``.
    """
    own = matches.set_index("filter")
    effects = [name for name in own.columns if name.startswith(EFFECT)]
    rows = [_row_of(cluster, own.loc[[names[member] for member in cluster.members]], terms) for cluster in clusters]
    columns = ["motif", "filter", *effects, "influence", "sites", "information", "consensus", *KNOWN, *PLACE, *LAST]
    table = pd.DataFrame(rows, columns=columns).sort_values("influence", ascending=False, kind="stable")
    motifs, places = _turn([clusters[row].motif for row in table.index], table["motif_id"], terms)
    table[PLACE] = pd.DataFrame(places, columns=PLACE, index=table.index, dtype=object)
    table["motif"] = [f"M{rank}" for rank in range(1, len(table) + 1)]
    table["consensus"] = [consensus(motif.matrix, terms.alphabet) for motif in motifs]
    sure = table["motif_name"].where(table["q_value"] <= terms.spec.q_value, "").fillna("")
    called = zip(motifs, table["motif"], sure, strict=True)
    return [motif._replace(name=name, alternative=re.sub(r"\s", "", known)) for motif, name, known in called], table


def _row_of(cluster: Cluster, filters: pd.DataFrame, terms: Terms) -> dict[str, Any]:
    """Return what is known of one cluster of filters, given their rows of the table of matches, by name."""
    surest = filters.sort_values("p_value", kind="stable").iloc[0]
    together = filters.filter(like=EFFECT).sum(min_count=1)
    networks = filters.index.map(network_of).nunique()
    said = "yes" if networks >= terms.spec.networks_needed(terms.networks) else "no"
    return {
        "filter": cluster.motif.name, **together, "influence": together.abs().max(), "sites": cluster.motif.sites,
        "information": information(cluster.motif.matrix).sum(), **surest[KNOWN], "matched": surest.name,
        "filters": len(filters), "networks": networks, "reproducible": said if terms.networks > 1 else "",
        "members": " ".join(filters.index), "shifts": " ".join(f"{shift:g}" for shift in cluster.shifts),
    }  # fmt: skip


def _turn(motifs: list[Motif], known: pd.Series, terms: Terms) -> tuple[list[Motif], list[tuple]]:
    """Return motifs on the strand of their match where data has two, and offset, overlap and strand of each."""
    if known.isna().any():  # no database was searched
        return motifs, [(None, None, "")] * len(motifs)
    found = place_on([motif.matrix for motif in motifs], terms.targets, known.tolist(), terms.either)
    lengths = {target.id: len(target.matrix) for target in terms.targets}
    turned, places = [], []
    for motif, name, (offset, overlap, strand) in zip(motifs, known, found, strict=True):
        turns = terms.both and strand == "-"
        matrix = motif.matrix[::-1, ::-1] if turns else motif.matrix
        turned.append(motif._replace(matrix=matrix))
        places.append((lengths[name] - offset - len(matrix), overlap, "+") if turns else (offset, overlap, strand))
    return turned, places
