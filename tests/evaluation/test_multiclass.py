import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.metrics import log_loss as sklearn_log_loss

from convoscope.evaluation import multiclass
from convoscope.evaluation.bootstrap import draw_groups
from convoscope.evaluation.multiclass import OVERALL, calibration_error, fit_temperature, judge_methods, sharpen

ONES = np.ones((1, 4))


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet([0.5, 0.5, 0.5], 300)
    return np.array([generator.choice(3, p=row) for row in probabilities]), probabilities


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    # Bin of .9: three answers, two right: |2/3 - .9| * 3/4; bin of .6: one answer, right: .4 / 4.
    assert calibration_error(np.array([0, 0, 1, 1]), probabilities, ONES)[0] == pytest.approx(0.7 / 4 + 0.4 / 4)


def test_confidence_is_parted_into_fifteen_bins() -> None:
    # .61 and .65 are in the bin from .6 to .667, .59 is not. In a bin a wrong answer makes up for a right one.
    probabilities = np.array([[0.61, 0.39], [0.65, 0.35]])
    assert calibration_error(np.array([1, 0]), probabilities, ONES[:, :2])[0] == pytest.approx(abs(1 - 0.61 - 0.65) / 2)
    probabilities[1] = [0.59, 0.41]
    assert calibration_error(np.array([1, 0]), probabilities, ONES[:, :2])[0] == pytest.approx((0.61 + 1 - 0.59) / 2)
    assert calibration_error(np.array([0]), np.array([[1.0, 0.0]]), ONES[:, :1])[0] == 0


def test_temperatures_lie_within_e_to_the_third() -> None:
    probabilities = np.tile([0.6, 0.4], (4, 1))
    assert np.log(fit_temperature(np.zeros(4, int), probabilities)) == pytest.approx(-3, abs=1e-3)
    assert np.log(fit_temperature(np.ones(4, int), probabilities)) == pytest.approx(3, abs=1e-3)


def test_chunks_of_draws_do_not_matter(answers, monkeypatch) -> None:
    truth, probabilities = answers
    groups, counts = np.arange(300) // 10, draw_groups(30, 9, 1)
    whole = multiclass.draw(multiclass.accuracy, truth, probabilities, groups, counts)
    assert whole[0] == pytest.approx(accuracy_score(truth, probabilities.argmax(axis=1)))
    for most, sizes in ((1000, [3, 3, 3, 1]), (299, [1] * 10), (10_000, [10])):  # weights of 300 examples
        seen = []
        monkeypatch.setattr(multiclass, "CHUNK", most)
        counted = lambda *given, seen=seen: seen.append(len(given[2])) or multiclass.accuracy(*given)  # noqa: E731
        assert multiclass.draw(counted, truth, probabilities, groups, counts).tolist() == whole.tolist()
        assert seen == sizes


def test_figures_are_those_of_scikit_learn_also_for_repeated_examples(answers) -> None:
    truth, probabilities = answers
    weights = np.random.default_rng(1).integers(1, 3, (2, 300)).astype(float)
    for row, counts in enumerate(weights.astype(int)):
        repeated = np.repeat(np.arange(300), counts)
        called = probabilities[repeated].argmax(axis=1)
        expected = {
            "accuracy": accuracy_score(truth[repeated], called),
            "macro_recall": balanced_accuracy_score(truth[repeated], called),
            "log_loss": sklearn_log_loss(truth[repeated], probabilities[repeated], labels=[0, 1, 2]),
        }
        for name, value in expected.items():
            assert OVERALL[name](truth, probabilities, weights)[row] == pytest.approx(value)


def test_a_resample_tells_of_classes_with_half_of_their_examples() -> None:
    truth, probabilities = np.array([0, 0, 1, 1, 1, 1]), np.eye(3)[[0, 0, 1, 1, 0, 0]]
    weights = [[1, 1, 1, 1, 1, 1], [2, 2, 0, 0, 2, 0], [2, 2, 0, 0, 1, 0], [3, 3, 0, 0, 0, 0], [0.5, 0, 0, 0, 0, 0]]
    found = OVERALL["macro_recall"](truth, probabilities, np.array(weights, dtype=float))
    assert found[:4].tolist() == [0.75, 0.5, 1, 1] and np.isnan(found[4])


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.0])
def test_the_temperature_that_spoilt_honest_probabilities_is_found(answers, temperature) -> None:
    truth, probabilities = answers
    spoilt = sharpen(probabilities, 1 / temperature)
    assert fit_temperature(truth, spoilt) == pytest.approx(temperature, rel=0.2)
    np.testing.assert_allclose(sharpen(spoilt, temperature), probabilities, atol=1e-6)
    assert fit_temperature(truth[:0], spoilt[:0]) == 1.0


def test_at_a_low_temperature_the_most_probable_classes_share_it_all() -> None:
    assert sharpen(np.array([[0.25, 0.25, 0.5], [0.4, 0.4, 0.2]]), 1e-4).tolist() == [[0, 0, 1], [0.5, 0.5, 0]]


def test_methods_are_compared_on_the_same_draws(answers) -> None:
    truth, probabilities = answers
    groups = np.repeat(np.arange(30), 10)
    worse, counts = np.roll(probabilities, 1, axis=1), draw_groups(30, 200, 1)
    methods = {"model": probabilities, "twin": probabilities, "worse": worse}
    found = judge_methods(truth, methods, groups, counts, 0.95)
    assert found["twin"]["accuracy_difference"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 300}
    gain = found["worse"]["accuracy_difference"]
    assert gain["value"] == pytest.approx(
        found["model"]["accuracy"]["value"] - found["worse"]["accuracy"]["value"], abs=1e-5
    )
    assert 0 < gain["low"] < gain["value"] < gain["high"]
    assert "accuracy_difference" not in found["model"]
