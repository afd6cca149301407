"""A search of settings: how trials went rung by rung, what each setting did, and which split chose."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, VERMILION
from convoscope.report.measures import chief_metrics
from convoscope.report.style import (
    FAINT,
    INK,
    MUTED,
    PANELS,
    drawing,
    headline,
    panel_width,
    small_multiples,
    whole_numbers,
)
from convoscope.report.wording import interval, metric_name, number, shorten

OWN = ("fold", "rung", "epochs", "by", "trial", "rank", "value", "goes_on")  # columns that are no settings
Z = 1.959964  # 97.5th percentile of the normal distribution
FEWEST = 10  # trials, below which a rank correlation has no interval
WIDE = 30  # times from the smallest to the largest number, from which an axis is logarithmic


def draw(path: Path, *, card: Mapping[str, Any], trials: pd.DataFrame, trial_curves: pd.DataFrame) -> None:
    """Draw the trials' learning curves, and the validation metric at the first rung against each setting."""
    metric, name = _compared(trials, card["task"])
    effects = setting_effects(trials)
    shown = list(effects["setting"])[: PANELS - 1]
    points = first_rung(trials)
    columns = min(3, 1 + len(shown))
    height = 0.8 + 2.7 * -(-(1 + len(shown)) // columns)
    with drawing(path, height, points, panel_width(1 + len(shown), 3)) as figure:
        headline(figure, search_finding(trials, effects, name))
        curves, *panels = small_multiples(figure, 1 + len(shown), columns)
        draw_trial_curves(trials, trial_curves, metric, curves)
        curves.set_ylabel(f"validation {name}")
        for setting, axes in zip(shown, panels, strict=True):
            draw_setting(points, effects.set_index("setting").loc[setting], setting, axes)
            axes.set_ylabel(f"validation {name}")


def _compared(trials: pd.DataFrame, task: str) -> tuple[str, str]:
    """Return the column of the curves that trials are ranked by, and its name."""
    metric = str(trials["by"].iloc[0])
    return metric, "loss" if metric == "loss" else metric_name(chief_metrics(task)[0])


def settings_of(trials: pd.DataFrame) -> list[str]:
    """Return the columns that are settings."""
    return [str(name) for name in trials if name not in OWN]


def chosen_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the first trial of the last rung of every fold."""
    last = trials["rung"] == trials["rung"].max()
    return trials[last & (trials["rank"] == 1)]


def first_rung(trials: pd.DataFrame) -> pd.DataFrame:
    """Return one row for every trial of the first rung, where all were trained equally long.

    Returns
    -------
    ``trial value reached chosen`` and the settings: the mean value over folds (NaN where it diverged in one), the
    furthest rung, and whether a fold chose it.
    """
    first = trials[trials["rung"] == 0]
    groups = first.groupby("trial", sort=True)
    table = groups[settings_of(trials)].first()
    value = groups["value"].agg(lambda values: values.mean(skipna=False))
    reached = trials.groupby("trial")["rung"].max().reindex(table.index)
    chosen = table.index.isin(chosen_trials(trials)["trial"])
    facts = pd.DataFrame({"value": value, "reached": reached, "chosen": np.where(chosen, "yes", "no")})
    return pd.concat([facts, table], axis=1).reset_index()


def as_numbers(values: pd.Series) -> pd.Series:
    """Return settings as numbers, truth values as 0 and 1; NaN where they have no order."""
    flags = values.map({"True": 1.0, "False": 0.0})
    return flags if flags.notna().all() else pd.to_numeric(values, errors="coerce")


def rank_correlation(first: pd.Series, second: pd.Series) -> tuple[float, float, float]:
    """Return Spearman's rank correlation with its 95 % interval by Bonett & Wright 2000 (doi:10.1007/BF02294183).

    NaN where one of the two does not vary; no interval for fewer than ``FEWEST`` pairs.

    >>> rank_correlation(pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([1.0, 3.0, 2.0, 4.0]))
    (0.8, nan, nan)
    """
    known = first.notna() & second.notna()
    first, second = first[known].rank(), second[known].rank()
    if len(first) < 3 or first.nunique() < 2 or second.nunique() < 2:
        return math.nan, math.nan, math.nan
    found = round(float(first.corr(second)), 6)
    if len(first) < FEWEST:
        return found, math.nan, math.nan
    middle = math.atanh(max(-0.999999, min(0.999999, found)))
    half = Z * math.sqrt((1 + found**2 / 2) / (len(first) - 3))
    return found, math.tanh(middle - half), math.tanh(middle + half)


def setting_effects(trials: pd.DataFrame) -> pd.DataFrame:
    """Return for every setting its rank correlation with the value at the first rung, the strongest first.

    Returns
    -------
    ``setting correlation low high``; NaN for settings without an order.
    """
    points = first_rung(trials)
    rows = [(name, *rank_correlation(as_numbers(points[name]), points["value"])) for name in settings_of(trials)]
    table = pd.DataFrame(rows, columns=["setting", "correlation", "low", "high"])
    return table.sort_values("correlation", key=lambda column: -column.abs(), kind="stable", ignore_index=True)


def search_finding(trials: pd.DataFrame, effects: pd.DataFrame, name: str) -> str:
    """Say which trials were chosen, by which split, and which setting mattered most."""
    chosen, count = chosen_trials(trials), trials["trial"].nunique()
    listed = ", ".join(str(trial) for trial in dict.fromkeys(chosen["trial"]))
    value = number(chosen["value"].mean())
    where = f"in {len(chosen)} folds" if len(chosen) > 1 else "on the validation split"
    words = f"Trial {listed} of {count} was chosen {where}: {name} {value}; no test example took part"
    if len(chosen) > 1:
        words = f"Of {count} trials {listed} were chosen {where} by validation: mean {name} {value}; no test took part"
    strong = effects[(effects["low"] > 0) | (effects["high"] < 0)]
    if effects["low"].isna().all():
        return f"{words}; too few trials to say which setting mattered"
    if strong.empty:
        return f"{words}; no setting mattered beyond chance"
    top = strong.iloc[0]
    bounds = f"{number(top['correlation'], 2)}, {interval(top['low'], top['high'], 2)}"
    return f"{words}; {setting_name(top['setting'])} mattered most (rank correlation {bounds})"


def setting_name(setting: str) -> str:
    """Return a dotted key without its section.

    >>> setting_name("training.learning_rate"), setting_name("model.options.filters"), setting_name("model.name")
    ('learning rate', 'filters', 'model name')
    """
    return setting.removeprefix("training.").removeprefix("model.options.").replace(".", " ").replace("_", " ")


def draw_trial_curves(trials: pd.DataFrame, curves: pd.DataFrame, metric: str, axes: Axes) -> None:
    """Draw one line for every trial, darker the further it went, the chosen ones coloured; rungs as dotted lines."""
    mean = curves.groupby(["trial", "rung", "epoch"], sort=True)[metric].mean().reset_index()
    chosen, last = set(chosen_trials(trials)["trial"]), max(1, int(trials["rung"].max()))
    furthest = trials.groupby("trial")["rung"].max()
    for trial, part in mean.groupby("trial"):
        share = furthest[trial] / last
        own = trial in chosen
        color, width = (VERMILION, 2.0) if own else (BLUE, 0.7 + 0.5 * share)
        axes.plot(part["epoch"], part[metric], ".-" if len(part) == 1 else "-", color=color, linewidth=width,
                  alpha=1.0 if own else 0.25 + 0.5 * share, zorder=4 if own else 2)  # fmt: skip
    for epochs in sorted(trials["epochs"].dropna().unique()):
        axes.axvline(epochs, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.set_title(f"trials by epoch, chosen: {', '.join(map(str, sorted(chosen)))}")
    axes.set_xlabel("epoch (dotted: rungs)")
    whole_numbers(axes.xaxis)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)


def draw_setting(points: pd.DataFrame, effect: pd.Series, setting: str, axes: Axes) -> None:
    """Draw the value of every trial at the first rung against one setting."""
    values = as_numbers(points[setting])
    if values.isna().any():
        names = list(dict.fromkeys(points[setting]))
        places = points[setting].map(names.index)
        axes.set_xticks(range(len(names)), [shorten(str(name), 16) for name in names])
        axes.set_xlim(-0.5, len(names) - 0.5)
    else:
        places = values
        if values.min() > 0 and values.max() > WIDE * values.min():
            axes.set_xscale("log")
    ringed = (points["chosen"] == "yes").to_numpy()
    axes.scatter(places, points["value"], s=22, color=BLUE, alpha=0.7, linewidth=0)
    axes.scatter(places[ringed], points["value"][ringed], s=60, facecolor="none", edgecolor=VERMILION, linewidth=1.6)
    axes.set_title(shorten(setting_name(setting), 24))
    axes.set_xlabel(_effect_words(effect), color=INK)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)


def _effect_words(effect: pd.Series) -> str:
    """Write the rank correlation of a setting."""
    if math.isnan(effect["correlation"]):
        return "no order"
    bounds = "" if math.isnan(effect["low"]) else f" ({interval(effect['low'], effect['high'], 2)})"
    return f"rank correlation {number(effect['correlation'], 2)}{bounds}"
