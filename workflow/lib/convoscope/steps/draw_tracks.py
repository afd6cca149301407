"""Verb ``draw-tracks``: whether tracks are high where the held-out sites are, and as good as single windows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.evaluation import tracks as evaluation
from convoscope.figures import tracks as figures
from convoscope.figures.reading import read_table, require_columns
from convoscope.figures.style import PANELS, drawing, headline, small_multiples
from convoscope.sequence.bigwig import file_names, read_around

REACH, BINS = 1000, 67  # bp around a site, and bins of about 30 bp
MOST = 1000  # sites, and other windows, that a profile averages over
LOCUS, POINTS = 20_000, 1000  # bp of the example, and values that are drawn of it
ROWS = 6  # labels of the example
COLUMNS = 3


def draw_tracks(*, folder: Path, windows: Path, predictions: Path, figure: Path) -> None:
    """Draw FOLDER/<label>.bw around test windows and along one stretch; compare them with the windows' predictions."""
    examples = read_table(windows, needed=evaluation.WINDOWS)
    found = read_table(predictions, needed=evaluation.PREDICTIONS)
    labels = list(dict.fromkeys(found["label"]))
    require_columns(examples, windows, labels)
    paths = {label: folder / name for label, name in zip(labels, file_names(labels), strict=True)}
    tables = {label: with_track(evaluation.split_windows(examples, found, label), paths[label]) for label in labels}
    compared = pd.DataFrame([evaluation.agreement(label, tables[label]) for label in labels])
    drawn = labels[:PANELS]
    profiles = pd.concat([profile(label, tables[label], paths[label]) for label in drawn])
    place = evaluation.busiest([tables[label] for label in drawn[:ROWS]], LOCUS)
    locus = pd.concat([read_locus(label, paths[label], place) for label in drawn[:ROWS]]) if place else pd.DataFrame()
    sites = known_sites(examples, drawn[:ROWS], place) if place else pd.DataFrame()
    table = pd.concat([compared.assign(part="agreement"), profiles.assign(part="profile"), locus.assign(part="locus"),
                       sites.assign(part="site")])  # fmt: skip
    heights = 0.5 + 2.3 * -(-len(drawn) // COLUMNS), (0.8 + 0.55 * min(len(drawn), ROWS)) if place else 0.01
    with drawing(figure, sum(heights), table) as canvas:
        headline(canvas, figures.finding(compared, found["fold"].nunique() == 1))
        parts: Any = canvas.subfigures(2, 1, height_ratios=heights)
        grid = small_multiples(parts[0], len(drawn), min(COLUMNS, max(len(drawn), 2)))
        for (_, row), axes in zip(compared.iloc[: len(drawn)].iterrows(), grid, strict=True):
            figures.draw_profile(profiles[profiles["label"] == row["label"]], row, axes)
        grid[0].set_ylabel("mean prediction")
        if place:
            rows = parts[1].subplots(len(drawn[:ROWS]), 1, sharex=True, squeeze=False).ravel()
            rows[0].set_title(f"{place[0]}: the {LOCUS // 1000} kb with most test sites; triangles are known sites")
            figures.draw_locus(locus, sites, list(rows))
            rows[-1].set_xlabel(f"position on {place[0]} (kb)")


def with_track(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the windows at whose centre the track has a value, with the value as ``track``."""
    track = read_around(path, table["chrom"].tolist(), table["center"].tolist())[:, 0]
    return table.assign(track=track)[~np.isnan(track)]


def profile(label: str, table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the mean of a track around sites and around other windows, at most ``MOST`` of each, evenly taken."""
    sites, parts = evaluation.is_site(table["truth"].to_numpy()), []
    for series, rows in (("sites", np.flatnonzero(sites)), ("others", np.flatnonzero(~sites))):
        taken = table.iloc[rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round().astype(int)]]
        values = read_around(path, taken["chrom"].tolist(), taken["center"].tolist(), REACH)
        parts.append(evaluation.profile(values, REACH, BINS).assign(label=label, series=series))
    return pd.concat(parts)


def read_locus(label: str, path: Path, place: tuple[str, int]) -> pd.DataFrame:
    """Return the track at evenly spaced positions of a stretch."""
    positions = np.linspace(place[1], place[1] + LOCUS - 1, POINTS).round().astype(int)
    values = read_around(path, [place[0]] * POINTS, positions.tolist())[:, 0]
    return pd.DataFrame({"label": label, "chrom": place[0], "position": positions, "value": values})


def known_sites(examples: pd.DataFrame, labels: list[str], place: tuple[str, int]) -> pd.DataFrame:
    """Return the windows with a label within a stretch, of whatever split, by their centre."""
    centers = (examples["start"] + examples["end"]) // 2
    here = (examples["chrom"] == place[0]) & centers.between(place[1], place[1] + LOCUS - 1)
    parts = [
        pd.DataFrame({"label": label, "chrom": place[0], "position": centers[here & (examples[label] > 0.5)]})
        for label in labels
    ]
    return pd.concat(parts)
