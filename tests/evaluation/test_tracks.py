import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from convoscope.evaluation import tracks


def examples():
    windows = pd.DataFrame(
        {
            "id": list("abcdef"), "chrom": ["c1", "c1", "c1", "c2", "c1", "c1"], "start": [0, 100, 150, 7, 900, 901],
            "end": [20, 120, 170, 27, 920, 921], "strand": list("+-.-+-"),
            "origin": ["site"] * 4 + ["gc_matched", "dinucleotide_shuffle"],
            "x": [1.0, 1.0, 1.0, 1.0, 0.0, 0.0], "y": [np.nan, 0.0, 0.0, 0.0, 0.0, 0.0],
        }
    )  # fmt: skip
    values = {"x": 0.75, "y": 0.25}
    rows = [(name, "test" if name != "a" else "validation", *one) for name in "abcdef" for one in values.items()]
    return windows, pd.DataFrame(rows, columns=["id", "split", "label", "prediction"])


def test_only_test_windows_on_the_genome_with_a_known_label():
    windows, predictions = examples()
    found = tracks.split_windows(windows, predictions, "x")
    assert found[["chrom", "center", "truth"]].to_numpy().tolist() == [
        ["c1", 110, 1.0], ["c1", 160, 1.0], ["c2", 17, 1.0], ["c1", 910, 0.0]
    ]  # fmt: skip
    assert found["prediction"].tolist() == [0.75] * 4
    assert tracks.split_windows(windows, predictions, "y")["prediction"].tolist() == [0.25] * 4
    # Read from its strand, an even window has the base before in its centre.
    directed = tracks.split_windows(windows, predictions, "x", stranded=True)
    assert directed[["strand", "center"]].to_numpy().tolist() == [["-", 109], [".", 160], ["-", 16], ["+", 910]]


def test_merit_against_scikit_learn_and_numpy():
    draw = np.random.default_rng(1)
    truth, score = draw.integers(0, 2, 50).astype(float), draw.random(50)
    assert tracks.merit(truth, score) == ("auroc", pytest.approx(roc_auc_score(truth, score)))
    assert tracks.merit(truth + score, score) == ("pearson", pytest.approx(np.corrcoef(truth + score, score)[0, 1]))
    assert np.isnan(tracks.merit(np.ones(3), score[:3])[1])
    assert np.isnan(tracks.merit(np.full(3, 2.5), score[:3])[1])


def test_agreement_counts_sites():
    table = pd.DataFrame({"truth": [0.0, 1.0, 1.0], "track": [0.1, 0.2, 0.3], "prediction": [0.3, 0.2, 0.4]})
    assert tracks.track_agreement("x", table) == ("x", 2, 1, "auroc", 1.0, 0.5)
    assert tracks.is_site(np.array([0.5, 7.0, 2.0])).tolist() == [False, True, False]
    assert tracks.track_agreement("x", table[:0])[1:3] == (0, 0)


def test_profile_is_a_mean_by_distance():
    values = np.arange(22.0).reshape(2, 11)
    found = tracks.profile(values, 5, 11)
    assert found["distance"].tolist() == list(range(-5, 6))
    assert found["value"].tolist() == values.mean(0).tolist()
    assert np.isnan(tracks.profile(np.full((3, 5), np.nan), 2, 1)["value"][0])
    assert np.isnan(tracks.profile(np.empty((0, 5)), 2, 1)["value"][0])


def test_unknown_values_of_a_bin_are_left_out():
    values = np.array([[1.0, np.nan, 5.0, 7.0], [4.0, np.nan, np.nan, np.nan]])
    found = tracks.profile(values, 2, 2)
    assert found.to_numpy().tolist() == [[-1.5, 2.5, 2], [0.5, 6.0, 1]]


def test_one_measured_window_has_no_correlation():
    assert tracks.merit(np.array([2.5]), np.array([1.0])) == ("pearson", pytest.approx(np.nan, nan_ok=True))
    name, value = tracks.merit(np.array([1.0, 2.5]), np.array([0.1, 0.3]))
    assert (name, value) == ("pearson", pytest.approx(1))
    assert tracks.merit(np.array([2.0, 1.0]), np.array([0.1, 0.3])) == ("pearson", pytest.approx(-1))


@pytest.mark.parametrize(
    ("sites", "length", "expected"),
    [
        ([("c1", 50), ("c2", 70), ("c2", 75)], 10, ("c2", 67)),
        ([("c1", 50), ("c1", 60), ("c2", 70), ("c2", 75)], 11, ("c1", 50)),  # the first of equals
        ([("c1", 50), ("c1", 60), ("c2", 70), ("c2", 75)], 10, ("c2", 67)),  # a stretch of 10 holds 50 to 59
        ([("c1", 8), ("c1", 50), ("c1", 53), ("c1", 57)], 8, ("c1", 49)),
        ([("c1", 3)], 10, ("c1", 0)),
    ],
)
def test_the_busiest_stretch_by_hand(sites, length, expected):
    table = pd.DataFrame(sites, columns=["chrom", "center"]).assign(truth=1.0)
    assert tracks.busiest([table], length) == expected


def test_the_busiest_stretch_has_its_sites_in_the_middle():
    windows, predictions = examples()
    table = tracks.split_windows(windows, predictions, "x")
    assert tracks.busiest([table, table], 60) == ("c1", 105)  # sites at 110 and 160
    assert tracks.busiest([table], 1000) == ("c1", 0)
    assert tracks.busiest([table[table["truth"] < 1]], 60) is None
