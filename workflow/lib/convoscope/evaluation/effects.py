"""Scores of variants against what is known of them: a measured effect, or two classes; and the strongest of them."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.evaluation.bootstrap import FEW_GROUPS, draw_groups, interval, measure_draws
from convoscope.evaluation.metrics import Metric, Outcome, auroc, spearman
from convoscope.evaluation.regions import name_regions

log = logging.getLogger(__name__)
RESAMPLES, LEAST = 1000, 100
WORK = 40_000_000  # resamples × variants, above which fewer resamples are drawn
CONFIDENCE = 0.95
SITE, DIFFERENCE = "site", ":difference"  # columns of scores.tsv.gz
WHERE = ("site", "window_start", "strand", "position")  # those of an allele in the window of a site
MISSING = ("", ".")  # of a field of INFO
UNKNOWN = (*MISSING, "NA", "NaN", "nan")  # also of numbers, as R and pandas write them; a class may be called NA
EVERY = "all"  # in place of one contig or one label
COLUMNS = ["label", "contig", "metric", "n", "groups", "value", "low", "high"]


def score_labels(table: pd.DataFrame) -> list[str]:
    """Return the labels of a table of scores.

    >>> score_labels(pd.DataFrame(columns=["row", "CTCF:ref", "CTCF:largest", "a:b:largest"]))
    ['CTCF', 'a:b']
    """
    return [str(name).removesuffix(":largest") for name in table if str(name).endswith(":largest")]


def one_row_per_allele(table: pd.DataFrame) -> pd.DataFrame:
    """Return scores with one row per allele: of several sites, that in whose window a label differs most.

    Of equals it is the first, as in the annotated copy that the verb ``predict-variants`` writes.
    """
    if SITE not in table:
        return table
    differences = table[[name for name in table if str(name).endswith(DIFFERENCE)]].abs()
    order = np.argsort(-differences.max(axis=1).to_numpy(float), kind="stable")
    first = ~table.iloc[order].duplicated(["row", "allele"])
    kept = table.iloc[np.sort(order[first.to_numpy()])]
    log.info("%s scores of %s alleles: each in the window of the site where it changes most", len(table), len(kept))
    return kept.reset_index(drop=True)


def region_numbers(table: pd.DataFrame, region: int) -> np.ndarray:
    """Return the number of the region of `region` bp, each on its contig, that each variant lies in, ``(n,)`` from 0.

    >>> region_numbers(pd.DataFrame({"chrom": ["a", "a", "b"], "pos": [10, 11, 5]}), 10).tolist()
    [0, 1, 2]
    """
    return pd.factorize(name_regions(table["chrom"].to_numpy(), table["pos"].to_numpy(), region))[0]


def judge(truth: np.ndarray, score: np.ndarray, groups: np.ndarray, metric: Metric, seed: int) -> dict[str, float]:
    """Return a figure of merit with its bootstrap interval over groups.

    Parameters
    ----------
    truth, score
        Values ``(n,)`` of as many variants.
    groups
        Any numbers ``(n,)``; variants with one number are drawn together. With less than two groups there is no
        interval.
    metric
        A row of ``METRICS``.
    seed
        Of the draws.
    """
    numbers, names = pd.factorize(groups)
    resamples = int(np.clip(WORK // len(truth), LEAST, RESAMPLES)) if len(names) > 1 else 0
    outcome = Outcome(truth.astype(np.float64), score.astype(np.float64), np.zeros(len(truth), dtype=bool))
    draws = measure_draws(outcome, numbers, draw_groups(len(names), resamples, seed), {"value": metric})["value"]
    low, high = interval(draws[1:], CONFIDENCE)
    return {"n": len(truth), "groups": len(names), "value": draws[0], "low": low, "high": high}


def compare_measured(table: pd.DataFrame, measured: np.ndarray, region: int, seed: int) -> pd.DataFrame:
    """Correlate the differences of every label with a measured effect; the label that fits best also by contig.

    Parameters
    ----------
    table
        Scores of variants.
    measured
        Effects ``(n,)``, NaN where there is none.
    region
        bp; over all contigs, variants of a region are drawn together. On one contig with few regions it is those at
        one position.
    seed
        Of the draws.

    Returns
    -------
    Rows of ``COLUMNS``, Spearman's correlation.
    """
    labels = score_labels(table)
    known = table[np.isfinite(measured)].assign(measured=measured[np.isfinite(measured)])
    known = known.assign(region=region_numbers(known, region))

    def correlate(part: pd.DataFrame, label: str, contig: str) -> dict[str, float | str]:
        few = contig != EVERY and part["region"].nunique() < FEW_GROUPS
        groups = part["pos" if few else "region"].to_numpy()
        found = judge(part["measured"].to_numpy(), part[f"{label}:difference"].to_numpy(), groups, spearman, seed)
        return {"label": label, "contig": contig, "metric": "spearman", **found}

    rows = [correlate(known, label, EVERY) for label in labels]
    sizes = [abs(float(row["value"])) for row in rows]
    if np.isfinite(sizes).any() and known["chrom"].nunique() > 1:
        best = labels[int(np.nanargmax(sizes))]
        rows += [correlate(part, best, str(contig)) for contig, part in known.groupby("chrom", sort=False)]
    return pd.DataFrame(rows, columns=COLUMNS)


def largest_of_all(table: pd.DataFrame) -> np.ndarray:
    """Return the largest difference in size over the labels, ``(n,)``: the simplest score of a variant."""
    return table[[f"{label}:largest" for label in score_labels(table)]].abs().max(axis=1).to_numpy(dtype=float)


def compare_classes(table: pd.DataFrame, positive: np.ndarray, region: int, seed: int) -> pd.DataFrame:
    """Measure how well the size of differences separates two classes, for every label and for the largest of all.

    Parameters
    ----------
    table
        Scores of variants.
    positive
        ``(n,)`` bool.
    region
        bp; variants of a region are drawn together.
    seed
        Of the draws.

    Returns
    -------
    Rows of ``COLUMNS``, AUROC; those of the largest of all first, if there are several labels.
    """
    labels, groups = score_labels(table), region_numbers(table, region)
    sizes = {label: table[f"{label}:largest"].abs().to_numpy(dtype=float) for label in labels}
    sizes = {EVERY: largest_of_all(table), **sizes} if len(labels) > 1 else sizes
    rows = [
        {"label": label, "contig": EVERY, "metric": "auroc", **judge(positive, size, groups, auroc, seed)}
        for label, size in sizes.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def largest_differences(table: pd.DataFrame, limit: int, info: Sequence[str] = ()) -> pd.DataFrame:
    """Return the variants of largest difference in size, over all labels, strongest first.

    Parameters
    ----------
    table
        Scores of variants.
    limit
        Most rows.
    info
        Fields of INFO to keep.

    Returns
    -------
    ``row allele chrom pos id ref alt padded label``, ``site window_start strand position`` in windows of sites, and
    that label's ``ref alt difference log_odds largest spread`` under the names ``with REF``, ``with ALT`` and their
    own; a variant is listed once, by its strongest label.
    """
    labels = score_labels(table)
    size = largest_of_all(table)
    order = np.argsort(-size, kind="stable")[:limit]
    part = table.iloc[order]
    best = part[[f"{label}:largest" for label in labels]].abs().to_numpy(dtype=float)
    chosen = [labels[index] for index in best.argmax(axis=1)] if len(part) else []
    where = [name for name in WHERE if name in part]
    found = part[["row", "allele", "chrom", "pos", "id", "ref", "alt", "padded", *where]].assign(label=chosen)
    names = {"with REF": "ref", "with ALT": "alt"}
    for name in ("with REF", "with ALT", "difference", "log_odds", "largest", "spread"):
        pairs = zip(part.index, chosen, strict=True)
        found[name] = np.array([part.at[index, f"{label}:{names.get(name, name)}"] for index, label in pairs])
    return found.assign(**{name: part[f"info:{name}"] for name in info}).reset_index(drop=True)


def numbers(column: pd.Series, where: str) -> np.ndarray:
    """Turn text into floats ``(n,)``, NaN where it is one of `UNKNOWN`; refuse other text, naming the row."""
    text = column.astype(str).str.strip()
    unknown = text.isin(UNKNOWN).to_numpy()
    values = pd.to_numeric(text.where(~unknown), errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(~np.isfinite(values) & ~unknown)
    if len(wrong):
        raise InputError(f"{where}: {text.iloc[wrong[0]]!r} in row {wrong[0] + 1}; finite numbers are read")
    return values
