import numpy as np
import pandas as pd
import pytest

from convoscope.evaluation.leakage import confounded, copies, likenesses, repeats

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
    assert verdicts(likenesses(crops, SIDES)) == {"near copies": ("fine", 0)}
    crops[3] = crops[0][:, ::-1] * 0.8 + np.random.default_rng(1).uniform(0, 300, crops[0].shape)
    assert verdicts(likenesses(crops, SIDES)) == {"near copies": ("leak", 1)}


def test_a_column_that_nobody_named_gives_repeated_cells_away() -> None:
    table = pd.DataFrame({"track": ["a", "b", "b", "c"], "plate": ["p", "p", "p", "p"], "id": list("1234")})
    [found] = repeats(table, SIDES, ["track", "plate", "id"])
    assert (found.verdict, found.check, found.subject, found.share) == ("leak", "repeated units", "track", 0.5)
    batches = pd.DataFrame({"plate": ["p", "q"] * 100})
    [found] = repeats(batches, np.repeat(["train", "test"], 100), ["plate"])
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
