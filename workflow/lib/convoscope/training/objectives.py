"""What is learned: for each kind of labels its loss, its prediction and its figure of merit."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from convoscope.config.tasks import TASKS, headline
from convoscope.training.scaling import COUNTS, VALUES, Scaling


class Objective(NamedTuple):
    """What training a network on one kind of labels needs.

    ``loss(scores, labels, weights)`` is a mean over the known labels, all of shape ``(batch, labels)``;
    ``predict(scores)`` turns scores into probabilities or values; ``metric(predictions, labels)`` is for
    early stopping and progress, larger is better; ``weights(labels)`` balances classes, one per label. Measured labels
    are learned in the unit of ``scaling``, and so are their losses: 1 is about what the training mean has.
    """

    loss: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    predict: Callable[[Tensor], Tensor]
    metric: Callable[[np.ndarray, np.ndarray], float]
    metric_name: str
    weights: Callable[[np.ndarray], np.ndarray]
    scaling: Scaling | None = None


def known_mean(losses: Tensor, labels: Tensor) -> Tensor:
    """Average over the labels that are not NaN; 0 where none is known."""
    known = ~labels.isnan()
    if known.device.type == "cpu" and known.numel() and known.all():  # fewer steps; a GPU would have to wait to know
        return losses.sum() / known.numel()
    return losses.masked_fill(~known, 0).sum() / known.sum().clamp(min=1)


def multilabel_loss(scores: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Binary cross-entropy per label; ``weights`` multiply the positives."""
    target = labels.nan_to_num()
    return known_mean(
        functional.binary_cross_entropy_with_logits(scores, target, pos_weight=weights, reduction="none"), labels
    )


def _multiclass_loss(scores: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Cross-entropy of the one-hot labels; ``weights`` multiply the classes."""
    return functional.cross_entropy(scores, labels.argmax(1), weight=weights)


def regression_loss(scores: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Mean squared error."""
    return known_mean((scores - labels.nan_to_num()).square(), labels)


def poisson_loss(scores: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
    """Poisson negative log-likelihood of counts; scores are log rates."""
    return known_mean(functional.poisson_nll_loss(scores, labels.nan_to_num(), reduction="none"), labels)


def progress_auroc(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve of one label by the rank-sum formula; NaN with one class only."""
    positive = labels > 0.5
    several, others = int(positive.sum()), int((~positive).sum())
    if not several or not others or np.isnan(predictions).any():
        return float("nan")
    ranks = pd.Series(predictions).rank().to_numpy()  # scipy.stats would take a second to import, in every job
    return float((ranks[positive].sum() - several * (several + 1) / 2) / (several * others))


def progress_pearson(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Correlation of one label; NaN when either is constant."""
    if len(labels) < 2 or np.ptp(labels) == 0 or np.ptp(predictions) == 0:
        return float("nan")
    return float(np.corrcoef(predictions, labels)[0, 1])


def mean_over_labels(
    one: Callable[[np.ndarray, np.ndarray], float],
) -> Callable[[np.ndarray, np.ndarray], float]:
    """Lift a figure of one label to the mean over all labels for which it is defined."""

    def mean(predictions: np.ndarray, labels: np.ndarray) -> float:
        known = ~np.isnan(labels)
        values = [one(predictions[known[:, i], i], labels[known[:, i], i]) for i in range(labels.shape[1])]
        return float(np.nanmean(values)) if not np.all(np.isnan(values)) else float("nan")

    return mean


def positive_weights(labels: np.ndarray) -> np.ndarray:
    """Negatives per positive, for each label."""
    positives = np.nansum(labels, axis=0)
    return ((~np.isnan(labels)).sum(axis=0) - positives) / np.maximum(positives, 1)


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Inverse class frequency, 1 on average over the examples."""
    counts = np.maximum(labels.sum(axis=0), 1)
    return len(labels) / (len(counts) * counts)


def _no_weights(labels: np.ndarray) -> np.ndarray:
    """Weigh every label alike."""
    return np.ones(labels.shape[1])


def _softmax(scores: Tensor) -> Tensor:
    """Class probabilities."""
    return scores.softmax(1)


def _identity(scores: Tensor) -> Tensor:
    """Values as they are."""
    return scores


LOSSES = {
    "binary_cross_entropy": multilabel_loss,
    "cross_entropy": _multiclass_loss,
    "squared_error": regression_loss,
    "poisson": poisson_loss,
}
LINKS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "softmax": _softmax,
    "identity": _identity,
    "exp": torch.exp,
}
WEIGHTS = {"negatives_per_positive": positive_weights, "inverse_frequency": class_weights, "equal": _no_weights}
SCALINGS = {"values": VALUES, "counts": COUNTS}
WATCHED = {
    "auroc": (mean_over_labels(progress_auroc), "AUROC"),
    "pearson": (mean_over_labels(progress_pearson), "Pearson r"),
}


def objective(task: str) -> Objective:
    """Return what training on one kind of labels, a row of `convoscope.config.tasks.TASKS`, needs."""
    row = TASKS[task]
    scaling = SCALINGS[row.scaling] if row.scaling else None
    return Objective(LOSSES[row.loss], LINKS[row.link], *WATCHED[headline(task)], WEIGHTS[row.weights], scaling)
