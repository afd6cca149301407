"""Fit the baselines of folds."""

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Evaluation, Simulation
from convoscope.config.strands import strand_facts
from convoscope.dataset import Dataset, load_dataset, rows
from convoscope.errors import InputError
from convoscope.evaluation.baselines import BASELINES, predict_baseline
from convoscope.evaluation.compare import CEILING
from convoscope.evaluation.image_baselines import CELL_BASELINES, predict_cell_baseline
from convoscope.files import open_packed, open_text, replacing
from convoscope.interpretation.motifs.meme import parse_meme
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


def baselines(
    *, examples: Input, codes: Input, card: Input, fold: list[str], spec: Evaluation, truth: Input | None = None,
    simulation: Simulation | None = None, baselines: list[Path],
) -> None:  # fmt: skip
    """Fit the baselines on each fold's training split and predict its other two splits.

    Parameters
    ----------
    fold
        Folds of the card: holdout, or names of several. What images are described by is computed once for all.
    truth
        Planted matrices of the verb simulate, where windows lie around the summits of a simulated genome: then also the
        ceiling is predicted, which nobody can pass.
    simulation
        Section simulate of this genome as JSON.
    baselines
        Table to write for each fold, gzipped: example, label, baseline, prediction.
    """
    if not fold or len(fold) != len(baselines):
        raise InputError(f"--baselines: {len(baselines)} files for {len(fold)} folds; give one each, and at least one")
    dataset = load_dataset(examples, codes, card)
    every = [_sides(dataset, one) for one in fold]
    with replacing(*baselines) as scratches:
        for sides, found, scratch in zip(every, KINDS[dataset.card["modality"]](dataset, every, spec), scratches,
                                         strict=True):  # fmt: skip
            predicted = [*found]
            if truth and simulation:
                predicted.append((CEILING, _ceiling(dataset, sides, truth, simulation)))
            table = pd.concat([_listed(dataset, sides, *one) for one in predicted], ignore_index=True)
            with open_packed(scratch) as text:
                write_table(table, text, 8)


def _sides(dataset: Dataset, fold: str) -> Sides:
    """Return the rows of a fold."""
    parts = [rows(dataset, fold, [split]) for split in ("train", "validation", "test")]
    bounds = np.cumsum([0] + [len(part) for part in parts])
    return Sides(np.concatenate(parts), *(np.arange(first, last) for first, last in pairwise(bounds)))


Predicted = Iterator[tuple[str, np.ndarray]]  # name and predictions (rows, labels) of every baseline of a fold


def of_sequences(dataset: Dataset, folds: Sequence[Sides], spec: Evaluation) -> Iterator[Predicted]:
    """Yield the baselines on sequences, fold by fold."""
    for sides in folds:
        yield _of_sequences(dataset, sides, spec)


def _of_sequences(dataset: Dataset, sides: Sides, spec: Evaluation) -> Predicted:
    """Yield the baselines of one fold."""
    labels, alphabet = dataset.labels[sides.order].astype(np.float64), ALPHABETS[dataset.card["alphabet"]]
    strands = strand_facts(dataset.card)["strands"]
    for name, describe in BASELINES.items():
        tables = describe(dataset.codes[sides.order], spec.kmer, alphabet, strands)
        yield name, predict_baseline(tables, labels, sides.train, sides.validation, dataset.card["task"])


def of_images(dataset: Dataset, folds: Sequence[Sides], spec: Evaluation) -> Iterator[Predicted]:
    """Yield the baselines on images that have something to know, fold by fold."""
    used = np.unique(np.concatenate([sides.order for sides in folds]))
    described = {name: describe(dataset.table, dataset.codes, used) for name, describe in CELL_BASELINES.items()}
    for name in (name for name, features in described.items() if features is None):
        log.info("baseline %s: nothing known", name)
    features = {name: table for name, table in described.items() if table is not None}
    for sides in folds:
        yield _of_images(dataset, sides, spec, features, np.searchsorted(used, sides.order))


def _of_images(
    dataset: Dataset, sides: Sides, spec: Evaluation, features: dict[str, np.ndarray], places: np.ndarray
) -> Predicted:
    """Yield the baselines of one fold, whose rows have these ``places`` among those that are described."""
    labels, split = dataset.labels[sides.order].astype(np.float64), (sides.train, sides.validation)
    for name, table in features.items():
        yield name, predict_cell_baseline(table[places], labels, *split, dataset.card["task"], spec.seed)


def _ceiling(dataset: Dataset, sides: Sides, truth: Path, simulation: Simulation) -> np.ndarray:
    """Return the probabilities ``(rows, labels)`` of labels under the simulation; not for training, which are 0."""
    from convoscope.evaluation.ceiling import chain_of, label_probabilities  # imports JASPAR, as no other baseline

    with open_text(truth) as stream:
        planted = {motif.alternative: motif.matrix for motif in parse_meme(stream.read(), str(truth))}
    factors, labels = list(simulation.factors), dataset.card["labels"]
    if not set(labels) <= set(factors) <= set(planted):
        raise InputError(f"{truth}: no matrix of a factor or label; give the truth and the section of one simulation")
    codes = dataset.codes[sides.order]
    free = dataset.labels[sides.order[sides.train]].max(axis=1, initial=0) <= 0
    background = codes[sides.train[free]] if free.any() else codes[sides.train]
    asked = np.concatenate([sides.validation, sides.test])
    found = np.zeros((len(sides.order), len(labels)))
    found[asked] = label_probabilities(
        codes[asked], [planted[factor] for factor in factors], [factors.index(label) for label in labels], simulation,
        chain_of(background), float(free.mean()),
    )  # fmt: skip
    return found


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
