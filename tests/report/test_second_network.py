"""What the figure of the second network says is what was measured."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.errors import InputError
from convoscope.report.second_network import (
    cut,
    draw_plane,
    own_measures,
    plane,
    require_same,
    right_calls,
    second_finding,
    smooth,
)


def metrics(value: float, low: float | None, high: float | None) -> dict:
    row = {"value": 0.9, "low": 0.85, "high": 0.95, "n": 50}
    gain = {"value": value, "low": low, "high": high, "p": 0.1}
    return {
        "model": {"C": {"auroc": row}},
        "baselines": {"difference": {"C": {"auroc": row}}},
        "differences": {"difference": {"C": {"auroc": gain}}},
    }


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ((0.1, 0.05, 0.2), "with AUROC .900 (.850 to .950), .100 (.050 to .200) more than the largest |difference|"),
        ((-0.1, -0.2, -0.05), ".100 (.050 to .200) less than the largest |difference| of any label"),
        ((0.1, -0.1, 0.2), "not surely other than the largest |difference| of any label: .100 (−.100 to .200) apart"),
        ((0.1, None, None), "with one region there is no interval"),
    ],
)
def test_finding(gain, words):
    assert words in second_finding(metrics(*gain), "1")
    assert set(own_measures(metrics(*gain))["method"]) == {"second", "difference"}


def test_plane_has_the_strongest_loss_and_gain():
    scores = pd.DataFrame({"row": ["1", "2", "3"], "allele": 1, "a:ref": 9.0, "a:difference": [0.5, -0.2, 0.1],
                           "b:difference": [-0.3, -0.4, 0.2]})  # fmt: skip
    predictions = pd.DataFrame({"row": ["3", "1"], "allele": 1, "second": 0.5})
    table = plane(scores, predictions)
    assert table["row"].tolist() == ["3", "1"]
    assert table["gain"].tolist() == [0.2, 0.5] and table["loss"].tolist() == [0, 0.3]


def test_other_variants_are_refused():
    scores = pd.DataFrame({"row": ["1", "2"], "allele": 1, "a:difference": [0.5, -0.2]})
    found = pd.DataFrame({"row": ["2", "1"], "allele": 1, "difference": [0.2, 0.5]})
    require_same(plane(scores, found))
    with pytest.raises(InputError, match="--predictions: row 3, allele 1 is not so among the scores"):
        require_same(plane(scores, found.assign(row=["1", "3"], difference=0.5)))
    with pytest.raises(InputError, match="row 2, allele 1 is not so"):
        require_same(plane(scores, found.assign(difference=[0.3, 0.5])))
    with pytest.raises(InputError, match="a variant stands twice"):
        plane(scores, found.assign(row="1"))


def test_calls_are_as_many_as_positives():
    table = pd.DataFrame({"outcome": [1, 0, 1, 0], "second": [0.9, 0.8, 0.1, 0.2]})
    assert right_calls(table, "second") == 1
    assert cut(table["second"].to_numpy(), 2) == pytest.approx(0.5)


def test_smooth_is_a_weighted_mean():
    table = pd.DataFrame({"loss": [0.5] * 10, "gain": [0.5] * 10, "second": [0.2, 0.6] * 5})
    axis = np.linspace(0, 1, 11)
    local = smooth(table, axis, axis)
    assert local[5, 5] == pytest.approx(0.4) and np.isnan(local[0, 0])


def test_nothing_to_draw_is_said():
    axes = Figure().subplots()
    draw_plane(pd.DataFrame({"outcome": [0, 1], "loss": 0.0, "gain": 0.0, "second": 0.5, "difference": 0.0}),
               ("a", "b"), axes)  # fmt: skip
    assert axes.texts[0].get_text() == "no variant changes a prediction"
