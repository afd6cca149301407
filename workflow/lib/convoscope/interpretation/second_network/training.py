"""The second network: from predictions before and after a variant, for all labels, to the variant's class.

One layer of 200 rectified units with dropout of one half reads, for every label, the prediction of the reference and
the difference that the variant makes (Angermueller et al. 2016, Mol Syst Biol 12:878, figure 2; DeepFind in Alipanahi
et al. 2015, Nat Biotechnol 33:831). What it is good for is measured by nested cross-validation over regions: inner
folds choose settings by log-loss, outer folds are only predicted.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from tqdm import tqdm

from convoscope.config import Training
from convoscope.evaluation.regions import grouped_folds
from convoscope.interpretation.second_network.covariates import KnownVariants
from convoscope.training import device
from convoscope.training import fit as loop
from convoscope.training.batches import Source
from convoscope.training.objectives import objective

UNITS, DROPOUT = 200, 0.5
INNER = 3  # folds that choose settings
SETTINGS = Training(
    epochs=30, steps=2000, learning_rate=0.03, batch_size=256, monitor="none", patience=30, precision="float32"
)
DECAYS = (0.01, 1.0)
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)  # inverse strength of the logistic regression's penalty
FLOOR = 1e-7  # of a probability, so that one certain mistake does not decide


class Scale(NamedTuple):
    """How inputs ``(n, k)`` are made comparable, from training rows alone: ``(k,)`` each."""

    median: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray


Predictor = Callable[[np.ndarray], np.ndarray]
# Learns from standardised inputs (n, k) and classes (n,) with one setting and a seed: a predictor after every epoch.
Path = Callable[[np.ndarray, np.ndarray, float, int], list[Predictor]]


class TunedLearner(NamedTuple):
    """A way to learn, and the values of its one setting to choose from."""

    path: Path
    setting: str
    values: tuple[float, ...]


class Choice(NamedTuple):
    """A setting's value, and the number of epochs from 1."""

    value: float
    epoch: int


class OutOfFold(NamedTuple):
    """Out-of-fold probabilities ``(n,)``, and what was chosen in every outer fold."""

    probability: np.ndarray
    chosen: list[dict[str, float]]


def fit_input_scale(inputs: np.ndarray) -> Scale:
    """Measure median, mean and standard deviation of every column; 0, 0 and 1 where nothing is known or varies."""
    known = np.isfinite(inputs)
    columns = [column[keep] for column, keep in zip(inputs.T.astype(np.float64), known.T, strict=True)]
    median = np.array([np.median(column) if len(column) else 0.0 for column in columns])
    filled = np.where(known, inputs, median)
    deviation = filled.std(axis=0)
    return Scale(median, filled.mean(axis=0), np.where(deviation > 0, deviation, 1.0))


def standardise(inputs: np.ndarray, scale: Scale) -> np.ndarray:
    """Fill unknown inputs ``(n, k)`` with the median, and bring all to mean 0 and deviation 1, float32."""
    filled = np.where(np.isfinite(inputs), inputs, scale.median)
    return ((filled - scale.mean) / scale.deviation).astype(np.float32)


def build_second_network(inputs: int) -> nn.Module:
    """Return the second network, ``(batch, inputs) → (batch, 1)``."""
    return nn.Sequential(nn.Linear(inputs, UNITS), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(UNITS, 1))


def _unchanged(codes: Tensor, settings: Training, generator: torch.Generator) -> Tensor:
    """Augment by nothing."""
    return codes


def same(codes: Tensor) -> Tensor:
    """Read inputs as they are."""
    return codes


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the many short trainings from reporting every epoch."""
    levels = [(log, log.level) for log in (loop.log, device.log)]
    for log, _ in levels:
        log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for log, level in levels:
            log.setLevel(level)


def network_path(inputs: np.ndarray, positive: np.ndarray, decay: float, seed: int) -> list[Predictor]:
    """Train the second network, the same for the same seed; return what it was after every epoch."""
    settings = loop.limit_epochs(SETTINGS.model_copy(update={"weight_decay": decay}), len(inputs))
    labels = positive.astype(np.float32)[:, np.newaxis]
    source = Source(lambda rows: inputs[rows], np.arange(len(inputs)), labels)
    unused = Source(source.read, source.rows[:1], labels[:1])  # epochs are chosen on inner folds, not by the loop
    weights: list[dict[str, Tensor]] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_second_network(inputs.shape[1])
        compute = device.make_compute("cpu", settings)
        training = loop.Loop(model, objective("multilabel"), same, _unchanged, settings, compute, seed)
        loop.fit(training, lambda epoch: source, unused, None, lambda state: weights.append(state["weights"]))
    return [partial(_predict_network, model, epoch) for epoch in weights]


def _predict_network(model: nn.Module, weights: dict[str, Tensor], inputs: np.ndarray) -> np.ndarray:
    """Return probabilities ``(n,)`` of standardised inputs ``(n, k)`` by a network with other weights."""
    model.load_state_dict(weights)
    with torch.inference_mode():
        scores: np.ndarray = model.eval()(torch.from_numpy(inputs)).numpy()[:, 0]
    return expit(scores.astype(np.float64))


def logistic_path(inputs: np.ndarray, positive: np.ndarray, penalty: float, seed: int) -> list[Predictor]:
    """Fit a logistic regression, which has no epochs and needs no seed."""
    model = LogisticRegression(C=penalty, max_iter=2000).fit(inputs.astype(np.float64), positive)
    return [lambda others: model.predict_proba(others.astype(np.float64))[:, 1]]


LEARNERS = {
    "second": TunedLearner(network_path, "weight_decay", DECAYS),
    "logistic": TunedLearner(logistic_path, "C", PENALTIES),
}


def binary_log_loss(positive: np.ndarray, probability: np.ndarray) -> float:
    """Return the mean negative log-likelihood of classes ``(n,)``, in nats.

    >>> round(binary_log_loss(np.array([True, False]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    likely = np.where(positive, probability, 1 - probability)
    return float(-np.log(np.clip(likely, FLOOR, 1)).mean())


def trained(
    path: Path, rows: KnownVariants, train: np.ndarray, held: np.ndarray, value: float, seed: int
) -> Iterator[np.ndarray]:
    """Learn from training rows, all that is measured for scaling too; yield each epoch's predictions of held rows."""
    scale = fit_input_scale(rows.inputs[train])
    known, asked = (standardise(rows.inputs[some], scale) for some in (train, held))
    for predict in path(known, rows.positive[train], value, seed):
        yield predict(asked)


def choose_setting(
    learner: TunedLearner, rows: KnownVariants, train: np.ndarray, regions: np.ndarray, seed: int
) -> Choice:
    """Return what has the least log-loss on inner folds of the training rows; of equals the first."""
    folds = grouped_folds(rows.positive[train], regions[train], INNER, seed, "second network, inner folds")
    best, choice = np.inf, Choice(learner.values[0], 1)
    for number, value in enumerate(learner.values):
        curves = []
        for fold in range(INNER):
            held = train[folds == fold]
            epochs = trained(learner.path, rows, train[folds != fold], held, value, _spawn(seed, number, fold))
            curves.append([len(held) * binary_log_loss(rows.positive[held], predicted) for predicted in epochs])
        losses = np.sum([curve[: min(map(len, curves))] for curve in curves], axis=0)
        if losses.min() < best:
            best, choice = losses.min(), Choice(value, int(losses.argmin()) + 1)
    return choice


def _spawn(*numbers: int) -> int:
    """Return a seed that depends on all numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)


def cross_validate(
    learner: TunedLearner, rows: KnownVariants, folds: np.ndarray, regions: np.ndarray, seed: int
) -> OutOfFold:
    """Predict every row from the rows of other folds, with settings that were chosen there.

    Parameters
    ----------
    learner
        A row of ``LEARNERS``.
    rows
        ``n`` variants.
    folds, regions
        Outer fold and region of each, ``(n,)``; no region is in two folds.
    seed
        Of the inner folds and of every training.
    """
    probability, chosen = np.empty(len(folds)), []
    with quiet():
        for fold in tqdm(np.unique(folds), desc="folds", unit=" fold", disable=None):
            train, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            value, epoch = choose_setting(learner, rows, train, regions, _spawn(seed, int(fold)))
            epochs = [*trained(learner.path, rows, train, held, value, _spawn(seed, int(fold), len(learner.values)))]
            # Fewer epochs than on the smaller inner folds, where the number of steps is the limit.
            epoch = min(epoch, len(epochs))
            probability[held] = epochs[epoch - 1]
            chosen.append({"fold": int(fold), learner.setting: value} | ({"epoch": epoch} if len(epochs) > 1 else {}))
    return OutOfFold(probability, chosen)
