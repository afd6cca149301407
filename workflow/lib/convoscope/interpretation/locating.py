"""Whether mutation maps point at the sites that were planted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import binomtest

ALL = "all"
# Share of the background in a matrix, so that no letter is impossible.
PSEUDO = 0.01
COLUMNS = [
    "factor", "windows", "on_site", "low", "high", "alone", "on_site_alone", "low_alone", "high_alone", "mapped",
    "on_site_mapped", "share",
]  # fmt: skip


def single_sites(windows: pd.DataFrame, truth: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Return the windows that hold exactly one strong site, whole: ``row factor first last``.

    Parameters
    ----------
    windows
        Columns ``chrom start end``, any index.
    truth
        Columns ``factor chrom start end kind``; strong sites of the labels count.
    labels
        Factors that the networks know.

    Returns
    -------
    pandas.DataFrame
        ``row`` is the window's index; the site has positions ``first`` to ``last``, excluded, of the window.
    """
    strong = truth[(truth["kind"] == "strong") & truth["factor"].isin(labels)]
    pairs = windows[["chrom", "start", "end"]].rename_axis("row").reset_index().merge(
        strong[["factor", "chrom", "start", "end"]], on="chrom", suffixes=("", "_site")
    )  # fmt: skip
    inside = pairs[(pairs["start_site"] >= pairs["start"]) & (pairs["end_site"] <= pairs["end"])]
    single = inside[~inside["row"].duplicated(keep=False)]
    first, last = single["start_site"] - single["start"], single["end_site"] - single["start"]
    found = single[["row", "factor"]].assign(first=first.astype(int), last=last.astype(int))
    return found.reset_index(drop=True)


def best_matches(codes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return the log-odds of a matrix at every place, the better of both strands, ``(N, L - length + 1)``.

    Parameters
    ----------
    codes
        Windows ``(N, L)`` over A, C, G, T; unknown letters count as 0.
    matrix
        Probabilities ``(length, 4)``.
    """
    odds = np.log2((1 - PSEUDO) * matrix * 4 + PSEUDO)
    padded = np.hstack([odds, np.zeros((len(odds), 256 - odds.shape[1]))])
    turned = np.hstack([odds[::-1, ::-1], np.zeros((len(odds), 256 - odds.shape[1]))])
    views = np.lib.stride_tricks.sliding_window_view(np.asarray(codes), len(matrix), axis=1)
    places = np.arange(len(matrix))
    return np.maximum(padded[places, views].sum(2), turned[places, views].sum(2))


def stands_alone(codes: np.ndarray, sites: pd.DataFrame, matrices: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell for each window whether nothing beside its site matches the planted matrix as well, ``(N,)``.

    By chance a window may hold a second site that is as strong; to point at that one is no mistake.

    Parameters
    ----------
    codes
        Windows ``(N, L)``.
    sites
        Of `single_sites`, one row per window.
    matrices
        Planted probabilities by factor.
    """
    alone = np.zeros(len(sites), dtype=bool)
    for factor, rows in sites.groupby("factor").indices.items():
        matrix = matrices[str(factor)]
        found, first = best_matches(codes[rows], matrix), sites["first"].to_numpy()[rows]
        apart = np.abs(np.arange(found.shape[1]) - first[:, None]) >= len(matrix)
        own = found[np.arange(len(rows)), first]
        alone[rows] = own > np.where(apart, found, -np.inf).max(1)
    return alone


def locate(sites: pd.DataFrame, heights: np.ndarray, mapped: np.ndarray) -> pd.DataFrame:
    """Tell for each window whether its highest letter stands on the site, and the site's share of all heights.

    Parameters
    ----------
    sites
        Of `single_sites`.
    heights
        Letter heights ``(N, L)`` for the factor of each window.
    mapped
        Whether the window's mutation map shows anything, ``(N,)``.

    Returns
    -------
    pandas.DataFrame
        ``sites`` with the columns ``on_site``, ``share`` and ``mapped``.
    """
    places, first, last = np.arange(heights.shape[1]), sites["first"].to_numpy(), sites["last"].to_numpy()
    inside = (places >= first[:, None]) & (places < last[:, None])
    best = heights.argmax(1)
    on_site = (best >= first) & (best < last) & (heights.max(1) > 0)
    total = heights.sum(1)
    share = np.divide((heights * inside).sum(1), total, out=np.zeros(len(sites)), where=total > 0)
    return sites.assign(on_site=on_site, share=share, mapped=mapped)


def located_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row per factor, all together last, with the columns ``COLUMNS``.

    ``on_site`` is the share of windows, ``low`` and ``high`` its 95 % interval (Wilson); the same for the windows where
    the site stands ``alone`` and for those that are ``mapped``; ``share`` is the mean of the site's share of heights.

    Parameters
    ----------
    found
        Of `locate`, with a column ``alone``.
    """
    groups = [(str(factor), group) for factor, group in found.groupby("factor", sort=False)]
    rows = []
    for factor, group in [*groups, (ALL, found)] if len(found) else []:
        alone, mapped = group[group["alone"]], group[group["mapped"]]
        rows.append((
            factor, len(group), *rate(group["on_site"]), len(alone), *rate(alone["on_site"]), len(mapped),
            rate(mapped["on_site"])[0], group["share"].mean(),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def rate(outcomes: pd.Series) -> tuple[float, float, float]:
    """Return a rate and its interval; NaN of none."""
    if outcomes.empty:
        return (np.nan,) * 3
    bounds = binomtest(int(outcomes.sum()), len(outcomes)).proportion_ci(method="wilson")
    return float(outcomes.mean()), float(bounds.low), float(bounds.high)
