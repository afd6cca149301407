"""Verb ``draw-tracks``: whether tracks are high where the held-out sites are, and as good as single windows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.evaluation import tracks as evaluation
from convoscope.report import tracks as figures
from convoscope.report.style import PANELS, drawing, headline, small_multiples
from convoscope.sequence.bigwig import file_names, read_around
from convoscope.tables import read_table

REACH, BINS = 1000, 67  # bp around a site, and bins of about 30 bp
MOST = 1000  # sites, and other windows, that a profile averages over
LOCUS, POINTS = 20_000, 1000  # bp of the example, and values that are drawn of it
ROWS = 6  # tracks of the example
COLUMNS = 3
BOTH = "."  # strand of a track of both
Tracks = Mapping[str, Path]  # of one label, by strand


def draw_tracks(*, folder: Path, windows: Path, predictions: Path, figure: Path) -> None:
    """Draw FOLDER/<label>.bw around test windows and along one stretch; compare them with the windows' predictions.

    Where there is a track per strand, a window is compared with that of its strand.
    """
    found = read_table(predictions, "predictions", evaluation.PREDICTIONS)
    labels = list(dict.fromkeys(found["label"]))
    examples = read_table(windows, "examples", evaluation.WINDOWS, real=labels)
    paths = {label: tracks_of(folder, label) for label in labels}
    stranded = {label: len(paths[label]) > 1 for label in labels}
    tables = {
        label: with_track(evaluation.split_windows(examples, found, label, stranded[label]), paths[label])
        for label in labels
    }
    compared = pd.DataFrame([evaluation.agreement(label, tables[label]) for label in labels])
    drawn = labels[:PANELS]
    profiles = pd.concat([profile(label, tables[label], paths[label]) for label in drawn])
    rows = [(label, strand) for label in drawn for strand in paths[label]][:ROWS]
    place = evaluation.busiest([tables[label] for label in dict.fromkeys(label for label, _ in rows)], LOCUS)
    locus = pd.concat([read_locus(row, paths, place) for row in rows]) if place else pd.DataFrame()
    sites = known_sites(examples, rows, place) if place else pd.DataFrame()
    table = pd.concat([compared.assign(part="agreement"), profiles.assign(part="profile"), locus.assign(part="locus"),
                       sites.assign(part="site")])  # fmt: skip
    heights = 0.5 + 2.3 * -(-len(drawn) // COLUMNS), (0.8 + 0.55 * len(rows)) if place else 0.01
    with drawing(figure, sum(heights), table) as canvas:
        headline(canvas, figures.finding(compared, found["fold"].nunique() == 1))
        parts: Any = canvas.subfigures(2, 1, height_ratios=heights)
        grid = small_multiples(parts[0], len(drawn), min(COLUMNS, max(len(drawn), 2)))
        for (_, row), axes in zip(compared.iloc[: len(drawn)].iterrows(), grid, strict=True):
            figures.draw_profile(profiles[profiles["label"] == row["label"]], row, axes)
        grid[0].set_ylabel("mean prediction")
        if place:
            lines = parts[1].subplots(len(rows), 1, sharex=True, squeeze=False).ravel()
            lines[0].set_title(f"{place[0]}: the {LOCUS // 1000} kb with most test sites; triangles are known sites")
            figures.draw_locus(locus, sites, list(lines))
            lines[-1].set_xlabel(f"position on {place[0]} (kb)")


def tracks_of(folder: Path, label: str) -> Tracks:
    """Return the bigWig of a label, or one per strand where there are two."""
    [one, plus, minus] = (folder / name for name in file_names([label, f"{label}.plus", f"{label}.minus"]))
    return {BOTH: one} if one.exists() or not plus.exists() else {"+": plus, "-": minus}


def read_tracks(tracks: Tracks, table: pd.DataFrame, reach: int = 0) -> np.ndarray:
    """Return the values around the centres of windows, in the direction of their strand where it has a track."""
    values = np.full((len(table), 2 * reach + 1), np.nan, dtype=np.float32)
    for strand, path in tracks.items():
        rows = np.flatnonzero((table["strand"] == strand) | (strand == BOTH))
        found = read_around(path, table["chrom"].iloc[rows].tolist(), table["center"].iloc[rows].tolist(), reach)
        values[rows] = found[:, ::-1] if strand == "-" else found
    return values


def with_track(table: pd.DataFrame, tracks: Tracks) -> pd.DataFrame:
    """Return the windows at whose centre the track has a value, with the value as ``track``."""
    track = read_tracks(tracks, table)[:, 0]
    return table.assign(track=track)[~np.isnan(track)]


def profile(label: str, table: pd.DataFrame, tracks: Tracks) -> pd.DataFrame:
    """Return the mean of a track around sites and around other windows, at most ``MOST`` of each, evenly taken."""
    sites, parts = evaluation.is_site(table["truth"].to_numpy()), []
    for series, rows in (("sites", np.flatnonzero(sites)), ("others", np.flatnonzero(~sites))):
        taken = table.iloc[rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round().astype(int)]]
        values = read_tracks(tracks, taken, REACH)
        parts.append(evaluation.profile(values, REACH, BINS).assign(label=label, series=series))
    return pd.concat(parts)


def row_name(row: tuple[str, str]) -> str:
    """Return the name of a track of one stretch: the label's, with its strand where it has one."""
    label, strand = row
    return label if strand == BOTH else f"{label} ({strand})"


def read_locus(row: tuple[str, str], paths: Mapping[str, Tracks], place: tuple[str, int]) -> pd.DataFrame:
    """Return the track of a label and strand at evenly spaced positions of a stretch."""
    positions = np.linspace(place[1], place[1] + LOCUS - 1, POINTS).round().astype(int)
    values = read_around(paths[row[0]][row[1]], [place[0]] * POINTS, positions.tolist())[:, 0]
    return pd.DataFrame({"label": row_name(row), "chrom": place[0], "position": positions, "value": values})


def known_sites(examples: pd.DataFrame, rows: Sequence[tuple[str, str]], place: tuple[str, int]) -> pd.DataFrame:
    """Return the windows with a label, on its strand, within a stretch, of whatever split, by their centre."""
    parts = []
    for label, strand in rows:
        position = evaluation.centers(examples, strand != BOTH)
        here = (examples["chrom"] == place[0]) & position.between(place[1], place[1] + LOCUS - 1)
        here &= (examples[label] > 0.5) & ((examples["strand"] == strand) | (strand == BOTH))
        sites = {"label": row_name((label, strand)), "chrom": place[0], "position": position[here]}
        parts.append(pd.DataFrame(sites))
    return pd.concat(parts)
