import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from convoscope.errors import InputError
from convoscope.image.crops import Box
from convoscope.prediction.exchange import (
    collection,
    geometries,
    image_file_names,
    image_path,
    points,
    rectangle,
    region_outline,
    targets,
)

TABLE = pd.DataFrame(
    {"line": [2, 3], "cell": ["0012", 'a "b"'], "image": "f1.tif", "x": [3.0, 7.5], "y": [5.0, 0.0], "status": "ok",
     "called": ["ER", "Golgi"], "confidence": [0.75, 0.5], "ER": [0.75, 0.5], "ER:spread": np.float32(0.1),
     "Golgi": [0.25, 0.5], "Golgi:spread": 0.0}
)  # fmt: skip


def test_places_are_counted_from_the_corner_of_the_first_pixel():
    assert geometries(TABLE, "centres", Path()) == [
        {"type": "Point", "coordinates": [3.5, 5.5]}, {"type": "Point", "coordinates": [8.0, 0.5]}
    ]  # fmt: skip


def test_boxes_are_half_open():
    expected = {"type": "Polygon", "coordinates": [[[2.0, 1.0], [4.0, 1.0], [4.0, 6.0], [2.0, 6.0], [2.0, 1.0]]]}
    assert rectangle(Box(2, 1, 4, 6)) == expected
    table = TABLE.iloc[:1].assign(left=2, top=1, right=4, bottom=6)
    assert geometries(table, "boxes", Path()) == [expected]


def test_objects_of_several_masks_in_the_order_of_the_rows(tmp_path):
    mask = np.zeros((9, 12), np.uint16)
    mask[2:5, 3:8], mask[7, 0], mask[8, 1] = 7, 300, 300
    tifffile.imwrite(tmp_path / "a.tif", mask)
    tifffile.imwrite(tmp_path / "b.tif", mask[::-1])
    table = pd.DataFrame({"mask": ["b.tif", "a.tif", "b.tif"], "object": [7, 300, 300]})
    first, second, third = geometries(table, "masks", tmp_path)
    assert (first["type"], second["type"], third["type"]) == ("Polygon", "MultiPolygon", "MultiPolygon")
    assert sorted(map(tuple, first["coordinates"][0][:-1])) == [(3, 4), (3, 7), (8, 4), (8, 7)]
    assert [sorted(map(tuple, part[0][:-1])) for part in second["coordinates"]] == [
        [(0, 7), (0, 8), (1, 7), (1, 8)], [(1, 8), (1, 9), (2, 8), (2, 9)]
    ]  # fmt: skip
    assert region_outline(np.ones((2, 2), bool), Box(3, 5, 5, 7))["coordinates"][0][0] in (
        [3, 5],
        [5, 5],
        [5, 7],
        [3, 7],
    )


def test_a_collection_of_detections():
    shapes = geometries(TABLE, "centres", Path())
    text = collection(TABLE, shapes, ["ER", "Golgi"])
    content = json.loads(text)
    assert content["type"] == "FeatureCollection" and len(content["features"]) == 2
    first, second = content["features"]
    assert first["type"] == "Feature" and first["geometry"] == shapes[0]
    assert first["properties"] == {
        "objectType": "detection", "name": "0012", "classification": {"name": "ER", "color": [0, 114, 178]},
        "measurements": {"confidence": 0.75, "ER": 0.75, "ER:spread": 0.1, "Golgi": 0.25, "Golgi:spread": 0.0},
    }  # fmt: skip
    assert second["properties"]["name"] == 'a "b"'
    assert second["properties"]["classification"] == {"name": "Golgi", "color": [213, 94, 0]}
    assert first["id"] != second["id"] and text == collection(TABLE, shapes, ["ER", "Golgi"])


@pytest.mark.parametrize(
    ("called", "color"), [("none", [119, 119, 119]), ("Golgi+ER", [213, 94, 0]), ("ER", [0, 114, 178])]
)
def test_cells_with_several_labels_have_the_colour_of_the_first(called, color):
    table = TABLE.drop(columns="confidence").assign(called=called)
    [first, _] = json.loads(collection(table, geometries(table, "centres", Path()), ["ER", "Golgi"]))["features"]
    assert first["properties"]["classification"] == {"name": called, "color": color}
    assert "confidence" not in first["properties"]["measurements"]


def test_measurements_have_six_decimals():
    table = TABLE.assign(ER=[0.12345678, 1e-7])
    features = json.loads(collection(table, geometries(table, "centres", Path()), ["ER", "Golgi"]))["features"]
    assert [one["properties"]["measurements"]["ER"] for one in features] == [0.123457, 0.0]


def test_points_have_the_row_first():
    found = points(TABLE)
    assert list(found)[:5] == ["index", "axis-0", "axis-1", "line", "cell"]
    assert found[["index", "axis-0", "axis-1"]].to_numpy().tolist() == [[0, 5, 3], [1, 0, 7.5]]
    assert "x" not in found and "y" not in found


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (["d/f1.tif", "d/f2.ome.tif"], ["f1", "f2"]),
        (["p1/f1.tif", "p2/f1.tif", "f1.png"], ["p1_f1", "p2_f1", "f1"]),
        (["../p 1/f1.tif", "/p 1/f1.tif"], ["p_1_f1", "p_1_f1-2"]),
        (["a/f.tif", "./a/f.tif", "x/../a/f.tif", "a_f-2.tif"], ["a_f", "a_f-2", "x_.._a_f", "a_f-2-2"]),
        (["a_w1.tif;a_w2.tif"], ["a_w1"]),
    ],
)
def test_every_image_has_a_file_of_its_own_in_the_folder(images, expected):
    found = image_file_names(images, ".geojson")
    assert list(found) == images and list(found.values()) == [f"{name}.geojson" for name in expected]
    assert all(Path(name).name == name for name in found.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p\\f1.tif;p\\f2.tif", "p/f1.tif"),
        ("p/a.ome.tif#2", "p/a_2.ome.tif"),
        ("a#2.tif", "a#2.tif"),  # a file of that name
        ("a#b", "a#b"),
        ("a#1.TIF#3", "a#1_3.TIF"),
    ],
)
def test_parts_of_a_file_have_their_number_in_the_name(name, expected):
    assert image_path(name).as_posix() == expected


def test_one_file_is_of_one_image():
    assert targets(Path("o.geojson"), ["f1.tif"], ".geojson", "--geojson") == {"f1.tif": Path("o.geojson")}
    assert targets(Path("o"), ["f1.tif"], ".geojson", "--geojson") == {"f1.tif": Path("o/f1.geojson")}
    with pytest.raises(InputError, match=r"--geojson: o.geojson for 2 images; give a folder"):
        targets(Path("o.geojson"), ["f1.tif", "f2.tif"], ".geojson", "--geojson")
