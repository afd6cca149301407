import math

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from convoscope.config.tasks import TASKS
from convoscope.training.objectives import (
    class_weights,
    known_mean,
    mean_over_labels,
    multilabel_loss,
    objective,
    poisson_loss,
    positive_weights,
    progress_auroc,
    progress_pearson,
    regression_loss,
)


def test_auroc_by_hand_and_against_sklearn() -> None:
    assert progress_auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])) == 0.75
    rng = np.random.default_rng(0)
    predictions, labels = rng.integers(0, 20, 300) / 20, rng.integers(0, 2, 300)
    assert progress_auroc(predictions, labels) == pytest.approx(roc_auc_score(labels, predictions))
    assert math.isnan(progress_auroc(predictions, np.ones(300))) and math.isnan(
        progress_auroc(predictions, np.zeros(300))
    )
    assert math.isnan(progress_auroc(np.array([0.9, np.nan, 0.1]), np.array([0, 0, 1])))
    assert progress_auroc(np.array([0.9, 0.1]), np.array([0.5, 1.0])) == 0  # one half is no positive


def test_correlation_by_hand() -> None:
    assert progress_pearson(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == pytest.approx(1)
    assert progress_pearson(np.array([0.0, 1.0]), np.array([5.0, 3.0])) == pytest.approx(-1)
    assert progress_pearson(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])) == pytest.approx(0.5)
    constant, varied = np.ones(3), np.arange(3.0)
    for predictions, labels in ((constant, varied), (varied, constant), (varied[:1], varied[:1]), (varied[:0],) * 2):
        assert math.isnan(progress_pearson(predictions, labels))


def test_labels_without_a_figure_are_left_out_of_the_mean() -> None:
    labels = np.array([[0, 1, math.nan], [1, 1, 0], [math.nan, 1, 1]])
    predictions = np.array([[0.1, 0.5, 0.0], [0.2, 0.6, 0.9], [0.0, 0.7, 0.1]])
    assert mean_over_labels(progress_auroc)(predictions, labels) == 0.5  # 1, undefined, 0
    assert math.isnan(mean_over_labels(progress_auroc)(predictions[:1], labels[:1]))


def test_losses_by_hand() -> None:
    scores, labels = torch.tensor([[2.0, 7.0], [1.0, 0.0]]), torch.tensor([[1.0, math.nan], [4.0, 0.0]])
    assert regression_loss(scores, labels, None).item() == pytest.approx((1 + 9 + 0) / 3)
    expected = (math.exp(2) - 2 + math.exp(1) - 4 + 1) / 3
    assert poisson_loss(scores, labels, None).item() == pytest.approx(expected, rel=1e-5)
    alone = torch.tensor([[math.nan, math.nan], [4.0, math.nan]])
    assert regression_loss(scores, alone, None).item() == 9


def test_unknown_labels_do_not_count() -> None:
    scores = torch.tensor([[0.0, 5.0], [0.0, -3.0]])
    labels = torch.tensor([[1.0, math.nan], [0.0, math.nan]])
    assert multilabel_loss(scores, labels, None).item() == pytest.approx(math.log(2))
    assert multilabel_loss(scores, torch.full((2, 2), math.nan), None).item() == 0


def test_the_mean_of_known_labels_is_the_same_in_either_way_bit_by_bit():
    losses = torch.rand(53, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
    known_mean(losses, torch.zeros(53, 3)).backward()
    found, losses.grad = losses.grad, None
    (losses.masked_fill(torch.zeros(53, 3).bool(), 0).sum() / torch.ones(53, 3).bool().sum().clamp(min=1)).backward()
    assert torch.equal(found, losses.grad)
    assert known_mean(losses[:0], torch.zeros(0, 3)).item() == 0


def test_weights_balance_classes() -> None:
    labels = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=np.float32)
    assert positive_weights(labels).tolist() == pytest.approx([3, 1 / 3])
    weights = class_weights(labels)
    assert weights.tolist() == pytest.approx([2, 2 / 3])
    assert (labels * weights).sum(1).mean() == pytest.approx(1)


@pytest.mark.parametrize("name", TASKS)
def test_better_scores_have_lower_loss_and_higher_metric(name: str) -> None:
    task = objective(name)
    labels = torch.eye(3).repeat(10, 1)
    good = (labels * 4 - 2 if name != "poisson" else (labels + 1e-2).log()) + 0.01 * torch.randn(
        30, 3, generator=torch.Generator().manual_seed(1)
    )
    bad = -good
    assert task.loss(good, labels, None) < task.loss(bad, labels, None)
    assert task.metric(task.predict(good).numpy(), labels.numpy()) > task.metric(
        task.predict(bad).numpy(), labels.numpy()
    )
    assert task.weights(labels.numpy()).shape == (3,)


def test_multiclass_predictions_are_probabilities() -> None:
    assert objective("multiclass").predict(torch.randn(4, 3)).sum(1).tolist() == pytest.approx([1] * 4)
