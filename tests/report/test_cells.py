import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.config.image import CellSplit
from convoscope.evaluation.image_scoreboard import cell_table, estimate, render_cells
from convoscope.report.class_counts import sides_finding, sides_table
from convoscope.report.confusion import confusion_finding, confusion_table, draw_confusion
from convoscope.report.control import control_finding
from convoscope.report.kernels import kernels_finding
from convoscope.report.ladder import draw as draw_ladder
from convoscope.report.ladder import ladder_finding, ladder_table
from convoscope.report.mistakes import mistakes_finding, mistakes_table
from convoscope.report.montage import channel_key, choose, colour, limits
from convoscope.report.patches import mosaic, projected


def test_colours_by_hand() -> None:
    crops = np.zeros((1, 2, 1, 2))
    crops[0, 0, 0, 0], crops[0, 1, 0, 1] = 10, 20
    bounds = (np.zeros(2), np.array([10.0, 20.0]))
    assert colour(crops, bounds)[0, 0].tolist() == [[1, 0, 1], [0, 1, 0]]  # magenta, green
    assert colour(crops[:, :1], (np.zeros(1), np.array([20.0])))[0, 0].tolist() == [[0.5] * 3, [0] * 3]
    three = np.arange(3.0).reshape(1, 3, 1, 1)
    assert colour(three, (np.zeros(3), np.full(3, 2.0)))[0, 0, 0].tolist() == [0, 0.5, 1]
    assert colour(crops * 9, bounds).max() == 1  # brighter than the limit is full colour
    assert channel_key(["a"]) == "grey: a"
    assert channel_key(["a", "b"]) == "magenta: a, green: b"


def test_limits_are_percentiles_of_each_channel() -> None:
    crops = np.stack([np.arange(1000.0).reshape(10, 100), np.ones((10, 100))])[None]
    low, high = limits(crops)
    assert low == pytest.approx([4.995, 1])
    assert high == pytest.approx([997.002, 2])  # of a constant channel nothing is bright


def test_every_class_is_shown_as_often_as_it_can() -> None:
    chosen = choose(["b"] * 5 + ["a"] * 2, 3)
    assert chosen["class"].tolist() == ["a", "a", "b", "b", "b"]
    assert chosen["row"].is_unique


def test_sides_by_hand() -> None:
    table = sides_table(
        np.array(["x", "x", "x", "y"], dtype=object), np.array(["train", "train", "test", "test"]),
        pd.Series(["p", "p", "q", "r"]),
    )  # fmt: skip
    assert table.values.tolist() == [["x", "test", 1, 1], ["x", "train", 2, 1], ["y", "test", 1, 1]]
    assert sides_finding(table, "protein") == (
        "4 cells; the largest class has 3.0 times the cells of the smallest; the scarcest class is tested on 1 protein"
    )


def test_confusions_by_hand() -> None:
    table = confusion_table(np.array([[3, 1], [0, 0]]), ["x", "y"])
    assert table["share"].tolist() == [0.75, 0.25, 0, 0]
    assert confusion_finding(table) == "x is most often mistaken: 25% of its test cells are called y"
    assert confusion_finding(confusion_table(np.eye(2, dtype=int), ["x", "y"])).startswith("No test cell")
    axes = Figure().subplots()
    draw_confusion(table, axes)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["x (4)", "y (0)"]
    assert [text.get_text() for text in axes.texts] == ["75", "25"]


def test_the_surest_mistakes_come_first() -> None:
    predictions = pd.DataFrame(
        {
            "id": np.repeat(["1", "2", "3", "4"], 2), "split": ["test"] * 6 + ["validation"] * 2,
            "label": ["x", "y"] * 4, "prediction": [0.4, 0.6, 0.05, 0.95, 0.8, 0.2, 0.1, 0.9],
        }
    )  # fmt: skip
    examples = pd.DataFrame({"id": ["1", "2", "3", "4"], "x": [1.0, 1, 1, 1], "y": [0.0, 0, 0, 0]})
    table = mistakes_table(predictions, examples, ["x", "y"])
    assert table[["id", "true", "called"]].values.tolist() == [["2", "x", "y"], ["1", "x", "y"]]
    assert table["true_probability"].tolist() == [0.05, 0.4]
    assert (
        mistakes_finding(table, 4) == "2 of 3 test cells are called wrong (67%), 1 of them with a probability above .9"
    )


@pytest.fixture
def metrics() -> dict:
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
    figures = dict.fromkeys(("accuracy", "macro_recall", "ece", "ece_scaled"), figure)
    other = figures | {"accuracy_difference": {**figure, "value": 0.1}}
    votes = {"protein": {"accuracy": figure, "groups": 3}}
    return {"overall": {"model": figures, "filters": other}, "votes": votes, "groups": {"x": 3, "mean": 3}}


def test_the_ladder_says_the_drop(metrics) -> None:
    easy = {"overall": {"model": {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9, "n": 9}}}}
    table = ladder_table({"cell": easy, "protein": metrics})
    assert set(table["figure"]) == {"accuracy", "macro_recall", "ece", "ece_scaled"}
    assert (
        ladder_finding(table)
    ) == "Accuracy under each split: .80 by cell, .50 by protein; the choice of split changes it by .30"


def test_the_ladder_says_when_brightness_names_the_group() -> None:
    def split(model: float, intensity: float) -> dict:
        values = {"model": model, "intensity": intensity}
        return {"overall": {name: {"accuracy": {"value": one, "n": 9}} for name, one in values.items()}}

    words = "; brightness names the group"
    assert ladder_finding(ladder_table({"cell": split(0.8, 0.9), "plate": split(0.6, 0.3)})).endswith(words)
    assert words not in ladder_finding(ladder_table({"cell": split(0.8, 0.9), "plate": split(0.6, 0.7)}))


def test_the_ladder_names_the_groups_that_each_split_tests(metrics, tmp_path) -> None:
    rungs = {"by.cell": metrics | {"groups": {"mean": 540}}, "by.plate": metrics | {"groups": {"mean": 1}}}
    draw_ladder(tmp_path / "ladder.svg", rungs=rungs, spec=CellSplit())
    text = (tmp_path / "ladder.svg").read_text()
    assert "(540 groups)" in text and "(1 group)" in text


def test_the_table_of_a_terminal(metrics) -> None:
    table = cell_table(["cells"], ["protein"], [metrics])
    assert table["method"].tolist() == ["model", "filters", "vote per protein"]
    assert table["accuracy_difference"].tolist()[1] == 0.1
    text = render_cells(table)
    assert ".500 [.400-.600]" in text
    assert text.splitlines()[-1].split()[:5] == ["cells", "protein", "vote", "per", "protein"]
    assert estimate(float("nan"), 0, 1) == ""
    assert estimate(1.0, 0.98, 1.0) == "1.00 [.980-1.00]"


def test_findings_about_the_inside() -> None:
    near = pd.DataFrame({"kernel": ["sobel_x", "mean"], "q_value": [0.01, 0.5]})
    assert kernels_finding(near) == (
        "1 of 2 filter channels are nearer to a classic kernel than untrained ones: most often Sobel x"
    )
    assert kernels_finding(near.assign(q_value=1.0)).startswith("None of 2 filter channels")
    trials = pd.DataFrame(
        {"layers": [0, 0, 3, 3], "method": ["gradcam", "guided"] * 2, "similarity": [1.0, 1.0, 0.1, 0.8]}
    )
    assert control_finding(trials) == (
        "With all weights randomised, maps correlate with the trained network's by Grad-CAM .10, guided "
        "backpropagation .80; guided backpropagation would look the same for an untrained network"
    )


def test_tiles_and_projections() -> None:
    images = np.zeros((3, 2, 2, 3))
    assert mosaic(images, columns=2).shape == (5, 5, 3)
    shown = projected(np.array([[[[-2.0, 1.0]]], [[[0.0, 0.0]]]]))
    assert shown.ravel().tolist() == [1, 0.5, 0, 0]
