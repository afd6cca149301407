import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.report.composition import (
    GROUPS,
    composition_finding,
    composition_limits,
    composition_table,
    draw_composition,
    letter_share,
)


def table_of(first: float, second: float, n: int = 400) -> pd.DataFrame:
    noise = np.linspace(-0.1, 0.1, n)
    share = np.concatenate([first + noise, second + noise])
    return composition_table(share, ["test"] * 2 * n, ["positive"] * n + ["negative"] * n)


def test_letter_share_ignores_ambiguous_letters() -> None:
    codes = np.array([[1, 2, 14, 14], [0, 3, 0, 1]], dtype=np.uint8)
    assert letter_share(codes, [1, 2], 4).tolist() == [1.0, 0.25]


def test_shares_sum_to_one_per_group() -> None:
    table = table_of(0.4, 0.5)
    assert np.allclose(table.groupby("group")["share"].sum(), 1)
    assert np.allclose(table.groupby("group")["mean"].first(), [0.5, 0.4])


def test_finding_tells_a_difference_from_a_match() -> None:
    assert composition_finding(table_of(0.4, 0.402), "GC content") == (
        "GC content is matched: means of positive and negative are at most 0.2 percentage points apart"
    )
    assert composition_finding(table_of(0.45, 0.40), "GC content") == (
        "GC content differs: that of positive examples is 5.0 percentage points above that of negative ones"
    )


def test_equal_means_are_said_to_be_equal() -> None:
    assert composition_finding(table_of(0.4, 0.4), "GC content").endswith("are less than 0.1 percentage points apart")


def test_small_samples_do_not_differ_by_chance() -> None:
    assert "does not differ beyond chance" in composition_finding(table_of(0.40, 0.43, n=5), "GC content")


def test_one_group_cannot_be_compared() -> None:
    table = composition_table(np.array([0.4, 0.5]), ["train"] * 2, ["positive"] * 2)
    assert composition_finding(table, "GC content").endswith("nothing to compare")


def test_sequences_without_known_letters_are_left_out() -> None:
    table = composition_table(np.array([np.nan, 0.5]), ["train"] * 2, ["positive"] * 2)
    assert table["examples"].unique().tolist() == [1]


def test_groups_of_every_task_name_every_example() -> None:
    labels = np.array([[1, 0], [0, 0], [0, 1], [np.nan, 1]])
    assert GROUPS["any_label"](labels, ["a", "b"]).tolist() == ["positive", "negative", "positive", "positive"]
    assert GROUPS["class"](labels, ["a", "b"]).tolist() == ["a", "a", "b", "b"]
    values = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert GROUPS["halves"](values, ["a"]).tolist() == ["lower half"] * 2 + ["upper half"] * 2


def test_drawing_names_groups_with_their_means() -> None:
    axes = Figure().subplots()
    table = table_of(0.4, 0.5)
    draw_composition(table, axes, "GC content")
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["positive, n = 400, mean .400", "negative, n = 400, mean .500"]
    low, high = composition_limits(table)
    assert low < 0.3 and high > 0.6
