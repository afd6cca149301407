"""Two motifs together."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.report.pairs import departure, draw_pair_panel, draw_pairs, make_panels, pairs_finding


def rows(first: str, second: str, level: float = 0.0, peak: float = 0.0) -> pd.DataFrame:
    """Make the rows of one pair: its interaction on the label of the second motif, with a peak at +30 bp."""
    distances = [d for d in range(-40, 41, 2) if abs(d) >= 10]
    parts = []
    for label, effects in ((first, (5.0, -1.0)), (second, (-1.0, 4.0))):
        for orientation in ("same", "opposite"):
            value = np.full(len(distances), float(level) if label == second else 0.0)
            value[[d == 30 and orientation == "same" and label == second for d in distances]] += peak
            value[[abs(d) <= 12 for d in distances]] -= 9  # touching
            parts.append(pd.DataFrame({
                "first": first, "second": second, "orientation": orientation, "distance": distances, "label": label,
                "first_effect": effects[0], "second_effect": effects[1], "together": sum(effects) + value,
                "interaction": value, "low": value - 0.1, "high": value + 0.1,
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_panels_are_of_the_labels_that_motifs_raise() -> None:
    panels = make_panels(rows("A", "B"))
    assert [(panel.first, panel.second, panel.label, panel.alone) for panel in panels] == [
        ("A", "B", "A", (5.0, -1.0)),
        ("A", "B", "B", (-1.0, 4.0)),
    ]


@pytest.mark.parametrize(
    ("level", "peak", "said"),
    [
        (0.2, 0, "Additive: no pair of motifs departs by more than .2 from the sum of both, of which one alone "
                 "changes a raw score by up to 5.0"),
        (-2, 0, "In 1 of 4 cases two motifs do not add up to within a tenth; most of all A with B on B "
                "(alone −1.0 and +4.0): −2.0 beyond the sum, at any distance"),
        (0, 3, "In 1 of 4 cases two motifs do not add up to within a tenth; most of all A with B on B "
               "(alone −1.0 and +4.0): +3.0 beyond the sum, 30 bp apart on the same strand"),
    ],
)  # fmt: skip
def test_finding(level: float, peak: float, said: str) -> None:
    table = pd.concat([rows("A", "B", level, peak), rows("A", "C"), rows("A", "A", level=-7)])
    assert pairs_finding(make_panels(table)) == said


def test_touching_sites_and_the_control_are_not_judged() -> None:
    assert pairs_finding(make_panels(rows("A", "A", level=3))).startswith("No two motifs")
    assert departure(make_panels(rows("A", "B"))[0]) == "0 beyond the sum, at any distance"


def test_the_control_does_not_flatten_the_others() -> None:
    every = Figure().subplots(1, 2)
    draw_pairs([*make_panels(rows("A", "B"))[:1], *make_panels(rows("A", "A", level=-90))], every)
    assert every[0].get_ylim()[0] > -15 > -90 > every[1].get_ylim()[0]
    assert every[0].get_xlim() == every[1].get_xlim()


def test_lines_break_where_sites_would_overlap() -> None:
    axes = Figure().subplots()
    draw_pair_panel(make_panels(rows("A", "B", peak=3))[1], axes)
    lines = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert len(lines) == 4
    assert all(min(line.get_xdata()) * max(line.get_xdata()) > 0 for line in lines)
    assert axes.get_title(loc="left") + axes.get_title() == "A, B on B"
    assert [text.get_text() for text in axes.texts] == ["alone −1.0, +4.0"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("first_effect", np.nan, "first_effect is empty in row 1"),
        ("interaction", np.nan, "interaction is empty in row 1"),
        ("distance", np.nan, "distance is empty in row 1"),
        ("orientation", "up", "orientation 'up'; same or opposite"),
    ],
)
def test_pairs_that_cannot_be_drawn_are_refused(
    refuse: Callable[..., str], drawing: Callable[..., list], tmp_path: Path, name: str, value: object, said: str
) -> None:
    table = rows("A", "B").assign(backgrounds=4)
    table.assign(**{name: value}).to_csv(tmp_path / "pairs.tsv", sep="\t", index=False)
    line = refuse(*drawing({"pairs": tmp_path / "pairs.svg"}, pairs=tmp_path / "pairs.tsv"))
    assert line.startswith(f"ERROR: pairs: {tmp_path / 'pairs.tsv'}: {said}")
    assert not (tmp_path / "pairs.svg").exists()
