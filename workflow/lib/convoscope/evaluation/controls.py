"""Controls of a whole analysis: the same training and evaluation on data from which something was taken away."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from convoscope.config.tasks import headline

CHANCE = {"auroc": 0.5, "pearson": 0.0}  # what the headline metrics have without any information
ABOVE, AT, BELOW, UNKNOWN = "above chance", "at chance", "below chance", "no interval"


def permute_rows(splits: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Return labels whose rows are permuted within each split.

    Rows move as a whole, so that every split keeps its classes, and labels that go together stay together. Labels and
    examples are independent afterwards, in the test split too (Ojala & Garriga 2010, "Permutation tests for studying
    classifier performance").

    Parameters
    ----------
    splits
        Split or fold of each example ``(n,)``.
    labels
        ``(n, labels)``.
    seed
        Seed of the permutation.

    >>> permute_rows(np.array(["a", "a", "b"]), np.array([[1.0], [2.0], [3.0]]), 3).ravel().tolist()
    [2.0, 1.0, 3.0]
    """
    generator = np.random.default_rng(seed)
    order = np.arange(len(splits))
    for name in sorted(set(splits.tolist())):
        rows = np.flatnonzero(splits == name)
        order[rows] = generator.permutation(rows)
    return labels[order]


def shuffle_inputs(codes: np.ndarray, seed: int, first: int = 0) -> np.ndarray:
    """Return examples whose positions are shuffled, each on its own: only their composition is left.

    Parameters
    ----------
    codes
        Letters ``(n, length)``, or crops ``(n, channels, height, width)``, whose channels are shuffled together.
    seed
        Seed of the shuffles.
    first
        Number of the first example: it is the random stream of its shuffle, so that parts do not matter.
    """
    space = codes.shape[1:] if codes.ndim == 2 else codes.shape[2:]
    flat = codes.reshape(len(codes), -1, int(np.prod(space)))
    mixed = [one[:, np.random.default_rng([seed, first + row]).permutation(flat.shape[2])]
             for row, one in enumerate(flat)]  # fmt: skip
    return np.stack(mixed).reshape(codes.shape) if mixed else codes.copy()


def control_rows(metrics: Mapping[str, Any], controls: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Compare the headline metric of controls with chance.

    Parameters
    ----------
    metrics
        Content of the experiment's ``metrics.json``.
    controls
        The same of each control, by its name.

    Returns
    -------
    ``control label metric value low high n chance model verdict``; ``model`` is the experiment's own value.
    """
    name = headline(metrics["task"])
    rows = []
    for control, content in controls.items():
        for label, found in content["model"].items():
            own = found[name]
            known = {key: np.nan if own[key] is None else own[key] for key in ("value", "low", "high", "n")}
            reached = metrics["model"].get(label, {}).get(name, {}).get("value")
            rows.append(
                {
                    "control": control, "label": label, "metric": name, **known, "chance": CHANCE[name],
                    "model": np.nan if reached is None else reached,
                    "verdict": verdict(known["low"], known["high"], CHANCE[name]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def verdict(low: float, high: float, chance: float) -> str:
    """Say whether an interval leaves chance out.

    >>> verdict(0.47, 0.53, 0.5), verdict(0.51, 0.6, 0.5), verdict(0.3, 0.4, 0.5), verdict(np.nan, np.nan, 0.5)
    ('at chance', 'above chance', 'below chance', 'no interval')
    """
    if not np.isfinite([low, high]).all():
        return UNKNOWN
    return ABOVE if low > chance else BELOW if high < chance else AT
