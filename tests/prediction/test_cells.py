"""Networks for cells without a workflow around them: what they ask of images, and their predictions by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.config.image import FurtherCells
from convoscope.errors import InputError
from convoscope.models import build
from convoscope.prediction import cells

FACTS: dict[str, Any] = {
    "architecture": "residual", "options": {"filters": [4], "blocks": [1], "size": 5},
    "channels": 2, "space": [8, 8],
    "labels": ["a", "b", "c"], "modality": "image", "task": "multiclass", "channel_names": ["DNA", "ER"], "fold": "0",
    "dtype": "uint16", "crops": {"border": "drop", "isolate": False, "saturated": 0.5, "projection": "max"},
    "normalise": {"strategy": "standard", "scope": "training", "figures": {"offset": [10.0, 0.0], "scale": [2.0, 4.0]}},
}  # fmt: skip
CODES = np.random.default_rng(5).integers(0, 60, (11, 2, 8, 8), np.uint16)


@pytest.fixture
def make(tmp_path):
    def save(seed=1, **changes):
        facts = {**FACTS, **changes}
        torch.manual_seed(seed)
        network = build(facts["architecture"], 2, (8, 8), len(facts["labels"]), facts["options"])
        path = tmp_path / f"{seed}.safetensors"
        modelfile.save(path, network.eval(), facts)
        return path

    return save


def use(**keys):
    return FurtherCells.model_validate({"path": "c.tsv", **keys})


def found(classifier, rows, table=None):
    parts = list(cells.predict_crops(classifier, CODES, pd.DataFrame() if table is None else table, rows))
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def by_hand(path, crops):
    """Average the softmax over the eight views of normalised crops."""
    network, _ = modelfile.load(path)
    inputs = torch.from_numpy(crops.astype(np.float32))
    turned = [inputs.rot90(turns, (2, 3)) for turns in range(4)]
    views = [*turned, *(one.flip(3) for one in turned)]
    with torch.no_grad():
        return np.mean([network(view).softmax(1).numpy() for view in views], axis=0)


def normalised(offset, scale):
    return (CODES - np.array(offset)[:, None, None]) / np.array(scale)[:, None, None]


def test_mean_and_spread_of_networks_that_normalise_each_as_in_their_fold(make):
    other = {**FACTS["normalise"], "figures": {"offset": [20.0, 5.0], "scale": [1.0, 8.0]}}
    paths = [make(1), make(2, normalise=other, fold="1")]
    rows = np.array([2, 0, 10])
    numbers, mean, spread = found(cells.load_classifier(paths), rows)
    expected = [by_hand(paths[0], normalised((10, 0), (2, 4))), by_hand(paths[1], normalised((20, 5), (1, 8)))]
    assert numbers.tolist() == [2, 0, 10]
    np.testing.assert_allclose(mean, np.mean(expected, axis=0)[rows], atol=1e-6)
    np.testing.assert_allclose(spread, np.std(expected, axis=0)[rows], atol=1e-6)
    np.testing.assert_allclose(spread, np.abs(expected[0] - expected[1])[rows] / 2, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 3, 11, 256])
def test_batches_do_not_matter(batch, make, monkeypatch):
    classifier = cells.load_classifier([make()])
    whole = found(classifier, np.arange(11))
    monkeypatch.setattr(cells, "BATCH", batch)
    parts = found(classifier, np.arange(11))
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_one_view_is_the_crop_as_it_lies(make):
    path = make()
    network, _ = modelfile.load(path)
    classifier = cells.load_classifier([path], average_views=False)
    with torch.no_grad():
        expected = network(torch.from_numpy(normalised((10, 0), (2, 4)).astype(np.float32))).softmax(1).numpy()
    np.testing.assert_allclose(found(classifier, np.arange(11))[1], expected, atol=1e-6)
    assert (classifier.views, cells.load_classifier([path]).views) == (1, 8)


def test_new_groups_get_figures_from_their_own_rows_alone(make):
    by_plate = {"strategy": "standard", "scope": "plate", "figures": {"p": {"offset": [0, 0], "scale": [1, 1]}}}
    path = make(normalise=by_plate)
    classifier = cells.load_classifier([path])
    names = np.array(["p", "NA"] * 5 + ["p"], dtype=object)
    rows = np.arange(1, 11)
    new = cells.fit_groups(classifier, CODES, rows, pd.DataFrame({"plate": names}))
    statistics = new.facts[0]["normalise"]["figures"]
    assert list(statistics) == ["NA", "p"]
    own = CODES[2::2]  # not the first crop, which is not predicted
    np.testing.assert_allclose(statistics["p"]["offset"], own.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(statistics["p"]["scale"], own.std(axis=(0, 2, 3)))
    expected = by_hand(path, normalised(statistics["p"]["offset"], statistics["p"]["scale"]))[2::2]
    _, mean, _ = found(new, rows, pd.DataFrame({"plate": names}))
    np.testing.assert_allclose(mean[1::2], expected, atol=1e-6)
    assert classifier.facts[0]["normalise"]["figures"] == by_plate["figures"]  # the given one is as it was
    assert (classifier.groups, cells.load_classifier([make()]).groups) == (["plate"], [])
    assert classifier.labels == ["a", "b", "c"]


def test_each_network_keeps_the_scope_that_its_fold_chose(make):
    levels = {"offset": [0, 0], "scale": [1, 1]}
    scopes = ["training", "plate", "well"]
    own = [FACTS["normalise"], *({**FACTS["normalise"], "scope": one, "figures": {"p": levels}} for one in scopes[1:])]
    paths = [make(seed, normalise=one, fold=str(seed)) for seed, one in enumerate(own)]
    classifier, rows = cells.load_classifier(paths), np.arange(11)
    table = pd.DataFrame({"plate": ["p", "q"] * 5 + ["p"], "well": ["a"] * 11})
    new = cells.fit_groups(classifier, CODES, rows, table)
    assert (classifier.groups, [one["normalise"]["scope"] for one in new.facts]) == (["plate", "well"], scopes)
    assert new.facts[0]["normalise"] == FACTS["normalise"]
    assert [list(one["normalise"]["figures"]) for one in new.facts[1:]] == [["p", "q"], ["a"]]
    well = new.facts[2]["normalise"]["figures"]["a"]
    plates = [new.facts[1]["normalise"]["figures"][name] for name in table["plate"]]
    by_plate = np.stack([
        (crop - np.array(one["offset"])[:, None, None]) / np.array(one["scale"])[:, None, None]
        for crop, one in zip(CODES, plates, strict=True)
    ])  # fmt: skip
    inputs = [normalised((10, 0), (2, 4)), by_plate, normalised(well["offset"], well["scale"])]
    expected = [by_hand(path, crops) for path, crops in zip(paths, inputs, strict=True)]
    np.testing.assert_allclose(found(new, rows, table)[1], np.mean(expected, axis=0), atol=1e-6)


def test_groups_of_exactly_the_least_size_stay():
    found = cells.small_groups(np.array(["x", "y", "x", "x", "y"], dtype=object), 3, "well")
    assert found.tolist() == ["", "small group: well 'y' has 2 of at least 3 cells"] + [""] * 2 + [found[1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": ["a", "b", "d"]}, "labels"),
        ({"channel_names": ["ER", "DNA"]}, "channel_names"),
        ({"dtype": "uint8"}, "dtype 'uint8'"),
        ({"crops": {"border": "pad"}}, "crops"),
        ({"task": "multilabel"}, "task 'multilabel'"),
        (
            {"normalise": {**FACTS["normalise"], "strategy": "log"}},
            "normalise log by training, but .* standard by training",
        ),
    ],
)
def test_networks_of_two_questions_are_refused(changes, said, make):
    with pytest.raises(InputError, match=f"2.safetensors: .*{said}.*give one ensemble"):
        cells.load_classifier([make(1), make(2, **changes)])


def test_cells_are_cut_as_in_the_training():
    spec = cells.cutting_spec(FACTS, use(form="centres", x="cx", folder="d"))
    assert spec.crops.model_dump(exclude={"max_dropped"}) == {
        "size": 8, "channels": ["DNA", "ER"], "border": "drop", "isolate": False, "saturated": 0.5, "projection": "max",
        "pixel_size": None,
    }  # fmt: skip
    assert (spec.cells.x, spec.cells.folder, spec.labels, spec.groups) == ("cx", "d", [], [])
    by_plate = {**FACTS, "normalise": {**FACTS["normalise"], "scope": "plate"}}
    assert cells.cutting_spec(by_plate, use()).groups == ["plate"]
    assert cells.cutting_spec({**FACTS, "normalise": {**FACTS["normalise"], "scope": "crop"}}, use()).groups == []
    newer = {**FACTS, "crops": {"border": "drop", "unheard": 1}}
    assert cells.cutting_spec(newer, use()).crops.border == "drop"


def test_pixels_of_another_size_are_refused():
    known = {**FACTS, "crops": {"pixel_size": 0.65}}
    assert cells.cutting_spec(known, use(pixel_size=0.655)).crops.pixel_size == 0.65
    assert cells.cutting_spec(known, use()).cells.path == cells.cutting_spec(FACTS, use(pixel_size=9.0)).cells.path
    with pytest.raises(InputError, match=r"pixel_size: 0.325 micrometres; those of the training have 0.65: scale"):
        cells.cutting_spec(known, use(pixel_size=0.325))


def test_isolated_cells_need_label_images():
    isolated = {**FACTS, "crops": {"isolate": True}}
    assert cells.cutting_spec(isolated, use(form="masks")).crops.isolate
    with pytest.raises(InputError, match=r"form: boxes; .*crops\.isolate and need label images, form masks"):
        cells.cutting_spec(isolated, use(form="boxes"))


@pytest.mark.parametrize(
    ("keys", "channels", "order", "source"),
    [
        ({}, 2, None, "the model"),
        ({"channels": ["DNA", "ER"]}, 2, None, "the model"),
        ({"channels": ["ER", "DNA"]}, 2, (1, 0), "channels"),
        ({"channels": ["ER", "AGP", "DNA"]}, 3, (2, 0), "channels"),
        ({"images": ["ER", "DNA"]}, 2, (1, 0), "channels"),
        ({"images": ["ER", "AGP", "DNA"]}, 3, (2, 0), "channels"),
        ({"images": ["w1", "w2"]}, 2, None, "the model"),
        ({"images": ["w1", "w2"], "channels": ["ER", "DNA"]}, 2, (1, 0), "channels"),
        ({"images": ["DNA"]}, 2, None, "the model"),
    ],
)
def test_channels_by_name(keys, channels, order, source):
    kind = cells.image_kind(FACTS, use(**keys))
    assert (kind.channels, kind.order, kind.source, kind.dtype) == (channels, order, source, np.uint16)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"channels": ["DNA"]}, "channels: DNA: no ER; the networks read DNA, ER"),
        ({"channels": ["DNA", "ER", "DNA"]}, "a name stands twice"),
        ({"images": ["w1", "w2", "w3"]}, "images: 3 columns; one for each of the channels DNA, ER"),
        ({"images": ["w1", "w2"], "channels": ["DNA", "ER", "x"]}, "images: 2 columns"),
    ],
)
def test_channels_that_do_not_fit(keys, said):
    with pytest.raises(InputError, match=said):
        cells.image_kind(FACTS, use(**keys))
