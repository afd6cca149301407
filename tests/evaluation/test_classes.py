import numpy as np
import pandas as pd
import pytest

from convoscope.evaluation.classes import judge_classes, most_probable, shares
from convoscope.evaluation.collect import Collected
from convoscope.evaluation.compare import Resampling
from convoscope.evaluation.votes import judge_votes, least_confidence, vote


def test_calls_and_shares_by_hand() -> None:
    score = np.array([[0.2, 0.2], [0.1, 0.3], [np.nan, np.nan], [0.0, 0.0]])
    assert most_probable(score).tolist() == [[True, False], [False, True], [False, False], [True, False]]
    np.testing.assert_allclose(shares(score[[1, 3]]), [[0.25, 0.75], [0.5, 0.5]])


def test_a_vote_is_the_mean_of_the_cells() -> None:
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    votes = vote(np.array(["p", "p", "q", "q"]), np.array([0, 0, 1, 1]), chances)
    assert votes.names.tolist() == ["p", "q"]
    np.testing.assert_allclose(votes.chances, [[0.55, 0.45], [0.35, 0.65]])
    assert vote(np.array(["p", "p"]), np.array([0, 1]), chances[:2]) is None  # of two classes: no vote
    mislabelled = vote(np.array(["p"] * 4), np.array([0, 0, 1, 0]), chances)
    assert mislabelled.truth.tolist() == [0]
    assert vote(np.array(["p", "q"]), np.array([0, 1]), chances[:2]) is None  # single cells


def test_abstention_is_chosen_on_validation_groups() -> None:
    names, truth = np.repeat(list("abcd"), 2), np.repeat([0, 0, 1, 1], 2)
    chances = np.repeat([[0.9, 0.1], [0.8, 0.2], [0.55, 0.45], [0.2, 0.8]], 2, axis=0)  # c is wrong and unsure
    votes = vote(names, truth, chances)
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
