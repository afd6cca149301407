"""How training went: loss and metric by epoch, one line per network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from convoscope.palette import colors
from convoscope.report.measures import chief_metrics
from convoscope.report.style import FAINT, INK, MUTED, drawing, headline, say, whole_numbers
from convoscope.report.wording import metric_name, number

NAMED = 9  # networks in the key; it must not be higher than the axes
COLUMNS = ["network", "epoch", "split", "loss", "metric"]
# What the loss is counted in, by the metric of the task, where that is no matter of course.
LOSSES = {"pearson": "loss of scaled labels (training mean: 1)"}


def draw(
    path: Path, *, card: Mapping[str, Any], histories: Mapping[str, pd.DataFrame],
    trained: Mapping[str, Mapping[str, Any]] = {},
) -> None:  # fmt: skip
    """Draw loss and metric by epoch, one line per network; ``histories`` and metadata are by its fold and seed."""
    table, metric = learning_table(histories), chief_metrics(card["task"])[0]
    best = best_epochs(table, {name: monitor_of(facts) for name, facts in trained.items()})
    with drawing(path, 3.8, table) as figure:
        headline(figure, learning_finding(table, best))
        left, right = figure.subplots(1, 2)
        for axes, column, title in ((left, "loss", LOSSES.get(metric, "loss")), (right, "metric", metric_name(metric))):
            draw_curves(table, best, column, axes)
            axes.set_ylabel(title)
        learning_key(table, right)


def learning_table(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack the histories of all networks: ``network epoch split loss metric``."""
    parts = [frame.assign(network=name)[COLUMNS] for name, frame in histories.items() if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def monitor_of(metadata: Mapping[str, Any]) -> str:
    """Return by what the epoch of a network was chosen, as its training or the recipe had it."""
    return metadata.get("training", {}).get("monitor", "loss")


def best_epochs(table: pd.DataFrame, monitors: Mapping[str, str] = {}) -> pd.DataFrame:
    """Return the validation row whose weights each network kept, by its monitor; ``last`` is its last epoch.

    ``monitors`` are by network: that of lowest loss, which is also meant where one is missing, of highest metric, or
    with ``none`` the last.
    """
    found = []
    for name, rows in table[table["split"] == "validation"].groupby("network", sort=False):
        monitor = monitors.get(str(name), "loss")
        column = "epoch" if monitor == "none" else monitor
        known = rows.dropna(subset=[column])
        if len(known):
            place = int(known[column].argmin() if monitor == "loss" else known[column].argmax())
            found.append(known.iloc[[place]].assign(last=rows["epoch"].max(), monitor=monitor))
    return pd.concat(found, ignore_index=True) if found else table.head(0).assign(last=[], monitor=[])


def learning_finding(table: pd.DataFrame, best: pd.DataFrame) -> str:
    """Say when the networks were at their best and how far training and validation had parted by then."""
    if best.empty:
        return "No validation figures were recorded: the best epoch is unknown"
    first, last = int(best["epoch"].min()), int(best["epoch"].max())
    when = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    networks = f"{len(best)} networks" if len(best) > 1 else "The network"
    train = table[table["split"] == "train"].set_index(["network", "epoch"])["loss"]
    gap = best.set_index(["network", "epoch"])["loss"].sub(train).dropna().mean()
    parted = f"; validation loss is {number(gap, 2)} above training loss there" if gap == gap and gap > 0 else ""
    if (best["monitor"] == "none").all():
        return f"{networks} trained to the end, {when}{parted}"
    still = int(((best["epoch"] == best["last"]) & (best["monitor"] != "none")).sum())
    warning = f"; {still} of them still improved at the last one: more epochs may help" if still else ""
    if len(best) == 1 and still:
        warning = ", its last: more epochs may help"
    return f"{networks} did best at {when}{warning or parted}"


def draw_curves(table: pd.DataFrame, best: pd.DataFrame, column: str, axes: Axes) -> None:
    """Draw one column by epoch: training dashed, validation solid, the best epoch as a dot."""
    filled = table.dropna(subset=[column])
    if filled.empty:
        return say(axes, f"no {column} was recorded")
    names = list(dict.fromkeys(table["network"]))
    tints = dict(zip(names, colors(len(names)), strict=True))
    thin = 1.5 if len(names) < 8 else 0.9
    for (name, split), part in filled.groupby(["network", "split"], sort=False):
        dashes: str | tuple = "-" if split == "validation" else (0, (3, 1.5))
        strength = 1.0 if split == "validation" else 0.6
        axes.plot(part["epoch"], part[column], color=tints[name], linestyle=dashes, linewidth=thin, alpha=strength)
    points = best.dropna(subset=[column])
    axes.scatter(
        points["epoch"], points[column], s=34, c=[tints[n] for n in points["network"]], zorder=4, edgecolor=INK
    )
    axes.set_xlabel("epoch")
    whole_numbers(axes.xaxis)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    return None


def learning_key(table: pd.DataFrame, axes: Axes) -> None:
    """Explain lines and colours next to the axes."""
    names = list(dict.fromkeys(table["network"]))
    lines = [
        Line2D([], [], color=MUTED, linestyle=(0, (3, 1.5)), label="training"),
        Line2D([], [], color=MUTED, label="validation"),
        Line2D([], [], color=MUTED, marker="o", markeredgecolor=INK, linestyle="", label="best epoch"),
    ]
    lines += [Line2D([], [], color=c, label=n) for n, c in zip(names, colors(len(names)), strict=True)][:NAMED]
    if len(names) > NAMED:
        lines.append(Line2D([], [], linestyle="", label=f"and {len(names) - NAMED} more"))
    axes.legend(handles=lines, loc="upper left", bbox_to_anchor=(1.0, 1.0))
