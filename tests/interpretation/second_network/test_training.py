"""The second network learns what needs two labels, sees nothing of the rows that it is judged on, and is repeatable."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import log_loss as reference_loss
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from convoscope.evaluation.regions import grouped_folds
from convoscope.interpretation.second_network import training
from convoscope.interpretation.second_network.covariates import KnownVariants
from convoscope.interpretation.second_network.training import (
    LEARNERS,
    binary_log_loss,
    build_second_network,
    choose_setting,
    cross_validate,
    fit_input_scale,
    network_path,
    quiet,
    standardise,
    trained,
)

REGIONS = 30


def both_or_one(count: int, seed: int = 0) -> tuple[KnownVariants, np.ndarray]:
    """Two labels that change or do not; positive where exactly one does. Neither alone tells anything."""
    generator = np.random.default_rng(seed)
    changes = generator.random((count, 2)) < 0.5
    inputs = (changes + generator.normal(0, 0.15, size=(count, 2))).astype(np.float32)
    regions = np.array([f"r{number}" for number in generator.integers(0, REGIONS, size=count)], dtype=object)
    return KnownVariants(
        pd.DataFrame({"row": range(count)}), inputs, ["a", "b"], changes[:, 0] != changes[:, 1]
    ), regions


def test_the_network_is_that_of_the_paper():
    model = build_second_network(10)
    assert sum(parameter.numel() for parameter in model.parameters()) == 10 * 200 + 200 + 200 + 1
    assert [layer.p for layer in model if isinstance(layer, torch.nn.Dropout)] == [0.5]
    assert model(torch.zeros(3, 10)).shape == (3, 1)


def test_scale_by_hand_and_as_scikit_learn():
    nan = np.nan
    inputs = np.array([[1, 5, nan], [3, 5, nan], [nan, 5, nan], [8, 5, nan]])
    scale = fit_input_scale(inputs)
    assert scale.median.tolist() == [3, 5, 0] and scale.mean.tolist() == [3.75, 5, 0]
    assert scale.deviation[1:].tolist() == [1, 1]
    generator = np.random.default_rng(1)
    known = generator.normal(3, 2, size=(50, 4))
    assert np.allclose(standardise(known, fit_input_scale(known)), StandardScaler().fit_transform(known), atol=1e-6)
    assert standardise(np.array([[nan, 6, 9]]), scale)[0].tolist() == pytest.approx(
        [-0.75 / np.std([1, 3, 3, 8]), 1, 9]
    )


def test_log_loss_as_scikit_learn():
    generator = np.random.default_rng(1)
    truth, probability = generator.random(100) < 0.3, generator.random(100)
    assert binary_log_loss(truth, probability) == pytest.approx(reference_loss(truth, probability))
    assert np.isfinite(binary_log_loss(np.array([True]), np.array([0.0])))


def test_what_needs_two_labels_is_learned():
    rows, regions = both_or_one(400)
    folds = grouped_folds(rows.positive, regions, 2, 1, "x")
    found = {name: cross_validate(learner, rows, folds, regions, 1) for name, learner in LEARNERS.items()}
    quality = {name: roc_auc_score(rows.positive, one.probability) for name, one in found.items()}
    largest = roc_auc_score(rows.positive, np.abs(rows.inputs).max(axis=1))
    assert quality["second"] > 0.95 and quality["second"] - largest > 0.2
    assert quality["logistic"] < 0.65
    assert [row["fold"] for row in found["second"].chosen] == [0, 1]
    assert set(found["second"].chosen[0]) == {"fold", "weight_decay", "epoch"}
    assert set(found["logistic"].chosen[0]) == {"fold", "C"}


def test_rows_that_are_left_out_change_nothing(monkeypatch):
    """Inputs and classes of the held fold are replaced by nonsense: the predictor of that fold stays the same."""
    monkeypatch.setattr(training, "SETTINGS", training.SETTINGS.model_copy(update={"epochs": 5}))
    rows, regions = both_or_one(200)
    folds = grouped_folds(rows.positive, regions, 4, 1, "x")
    held = folds == 0
    spoiled = rows._replace(inputs=rows.inputs.copy(), positive=rows.positive.copy())
    spoiled.inputs[held] = 1e6
    spoiled.positive[held] = True
    train = np.flatnonzero(~held)
    with quiet():
        for learner in LEARNERS.values():
            assert choose_setting(learner, rows, train, regions, 7) == choose_setting(
                learner, spoiled, train, regions, 7
            )
            value, asked = learner.values[0], np.flatnonzero(held)
            # Some held rows are asked for, so that those alone have their own inputs.
            some, rest = asked[::2], spoiled._replace(inputs=spoiled.inputs.copy())
            rest.inputs[some] = rows.inputs[some]
            first = [*trained(learner.path, rows, train, some, value, 3)]
            assert np.array_equal(first, [*trained(learner.path, rest, train, some, value, 3)])


def test_scaling_and_inner_folds_see_training_rows_only(monkeypatch):
    rows, regions = both_or_one(200)
    rows = rows._replace(inputs=np.column_stack([rows.inputs, np.arange(200)]).astype(np.float32))
    folds, seen = grouped_folds(rows.positive, regions, 3, 1, "x"), []
    measure = training.fit_input_scale
    monkeypatch.setattr(
        training, "fit_input_scale", lambda inputs: seen.append(inputs[:, 2].astype(int)) or measure(inputs)
    )
    cross_validate(LEARNERS["logistic"], rows, folds, regions, 1)
    each = len(LEARNERS["logistic"].values) * training.INNER + 1
    assert len(seen) == 3 * each
    for number, used in enumerate(seen):
        fold = number // each
        assert not set(used) & set(np.flatnonzero(folds == fold))
        assert (len(used) == (folds != fold).sum()) == (number % each == each - 1)
        inside = set(regions[used])
        rest = np.setdiff1d(np.flatnonzero(folds != fold), used)
        assert not inside & set(regions[rest])


def test_equal_seeds_give_equal_bits_and_random_numbers_are_given_back():
    rows, _ = both_or_one(100)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with quiet():
        first, again, other = (network_path(rows.inputs, rows.positive, 0.01, seed) for seed in (1, 1, 2))
        assert torch.equal(torch.rand(3), expected)
        later = network_path(rows.inputs, rows.positive, 0.01, 1)
    assert len(first) == training.SETTINGS.epochs
    for epoch in (0, -1):
        for repeated in (again, later):
            assert np.array_equal(first[epoch](rows.inputs), repeated[epoch](rows.inputs))
    assert not np.array_equal(first[-1](rows.inputs), other[-1](rows.inputs))
    assert not np.array_equal(first[0](rows.inputs), first[-1](rows.inputs))


def test_logistic_regression_is_that_of_scikit_learn():
    rows, _ = both_or_one(100)
    [predict] = training.logistic_path(rows.inputs, rows.positive, 1.0, 1)
    assert predict(rows.inputs).shape == (100,)
    weight = training.LogisticRegression(C=1.0).fit(rows.inputs, rows.positive)
    assert np.allclose(predict(rows.inputs), weight.predict_proba(rows.inputs)[:, 1], atol=1e-3)
