from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skimage.measure import regionprops

from convoscope.errors import InputError
from convoscope.image.image_files import UnusableError
from convoscope.image.objects import MASK_ENDINGS, MEASURES, is_mask, measure_objects, pair, select, stem


def test_measures_by_hand():
    mask = np.zeros((6, 9), np.uint16)
    mask[1:3, 2:5], mask[4:, 8], mask[3, 2] = 300, 7, 300
    found = measure_objects(mask)
    assert list(found) == list(MEASURES)
    assert found.to_numpy().tolist() == [
        [7, 8, 4.5, 2, 8, 4, 9, 6, 1], [300, 20 / 7, 12 / 7, 7, 2, 1, 5, 4, 0]
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_measures_are_those_of_scikit_image(seed):
    generator = np.random.default_rng(seed)
    mask = np.kron(generator.integers(0, 5, (9, 7)), np.ones((3, 2), int)) * generator.integers(0, 2, (27, 14))
    found = measure_objects(mask)
    expected = regionprops(mask)
    assert found["object"].tolist() == [one.label for one in expected]
    assert found["area"].tolist() == [one.num_pixels for one in expected]
    np.testing.assert_allclose(found[["y", "x"]], [one.centroid for one in expected])
    assert found[["top", "left", "bottom", "right"]].to_numpy().tolist() == [list(one.bbox) for one in expected]


@pytest.mark.parametrize(("rows", "columns", "touches"), [
    (slice(1, 5), slice(1, 5), 0), (slice(0, 1), slice(2, 3), 1), (slice(5, 6), slice(2, 3), 1),
    (slice(2, 3), slice(0, 1), 1), (slice(2, 3), slice(5, 6), 1),
])  # fmt: skip
def test_every_side_is_a_border(rows, columns, touches):
    mask = np.zeros((6, 6), np.uint8)
    mask[rows, columns] = 1
    assert measure_objects(mask)["touches_border"].tolist() == [touches]


def test_an_empty_mask_has_no_object():
    assert measure_objects(np.zeros((3, 3), np.uint8)).empty


def test_sparse_values_need_no_memory():
    assert measure_objects(np.array([[0, 2**31]], np.uint32))["object"].tolist() == [2**31]


def test_images_of_foreground_and_background_are_no_label_images():
    mask = np.zeros((5, 9), np.uint8)
    mask[1:3, 1:3] = mask[1:3, 5:7] = 255
    with pytest.raises(UnusableError, match="one object in 2 pieces: a label image gives every cell a number"):
        measure_objects(mask)
    mask[3, 3], mask[2, 4] = 255, 255  # touching at corners is touching
    assert measure_objects(mask)["area"].tolist() == [10]
    with pytest.raises(UnusableError, match="a value of -1"):
        measure_objects(np.array([[-1, 3]]))


@pytest.mark.parametrize(("name", "expected"), [
    ("f1_cp_masks.tif", "f1"), ("f1_masks.png", "f1"), ("f1_MASK.TIFF", "f1"), ("f1.png", "f1"),
    ("a.b_label.tif", "a.b"), ("_masks.tif", "_masks"), ("f1_masks.ome.tif", "f1"), ("f_seg.png", "f"),
])  # fmt: skip
def test_names_of_masks(name, expected):
    assert stem(Path(name), MASK_ENDINGS) == expected
    assert is_mask(Path(name), MASK_ENDINGS) == (expected != stem(Path(name)))


def files(*names):
    return [("".join(f"{part}/" for part in Path(name).parts[:-1]), Path(name)) for name in names]


def test_pairs_by_name_and_folder():
    found = pair(files("p1/a.tif", "p2/a.tif", "b.tif"), files("p2/a_mask.png", "b_masks.tif"), MASK_ENDINGS, [])
    assert found == [
        ("b", [Path("b.tif")], Path("b_masks.tif")), ("p1/a", [Path("p1/a.tif")], None),
        ("p2/a", [Path("p2/a.tif")], Path("p2/a_mask.png")),
    ]  # fmt: skip


def test_a_file_per_channel():
    images = files("a_w2.tif", "a_w1.tif", "b_w1.tif", "other.tif")
    found = pair(images, files("a.png"), MASK_ENDINGS, ["_w1", "_w2"])
    assert found == [("a", [Path("a_w1.tif"), Path("a_w2.tif")], Path("a.png")), ("b", [Path("b_w1.tif")], None)]


@pytest.mark.parametrize(("images", "masks", "said"), [
    (["a.tif", "a.png"], ["a_mask.tif"], "--images: a.tif and a.png have one name, 'a'"),
    (["a.tif"], ["a_mask.tif", "a_masks.png"], "--masks: a_mask.tif and a_masks.png have one name, 'a'"),
    (["a.tif"], ["a_mask.tif", "b_mask.tif"], r"--masks: b_mask.tif has no image 'b' \(1 of 2 have none; .*'a'"),
    ([], ["b_mask.tif"], "there are none"),
])  # fmt: skip
def test_names_that_fit_no_pair(images, masks, said):
    with pytest.raises(InputError, match=said):
        pair(files(*images), files(*masks), MASK_ENDINGS, [])


def test_bounds_are_allowed():
    table = pd.DataFrame({"area": [9, 10, 20, 21], "touches_border": [0, 0, 1, 0]})
    assert select(table, 10, 20, False).tolist() == [
        "too small: less than 10 pixels", "", "", "too large: more than 20 pixels"
    ]  # fmt: skip
    assert select(table, 10, 19, True).tolist()[2] == "too large: more than 19 pixels"
    assert select(table, 1, None, True).tolist() == ["", "", "border: it touches the border of the image", ""]
