"""Examples that are drawn again in every epoch: shuffled negatives, balanced classes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from convoscope.dataset import Dataset
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.training.batches import Source

SHUFFLED = "dinucleotide_shuffle"


def fixed(source: Source) -> Callable[[int], Source]:
    """Return the same examples for every epoch."""
    return lambda epoch: source


def balanced(source: Source, seed: int) -> Callable[[int], Source]:
    """Return, for every epoch, as many examples as there are, drawn so that every class is equally frequent.

    Parameters
    ----------
    source
        Examples with one class each: labels ``(n, classes)`` of 0 and 1.
    seed
        With the epoch's number it determines the draw.
    """
    classes = source.labels.argmax(axis=1)
    chance = 1 / np.bincount(classes)[classes]
    chance /= chance.sum()

    def draw(epoch: int) -> Source:
        chosen = np.random.default_rng([seed, epoch]).choice(len(classes), len(classes), p=chance)
        return Source(source.read, source.rows[chosen], source.labels[chosen])

    return draw


def fresh_shuffles(dataset: Dataset, rows: np.ndarray, seed: int) -> Callable[[int], Source]:
    """Return examples whose shuffled negatives are new dinucleotide shuffles of their parents in every epoch.

    Parameters
    ----------
    dataset
        Examples with the columns ``origin`` and ``parent``.
    rows
        Row numbers of the training split.
    seed
        With the epoch's number it determines the shuffles.
    """
    from convoscope.sequence.shuffle import shuffle_codes  # imports numba, which few trainings need

    table = dataset.table
    negatives = rows[table["origin"].to_numpy()[rows] == SHUFFLED]
    if not len(negatives):
        raise InputError("training.fresh_shuffles: no negative is a dinucleotide shuffle; set negatives.strategy")
    origins = pd.Index(table["id"]).get_indexer(table["parent"].to_numpy()[negatives])
    codes = dataset.codes[rows]
    letters = len(ALPHABETS[dataset.card["alphabet"]].letters)
    place = np.searchsorted(rows, negatives)

    def draw(epoch: int) -> Source:
        codes[place] = shuffle_codes(dataset.codes[origins], seed * 1_000_003 + epoch, letters=letters)
        return Source(lambda chosen: codes[np.searchsorted(rows, chosen)], rows, dataset.labels[rows])

    return draw
