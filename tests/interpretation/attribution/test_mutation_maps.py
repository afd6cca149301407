import logging

import numpy as np
import pandas as pd

from convoscope.config.uses import Maps
from convoscope.interpretation.attribution import mutation_maps
from convoscope.interpretation.attribution.contributions import AttributionSettings, contributions
from convoscope.interpretation.attribution.motif_instances import Hit
from convoscope.interpretation.attribution.mutagenesis import substitutions

SPEC = Maps(steps=5, references=2)


def test_the_strongest_of_each_label_come_first():
    rows = [(f"w{number}", "0", split, label, value) for number, (split, label, value) in enumerate([
        ("test", "b", 0.5), ("test", "a", 0.4), ("validation", "a", 0.9), ("test", "a", 0.8), ("test", "b", 0.7),
        ("test", "a", 0.6), ("test", "c", 1.0),
    ])]  # fmt: skip
    predicted = pd.DataFrame(rows, columns=["id", "fold", "split", "label", "prediction"])
    starts = 100 * np.arange(len(rows))
    windows = pd.DataFrame({"id": predicted["id"], "chrom": "c", "start": starts, "end": starts + 100})
    found = mutation_maps.highest_windows(predicted, windows, ["a", "b"], 2)
    assert found["id"].tolist() == ["w3", "w4", "w5", "w0"]
    assert list(found.columns) == ["id", "fold", "label", "prediction"]
    assert mutation_maps.highest_windows(predicted, windows, ["a", "b"], 0).empty


def test_windows_of_one_label_do_not_overlap():
    windows = pd.DataFrame({"chrom": list("ccdcc"), "start": [0, 5, 5, 10, 9], "end": [10, 15, 15, 20, 19]})
    assert mutation_maps.apart(windows, 5).index.tolist() == [0, 2, 3]
    assert mutation_maps.apart(windows, 2).index.tolist() == [0, 2]
    assert mutation_maps.apart(windows[:0], 2).empty


def test_each_row_is_the_map_of_its_window_for_its_label(make_ensemble, make_windows):
    ensemble, codes = make_ensemble(), make_windows()[[0, 2, 0]]
    labels, limits = ["b", "a", "a"], np.array([-np.inf, -np.inf])
    found = mutation_maps.map_windows(ensemble, codes, labels, limits, SPEC)
    whole = substitutions(ensemble, codes)
    for row, target in enumerate([1, 0, 0]):
        np.testing.assert_allclose(found["map"][row], whole.change[row, ..., target], atol=1e-5)
        np.testing.assert_allclose(found["spread"][row], whole.spread[row, ..., target], atol=1e-5)
        for method in SPEC.methods:
            each = contributions(ensemble, codes[row : row + 1], labels[row], method, AttributionSettings(5, 2, 1))
            np.testing.assert_allclose(found[f"actual:{method}"][row], each.actual[0], atol=1e-5)
    np.testing.assert_allclose(found["heights"], np.maximum(0, -found["map"].min(1)))
    assert found["deletion"].shape == (3, 30) and found["insertion"].shape == found["full:deeplift"].shape == (3, 4, 30)
    quiet = mutation_maps.map_windows(
        ensemble, codes, labels, np.full(2, np.inf), SPEC.model_copy(update={"indels": False})
    )
    assert not quiet["map"].any() and quiet["change"].any() and "deletion" not in quiet


def test_what_cannot_be_explained_is_left_out_with_a_word(make_ensemble, make_windows, caplog):
    ensemble = make_ensemble("danq", options={"filters": 4, "length": 6, "pool": 4, "units": 3, "hidden": 5})
    with caplog.at_level(logging.INFO):
        found = mutation_maps.map_windows(ensemble, make_windows(), ["a"] * 3, np.zeros(2), SPEC)
    assert "deeplift is left out: deeplift: a layer Bidirectional" in caplog.text
    assert "actual:deeplift" not in found and "actual:integrated_gradients" in found


def test_groups_come_together_in_the_order_of_the_rows():
    parts = [(np.array([2, 0]), {"x": np.array([20, 0]), "y": np.zeros(2)}), (np.array([1]), {"x": np.array([10])})]
    assert {name: values.tolist() for name, values in mutation_maps.together(parts).items()} == {"x": [0, 10, 20]}
    assert mutation_maps.together([]) == {}


def test_description_names_the_motif_of_the_highest_letter():
    heights = np.array([[0.0, 1, 3, 0], [0, 0, 0, 0], [2, 0, 0, 0]])
    arrays = {"heights": heights, "wild": np.array([1.0, -3, 2]), "gap:deeplift": np.array([0.1, 0.2, 0.3]),
              "gap:mutagenesis": np.full(3, np.nan)}  # fmt: skip
    hits = [[Hit("X", 1, 3, "-", 1e-5), Hit("Y", 3, 4, "+", 1e-5)], [Hit("X", 0, 4, "+", 1e-5)], []]
    found = mutation_maps.describe_maps(pd.DataFrame({"id": list("abc")}), arrays, hits)
    assert found["motif"].tolist() == ["X", "", ""]
    assert found["motifs"].tolist() == ["X 1-3 -; Y 3-4 +", "X 0-4 +", ""]
    assert found["highest"].tolist() == [2, pd.NA, 0]
    assert found["gap_deeplift"].tolist() == [0.1, 0.2, 0.3] and "gap_mutagenesis" not in found


def test_windows_of_a_bed_are_mapped_for_every_label(make_ensemble, make_windows):
    table, codes = mutation_maps.for_every_label(["p", "q"], make_windows(count=2), make_ensemble())
    assert table["id"].tolist() == ["p", "q"] * 2 and table["label"].tolist() == ["a", "a", "b", "b"]
    np.testing.assert_array_equal(codes, np.tile(make_windows(count=2), (2, 1)))
    assert table["prediction"].between(0, 1).all()
    columns = mutation_maps.columns_of(table, codes, [[], [Hit("X", 1, 3, "-", 1e-5)], [], []])
    assert columns["hit:map"].tolist() == [1] and columns["hit:name"].tolist() == ["X"]
    empty = mutation_maps.columns_of(table, codes, [[]] * 4)
    assert empty["hit:start"].shape == (0,) and empty["hit:name"].dtype.kind == "U"
