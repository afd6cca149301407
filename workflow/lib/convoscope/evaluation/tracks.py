"""How well a track alone tells what the windows of the test split are, and how it looks around them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.evaluation.metrics import DECIDED, Outcome, auroc

WINDOWS = ("id", "chrom", "start", "end", "strand", "origin")  # columns of windows.tsv
PREDICTIONS = ("id", "fold", "split", "label", "prediction")  # of predictions.tsv.gz
ON_GENOME = ("dinucleotide_shuffle",)  # origins of windows whose letters are not those of the genome


class Agreement(NamedTuple):
    """One label: how many test windows are sites and how many not, and the figure of merit of track and windows."""

    label: str
    sites: int
    others: int
    metric: str
    track: float
    windows: float


def centers(windows: pd.DataFrame, stranded: bool) -> pd.Series:
    """Return the centre base of windows, of even ones that are read from the minus strand the one before."""
    return (windows["start"] + windows["end"] - (stranded & (windows["strand"] == "-"))) // 2


def split_windows(windows: pd.DataFrame, predictions: pd.DataFrame, label: str, stranded: bool = False) -> pd.DataFrame:
    """Return the test windows with a known label that lie on the genome: ``chrom strand center truth prediction``.

    Parameters
    ----------
    windows, predictions
        Tables of the experiment's examples and of the ensemble's predictions.
    label
        One of the labels.
    stranded
        Whether windows are read from their strand.
    """
    chosen = predictions[(predictions["label"] == label) & (predictions["split"] == "test")]
    table = windows.merge(chosen[["id", "prediction"]], on="id")
    table = table[table[label].notna() & ~table["origin"].isin(ON_GENOME)]
    kept = table[["chrom", "start", "strand", "prediction"]]
    return kept.assign(center=centers(table, stranded), truth=table[label].astype(float))


def merit(truth: np.ndarray, score: np.ndarray) -> tuple[str, float]:
    """Return name and value of the figure of merit: AUROC of labels that are 0 or 1, else the correlation; or NaN.

    >>> merit(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.3, 0.05]))
    ('auroc', 0.5)
    """
    if not len(truth):
        return "auroc", float("nan")
    if np.isin(truth, (0, 1)).all():
        return "auroc", float(auroc(Outcome(truth, score, score > DECIDED), np.ones((1, len(truth))))[0])
    from scipy.stats import pearsonr  # a second, for the figures of labels that are no measured values

    spread = min(np.ptp(truth), np.ptp(score)) if len(truth) > 1 else 0
    return "pearson", float(pearsonr(truth, score).statistic) if spread else float("nan")


def is_site(truth: np.ndarray) -> np.ndarray:
    """Tell which windows are sites: those with label 1, or the upper half where values were measured."""
    binary = np.isin(truth, (0, 1)).all()
    return truth > (DECIDED if binary else np.median(truth)) if len(truth) else truth.astype(bool)


def track_agreement(label: str, table: pd.DataFrame) -> Agreement:
    """Compare ``track`` at the windows' centres with ``prediction`` of the windows themselves, by their ``truth``."""
    truth = table["truth"].to_numpy()
    sites = is_site(truth)
    (metric, value), (_, reference) = (merit(truth, table[name].to_numpy(float)) for name in ("track", "prediction"))
    return Agreement(label, int(sites.sum()), int((~sites).sum()), metric, value, reference)


def profile(values: np.ndarray, reach: int, bins: int) -> pd.DataFrame:
    """Average rows ``(N, 2 * reach + 1)`` around their middle in bins of distance: columns ``distance value n``.

    >>> profile(np.array([[0, 1, 1, 2, np.nan]]), 2, 2).to_numpy().tolist()
    [[-1.5, 0.5, 1.0], [1.0, 1.5, 1.0]]
    """
    edges = np.linspace(0, values.shape[1], bins + 1).round().astype(int)
    rows = []
    for low, high in pairwise(edges):
        known = ~np.isnan(values[:, low:high])
        total = np.where(known, values[:, low:high], 0).sum()
        rows.append(((low + high - 1) / 2 - reach, total / known.sum() if known.any() else np.nan, known.any(1).sum()))
    return pd.DataFrame(rows, columns=["distance", "value", "n"])


def busiest(tables: list[pd.DataFrame], length: int) -> tuple[str, int] | None:
    """Return contig and start of the ``length`` bp that contain most test sites of all labels; None without sites.

    It is laid so that its sites are in the middle.
    """
    sites = pd.concat([table.loc[is_site(table["truth"].to_numpy()), ["chrom", "center"]] for table in tables])
    best: tuple[int, str, int] | None = None
    for chrom, part in sites.groupby("chrom", sort=False):
        centers = np.sort(part["center"].to_numpy())
        last = np.searchsorted(centers, centers + length, side="left") - 1
        count = last - np.arange(len(centers))  # of sites behind the first one
        first = int(count.argmax())
        if best is None or count[first] > best[0]:
            middle = (centers[first] + centers[last[first]]) // 2
            best = int(count[first]), str(chrom), max(int(middle) - length // 2, 0)
    return None if best is None else best[1:]
