import numpy as np
import pytest

from convoscope.interpretation.motifs.clustering import cluster, follow, merge
from convoscope.interpretation.motifs.database import load_jaspar
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.reproducibility import compare_filters


@pytest.fixture(scope="module")
def fungi():
    return load_jaspar("JASPAR2026", ["fungi"])


def test_the_most_influential_leads_and_no_chain_joins():
    p_values = np.ones((4, 4))
    for first, second in ((0, 1), (1, 2)):
        p_values[first, second] = p_values[second, first] = 1e-9
    assert follow(p_values, np.array([3.0, 2, 1, 0.5]), 0.05).tolist() == [0, 0, 2, 3]
    assert follow(p_values, np.array([1.0, 2, 1, 0.5]), 0.05).tolist() == [1, 1, 1, 3]
    assert follow(p_values, np.array([3.0, -2, 1, 0.5]), 0.05).tolist() == [0, 1, 2, 3]
    p_values[0, 1] = 0.9  # one finds the other, but not the other way round
    assert follow(p_values, np.array([3.0, 2, 1, 0.5]), 0.05).tolist() == [0, 1, 1, 3]
    assert follow(np.ones((1, 1)), np.array([0.1]), 0.05).tolist() == [0]


def test_sites_are_added_on_the_strand_and_at_the_place_of_the_leader(fungi):
    [reb1] = [target.matrix for target in fungi if target.id == "MA0363.3"]
    part = reb1[2:]
    motifs = [Motif("a", "", part, 100), Motif("b", "", reb1[::-1, ::-1], 300)]
    merged, shifts = merge(motifs, True, [target.matrix for target in fungi])
    assert (merged.name, merged.sites) == ("a", 400)
    np.testing.assert_allclose(merged.matrix[-len(part) :], part, atol=1e-9)
    # In front of the leader only the other has columns; its first one is trimmed.
    np.testing.assert_allclose(merged.matrix[: -len(part)], (0.75 * reb1[:2] + 0.25 / 4)[-1:], atol=1e-9)
    # The motif is one column longer than the leader, and one shorter than the other, which reads it from behind.
    assert len(merged.matrix) == len(part) + 1
    assert shifts == [-0.5, -0.5]


def test_a_motif_alone_is_compared_with_nothing(monkeypatch):
    monkeypatch.setattr("convoscope.interpretation.motifs.clustering.tomtom", None)
    word = np.full((5, 4), 0.02) + 0.92 * np.eye(4)[[2, 0, 3, 1, 2]]
    flat = np.full((2, 4), 0.25)
    merged, shifts = merge([Motif("a", "", np.concatenate([flat, word]), 30)], True, [])
    np.testing.assert_allclose(merged.matrix, word)
    assert shifts == [1.0]


def test_filters_of_three_networks_become_two_motifs(fungi):
    chosen = [target.matrix for target in fungi if target.id in ("MA0363.3", "MA0265.3")]
    generator = np.random.default_rng(1)
    noise = list(generator.dirichlet([3] * 4, size=(3, 12)))
    motifs = [Motif(str(rank), "", matrix, 50) for rank, matrix in enumerate([*chosen, *chosen, *chosen, *noise])]
    background = [target.matrix for target in fungi]
    p_values = compare_filters([motif.matrix for motif in motifs], background)
    influence = np.array([5, 4, 3, 2, -1.0, 1, 0.1, 0.1, 0.1])
    found = cluster(motifs, p_values, influence, 0.05, True, background)
    assert [each.members for each in found] == [[0, 2], [1, 3, 5], [4], [6], [7], [8]]
    assert found[0].motif.sites == 100 and found[4].motif.sites == 50
