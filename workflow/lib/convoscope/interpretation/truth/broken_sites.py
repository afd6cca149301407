"""Simulated variants: whether those that break a planted site lower the prediction of its factor, and others do not."""

import numpy as np
import pandas as pd

from convoscope.evaluation.effects import EVERY, judge, region_numbers
from convoscope.evaluation.metrics import auroc

COLUMNS = ["factor", "broken", "kept", "auroc", "low", "high", "median_broken", "median_kept"]


def broken_table(table: pd.DataFrame, site: pd.Series, lost: pd.Series, region: int, seed: int) -> pd.DataFrame:
    """Return one row per factor, all together last, with the columns ``COLUMNS``.

    ``broken`` and ``kept`` count the variants near or in sites of the factor that do and do not break it; ``auroc``
    is how well the drop of the factor's prediction tells them apart; the medians are of ALT - REF.

    Parameters
    ----------
    table
        Scores of variants.
    site, lost
        Factor of the site at which each variant lies, and that of the site it breaks or nothing, ``(n,)``.
    region
        bp; variants of a region are drawn together in the bootstrap.
    seed
        Of the draws.
    """
    broken = (lost == site).to_numpy(dtype=bool)
    groups, change = region_numbers(table, region), np.full(len(table), np.nan)
    parts = {str(factor): places for factor, places in site.groupby(site.to_numpy(), sort=False).indices.items()}
    for factor, places in parts.items():
        change[places] = table[f"{factor}:difference"].to_numpy(dtype=float)[places]
    found = []
    for factor, places in {**parts, EVERY: np.arange(len(table))}.items() if parts else ():
        truth, own = broken[places], change[places]
        area = judge(truth, -own, groups[places], auroc, seed)
        medians = [float(np.median(own[side])) if side.any() else np.nan for side in (truth, ~truth)]
        found.append([factor, truth.sum(), (~truth).sum(), area["value"], area["low"], area["high"], *medians])
    return pd.DataFrame(found, columns=COLUMNS)
