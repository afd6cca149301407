"""Whether mutation maps point at the sites that were planted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.evaluation.rates import rate_interval
from convoscope.sequence.alphabet import reverse_complement_codes
from convoscope.sequence.simulation.planting import DNA, strength

TRUTH = ("factor", "chrom", "start", "end", "kind")  # columns of the planted sites
ALL = "all"
COLUMNS = [
    "factor", "windows", "on_site", "low", "high", "strong", "on_site_strong", "low_strong", "high_strong", "mapped",
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


def check_truth(truth: pd.DataFrame, matrices: Mapping[str, np.ndarray], labels: list[str], where: str) -> None:
    """Refuse strong sites that were never planted: of no matrix, or of another length than theirs.

    Parameters
    ----------
    truth
        Columns ``factor chrom start end kind``.
    matrices
        Planted probabilities by factor.
    labels
        Factors that the networks know; sites of others are not read.
    where
        What errors call the table.
    """
    strong = truth[(truth["kind"] == "strong") & truth["factor"].isin(labels)]
    for row, factor, start, end in strong[["factor", "start", "end"]].itertuples():
        if factor not in matrices:
            raise InputError(f"{where}: factor {factor!r} has no planted matrix; {', '.join(matrices)} have one")
        length = len(matrices[factor])
        if not (start >= 0 and start % 1 == 0 and end - start == length):
            raise InputError(f"{where}: {factor} {start:g}-{end:g} in row {row + 1}; {length} bases from 0 on")


def strengths(
    codes: np.ndarray, sites: pd.DataFrame, matrices: Mapping[str, np.ndarray], background: np.ndarray
) -> np.ndarray:
    """Return how strong the letters of each site are, on the better strand, from 0 to 1, ``(N,)``.

    A copy that is drawn from a matrix may by chance be far from its best site.

    Parameters
    ----------
    codes
        Windows ``(N, L)``.
    sites
        Of `single_sites`, one row per window.
    matrices
        Planted probabilities by factor.
    background
        Share of each letter in the genome ``(4,)``.
    """
    found = np.zeros(len(sites))
    for factor, rows in sites.groupby("factor").indices.items():
        matrix = matrices[str(factor)]
        places = sites["first"].to_numpy()[rows, np.newaxis] + np.arange(len(matrix))
        letters = np.asarray(codes)[np.asarray(rows)[:, np.newaxis], places]
        both = letters, reverse_complement_codes(letters, DNA)
        found[rows] = np.maximum(*(strength(one, matrix, background) for one in both))
    return found


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

    ``on_site`` is the share of windows, ``low`` and ``high`` its 95 % interval (Wilson); the same for the windows whose
    site is ``strong`` by its letters too, and for those that are ``mapped``; ``share`` is the mean of the site's share
    of heights.

    Parameters
    ----------
    found
        Of `locate`, with a column ``strong``.
    """
    groups = [(str(factor), group) for factor, group in found.groupby("factor", sort=False)]
    rows = []
    for factor, group in [*groups, (ALL, found)] if len(found) else []:
        strong, mapped = group[group["strong"]], group[group["mapped"]]
        rows.append((
            factor, len(group), *_rate(group["on_site"]), len(strong), *_rate(strong["on_site"]), len(mapped),
            _rate(mapped["on_site"])[0], group["share"].mean(),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _rate(outcomes: pd.Series) -> tuple[float, float, float]:
    """Return a rate and its interval; NaN if there are no outcomes."""
    if outcomes.empty:
        return (np.nan,) * 3
    return float(outcomes.mean()), *rate_interval(int(outcomes.sum()), len(outcomes))
