"""Fit the baselines of one fold."""

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config import Evaluation
from convoscope.dataset import Dataset, load, rows
from convoscope.evaluation.baselines import BASELINES, predict_baseline
from convoscope.files import replacing
from convoscope.sequence.alphabet import ALPHABETS

log = logging.getLogger(__name__)


def baselines(*, examples: Path, codes: Path, card: Path, fold: str, spec: Evaluation, baselines: Path) -> None:
    """Fit every baseline on the training split and predict the validation and test splits."""
    dataset = load(examples, codes, card)
    splits = {split: rows(dataset, fold, [split]) for split in ("train", "validation", "test")}
    table = pd.concat([predict(dataset, name, splits, spec.kmer) for name in BASELINES], ignore_index=True)
    with replacing(baselines) as [scratch]:
        table.to_csv(scratch, sep="\t", index=False, float_format="%.8g", compression={"method": "gzip", "mtime": 0})


def predict(dataset: Dataset, name: str, splits: dict[str, np.ndarray], length: int) -> pd.DataFrame:
    """Return one baseline's rows of ``baselines.tsv.gz``."""
    order = np.concatenate(list(splits.values()))
    bounds = np.cumsum([0] + [len(part) for part in splits.values()])
    train, validation, test = (np.arange(first, last) for first, last in pairwise(bounds))
    labels = dataset.labels[order].astype(np.float64)
    tables = BASELINES[name](dataset.codes[order], length, ALPHABETS[dataset.card["alphabet"]])
    prediction = predict_baseline(tables, labels, train, validation, dataset.card["task"])
    log.info("baseline %s: %d training examples", name, len(train))
    names = dataset.card["labels"]
    kept = np.concatenate([validation, test])
    return pd.DataFrame(
        {
            "baseline": name,
            "id": np.repeat(dataset.table["id"].to_numpy()[order[kept]], len(names)),
            "split": np.repeat(np.repeat(["validation", "test"], [len(validation), len(test)]), len(names)),
            "label": np.tile(names, len(kept)),
            "prediction": prediction[kept].ravel(),
        }
    )
