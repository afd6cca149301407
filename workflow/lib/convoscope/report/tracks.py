"""Tracks along the genome: their mean around held-out sites, and one stretch with the sites that are known there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.evaluation import tracks as evaluation
from convoscope.palette import BLUE, colors
from convoscope.report.style import FAINT, INK, MUTED, PANELS, drawing, headline, small_multiples
from convoscope.report.wording import metric_name, number, shorten
from convoscope.sequence.bigwig import BOTH, TrackFolder
from convoscope.tables import require_columns

SERIES = {"sites": BLUE, "others": MUTED}
SAME = 0.01  # difference of a figure of merit that does not matter
NAMES = {"sites": "sites", "others": "other test windows"}
REACH, BINS = 1000, 67  # bp around a site, and bins of about 30 bp
MOST = 1000  # sites, and other windows, that a profile averages over
LOCUS, POINTS = 20_000, 1000  # bp of the example, and values that are drawn of it
ROWS = 6  # tracks of the example
COLUMNS = 3


def draw(path: Path, *, examples: pd.DataFrame, predictions: pd.DataFrame, tracks: TrackFolder) -> None:
    """Draw tracks around test windows and along one stretch; compare them with the windows' predictions.

    Where there is a track per strand, a window is compared with that of its strand.
    """
    labels = list(dict.fromkeys(predictions["label"]))
    require_columns(examples, "examples", [*evaluation.WINDOWS, *labels])
    tables = {label: _tracked_windows(label, examples, predictions, tracks) for label in labels}
    compared = pd.DataFrame([evaluation.track_agreement(label, tables[label]) for label in labels])
    drawn = labels[:PANELS]
    profiles = pd.concat([_profile(label, tables[label], tracks) for label in drawn])
    rows = [(label, strand) for label in drawn for strand in tracks.paths(label)][:ROWS]
    place = evaluation.busiest([tables[label] for label in dict.fromkeys(label for label, _ in rows)], LOCUS)
    locus = pd.concat([_read_locus(row, tracks, place) for row in rows]) if place else pd.DataFrame()
    sites = _known_sites(examples, rows, place) if place else pd.DataFrame()
    table = pd.concat([compared.assign(part="agreement"), profiles.assign(part="profile"), locus.assign(part="locus"),
                       sites.assign(part="site")])  # fmt: skip
    heights = 0.5 + 2.3 * -(-len(drawn) // COLUMNS), (0.8 + 0.55 * len(rows)) if place else 0.01
    with drawing(path, sum(heights), table) as figure:
        headline(figure, finding(compared, predictions["fold"].nunique() == 1))
        parts: Any = figure.subfigures(2, 1, height_ratios=heights)
        grid = small_multiples(parts[0], len(drawn), min(COLUMNS, max(len(drawn), 2)))
        for (_, row), axes in zip(compared.iloc[: len(drawn)].iterrows(), grid, strict=True):
            _draw_profile(profiles[profiles["label"] == row["label"]], row, axes)
        for axes in grid[::COLUMNS]:
            axes.set_ylabel("mean prediction")
        if place:
            lines = parts[1].subplots(len(rows), 1, sharex=True, squeeze=False).ravel()
            lines[0].set_title(f"{place[0]}: the {LOCUS // 1000} kb with most test sites; triangles are known sites")
            _draw_locus(locus, sites, list(lines))
            lines[-1].set_xlabel(f"position on {place[0]} (kb)")


def _tracked_windows(
    label: str, examples: pd.DataFrame, predictions: pd.DataFrame, tracks: TrackFolder
) -> pd.DataFrame:
    """Return the test windows of a label with the value of its track at their centres."""
    stranded = len(tracks.paths(label)) > 1
    return _with_track(label, evaluation.split_windows(examples, predictions, label, stranded), tracks)


def _read_tracks(label: str, table: pd.DataFrame, tracks: TrackFolder, reach: int = 0) -> np.ndarray:
    """Return the values around the centres of windows, in the direction of their strand where it has a track."""
    values = np.full((len(table), 2 * reach + 1), np.nan, dtype=np.float32)
    for strand in tracks.paths(label):
        rows = np.flatnonzero((table["strand"] == strand) | (strand == BOTH))
        centers = table["center"].iloc[rows].tolist()
        found = tracks.around(label, strand, table["chrom"].iloc[rows].tolist(), centers, reach)
        values[rows] = found[:, ::-1] if strand == "-" else found
    return values


def _with_track(label: str, table: pd.DataFrame, tracks: TrackFolder) -> pd.DataFrame:
    """Return the windows at whose centre the track has a value, with the value as ``track``."""
    track = _read_tracks(label, table, tracks)[:, 0]
    return table.assign(track=track)[~np.isnan(track)]


def _profile(label: str, table: pd.DataFrame, tracks: TrackFolder) -> pd.DataFrame:
    """Return the mean of a track around sites and around other windows, at most ``MOST`` of each, evenly taken."""
    sites, parts = evaluation.is_site(table["truth"].to_numpy()), []
    for series, rows in (("sites", np.flatnonzero(sites)), ("others", np.flatnonzero(~sites))):
        taken = table.iloc[rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round().astype(int)]]
        values = _read_tracks(label, taken, tracks, REACH)
        parts.append(evaluation.profile(values, REACH, BINS).assign(label=label, series=series))
    return pd.concat(parts)


def _row_name(row: tuple[str, str]) -> str:
    """Return the name of a track of one stretch: the label's, with its strand where it has one."""
    label, strand = row
    return label if strand == BOTH else f"{label} ({strand})"


def _read_locus(row: tuple[str, str], tracks: TrackFolder, place: tuple[str, int]) -> pd.DataFrame:
    """Return the track of a label and strand at evenly spaced positions of a stretch."""
    positions = np.linspace(place[1], place[1] + LOCUS - 1, POINTS).round().astype(int)
    values = tracks.around(*row, [place[0]] * POINTS, positions.tolist())[:, 0]
    return pd.DataFrame({"label": _row_name(row), "chrom": place[0], "position": positions, "value": values})


def _known_sites(examples: pd.DataFrame, rows: Sequence[tuple[str, str]], place: tuple[str, int]) -> pd.DataFrame:
    """Return the windows with a label, on its strand, within a stretch, of whatever split, by their centre."""
    parts = []
    for label, strand in rows:
        position = evaluation.centers(examples, strand != BOTH)
        here = (examples["chrom"] == place[0]) & position.between(place[1], place[1] + LOCUS - 1)
        here &= (examples[label] > 0.5) & ((examples["strand"] == strand) | (strand == BOTH))
        sites = {"label": _row_name((label, strand)), "chrom": place[0], "position": position[here]}
        parts.append(pd.DataFrame(sites))
    return pd.concat(parts)


def finding(table: pd.DataFrame, held_out: bool) -> str:
    """Say how far the track alone is from the predictions of the windows, over all labels.

    Parameters
    ----------
    table
        ``label sites others metric track windows``.
    held_out
        Whether no network was trained on the windows.
    """
    known = table[np.isfinite(table["track"]) & np.isfinite(table["windows"])]
    if known.empty:
        return "The tracks cannot be judged: no label has test windows of both kinds"
    metric = metric_name(known["metric"].iloc[0])
    gap = float((known["track"] - known["windows"]).abs().max())
    verb = "stand out as well as" if gap <= SAME else "do not stand out equally well as"
    whose = "held-out sites" if held_out else "test sites, which other folds' networks were trained on,"
    both = f"{number(known['track'].mean())} and {number(known['windows'].mean())}"
    several = f"mean {metric} {both} over {len(known)} labels, which differ by {number(gap)} at most"
    one = f"{metric} {both}"
    return f"Read from the track alone, {whose} {verb} in single windows: {several if len(known) > 1 else one}"


def _draw_profile(part: pd.DataFrame, row: pd.Series, axes: Axes) -> None:
    """Draw the mean of a track around sites and around other windows.

    Parameters
    ----------
    part
        ``series distance value n`` of one label.
    row
        The label's agreement, for the title.
    axes
        Where to draw.
    """
    for series, color in SERIES.items():
        one = part[part["series"] == series]
        axes.plot(one["distance"], one["value"], color=color, label=f"{NAMES[series]} ({row[series]:,})")
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    top = float(np.nanmax([part["value"].max(), 0]))
    axes.set_ylim(min(0, float(np.nanmin([part["value"].min(), 0]))), top * 1.6 if top > 0 else 1)
    reach = round(part["distance"].max(), -2)
    axes.set_xlim(-reach, reach)
    axes.set_xticks(np.linspace(-reach, reach, 5))
    title = f"{shorten(row['label'], 14)}: {metric_name(row['metric'])} {number(row['track'])}"
    axes.set_title(f"{title} (windows {number(row['windows'])})")
    axes.legend(loc="upper left")
    axes.set_xlabel("bp from the centre")


def _draw_locus(tracks: pd.DataFrame, sites: pd.DataFrame, axes: Sequence[Axes]) -> None:
    """Draw one stretch of the genome, a row per label on one scale, with the known sites as triangles above.

    Parameters
    ----------
    tracks
        ``label position value``.
    sites
        ``label position`` of known sites.
    axes
        One per label, on one axis of positions.
    """
    labels = list(dict.fromkeys(tracks["label"]))
    top = max(float(tracks["value"].max(skipna=True)), 1e-9) if tracks["value"].notna().any() else 1.0
    for label, color, one in zip(labels, colors(len(labels)), axes, strict=True):
        part = tracks[tracks["label"] == label]
        kb, value = part["position"] / 1000, part["value"].to_numpy(float)
        one.fill_between(kb, np.nan_to_num(value), step="mid", color=color, linewidth=0)
        here = sites.loc[sites["label"] == label, "position"] / 1000
        one.scatter(here, np.full(len(here), top * 1.18), marker="v", s=22, color=INK, linewidths=0, clip_on=False)
        one.set_ylim(0, top * 1.3)
        one.set_xlim(kb.min(), kb.max())
        one.set_ylabel(shorten(label, 12), rotation=0, ha="right", va="center")
        one.tick_params(axis="x", labelbottom=one is axes[-1])
        one.locator_params(axis="y", nbins=3)
