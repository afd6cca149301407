import numpy as np
import pytest
import torch

from convoscope.interpretation.motifs.alignment import align
from convoscope.interpretation.motifs.calibration import calibrate, calibrate_both, name_q_values
from convoscope.interpretation.motifs.database import load_jaspar
from convoscope.interpretation.motifs.pwm import RULES, motif
from convoscope.interpretation.motifs.strongest_sites import Examples
from convoscope.interpretation.motifs.tomtom import compare_motifs
from convoscope.modality import MODALITIES
from convoscope.models import build


@pytest.fixture(scope="module")
def vertebrates():
    return load_jaspar("JASPAR2026", ["vertebrates"])


def untrained_motifs():
    """Return the motifs of 64 detectors that nothing was taught, from sites in random sequence."""
    torch.manual_seed(1)
    network = build("deepbind", 4, (101,), 1, {"filters": 64, "length": 24, "strands": "filter"})
    codes = np.random.default_rng(1).integers(0, 4, (600, 101)).astype(np.uint8)
    encode = MODALITIES["sequence"].encode({"alphabet": "dna", "unknown": "uniform"}, torch.device("cpu"))
    found = align(network, Examples(codes, np.arange(600), encode), np.ones((600, 1), dtype=bool), RULES["basset"])
    matrices = [motif(*each) for each in zip(found.scan.counts, found.scan.sites, strict=True)]
    return [matrix for matrix in matrices if len(matrix)]


def test_untrained_networks_have_no_names_and_no_favourite_target(vertebrates):
    found = compare_motifs(untrained_motifs(), vertebrates)
    assert len(found.q_values) > 40
    assert found.q_values.min() > 0.05
    # Calibrated by query alone, two CTCF matrices of 31 and 33 bp were the best match of every second one.
    assert np.bincount(found.p_values.argmin(axis=1)).max() <= len(found.q_values) / 4


def test_shuffled_columns_have_no_names_where_the_motifs_themselves_have(vertebrates):
    generator = np.random.default_rng(2)
    chosen = [vertebrates[place] for place in generator.choice(len(vertebrates), 20, replace=False)]
    real = compare_motifs([target.matrix for target in chosen], vertebrates)
    shuffled = compare_motifs(
        [target.matrix[generator.permutation(len(target.matrix))] for target in chosen], vertebrates
    )
    assert (real.q_values.min(axis=1) <= 0.05).sum() >= 19
    assert (shuffled.q_values.min(axis=1) <= 0.05).sum() <= 1


def test_a_true_name_does_not_excuse_wrong_ones(vertebrates):
    [gabpa] = [target.matrix for target in vertebrates if target.id == "MA0062.4"]
    found = compare_motifs([gabpa, *untrained_motifs()], vertebrates)
    best = found.q_values.min(axis=1)
    assert best[0] < 1e-6 and best[1:].min() > 0.05
    assert vertebrates[found.p_values[0].argmin()].name == "GABPA"


def test_calibration_leaves_right_p_values_and_corrects_wrong_ones():
    generator = np.random.default_rng(3)
    right = generator.uniform(size=50_000)
    assert np.log10(calibrate(np.array([1e-9]), right)[0]) == pytest.approx(-9, abs=0.6)
    wrong = right**3  # ln p is three times too large
    assert np.log10(calibrate(np.array([1e-9]), wrong)[0]) == pytest.approx(-3, abs=0.3)
    assert calibrate(np.array([1.0]), wrong)[0] == 1
    tested = generator.uniform(size=2000) ** 3
    assert (calibrate(tested, wrong) < 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_a_target_that_resembles_everything_is_corrected_and_the_others_are_not():
    generator = np.random.default_rng(4)
    null, weak, found = (generator.uniform(size=size) for size in ((50, 200, 30), (64, 16, 30), (50, 30)))
    for p_values in (null, weak, found):
        p_values[..., 7] **= 4  # ln p is four times too large
    found[0, 3] = 1e-12
    calibrated = calibrate_both(found, null, weak)
    assert np.log10(calibrated[0, 3]) < -4
    assert (calibrated[:, 7] < 0.05).mean() < 0.12 < 0.4 < (found[:, 7] < 0.05).mean()
    others = np.delete(calibrated[1:], 7, 1)
    assert (others < 0.05).mean() == pytest.approx(0.05, abs=0.03)


def one_by_one(p_values, null, share):
    """Calibrate as `calibrate` says, written out for p-values of one null."""
    scores, background = -np.log(np.maximum(p_values, 1e-300)), np.sort(-np.log(np.maximum(null, 1e-300)))
    threshold = np.quantile(background, 1 - share)
    excess = max((background[background >= threshold] - threshold).mean(), 1.0)
    counted = np.array([1 - (background < score).mean() for score in scores])
    tail = share * np.exp(-np.maximum(scores - threshold, 0) / excess)
    return np.clip(np.maximum(p_values, np.where(scores < threshold, counted, tail)), 0, 1)


def test_all_queries_and_targets_together_are_each_calibrated_by_its_own_null():
    generator = np.random.default_rng(5)
    null, weak, found = (generator.uniform(size=size) ** 3 for size in ((6, 40, 9), (7, 16, 9), (6, 9)))
    found[0, :3], null[1] = [0, 1, 1e-12], null[1].round(2)  # with ties
    once = np.stack([one_by_one(*pair, 0.01) for pair in zip(found, null.reshape(6, -1), strict=True)])
    nothing = np.stack([one_by_one(each, each, 0.01) for each in weak.reshape(7, -1)]).reshape(-1, 9)
    twice = np.stack([one_by_one(*pair, 0.05) for pair in zip(once.T, nothing.T, strict=True)])
    np.testing.assert_allclose(calibrate_both(found, null, weak), twice.T, rtol=1e-12)


def test_q_values_are_over_names_not_pairs():
    p_values = np.full((4, 10), 0.9)
    p_values[0] = 1e-9  # a family of ten: one name
    p_values[1, 0] = 2e-3
    found = name_q_values(p_values)
    assert found[0] == pytest.approx(4e-8, rel=1e-6)
    assert found[1, 0] == pytest.approx(2 * (1 - (1 - 2e-3) ** 10))
    assert found[2:].min() > 0.99
    order = np.argsort(p_values, axis=None)
    assert (np.diff(found.ravel()[order]) >= -1e-12).all()
