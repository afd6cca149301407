"""The best possible score: ratios by enumeration, probabilities that hold, and no scan that passes them."""

from itertools import pairwise, product

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from convoscope.config import Simulation
from convoscope.evaluation.ceiling import Chain, chain_of, label_probabilities, site_ratios
from convoscope.sequence.simulation.planting import Matrix
from convoscope.sequence.simulation.simulate import simulate_genome

GENERATOR = np.random.default_rng(1)
FOLLOWING = GENERATOR.dirichlet([2] * 4, size=4)
SHARES = np.linalg.matrix_power(FOLLOWING, 200)[0]
CHAIN = Chain(SHARES, FOLLOWING)


def likelihood(codes: np.ndarray) -> float:
    return SHARES[codes[0]] * np.prod([FOLLOWING[pair] for pair in pairwise(codes)])


@pytest.mark.parametrize("start", range(4))
def test_ratio_is_that_of_all_sequences_that_the_site_may_have_replaced(start: int) -> None:
    matrix = GENERATOR.dirichlet([1] * 4, size=2)
    codes = np.array([2, 0, 3, 1, 1])
    hidden = 0.0
    for letters in product(range(4), repeat=2):
        replaced = codes.copy()
        replaced[start : start + 2] = letters
        hidden += likelihood(replaced)
    planted = matrix[0, codes[start]] * matrix[1, codes[start + 1]] * hidden
    found = site_ratios(codes[None], matrix, CHAIN)
    assert found.shape == (1, 4)
    assert found[0, start] == pytest.approx(planted / likelihood(codes))


def test_unknown_letters_say_nothing_and_long_sites_have_no_place() -> None:
    unknown = np.full((1, 6), 4)
    np.testing.assert_allclose(site_ratios(unknown, np.eye(4)[:2], CHAIN), 1)
    assert site_ratios(unknown, np.full((7, 4), 0.25), CHAIN).shape == (1, 0)


def test_chain_of_letters() -> None:
    chain = chain_of(np.array([[0, 1, 0, 1, 4, 2]]))
    assert chain.following[0].tolist() == [1 / 6, 3 / 6, 1 / 6, 1 / 6]
    np.testing.assert_allclose(chain.following.sum(axis=1), 1)
    assert chain.shares.sum() == pytest.approx(1)


@pytest.fixture(scope="module")
def peaks() -> tuple[np.ndarray, np.ndarray, list[np.ndarray], Simulation, Chain]:
    """Windows around simulated peaks of two factors, and as many without a peak."""
    spec = Simulation(chromosomes=4, length=200_000, factors={"A": "x", "B": "y"}, sites=300, seed=3)
    dinucleotides = np.rint(10_000 * np.diag(SHARES) @ FOLLOWING) + 1
    matrices = [
        Matrix(name, name, name, np.random.default_rng(seed).dirichlet([0.15] * 4, size=8), 100, np.full(4, 0.25))
        for seed, name in enumerate("AB", 5)
    ]
    genome = simulate_genome(spec, dinucleotides, matrices, None)
    summits = genome.truth.groupby(["chrom", "summit"])["factor"].agg(set)
    windows, labels = [], []
    for (chrom, summit), factors in summits.items():
        codes = genome.codes[genome.names.index(chrom)]
        for place, found in ((int(summit), factors), (int(summit) + 150, set())):
            windows.append(codes[place - 50 : place + 51])
            labels.append([name in found for name in "AB"])
    return np.stack(windows), np.array(labels), [one.probabilities for one in matrices], spec, CHAIN


def test_probabilities_hold_and_no_scan_passes_them(peaks: tuple) -> None:
    codes, labels, matrices, spec, chain = peaks
    found = label_probabilities(codes, matrices, [0, 1], spec, chain, 0.5)
    for column, matrix in enumerate(matrices):
        strands = [site_ratios(codes, part, chain).max(axis=1) for part in (matrix, matrix[::-1, ::-1])]
        scan = roc_auc_score(labels[:, column], np.maximum(*strands))
        best = roc_auc_score(labels[:, column], found[:, column])
        assert scan < best < 0.97  # false peaks and weak sites
        for low, high in ((0, 0.3), (0.3, 0.8), (0.8, 1.01)):
            inside = (found[:, column] >= low) & (found[:, column] < high)
            assert found[inside, column].mean() == pytest.approx(labels[inside, column].mean(), abs=0.08)


def test_one_label_of_two_factors_and_no_example_without_a_label(peaks: tuple) -> None:
    codes, _, matrices, spec, chain = peaks
    both = label_probabilities(codes, matrices, [1, 0], spec, chain, 0.5)
    np.testing.assert_allclose(both[:, ::-1], label_probabilities(codes, matrices, [0, 1], spec, chain, 0.5))
    certain = label_probabilities(codes[:5], matrices, [1], spec, chain, 0.0)
    np.testing.assert_allclose(certain, 1)
    assert label_probabilities(codes[:0], matrices, [1], spec, chain, 0.5).shape == (0, 1)
    false = spec.model_copy(update={"false": 1.0, "weak": 0.0})
    assert len(set(label_probabilities(codes, matrices, [0], false, chain, 0.5).round(9).ravel())) == 1
