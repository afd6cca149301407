"""That text which cannot be read in print is found."""

from pathlib import Path

import legibility
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.report import style


@pytest.fixture
def every_figure_can_be_read() -> None:
    """Figures of this file are meant to be unreadable."""


def found(path: Path, *texts: tuple[float, float, str, float, float]) -> list[str]:
    """Return what is wrong with texts, each with its place, words, size and rotation, on a figure of 11 by 2 inches."""
    with legibility.reading() as every, style.drawing(path, 2, pd.DataFrame({"x": [1]})) as figure:
        style.headline(figure, "Texts are placed as asked")
        figure.subplots().set_axis_off()
        write(figure, *texts)
    [problems] = every.values()
    return problems


def write(figure: Figure, *texts: tuple[float, float, str, float, float]) -> None:
    for x, y, words, size, rotation in texts:
        figure.text(x, y, words, fontsize=size, rotation=rotation, rotation_mode="anchor")


def test_what_can_be_read_passes(tmp_path: Path) -> None:
    assert found(tmp_path / "a.svg", (0.1, 0.2, "lower", style.TEXT, 0), (0.1, 0.3, "upper", style.TEXT, 0)) == []


@pytest.mark.parametrize(("size", "said"), [(10.3, []), (10.1, ["'small' has 6.4 points in print"])])
def test_text_has_six_and_a_half_points_where_the_figure_is_seven_inches_wide(
    tmp_path: Path, size: float, said: list[str]
) -> None:
    assert found(tmp_path / "a.svg", (0.1, 0.2, "small", size, 0)) == said


def test_text_outside_and_over_other_text_is_found(tmp_path: Path) -> None:
    said = found(
        tmp_path / "a.svg", (0.97, 0.5, "too far right", 11, 0), (0.1, 0.5, "one", 11, 0), (0.11, 0.5, "two", 11, 0)
    )
    assert said == ["'too far right' leaves the picture", "'one' and 'two' overlap"]


@pytest.mark.parametrize(("apart", "said"), [(0.03, []), (0.01, ["'a long name' and 'another name' overlap"])])
def test_tilted_text_is_measured_along_its_line(tmp_path: Path, apart: float, said: list[str]) -> None:
    texts = (0.1, 0.2, "a long name", 11, 45), (0.1 + apart, 0.2, "another name", 11, 45)
    assert found(tmp_path / "a.svg", *texts) == said  # the upright boxes overlap at either distance
