import numpy as np
import pandas as pd
import pytest

from convoscope.evaluation import classes
from convoscope.evaluation.classes import (
    all_votes,
    confusion,
    fold_temperatures,
    judge_classes,
    most_probable,
    normalised_rows,
)
from convoscope.evaluation.collect import Collected
from convoscope.evaluation.compare import Resampling
from convoscope.evaluation.votes import judge_votes, least_confidence, vote


def test_calls_and_shares_by_hand() -> None:
    score = np.array([[0.2, 0.2], [0.1, 0.3], [np.nan, np.nan], [0.0, 0.0]])
    assert most_probable(score).tolist() == [[True, False], [False, True], [False, False], [True, False]]
    np.testing.assert_allclose(normalised_rows(score[[1, 3]]), [[0.25, 0.75], [0.5, 0.5]])


def test_a_vote_is_the_mean_of_the_cells() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    votes = vote(np.array(["p", "p", "q", "q"]), np.array([0, 0, 1, 1]), probabilities)
    assert votes.names.tolist() == ["p", "q"]
    np.testing.assert_allclose(votes.probabilities, [[0.55, 0.45], [0.35, 0.65]])
    assert vote(np.array(["p", "p"]), np.array([0, 1]), probabilities[:2]) is None  # of two classes: no vote
    mislabelled = vote(np.array(["p"] * 4), np.array([0, 0, 1, 0]), probabilities)
    assert mislabelled.truth.tolist() == [0]
    assert vote(np.array(["p", "q"]), np.array([0, 1]), probabilities[:2]) is None  # single cells


def test_abstention_is_chosen_on_validation_groups() -> None:
    names, truth = np.repeat(list("abcd"), 2), np.repeat([0, 0, 1, 1], 2)
    probabilities = np.repeat([[0.9, 0.1], [0.8, 0.2], [0.55, 0.45], [0.2, 0.8]], 2, axis=0)  # c is wrong and unsure
    votes = vote(names, truth, probabilities)
    least = least_confidence(votes)
    assert least == pytest.approx(0.8)
    judged = judge_votes(votes, least, 100, 0.95, 1)
    assert judged["accuracy"]["value"] == 0.75
    assert (judged["answered"]["value"], judged["answered_accuracy"]["value"]) == (0.75, 1.0)
    assert least_confidence(None) == 0.0


@pytest.fixture
def judged() -> dict:
    """Forty proteins of ten cells; the network is right in 70 % of the cells, too sure, and votes well."""
    generator = np.random.default_rng(0)
    proteins = np.repeat(np.arange(40), 10)
    classes = proteins % 2
    right = generator.random(400) < 0.7
    called = np.where(right, classes, 1 - classes)
    score = np.where(np.eye(2, dtype=bool)[called], 0.95, 0.05)
    side = np.where(proteins < 20, "validation", "test")
    held = np.where((side == "validation")[:, None], score, np.nan)
    model = Collected(
        np.where((side == "test")[:, None], score, np.nan), np.where(side == "test", "holdout", ""), {"holdout": held}
    )
    table = pd.DataFrame({"group": proteins.astype(str), "protein": proteins.astype(str), "plate": "x"})
    truth = np.eye(2)[classes]
    return judge_classes({"model": model}, truth, table, "group", Resampling(200, 0.95, 1)) | {"right": right[200:]}


def test_a_whole_report(judged) -> None:
    figures = judged["overall"]["model"]
    assert figures["accuracy"]["value"] == pytest.approx(judged["right"].mean(), abs=1e-5)
    assert np.trace(judged["confusion"]) == judged["right"].sum()
    assert judged["temperatures"]["model"]["holdout"] > 2  # .95 sure, .7 right
    assert figures["ece_scaled"]["value"] < figures["ece"]["value"] / 2
    assert set(judged["votes"]) == {"protein"}  # the plate holds both classes, the group is the protein again
    assert judged["votes"]["protein"]["accuracy"]["value"] > figures["accuracy"]["value"]


def test_confusion_by_hand() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
    assert confusion(np.array([0, 2, 2, 2]), probabilities).tolist() == [[1, 0, 0], [0, 0, 0], [1, 1, 1]]
    without = confusion(np.array([0]), probabilities[:1])  # classes without a cell
    assert without.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def two_folds() -> tuple[Collected, np.ndarray, pd.DataFrame]:
    """Four proteins of two cells, tested in two folds; each is validated in one, and the last one in both."""
    score = np.repeat([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]], 2, axis=0)
    first, second = np.full((8, 2), np.nan), np.full((8, 2), np.nan)
    first[:4], second[4:], first[6:] = score[:4], score[4:], [0.8, 0.2]
    folds = np.repeat(["0", "1"], 4).astype(object)
    table = pd.DataFrame({"group": np.arange(8), "protein": np.repeat(list("abcd"), 2)})
    return Collected(score, folds, {"0": first, "1": second}), np.repeat([0, 1, 0, 1], 2), table


def test_the_votes_of_validation_are_means_over_the_folds(monkeypatch) -> None:
    model, truth, table = two_folds()
    seen = []
    monkeypatch.setattr(classes, "least_confidence", lambda votes: seen.append(votes) or 0.0)
    found = all_votes(model, truth, table[["protein"]], Resampling(20, 0.9, 1))
    # That of d: .55, the mean of .8 and .3.
    np.testing.assert_allclose(seen[0].probabilities, [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.55, 0.45]])
    assert found["protein"]["accuracy"]["value"] == 1


@pytest.mark.parametrize(("names", "voted"), [("aaaabbbb", True), ("aaaaaaaa", False)])
def test_two_groups_of_one_class_each_are_enough_for_a_vote(names: str, voted: bool) -> None:
    model, _, _ = two_folds()
    truth = np.array([0] * 4 + [int(voted)] * 4)
    found = all_votes(model, truth, pd.DataFrame({"protein": list(names)}), Resampling(20, 0.9, 1))
    assert list(found) == ["protein"] * voted


def test_every_fold_has_its_own_temperature() -> None:
    model, truth, table = two_folds()
    found = judge_classes({"model": model}, np.eye(2)[truth], table, "protein", Resampling(20, 0.9, 1))
    temperatures = found["temperatures"]["model"]
    # The first fold's network is wrong of d, the second one right of all its cells.
    assert temperatures["1"] < 0.06 < 0.5 < temperatures["0"]
    assert temperatures == fold_temperatures(model, truth)
    probabilities = np.where(np.arange(8)[:, None] < 4, classes.sharpen(model.test, temperatures["0"]),
                       classes.sharpen(model.test, temperatures["1"]))  # fmt: skip
    expected = classes.calibration_error(truth, probabilities, np.ones((1, 8)))[0]
    assert found["overall"]["model"]["ece_scaled"]["value"] == pytest.approx(expected, rel=1e-5)
    assert found["overall"]["model"]["ece_scaled"]["n"] == 8


def test_only_and_all_groups_of_the_test_split_are_drawn(monkeypatch) -> None:
    model, truth, table = two_folds()
    drawn, real = [], classes.draw_groups
    monkeypatch.setattr(classes, "draw_groups", lambda *given: drawn.append(given) or real(*given))
    model = model._replace(folds=np.array(["0"] * 6 + [""] * 2, dtype=object))
    judge_classes({"model": model}, np.eye(2)[truth], table, "protein", Resampling(20, 0.9, 7))
    assert drawn[0][:3] == (3, 20, 7) and drawn[0][3].tolist() == [0, 1, 0]
