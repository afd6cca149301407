"""What the intensities of cells can be normalised by, and which of it short trainings found best."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import GROUP_SIZE, TRAINING


class Outcome(NamedTuple):
    """What one short training reached on the validation split; NaN where it diverged or is not defined."""

    metric: float
    loss: float

    def known(self) -> dict[str, float | None]:
        """Return both figures as JSON has them, which has no word for NaN."""
        return {name: None if math.isnan(value) else value for name, value in self._asdict().items()}


def scopes(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return what is tried: the training split, and the columns whose groups all have enough cells.

    A column that divides the cells as an earlier one does, or not at all, is left out. Labels are not looked at.

    >>> table = pd.DataFrame({"plate": ["a", "b"] * 20, "day": ["x", "y"] * 20, "well": list("abcd") * 10})
    >>> scopes(table, ["plate", "day", "well"])
    ['training', 'plate']
    """
    seen: list[np.ndarray] = []
    found = [TRAINING]
    for column in columns:
        numbers, names = pd.factorize(table[column])
        if len(names) < 2 or np.bincount(numbers).min() < GROUP_SIZE:
            continue
        if not any(np.array_equal(numbers, other) for other in seen):
            seen.append(numbers)
            found.append(column)
    return found


def best_scope(trials: Mapping[str, Outcome]) -> str:
    """Return the scope of the smallest loss; of equal ones, and where every loss is NaN, the first.

    Not that of the best AUROC: it ranks the cells of a class, and does not see that brightness which varies between
    groups shifts the scores of all classes.

    >>> best_scope({"training": Outcome(0.95, 0.8), "plate": Outcome(0.93, 0.7), "day": Outcome(0.99, float("nan"))})
    'plate'
    """
    return min(trials, key=lambda scope: math.inf if math.isnan(trials[scope].loss) else trials[scope].loss)
