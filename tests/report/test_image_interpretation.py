"""The arrays of what a network on images looks at: whole, or refused before anything is drawn."""

import json

import numpy as np
import pandas as pd
import pytest

from convoscope.report.items import jobs

NEAREST = {"filter": [1], "channel": [1], "kernel": ["edge"], "cosine": [0.9], "angle": [0], "zoom": [1],
           "p_value": [0.1], "q_value": [0.2]}  # fmt: skip


def arrays():
    """Two channels, two classes, one cell; a unit of each layer with nine patches."""
    images = np.linspace(-1, 1, 128).reshape(1, 2, 8, 8)
    units = {
        f"{place}:{name}": values
        for place in ("first", "last")
        for name, values in (("channels", np.array([3])), ("values", np.ones((1, 9))),
                             ("patches", np.ones((1, 9, 2, 3, 3))), ("projections", np.ones((1, 9, 2, 3, 3))))
    }  # fmt: skip
    maps = {f"map:{name}": images for name in ("inputs", "occlusion", "integrated", "guided")}
    return {
        "filters": np.ones((2, 2, 3, 3)), **units, "targets": np.array([1]), "chances": np.array([0.9]), **maps,
        "map:gradcam": images[:, :1], "map:native": np.array([4, 4]), "classes": np.concatenate([images, images]),
    }  # fmt: skip


@pytest.fixture
def arguments(drawing, tmp_path):
    def make(content, nearest):
        np.savez(tmp_path / "image_interpretation.npz", **content)
        pd.DataFrame(nearest).to_csv(tmp_path / "nearest.tsv", sep="\t", index=False)
        control = {"layers": [0, 1], "layer": ["", "a"], "method": "gradient", "similarity": [1.0, 0.1]}
        pd.DataFrame(control).to_csv(tmp_path / "control.tsv", sep="\t", index=False)
        (tmp_path / "card.json").write_text(json.dumps({"labels": ["a", "b"], "channel_names": ["c1", "c2"]}))
        files = {"interpretation": "image_interpretation.npz", "nearest": "nearest.tsv", "control": "control.tsv",
                 "card": "card.json"}  # fmt: skip
        figures = {name: tmp_path / f"{name}.svg" for name in jobs()["interpretation"] if name != "embedding"}
        return drawing(figures, **{name: tmp_path / file for name, file in files.items()})

    return make


def test_whole_arrays_are_drawn(run, arguments, tmp_path):
    run(*arguments(arrays(), NEAREST))
    assert len(list(tmp_path.glob("*.svg"))) == 5


def test_pictures_without_structure_are_a_sentence(run, arguments, tmp_path):
    sizes, texts = [], []
    for shown in (1, 0):
        structure = {"classes:structured": np.array([shown, 0]), "last:structured": np.full((1, 9), shown)}
        run(*arguments(arrays() | structure, NEAREST))
        files = [(tmp_path / f"{name}.svg").read_text() for name in ("classes", "patches")]
        sizes.append([text.count("<image") for text in files])
        texts.append("".join(files))
    assert sizes == [[2, 4], [0, 3]]
    assert "1 of 2 have more structure than those of untrained networks; caricatures" in texts[0]
    assert "0 of 2 have more structure than those of untrained networks" in texts[1] and "caricatures" not in texts[1]
    assert "not drawn: those of untrained networks" in texts[1] and "not drawn" not in texts[0]
    assert "projections of the last maps show no structure and are not drawn" in texts[1]
    assert list(pd.read_csv(tmp_path / "classes.tsv", sep="\t")["structured"]) == ["no", "no"]


@pytest.mark.parametrize(
    ("changes", "nearest", "said"),
    [
        ({"first:values": None}, {}, "no array 'first:values'; it has filters"),
        ({"map:guided": None}, {}, "no array 'map:guided'"),
        ({"map:guided": np.ones((1, 2, 8, 7))}, {}, "array 'map:guided' is float64 (1, 2, 8, 7)"),
        ({"map:gradcam": np.ones((1, 2, 8, 8))}, {}, "array 'map:gradcam' is float64 (1, 2, 8, 8)"),
        ({"map:native": np.ones(3, int)}, {}, "array 'map:native' is int64 (3,)"),
        ({"chances": np.array(["x"])}, {}, "array 'chances' is <U1 (1,); real (cells 1) is expected"),
        ({"targets": np.array([1.0])}, {}, "array 'targets' is float64 (1,); index (cells"),
        ({"targets": np.array([2])}, {}, "array 'targets' is from 2 to 2; 0 to 1 are allowed"),
        ({"classes": np.ones((3, 2, 8, 8))}, {}, "array 'classes' is float64 (3, 2, 8, 8); finite (labels 2, channels"),
        ({"classes:structured": np.ones(3, int)}, {}, "array 'classes:structured' is int64 (3,)"),
        ({"last:structured": np.ones((1, 8), int)}, {}, "array 'last:structured' is int64 (1, 8)"),
        ({}, {"filter": [2]}, "nearest.tsv: a filter that is not one of the 2"),
        ({}, {"channel": [-1]}, "nearest.tsv: a channel that is not one of the 2"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(refuse, arguments, tmp_path, changes, nearest, said):
    content = {name: values for name, values in {**arrays(), **changes}.items() if values is not None}
    assert said in refuse(*arguments(content, {**NEAREST, **nearest}))
    assert not list(tmp_path.glob("*.svg"))
