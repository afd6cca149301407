"""The page of motifs: one row for each, with its filters, influence and best match; the single filters below."""

from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import replacing
from convoscope.report.gallery import count_networks, gallery_finding, kind_of
from convoscope.report.html import note, whole_page
from convoscope.report.pages import block, without_noise

MOTIFS = (
    "One row per motif, the most influential first: filters of all networks that learned the same, those that lower a "
    "prediction apart. Influence is the sum over filters; the match is the surest that one of them has, "
    "and a dash where that is not significant."
)
ELSEWHERE = (
    "JASPAR has motifs of eukaryotes alone. For bacteria, archaea or RNA give a file of motifs (MEME, JASPAR, "
    "TRANSFAC, HOMER or HOCOMOCO), such as one of PRODORIC, RegPrecise or ATtRACT, as motifs.database."
)


def draw(path: Path, *, matches: pd.DataFrame, filter_matches: pd.DataFrame | None = None, spec: Motifs) -> None:
    """Write the tables of motifs and of filters; ``matches`` alone may be of filters, too."""
    with replacing(path) as [scratch]:
        scratch.write_text(matches_page(matches, filter_matches, spec), encoding="utf-8")


def matches_page(matches: pd.DataFrame, filters: pd.DataFrame | None, spec: Motifs) -> str:
    """Return the page: the motifs, what to do where a database has no names, and the filters."""
    needed = spec.networks_needed(count_networks(matches))
    title = gallery_finding(matches, matches, spec.q_value, needed)
    unnamed = not (matches["q_value"] <= spec.q_value).any()
    caption = MOTIFS if kind_of(matches) == "motif" else ""
    body = block(without_noise(matches, spec.q_value), "matches", caption) + note(ELSEWHERE if unnamed else "")
    if filters is None:
        return whole_page(title, body)
    below = block(without_noise(_in_motifs(filters, matches), spec.q_value), "matches")
    return whole_page(title, body + "<h1>Single filters</h1>\n" + below)


def _in_motifs(filters: pd.DataFrame, motifs: pd.DataFrame) -> pd.DataFrame:
    """Add to filters the motif that each is a member of; nothing where ``motifs`` are filters themselves."""
    if "members" not in motifs:
        return filters
    rows = zip(motifs["motif"], motifs["members"], strict=True)
    motif = {name: motif for motif, members in rows for name in str(members).split()}
    return filters.assign(in_motif=filters["filter"].map(motif))
