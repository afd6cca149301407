import numpy as np
import pytest

from convoscope.config import Motifs
from convoscope.interpretation.motifs.database import load_database
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.reproducibility import (
    best_of_network,
    compare_filters,
    count_recurrences,
    network_of,
)


@pytest.fixture(scope="module")
def fungi():
    return load_database("JASPAR2026", ["fungi"])


def noisy(matrix, generator):
    return np.array([(generator.multinomial(300, row / row.sum()) + 1) / 304 for row in matrix])


def test_best_of_network_by_hand():
    p_values = np.array([[0.0, 0.1, 0.2], [0.1, 0.0, 0.3], [0.2, 0.3, 0.0]])
    np.testing.assert_allclose(best_of_network(p_values, np.array([False, True, True])), [1 - 0.9**2, 0, 0], atol=1e-12)


def test_matches_must_be_mutual_and_are_counted_per_network():
    p_values = np.ones((4, 4))
    p_values[0, 2] = p_values[2, 0] = 1e-9  # of networks a and b
    p_values[1, 3] = 1e-9  # only one way
    assert count_recurrences(p_values, ["a", "a", "b", "c"], 0.05).tolist() == [2, 1, 2, 1]
    assert (
        count_recurrences(p_values, ["a"] * 4, 0.05).tolist() == [1] * 4
    )  # likeness within a network is no repetition


def test_uniform_p_values_give_few_repetitions():
    p_values = np.random.default_rng(1).uniform(size=(300, 300))
    networks = np.repeat(["a", "b", "c"], 100)
    assert (count_recurrences(p_values, networks, 0.05) > 1).sum() <= 1


def stability(motifs, known, limit, both=True):
    """Count the networks of each motif as the verb match does."""
    background = [target.matrix for target in known]
    p_values = compare_filters([motif.matrix for motif in motifs], background, both)
    return count_recurrences(p_values, [network_of(motif.name) for motif in motifs], limit)


def test_same_motif_comes_back_and_shuffled_ones_do_not(fungi):
    generator = np.random.default_rng(2)
    known = [target.matrix for target in fungi if target.id in ("MA0363.3", "MA0265.3", "MA0359.3", "MA0281.3")]
    assert len(known) >= 3
    motifs = []
    for network in ("holdout.1", "holdout.2", "holdout.3"):
        for number, matrix in enumerate(known):
            turned = matrix[::-1, ::-1] if network == "holdout.2" else matrix
            motifs.append(Motif(f"{network}.f{number:03d}", "", noisy(turned, generator), 300))
            shuffled = generator.permutation(noisy(matrix, generator))
            motifs.append(Motif(f"{network}.f{number + 50:03d}", "", shuffled, 300))
    found = stability(motifs, fungi, 0.05)
    assert (found[::2] == 3).all()
    assert (found[1::2] == 1).mean() > 0.7
    # The second network learned the other direction, which is that of palindromes too.
    single = stability(motifs, fungi, 0.05, both=False)[::2].reshape(3, -1)
    directed = [np.abs(matrix - matrix[::-1, ::-1]).max() > 0.5 for matrix in known]
    assert 2 <= sum(directed) < len(known)
    assert single[:, directed].tolist() == [[2] * sum(directed), [1] * sum(directed), [2] * sum(directed)]


@pytest.mark.parametrize("number", [6, 30])
def test_filters_that_learned_nothing_do_not_come_back(fungi, number):
    generator = np.random.default_rng(3)
    names = [f"holdout.{1 + place % 3}.f{place:03d}" for place in range(number)]
    motifs = [Motif(name, "", generator.dirichlet([3] * 4, size=12), 50) for name in names]
    assert stability(motifs, fungi, 0.05).tolist() == [1] * number
    p_values = compare_filters([motif.matrix for motif in motifs], [target.matrix for target in fungi])
    assert 0.3 < np.median(p_values[~np.eye(number, dtype=bool)]) < 0.7


def test_one_network_compares_nothing(fungi):
    motifs = [Motif(f"holdout.1.f{number:03d}", "", fungi[0].matrix, 20) for number in range(3)]
    assert stability(motifs, fungi, 0.05).tolist() == [1, 1, 1]


def test_needed_is_a_ceiling_without_rounding_errors():
    assert [Motifs(reproducible=0.6).networks_needed(n) for n in (1, 2, 3, 5, 10, 15)] == [1, 2, 2, 3, 6, 9]
    assert Motifs(reproducible=1.0).networks_needed(7) == 7
    assert Motifs(reproducible=0.1).networks_needed(30) == 3  # .1 * 30 is a little more than 3
