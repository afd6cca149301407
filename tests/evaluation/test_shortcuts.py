from typing import Any

import numpy as np
import pytest

from convoscope.evaluation.shortcuts import bright_groups, constant_channels


def split(model: float | None, intensity: float | None = None, cells: int = 40) -> dict[str, Any]:
    found = {"model": model} | ({} if intensity is None else {"intensity": intensity})
    return {"overall": {name: {"accuracy": {"value": value, "n": cells}} for name, value in found.items()}}


def test_brightness_that_names_the_group_is_marked() -> None:
    [found] = bright_groups({"cell": split(0.8, 0.9), "plate": split(0.6, 0.3), "protein and plate": split(0.5, 0.2)})
    assert found[:5] == ("look", "brightness", "intensity", 40, 0.9)
    assert found.finding == (
        "accuracy of intensities alone: by cell .90 (network .80); by plate .30 (network .60); "
        "by protein and plate .20 (network .50); brightness names the group, not the class"
    )


@pytest.mark.parametrize(
    ("cell", "plate"),
    [
        (split(0.8, 0.9), split(0.6, 0.7)),  # wins everywhere: the class is brighter
        (split(0.9, 0.8), split(0.6, 0.3)),  # never wins
        (split(0.9, 0.8), split(0.6, 0.7)),  # wins where it is harder
    ],
)
def test_other_patterns_are_fine(cell: dict[str, Any], plate: dict[str, Any]) -> None:
    [found] = bright_groups({"cell": cell, "plate": plate})
    assert found.verdict == "fine" and "names the group" not in found.finding


@pytest.mark.parametrize(
    "metrics", [{}, {"cell": split(0.8, 0.9)}, {"cell": split(0.8), "plate": split(0.6)}, {"cell": {}, "plate": {}}]
)
def test_one_split_or_no_baseline_says_nothing(metrics: dict[str, Any]) -> None:
    assert bright_groups(metrics) == []


def test_constant_channels_are_those_of_nearly_all_crops() -> None:
    codes = np.random.default_rng(0).integers(0, 99, (600, 3, 4, 4)).astype(np.uint16)
    codes[:580, 1] = np.arange(580)[:, None, None]  # one value in each crop, another in the next
    codes[:300, 2] = 7
    found = constant_channels(codes, ["a", "b", "c"])
    assert [(one.verdict, one.subject, one.cells) for one in found] == [
        ("fine", "a", 0), ("look", "b", 580), ("fine", "c", 300),
    ]  # fmt: skip
    assert found[1].finding == "one value in 97% of the crops: nothing can be learned from it"
    assert found[2].finding == "one value in 50% of the crops"
