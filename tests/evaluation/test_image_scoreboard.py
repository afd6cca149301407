"""The table of results on images: which rows there are, and what their cells say."""

import pytest

from convoscope.evaluation.image_scoreboard import cell_rows, cell_table, estimate, render_cells, vote_rows

FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
NAMES = ("accuracy", "macro_recall", "ece", "ece_scaled")
FIGURES = {name: {**FIGURE, "value": number / 8} for number, name in enumerate(NAMES)}
METRICS = {
    "groups": {"a": 3, "mean": 7, "b": 2},
    "overall": {"model": FIGURES, "filters": {**FIGURES, "accuracy_difference": FIGURE}},
    "votes": {"well": {"accuracy": FIGURE, "groups": 4}},
}


def test_every_method_has_a_row_and_only_others_a_difference() -> None:
    model, filters = cell_rows("cells", "plate", METRICS)
    assert {name: model[name] for name in ("experiment", "split", "method", "n", "groups")} == {
        "experiment": "cells", "split": "plate", "method": "model", "n": 9, "groups": 7,
    }  # fmt: skip
    assert (model["accuracy"], model["macro_recall"], model["ece"], model["ece_scaled"]) == (0, 1 / 8, 2 / 8, 3 / 8)
    assert (filters["accuracy_difference"], filters["accuracy_difference_high"]) == (0.5, 0.6)
    assert "accuracy_difference" not in model
    [voted] = vote_rows("cells", "plate", METRICS)
    assert (voted["method"], voted["n"], voted["groups"], voted["accuracy_low"]) == ("vote per well", 4, 4, 0.4)


def test_votes_have_no_other_figures_in_the_text() -> None:
    text = render_cells(cell_table(["one", "two"], ["cell", "plate"], [METRICS, {"groups": {"a": 1}}]))
    lines = text.splitlines()
    assert len(lines) == 4 and lines[0].split()[-4:] == ["accuracy", "macro", "recall", "ece"]
    assert lines[1].split()[-6:] == [".000", "[.400-.600]", ".125", "[.400-.600]", ".250", "[.400-.600]"]
    assert lines[3].split() == ["one", "cell", "vote", "per", "well", "4", "4", ".500", "[.400-.600]"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.9994, 0.5, 1.0), ".999 [.500-1.00]"),
        ((0.9996, None, None), "1.000"),
        ((10.25, 2.0, 0.05), "10.25 [2.00-.050]"),
        ((-0.25, None, None), "-.250"),
        ((None, None, None), ""),
    ],
)
def test_numbers_below_one_lose_their_zero(values: tuple, text: str) -> None:
    assert estimate(*values) == text


def test_without_any_interval_values_come_alone() -> None:
    bare = {name: {**figure, "low": None, "high": None} for name, figure in FIGURES.items()}
    text = render_cells(cell_table(["one"], ["cell"], [{"groups": {"a": 1}, "overall": {"model": bare}}]))
    assert text.splitlines()[1].split() == ["one", "cell", "model", "9", "1", ".000", ".125", ".250"]
