"""The draws against a full enumeration, coverage on simulated data, and the laws of resampling groups."""

from itertools import product

import numpy as np
import pytest

from convoscope.evaluation import bootstrap
from convoscope.evaluation.bootstrap import draw_groups, effective_groups, interval, measure_draws, two_sided_p
from convoscope.evaluation.metrics import Outcome, auroc, mse


def test_first_row_is_the_sample() -> None:
    counts = draw_groups(7, 20, 1)
    assert counts.shape == (21, 7)
    assert (counts[0] == 1).all()
    assert (counts.sum(axis=1) == 7).all()
    assert (counts[1:] > 1).any(axis=1).all()  # the sample itself is one of 163 draws


def test_seeds() -> None:
    assert (draw_groups(9, 50, 1) == draw_groups(9, 50, 1)).all()
    assert (draw_groups(9, 50, 1) != draw_groups(9, 50, 2)).any()


@pytest.mark.parametrize("strata", [None, np.arange(3).repeat([4, 2, 3]), np.array([1, 0, 1, 0, 1, 2, 3, 2, 1])])
@pytest.mark.parametrize("chunk", [1, 40, 2_000_000])
def test_draws_are_those_of_one_stratum_after_the_other(monkeypatch, strata: np.ndarray | None, chunk: int) -> None:
    monkeypatch.setattr(bootstrap, "CHUNK", chunk)
    generator, expected = np.random.default_rng(2), np.ones((31, 9))
    kinds = np.zeros(9, dtype=int) if strata is None else bootstrap._join_single(strata)
    for row in expected[1:]:
        for own in (np.flatnonzero(kinds == kind) for kind in np.unique(kinds)):
            drawn = len(own) - (strata is not None)
            times = np.bincount(generator.integers(len(own), size=drawn), minlength=len(own))
            row[own] = times * (len(own) / drawn)
    assert (draw_groups(9, 30, 2, strata) == expected.astype(np.float32)).all()


def test_no_groups_have_no_draws() -> None:
    assert draw_groups(0, 4, 1).shape == draw_groups(0, 4, 1, np.zeros(0, dtype=int)).shape == (5, 0)


def test_strata_keep_their_weight() -> None:
    strata = np.array([0, 1, 0, 1, 1, 2, 3])
    counts = draw_groups(7, 200, 3, strata)
    for kinds, size in (([0], 2), ([1], 3), ([2, 3], 2)):
        assert (counts[:, np.isin(strata, kinds)].sum(axis=1) == size).all()
    assert (counts[0] == 1).all()
    assert set(counts[1:, strata == 1].ravel()) == {0, 1.5, 3} and set(counts[1:, 5:].ravel()) == {0, 2}
    assert (draw_groups(1, 5, 3, np.zeros(1, int)) == 1).all()


def test_the_variance_within_strata_is_unbiased() -> None:
    # The mean of two strata of two groups: the variance of each stratum's mean is (a - b)^2 / 4.
    values, strata = np.array([0.0, 2.0, 5.0, 6.0]), np.array([0, 0, 1, 1])
    found = draw_groups(4, 40_000, 1, strata)[1:] @ values / 4
    assert found.var() == pytest.approx((4 / 4 + 1 / 4) / 4, rel=0.03)


@pytest.mark.parametrize(("sizes", "least"), [([1] * 9 + [2] * 3, 0.95), ([3] * 8, 0.88)])
def test_intervals_of_few_groups_per_class_cover_the_truth(sizes: list[int], least: float) -> None:
    # Groups differ within their class as much as classes do; the truth is the mean over the classes' own rates.
    generator, strata = np.random.default_rng(4), np.repeat(np.arange(len(sizes)), sizes)
    rates = generator.beta(4, 2, len(sizes))[strata]
    covered = []
    for seed in range(100):
        found = generator.binomial(36, generator.beta(6 * rates, 6 * (1 - rates))) / 36
        low, high = interval(draw_groups(len(strata), 200, seed, strata)[1:] @ found / len(strata), 0.95)
        covered.append(low <= rates.mean() <= high)
    assert least <= np.mean(covered)


def test_groups_of_unequal_size_count_less() -> None:
    assert effective_groups(np.array([], dtype=int)) == 0
    assert effective_groups(np.array([4, 4, 4])) == effective_groups(np.array([0])) == 1
    assert effective_groups(np.repeat([0, 1], [3, 1])) == 2  # 16 / 10
    assert effective_groups(np.repeat([0, 1], [9, 1])) == 1  # 100 / 82


def test_draws_follow_the_enumeration() -> None:
    # All 27 ways to draw three groups three times, each as likely.
    values = np.array([1.0, 2.0, 6.0])
    exact = np.sort([values[list(drawn)].mean() for drawn in product(range(3), repeat=3)])
    counts = draw_groups(3, 20_000, 5)[1:]
    found = counts @ values / 3
    for value in np.unique(exact.round(9)):
        share = np.isclose(exact, value).mean()
        assert np.isclose(found, value).mean() == pytest.approx(share, abs=4 * np.sqrt(share / 20_000))
    # 1/27 of the draws is the lowest and 1/27 the highest mean: a 90 % interval lies just inside, a 95 % one at them.
    assert interval(found, 0.95) == (1.0, 6.0)
    assert interval(found, 0.9) == pytest.approx((4 / 3, 14 / 3))


def test_examples_weigh_as_their_group() -> None:
    outcome = Outcome(np.zeros(3), np.array([1.0, 2.0, 4.0]), np.zeros(3, bool))
    counts = np.array([[1, 1], [2, 0], [0, 2]], dtype=np.uint16)
    found = measure_draws(outcome, np.array([0, 0, 1]), counts, {"mse": mse})["mse"]
    assert found.tolist() == [(1 + 4 + 16) / 3, (1 + 4) / 2, 16]


def test_interval_covers_the_truth() -> None:
    # 40 groups of 3 examples with a common error: mean squared error 1 + 1.
    generator = np.random.default_rng(11)
    groups = np.repeat(np.arange(40), 3)
    counts = draw_groups(40, 300, 1)
    covered = 0
    for _ in range(200):
        error = generator.normal(size=40)[groups] + generator.normal(size=120)
        outcome = Outcome(np.zeros(120), error, np.zeros(120, bool))
        low, high = interval(measure_draws(outcome, groups, counts, {"mse": mse})["mse"][1:], 0.9)
        covered += low <= 2 <= high
    assert 0.82 <= covered / 200 <= 0.95


def test_copies_within_a_group_are_no_information() -> None:
    generator = np.random.default_rng(2)
    truth, score = generator.integers(2, size=30).astype(float), generator.random(30)
    groups, counts = np.arange(30), draw_groups(30, 40, 1)
    once = measure_draws(Outcome(truth, score, score > 1), groups, counts, {"auroc": auroc})["auroc"]
    copies = [np.repeat(part, 4) for part in (truth, score, score > 1, groups)]
    assert measure_draws(Outcome(*copies[:3]), copies[3], counts, {"auroc": auroc})["auroc"] == pytest.approx(once)


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    score = generator.random(20)
    outcome, groups = Outcome((score > 0.4).astype(float), 1 - score**2, score > 1), np.arange(20) // 2
    whole = measure_draws(outcome, groups, draw_groups(10, 30, 1), {"auroc": auroc})["auroc"]
    for most, sizes in ((70, [3] * 10 + [1]), (20, [1] * 31), (19, [1] * 31), (1000, [31])):  # weights of 20 examples
        seen: list[int] = []
        monkeypatch.setattr(bootstrap, "CHUNK", most)
        counted = {"auroc": lambda *given, seen=seen: seen.append(len(given[1])) or auroc(*given)}
        assert (measure_draws(outcome, groups, draw_groups(10, 30, 1), counted)["auroc"] == whole).all()
        assert seen == sizes


def test_no_examples() -> None:
    nothing = np.zeros(0)
    found = measure_draws(
        Outcome(nothing, nothing, nothing > 0), nothing.astype(int), draw_groups(3, 5, 1), {"mse": mse}
    )
    assert np.isnan(found["mse"]).tolist() == [True] * 6


def test_undefined_draws_are_left_out() -> None:
    assert interval(np.array([np.nan, 1.0, 2.0, 3.0]), 0.5) == (1.5, 2.5)
    assert np.isnan(interval(np.array([np.nan]), 0.5)).all()


@pytest.mark.parametrize(
    ("differences", "p"),
    [([1.0] * 50, 1 / 50), ([-1.0, *[1.0] * 49], 2 / 50), ([0.0] * 10, 1.0), ([-1.0, 1.0], 1.0)],
)
def test_p(differences: list[float], p: float) -> None:
    assert two_sided_p(np.array(differences)) == pytest.approx(p)
