import numpy as np
import pandas as pd
import pytest

from convoscope.config.image import CellSplit
from convoscope.errors import InputError
from convoscope.image.splits import ASSIGNMENTS, assign_rung, check_split, deal_groups, own_groups, rungs


def assign(classes: np.ndarray, groups: np.ndarray, split: CellSplit, where: str) -> np.ndarray:
    return ASSIGNMENTS[split.strategy](classes, groups, np.empty(0), split, where)


@pytest.fixture
def cells() -> pd.DataFrame:
    """Three classes of four proteins, each on both plates, ten cells a protein and plate."""
    rows = [
        {"id": f"{name}{protein}{plate}{cell}", "class": name, "protein": f"{name}{protein}", "plate": plate}
        for name in "ABC"
        for protein in range(4)
        for plate in "xy"
        for cell in range(10)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_together_and_every_class_is_on_every_side(cells, seed) -> None:
    folds = assign(cells["class"].to_numpy(), cells["protein"].to_numpy(), CellSplit(by=["protein"], seed=seed), "x")
    assert pd.Series(folds).groupby(cells["protein"]).nunique().eq(1).all()
    proteins = cells.assign(fold=folds).groupby(["class", "fold"])["protein"].nunique().unstack()
    assert proteins[["test", "validation", "train"]].values.tolist() == [[1, 1, 2]] * 3


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [(0.2, 0.25, [0.25, 0.75 / 4]), (0.4, 0.2, [0.2, 0.4]), (0.45, 0.4, [0.5, 0.25])],
)
def test_single_cells_reach_the_shares(cells, validation, test, expected) -> None:
    split = CellSplit(validation_share=validation, test_share=test)
    folds = pd.Series(assign(cells["class"].to_numpy(), cells["id"].to_numpy(), split, "x"))
    assert folds.value_counts(normalize=True)[["test", "validation"]].tolist() == pytest.approx(expected)


def test_of_uneven_groups_those_are_held_out_that_are_nearest_to_the_shares() -> None:
    plates = np.repeat(list("wxyz"), [500, 60, 250, 190])
    folds = assign(np.resize(["A", "B"], 1000), plates, CellSplit(validation_share=0.1, test_share=0.25), "x")
    assert dict(zip(plates, folds, strict=True)) == {"w": "train", "x": "validation", "y": "test", "z": "train"}


@pytest.mark.parametrize("strategy", ["grouped", "grouped_folds"])
def test_as_many_groups_as_sides_are_enough(cells, strategy) -> None:
    three = cells[~cells["protein"].str.endswith("3")]
    classes, split = three["class"].to_numpy(), CellSplit(strategy=strategy, folds=3, by=["protein"])
    folds = assign(classes, three["protein"].to_numpy(), split, "x")
    assert three.assign(fold=folds).groupby(["class", "fold"])["protein"].nunique().tolist() == [1] * 9


@pytest.mark.parametrize(
    ("content", "parts", "expected"),
    [
        ({"a": "A" * 5, "b": "A" * 4, "c": "AAA", "d": "AAA", "e": "AA", "f": "A"}, 3, [0, 1, 2, 2, 1, 0]),
        ({"a": "AAAA", "b": "BBB", "c": "CC"}, 2, [0, 1, 1]),  # no part has their class: the one with fewer cells
        ({"a": "AAAABB", "b": "CCCCC", "c": "BBB", "d": "A"}, 2, [0, 1, 1, 1]),  # shares of classes before cells
    ],
)
def test_dealing_by_hand(content, parts, expected) -> None:
    groups = np.repeat(list(content), [len(held) for held in content.values()])
    dealt = deal_groups(np.array(list("".join(content.values()))), groups, parts, 0)
    assert dict(zip(groups, dealt, strict=True)) == dict(zip(content, expected, strict=True))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"p": "AAA", "q": "AAAB", "r": "BBB", "s": "BBB"}, {"A": 2, "B": 2}),  # proteins, one label wrong
        ({"p": "AAB", "q": "ABB", "r": "AAB"}, {"A": 3, "B": 3}),  # plates, whichever class is the more frequent
        ({"p": "AABC", "q": "AAAC"}, {"A": 2, "B": 1, "C": 2}),
        ({"p": "AA", "q": "AAAA" + "B" * 12}, {"A": 2, "B": 1}),  # half of 0.5 itself
        ({"p": "AA", "q": "AAAA" + "B" * 13}, {"A": 1, "B": 1}),
    ],
)
def test_the_groups_of_a_class(content, expected) -> None:
    groups = np.repeat(list(content), [len(held) for held in content.values()])
    assert own_groups(np.array(list("".join(content.values()))), groups).to_dict() == expected


def test_some_cells_train_where_a_class_becomes_rare_without_the_tested() -> None:
    content = {"p": "BABB", "q": "ABABAAB", "r": "BABB"}  # without p, A has no group but q
    groups = np.repeat(list(content), [len(held) for held in content.values()])
    folds = assign(np.array(list("".join(content.values()))), groups, CellSplit(seed=116), "x")
    assert set(zip(groups, folds, strict=True)) == {("p", "test"), ("q", "train"), ("r", "validation")}


@pytest.mark.parametrize("seed", range(5))
def test_three_plates_that_mix_two_classes_are_enough(seed) -> None:
    plates = np.repeat(list("xyz"), 40)
    classes = np.random.default_rng(seed).choice(["A", "B"], 120)
    folds = assign(classes, plates, CellSplit(seed=seed), "x")
    assert pd.Series(folds).groupby(plates).nunique().tolist() == [1, 1, 1] and len(set(folds)) == 3


def test_folds_test_every_cell_once(cells) -> None:
    split = CellSplit(strategy="grouped_folds", folds=4, by=["protein"])
    [own] = rungs(split, [])
    folds = assign_rung(cells, cells["class"].to_numpy(), own)
    assert sorted(set(folds)) == ["0", "1", "2", "3"]
    content = own.folds()
    assert content["3"] == {"column": "fold", "group": "group", "train": ["1", "2"], "validation": ["0"], "test": ["3"]}


def test_rungs_of_the_ladder(cells) -> None:
    own, cell, plate = rungs(CellSplit(by=["protein", "plate"]), ["cell", "plate"])
    assert own.groups(cells).iloc[0] == "A0|x"
    assert (cell.column, cell.groups(cells).tolist()) == ("fold.cell", cells["id"].tolist())
    assert cell.folds()["by.cell"]["group"] == "id"
    assert plate.folds()["by.plate"]["group"] == "plate"


def test_refusals(cells) -> None:
    classes, split = cells["class"].to_numpy(), CellSplit(by=["plate"])
    with pytest.raises(
        InputError, match=r"split.by plate: train, validation and test need 3 groups of every class.*'A' \(2\)"
    ):
        assign_rung(cells, classes, rungs(split, [])[0])
    sides = np.where(cells["plate"] == "x", "train", "test")
    with pytest.raises(InputError, match="group 'A0' is in 2 splits, and 11 others are in several"):
        check_split(sides, cells["protein"].to_numpy(), classes, "split")
    sides[0] = "validation"
    with pytest.raises(InputError, match="group 'A0' is in 3 splits, and 11 others are in several"):
        check_split(sides, cells["protein"].to_numpy(), classes, "split")
    alone = np.where(cells["class"] == "A", "train", "test")
    with pytest.raises(InputError, match="no cell of class 'B' in train"):
        check_split(alone, cells["protein"].to_numpy(), classes, "split")


def test_the_rung_and_five_rare_classes_are_named() -> None:
    cells = pd.DataFrame({"id": list("abcdef")})
    said = r"ladder cell: train, validation and test .*: 'A' \(1\), 'B' \(1\), .*'E' \(1\); choose"
    with pytest.raises(InputError, match=said):
        assign_rung(cells, np.array(list("ABCDEF")), rungs(CellSplit(), ["cell"])[1])


def test_given_splits_are_checked_too(cells) -> None:
    given = cells.assign(split=np.where(cells["protein"].str.endswith("0"), "test", "train"))
    rung = rungs(CellSplit(strategy="given", by=["protein"]), [])[0]
    with pytest.raises(InputError, match=r"split\.column split: only test, train"):
        assign_rung(given, cells["class"].to_numpy(), rung)
    given.loc[given["protein"].str.endswith("1"), "split"] = "validation"
    assert assign_rung(given, cells["class"].to_numpy(), rung).tolist() == given["split"].tolist()
    other = given.assign(split=given["split"].replace({"test": "held", "train": "dev"}))
    with pytest.raises(InputError, match=r"split\.column split: 'dev'; train, validation and test"):
        assign_rung(other, cells["class"].to_numpy(), rung)
    given.loc[0, "split"] = "train"
    with pytest.raises(InputError, match="group 'A0' is in 2 splits"):
        assign_rung(given, cells["class"].to_numpy(), rung)


def test_shares_of_classes_that_differ_are_said(caplog) -> None:
    caplog.set_level("INFO")
    sides = np.repeat(["train", "validation", "test"], 10)
    cells = pd.DataFrame({"id": [f"{number}" for number in range(30)], "split": sides})
    [rung] = rungs(CellSplit(strategy="given"), [])
    assign_rung(cells, np.array(list("AAAAAAAABB" + "AAAAAAABBB" + "AAAAAABBBB")), rung)
    assert caplog.messages == []  # twofold itself
    assign_rung(cells, np.array(list("AAAAAAAABB" + "AAAAAAABBB" + "AAAAABBBBB")), rung)
    assert caplog.messages == [
        "split.column split: class 'B' is 20.0% of train and 50.0% of test; 1 of 2 classes differ more than 2-fold "
        "between splits"
    ]
    caplog.clear()
    assign_rung(cells, np.array(list("AAAAABBBBC" + "AAAAABBBCC" + "AAAAABBCCC")), rung)  # B differs twofold itself
    assert "class 'C' is 10.0% of train and 30.0% of test; 1 of 3 classes" in caplog.messages[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_label_does_not_spoil_the_dealing(cells, seed) -> None:
    classes = cells["class"].to_numpy(object).copy()
    classes[::40] = "C"  # one wrong label in many proteins
    folds = assign(classes, cells["protein"].to_numpy(), CellSplit(by=["protein"], seed=seed), "x")
    proteins = cells.assign(fold=folds).groupby(["class", "fold"])["protein"].nunique().unstack()
    assert proteins[["test", "validation", "train"]].values.tolist() == [[1, 1, 2]] * 3


def test_plates_hold_every_class_however_unevenly(cells) -> None:
    plates = np.array(list("xyzw"))[np.random.default_rng(0).integers(0, 4, len(cells))]
    folds = assign(cells["class"].to_numpy(), plates, CellSplit(), "x")
    check_split(folds, plates, cells["class"].to_numpy(), "x")
