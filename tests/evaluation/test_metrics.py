"""Values by hand, and agreement with scikit-learn and scipy on repeated examples."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from convoscope.config.tasks import CLASSIFICATION, REGRESSION, TASKS, headline
from convoscope.evaluation.metrics import (
    METRICS,
    Outcome,
    auprc,
    auroc,
    classes_by_score,
    f1,
    mcc,
    metrics_of,
    pearson,
    precision,
    sensitivity,
    spearman,
    specificity,
    weighted_ranks,
)

REFERENCES = {
    "auroc": lambda truth, score, called: sklearn_metrics.roc_auc_score(truth, score),
    "auprc": lambda truth, score, called: sklearn_metrics.average_precision_score(truth, score),
    "binary_accuracy": lambda truth, score, called: sklearn_metrics.accuracy_score(truth, called),
    "sensitivity": lambda truth, score, called: sklearn_metrics.recall_score(truth, called),
    "specificity": lambda truth, score, called: sklearn_metrics.recall_score(truth, called, pos_label=0),
    "precision": lambda truth, score, called: sklearn_metrics.precision_score(truth, called),
    "f1": lambda truth, score, called: sklearn_metrics.f1_score(truth, called),
    "mcc": lambda truth, score, called: sklearn_metrics.matthews_corrcoef(truth, called),
    "brier": lambda truth, score, called: sklearn_metrics.brier_score_loss(truth, score),
    "pearson": lambda truth, score, called: stats.pearsonr(truth, score)[0],
    "spearman": lambda truth, score, called: stats.spearmanr(truth, score)[0],
    "mse": lambda truth, score, called: sklearn_metrics.mean_squared_error(truth, score),
}


def outcome(truth: list[float], score: list[float], threshold: float = 0.5) -> Outcome:
    return Outcome(np.array(truth, float), np.array(score, float), np.array(score) >= threshold)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_classification_is_sklearn_on_repeated_examples(name: str) -> None:
    generator = np.random.default_rng(3)
    truth = generator.integers(2, size=60).astype(float)
    score = np.round(np.clip(0.3 * truth + 0.7 * generator.random(60), 0, 1), 1)  # rounded: many ties
    weights = generator.integers(4, size=(5, 60))
    found = METRICS[name](Outcome(truth, score, score >= 0.5), weights.astype(float))
    again = [np.repeat(np.stack([truth, score, score >= 0.5]), row, axis=1) for row in weights]
    assert found == pytest.approx([REFERENCES[name](*part) for part in again])


@pytest.mark.parametrize("name", REGRESSION)
def test_regression_is_scipy_on_repeated_examples(name: str) -> None:
    generator = np.random.default_rng(4)
    truth = np.round(generator.normal(size=50), 1) + 1000  # ties, and a mean far from zero
    score = truth + np.round(generator.normal(size=50), 1)
    weights = generator.integers(4, size=(5, 50))
    found = METRICS[name](Outcome(truth, score, score > 0), weights.astype(float))
    again = [np.repeat(np.stack([truth, score]), row, axis=1) for row in weights]
    assert found == pytest.approx([REFERENCES[name](*part, None) for part in again])


def test_auroc_by_hand() -> None:
    # Pairs: .8 beats both negatives, .4 beats .1 and ties with .4: 3.5 of 4.
    assert auroc(outcome([1, 0, 1, 0], [0.8, 0.4, 0.4, 0.1]), np.ones((1, 4))).tolist() == [0.875]


def test_auprc_by_hand() -> None:
    # Recall 1/2 at precision 1, then recall 1 at precision 2/3.
    assert auprc(outcome([1, 0, 1], [0.9, 0.5, 0.1]), np.ones((1, 3))) == pytest.approx([0.5 * 1 + 0.5 * 2 / 3])


def test_weights_are_copies() -> None:
    # Without the second positive: one of two negatives is beaten.
    assert auroc(outcome([1, 1, 0, 0], [0.5, 0.9, 0.7, 0.1]), np.array([[1.0, 0, 1, 1], [1, 0, 3, 1]])).tolist() == [
        0.5,
        0.25,
    ]


def test_what_metrics_share_is_of_their_own_outcome_and_weights() -> None:
    first, second = (outcome([1, 0, 1, 0], score) for score in ([0.9, 0.6, 0.5, 0.4], [0.1, 0.6, 0.7, 0.2]))
    for weights in (np.ones((1, 4)), np.array([[1.0, 0, 2, 1]])):
        for one in (first, second, first):
            alone = Outcome(*(part.copy() for part in one))
            for name in CLASSIFICATION:
                assert METRICS[name](one, weights) == METRICS[name](alone, weights.copy())


@pytest.mark.parametrize("metric", [auroc, mcc, sensitivity, auprc])
def test_no_positives_is_not_a_number(metric) -> None:
    assert np.isnan(metric(outcome([0, 0, 0], [0.1, 0.7, 0.9]), np.ones((1, 3)))).all()


@pytest.mark.parametrize("metric", [auroc, mcc, specificity])
def test_no_negatives_is_not_a_number(metric) -> None:
    assert np.isnan(metric(outcome([1, 1, 1], [0.1, 0.7, 0.9]), np.ones((1, 3)))).all()


def test_no_calls() -> None:
    silent = outcome([1, 0], [0.2, 0.1])
    ones = np.ones((1, 2))
    assert np.isnan(precision(silent, ones)).all()
    assert (mcc(silent, ones)[0], f1(silent, ones)[0], sensitivity(silent, ones)[0]) == (0, 0, 0)


@pytest.mark.parametrize("metric", [pearson, spearman])
def test_constant_prediction_has_no_correlation(metric) -> None:
    # 0.1 has no exact mean, so that rounding could pass for variation.
    assert np.isnan(metric(outcome([1, 2, 3], [0.1, 0.1, 0.1]), np.ones((1, 3)))).all()


@pytest.mark.parametrize("name", [name for name in CLASSIFICATION if name != "brier"])
def test_a_label_of_one_half_is_negative_and_just_above_it_positive(name: str) -> None:
    score, ones = [0.9, 0.7, 0.4, 0.1], np.ones((1, 4))
    for between, decided in ((0.5, 0), (np.nextafter(0.5, 1), 1)):
        found, expected = (METRICS[name](outcome([1, truth, 1, 0], score), ones) for truth in (between, decided))
        assert found == expected


def test_ranks_by_hand() -> None:
    # 5 once, 7 twice, of weights 1, 2, 1: 5, then 7, 7, 7 share ranks 2 to 4.
    assert weighted_ranks(np.array([7.0, 7.0, 5.0]), np.array([[2.0, 1, 1]])).tolist() == [[3, 3, 1]]


def test_every_task_has_a_headline() -> None:
    assert {task: headline(task) for task in TASKS} == {
        "multilabel": "auroc",
        "multiclass": "auroc",
        "regression": "pearson",
        "poisson": "pearson",
    }
    assert [next(iter(metrics_of(task))) for task in TASKS] == [headline(task) for task in TASKS]


@pytest.mark.parametrize("digits", [1, 15])
def test_classes_are_counted_at_each_distinct_score(digits):
    generator = np.random.default_rng(1)
    score, truth = generator.random(60).round(digits), generator.integers(2, size=60).astype(float)
    weights = generator.integers(4, size=(5, 60)).astype(float)
    found = classes_by_score(Outcome(truth, score, score > 0.5), weights)
    for part, of_class in zip(found, (truth, 1 - truth), strict=True):
        expected = [(weights * of_class)[:, score == one].sum(axis=1) for one in np.unique(score)[::-1]]
        assert np.array_equal(part, np.stack(expected, axis=1))
