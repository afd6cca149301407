"""How names and numbers are written."""

import pytest

from convoscope.report import wording
from convoscope.report.style import FOLDS, METHOD_COLORS


def test_what_has_a_colour_of_its_own_has_a_name_and_the_reverse() -> None:
    assert list(METHOD_COLORS) == list(wording.METHODS) and list(FOLDS) == list(wording.SPLITS)


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(-0.0004, 3, ".000"), (12.5, 1, "12.5"), (None, 3, "–"), (float("inf"), 3, "–")]
)
def test_number(value: float | None, digits: int, text: str) -> None:
    assert wording.number(value, digits) == text


def test_shorten_keeps_both_ends_and_the_width() -> None:
    for width in range(3, 20):
        assert len(wording.shorten("abcdefghijklmnopqrstuvwxyz", width)) == width
    assert wording.shorten("short", 12) == "short"
