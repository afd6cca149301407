"""Fit the baselines of one fold."""

import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Evaluation
from convoscope.config.strands import strand_facts
from convoscope.dataset import Dataset, load_dataset, rows
from convoscope.evaluation.baselines import BASELINES, predict_baseline
from convoscope.evaluation.image_baselines import CELL_BASELINES, predict_cell_baseline
from convoscope.files import open_packed, replacing
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import write_table

log = logging.getLogger(__name__)


class Sides(NamedTuple):
    """Rows that a fold needs, all splits behind each other, and the places of each split among them."""

    order: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def baselines(*, examples: Input, codes: Input, card: Input, fold: str, spec: Evaluation, baselines: Path) -> None:
    """Fit the baselines on a fold's training split and predict its other two splits.

    Parameters
    ----------
    baselines
        Table to write, gzipped: example, label, baseline, prediction.
    """
    dataset = load_dataset(examples, codes, card)
    parts = [rows(dataset, fold, [split]) for split in ("train", "validation", "test")]
    bounds = np.cumsum([0] + [len(part) for part in parts])
    sides = Sides(np.concatenate(parts), *(np.arange(first, last) for first, last in pairwise(bounds)))
    predicted = KINDS[dataset.card["modality"]](dataset, sides, spec)
    table = pd.concat([_listed(dataset, sides, name, values) for name, values in predicted], ignore_index=True)
    with replacing(baselines) as [scratch], open_packed(scratch) as text:
        write_table(table, text, 8)


def of_sequences(dataset: Dataset, sides: Sides, spec: Evaluation) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and predictions ``(rows, labels)`` of every baseline on sequences."""
    labels, alphabet = dataset.labels[sides.order].astype(np.float64), ALPHABETS[dataset.card["alphabet"]]
    strands = strand_facts(dataset.card)["strands"]
    for name, describe in BASELINES.items():
        tables = describe(dataset.codes[sides.order], spec.kmer, alphabet, strands)
        yield name, predict_baseline(tables, labels, sides.train, sides.validation, dataset.card["task"])


def of_images(dataset: Dataset, sides: Sides, spec: Evaluation) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and predictions ``(rows, labels)`` of every baseline on images that has something to know."""
    labels = dataset.labels[sides.order].astype(np.float64)
    for name, describe in CELL_BASELINES.items():
        features = describe(dataset.table, dataset.codes, sides.order)
        if features is None:
            log.info("baseline %s: nothing known", name)
            continue
        split = (sides.train, sides.validation)
        yield name, predict_cell_baseline(features, labels, *split, dataset.card["task"], spec.seed)


KINDS = {"sequence": of_sequences, "image": of_images}


def _listed(dataset: Dataset, sides: Sides, name: str, prediction: np.ndarray) -> pd.DataFrame:
    """Return one baseline's rows of ``baselines.tsv.gz``."""
    labels = dataset.card["labels"]
    log.info("baseline %s: %d training examples", name, len(sides.train))
    kept = np.concatenate([sides.validation, sides.test])
    splits = np.repeat(["validation", "test"], [len(sides.validation), len(sides.test)])
    return pd.DataFrame(
        {
            "baseline": name,
            "id": np.repeat(dataset.table["id"].to_numpy()[sides.order[kept]], len(labels)),
            "split": np.repeat(splits, len(labels)),
            "label": np.tile(labels, len(kept)),
            "prediction": prediction[kept].ravel(),
        }
    )
