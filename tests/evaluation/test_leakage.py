import numpy as np
import pandas as pd
import pytest

from convoscope.evaluation import leakage
from convoscope.evaluation.leakage import confounded, copies, few_groups, near_copies, shared_values, thumbnails, views

SIDES = np.array(["train", "train", "test", "test"])


@pytest.fixture
def crops() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, (4, 2, 16, 16)).astype(np.uint16)


def verdicts(findings: list) -> dict[str, tuple[str, int]]:
    return {finding.check: (finding.verdict, finding.cells) for finding in findings}


def test_copies_are_found_as_they_are_and_turned(crops) -> None:
    assert verdicts(copies(crops, SIDES)) == {"exact copies": ("fine", 0), "flipped or turned copies": ("fine", 0)}
    crops[1] = crops[0]
    assert verdicts(copies(crops, SIDES))["exact copies"] == ("look", 2)
    crops[2] = crops[0]
    crops[3] = 1
    assert verdicts(copies(crops, SIDES))["exact copies"] == ("leak", 3)
    turned = np.stack([crops[0], crops[3], np.rot90(crops[0], 3, (1, 2))[:, ::-1], crops[3] + 1])
    assert verdicts(copies(turned, SIDES)) == {"exact copies": ("fine", 0), "flipped or turned copies": ("leak", 2)}


def test_noisy_copies_are_alike_and_strangers_are_not(crops) -> None:
    assert verdicts(near_copies(crops, SIDES)) == {"near copies": ("fine", 0)}
    crops[3] = crops[0][:, ::-1] * 0.8 + np.random.default_rng(1).uniform(0, 300, crops[0].shape)
    assert verdicts(near_copies(crops, SIDES)) == {"near copies": ("leak", 1)}


def test_a_column_that_nobody_named_gives_repeated_cells_away() -> None:
    table = pd.DataFrame({"track": ["a", "b", "b", "c"], "plate": ["p", "p", "p", "p"], "id": list("1234")})
    [found] = shared_values(table, SIDES, ["track", "plate", "id"])
    assert (found.verdict, found.check, found.subject, found.share) == ("leak", "repeated units", "track", 0.5)
    batches = pd.DataFrame({"plate": ["p", "q"] * 100})
    [found] = shared_values(batches, np.repeat(["train", "test"], 100), ["plate"])
    assert (found.verdict, found.check, found.share) == ("look", "batches", 1.0)


def test_a_class_with_a_plate_to_itself_is_confounded() -> None:
    plates = np.array(["1"] * 20 + ["2"] * 20 + ["3"] * 10)
    classes = np.array((["A", "B"] * 20) + ["C"] * 10)
    table = pd.DataFrame({"plate": plates})
    [found] = confounded(table, classes, ["plate"])
    assert (found.verdict, found.subject, found.cells) == ("leak", "C and plate", 10)
    assert "class C has plate 3 to itself" in found.finding
    assert confounded(table.assign(plate="1"), classes, ["plate"]) == []
    nested = np.where(classes == "A", "a", np.where(classes == "B", "b", "c"))
    [design] = confounded(pd.DataFrame({"protein": nested}), classes, ["protein"])
    assert (design.verdict, design.check) == ("look", "nested")


def test_the_views_of_a_crop_are_the_eight_symmetries_of_the_square(crops) -> None:
    assert len({view.tobytes() for view in views(crops[0])}) == len(list(views(crops[0]))) == 8
    for view in views(crops[0]):
        found = copies(np.stack([crops[0], view, crops[1], crops[2]]), SIDES)
        assert sum(finding.cells for finding in found) == 2
        assert all(finding.verdict != "leak" for finding in found)


def test_copies_are_a_share_of_all_cells(crops) -> None:
    crops[3] = crops[0]
    exact, turned = copies(crops, SIDES)
    assert (exact.share, turned.share) == (0.5, 0)
    assert exact.finding == "2 cells have a copy, 2 of them in another split"


@pytest.mark.parametrize("size", [16, 32, 47])
def test_thumbnails_are_means_of_blocks(crops, size) -> None:
    step = size // 16
    large = np.full((4, 2, size, size), 60_000, np.uint16)  # what is left over at the right and below does not count
    large[:, :, : 16 * step, : 16 * step] = np.kron(crops, np.ones((step, step), np.uint16))
    large[:, 1] = 7
    found = thumbnails(large)
    centred = crops[:, 0] - crops[:, 0].mean(axis=(1, 2), keepdims=True)
    expected = centred.reshape(4, -1) / np.linalg.norm(centred.reshape(4, -1), axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, :256], expected / np.sqrt(2), atol=1e-6)
    assert not found[:, 256:].any()  # a constant channel


@pytest.mark.parametrize(("size", "correlation", "cells"), [(16, 0.979, 0), (16, 0.981, 1), (15, 0.981, None)])
def test_near_copies_correlate_above_the_threshold(size, correlation, cells) -> None:
    one, other, third = np.linalg.qr(np.random.default_rng(1).normal(size=(size * size, 4)))[0].T[1:]
    pictures = np.stack([one, third, correlation * one + np.sqrt(1 - correlation**2) * other])
    pictures -= pictures.mean(axis=1, keepdims=True)
    found = near_copies(pictures.reshape(3, 1, size, size), np.array(["train", "validation", "test"]))
    assert [finding.cells for finding in found] == ([] if cells is None else [cells])


@pytest.mark.parametrize(("near", "verdict"), [(0, "fine"), (1, "look"), (2, "leak")])
def test_one_near_copy_in_a_hundred_is_no_leak_yet(near, verdict) -> None:
    codes = np.random.default_rng(2).integers(0, 4000, (105, 1, 16, 16))
    codes[5 : 5 + near] = codes[:near] + 1
    [found] = near_copies(codes, np.repeat(["train", "test"], [5, 100]))
    assert (found.verdict, found.cells, found.share) == (verdict, near, near / 100)
    assert near_copies(codes, np.repeat(["train", "validation"], [5, 100])) == []
    assert near_copies(codes, np.repeat(["validation", "test"], [5, 100])) == []


def test_of_many_crops_a_part_is_compared(crops, monkeypatch) -> None:
    monkeypatch.setattr(leakage, "LARGEST", 8)
    codes = np.repeat(crops[:1], 24, axis=0)
    [found] = near_copies(codes, np.repeat(["train", "test"], 12))
    assert found.finding == "2 of 2 test cells correlate above 0.98 with a training cell"
    compared, original = [], leakage.thumbnails
    monkeypatch.setattr(leakage, "thumbnails", lambda some: compared.append(len(some)) or original(some))
    near_copies(codes, np.repeat(["train", "test"], 12))
    assert compared == [8] + [2] * 8


@pytest.mark.parametrize(("each", "verdict", "check"), [(25, "leak", "repeated units"), (26, "look", "batches")])
def test_units_of_up_to_25_cells_are_leaks_where_two_splits_share_them(each, verdict, check) -> None:
    table = pd.DataFrame({"unit": np.repeat(["a", "b"], each)})
    [shared] = shared_values(table, np.where(np.arange(2 * each) % 2, "train", "test"), ["unit"])
    assert (shared.verdict, shared.check, shared.share) == (verdict, check, 1)
    [apart] = shared_values(table, np.repeat(["train", "test"], each), ["unit"])
    assert (apart.verdict, apart.check, apart.cells, apart.share) == ("fine", check, 0, 0)
    [untested] = shared_values(table, np.repeat(["train"], 2 * each), ["unit"])
    assert (untested.verdict, untested.share) == ("fine", 0)


def test_the_typical_size_is_that_of_the_unit_of_most_cells() -> None:
    table = pd.DataFrame({"unit": ["a"] * 60 + ["b"] * 10 + ["c"]})
    [found] = shared_values(table, np.array(["train"] * 61 + ["test"] * 10), ["unit"])
    assert found.finding == "3 values of 60 cells; 90% of the test cells share theirs with training"


def plates(**cells: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return cells of plates, each given by the letters of its classes."""
    return pd.DataFrame({"plate": np.repeat(list(cells), [len(own) for own in cells.values()])}), np.array(
        list("".join(cells.values()))
    )


def subjects(**cells: str) -> list[tuple[str, int]]:
    return [(finding.subject, finding.cells) for finding in confounded(*plates(**cells), ["plate"])]


MIXED = "AB" * 10


def test_who_has_plates_of_its_own() -> None:
    assert subjects(p=MIXED, q=MIXED, r="CCCCC") == [("C and plate", 5)]
    assert subjects(p=MIXED, q=MIXED, r="CCCC") == []  # too few cells to say so
    # One wrong label in twenty is allowed in the class's plate, and of its cells elsewhere.
    assert subjects(p=MIXED, q=MIXED, r="C" * 19 + "A") == [("C and plate", 19)]
    assert subjects(p=MIXED, q=MIXED, r="C" * 18 + "A") == []
    assert subjects(p=MIXED + "C", q=MIXED, r="C" * 19) == [("C and plate", 20)]
    assert subjects(p=MIXED + "C", q=MIXED, r="C" * 18) == []
    assert subjects(p="A" * 9, q="A" * 9) == subjects(p="AB" * 9, q="AB") == []  # one class; one plate of five cells


def test_up_to_three_of_its_plates_are_named() -> None:
    table, classes = plates(p=MIXED, q=MIXED, r="C" * 5, s="C" * 5, t="C" * 5, u="C" * 5)
    [found] = confounded(table, classes, ["plate"])
    assert found.finding == "class C has plate r, s, t to itself: the batch tells the class"


def test_where_nearly_every_plate_is_of_one_class_that_is_the_design() -> None:
    assert subjects(a="AAAABAAAAB", b="B" * 10) == [("plate", 20)]  # of eight in ten cells
    assert subjects(a="AAAABAAABB", b="B" * 10) == []
    assert subjects(m="AAABB", a="A" * 48, b="B" * 47) == [("plate", 100)]  # 95 of 100 cells in such plates
    assert subjects(m="AAABBB", a="A" * 48, b="B" * 47) == []


def test_classes_that_are_tested_on_few_groups_are_counted_and_folds_proposed() -> None:
    groups = np.array(["p1", "p2", "q1", "q2", "q3", "q3", "p3", "p3"], dtype=object)
    classes = np.array(["p", "p", "q", "q", "q", "q", "p", "p"], dtype=object)
    sides = np.array(["test"] * 6 + ["train"] * 2)
    [found] = few_groups(groups, classes, sides)
    assert (found.verdict, found.cells, round(found.share, 3)) == ("look", 2, 0.333)
    assert found.finding == (
        "1 of 2 classes are tested on 2 groups or fewer: split.strategy grouped_folds tests every group once"
    )
    [enough] = few_groups(groups, np.full(8, "p", dtype=object), sides)
    assert (enough.verdict, enough.cells) == ("fine", 0) and "grouped_folds" not in enough.finding


def test_cells_of_their_own_and_empty_tests_are_no_few_groups() -> None:
    classes = np.array(["p", "q", "p", "q"], dtype=object)
    assert few_groups(np.arange(4).astype(object), classes, SIDES) == []
    assert few_groups(np.array(["a", "a", "b", "b"], dtype=object), classes, np.full(4, "train")) == []
