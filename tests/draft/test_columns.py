"""Columns of tables of cells, told by their names and values."""

import pandas as pd
import pytest

from convoscope.draft.columns import Columns, find_columns, find_groups
from convoscope.errors import InputError


def table(**columns: list[str]) -> pd.DataFrame:
    """Twelve cells of two classes, four proteins each on three plates."""
    basic = {
        "cell": [f"c{number}" for number in range(12)],
        "image": [f"{number}.tif" for number in range(12)],
        "label": ["a"] * 6 + ["b"] * 6,
        "plate": ["1", "2", "3"] * 4,
        "protein": [f"p{number // 2}" for number in range(12)],
    }
    return pd.DataFrame({**basic, **columns}, dtype=object)


def test_usual_names() -> None:
    found = find_columns(table(), None, None, "t")
    assert found == Columns("cell", ["image"], "crops", "label", ["protein", "plate"], "protein")


def test_named_columns_go_before_usual_ones() -> None:
    found = find_columns(table(treatment=["x", "y"] * 6), "treatment", ["plate"], "t")
    assert (found.label, found.groups, found.by) == ("treatment", ["plate"], "plate")


def test_a_group_that_is_the_class_under_another_name_is_none() -> None:
    found = find_columns(table(label=[f"l{number // 2}" for number in range(12)]), None, None, "t")
    assert "protein" not in found.groups


def test_without_three_groups_in_every_class_none_is_kept_together() -> None:
    found = find_columns(table(plate=["1"] * 6 + ["2", "3", "4"] * 2, protein=[""] * 12), None, None, "t")
    assert (found.groups, found.by) == (["plate"], "")


def test_groups_are_neither_numbers_of_cells_nor_of_other_things() -> None:
    frame = pd.DataFrame({"area": ["1", "2", "3", "1"] * 3, "well": ["A", "B", "C"] * 4, "gene": list("abcdefghijkl")})
    assert find_groups(frame) == ["well"]


@pytest.mark.parametrize(
    ("columns", "form"),
    [
        ({"image": ["f.tif"] * 12, "x": ["1"] * 12, "y": ["2"] * 12}, "centres"),
        ({"image": ["f.tif"] * 12, **dict.fromkeys(["left", "top", "right", "bottom"], ["1"] * 12)}, "boxes"),
        ({"image": ["f.tif"] * 12, "mask": ["m.tif"] * 12, "object": ["1"] * 12}, "masks"),
        ({"x": ["1"] * 12, "y": ["2"] * 12}, "crops"),
    ],
)
def test_form(columns: dict[str, list[str]], form: str) -> None:
    found = find_columns(table(**columns), None, None, "t")
    assert (found.form, found.images) == (form, ["image"])


def test_channels_as_files_and_cells_named_like_files() -> None:
    files = [f"{number}_dapi.png" for number in range(12)]
    assert find_columns(table(dapi=files), None, None, "t").images == ["image", "dapi"]
    assert find_columns(table(cell=files), None, None, "t").images == ["image"]


@pytest.mark.parametrize(
    ("columns", "label", "said"),
    [
        ({}, "colour", "no column 'colour'"),
        ({"image": ["?"] * 12}, None, "no column of image files"),
        ({"cell": ["c"] * 12, "image": ["f.tif"] * 12}, None, "no column names every cell"),
    ],
)
def test_refusals(columns: dict[str, list[str]], label: str | None, said: str) -> None:
    with pytest.raises(InputError, match=f"^t: {said}"):
        find_columns(table(**columns), label, None, "t")


def test_an_open_label_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"which column is the label\? Give --label, one of state, plate, protein"):
        find_columns(table().rename(columns={"label": "state"})[["cell", "image", "state", "plate", "protein"]],
                     None, None, "t")  # fmt: skip
