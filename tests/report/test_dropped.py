import pandas as pd
from matplotlib.figure import Figure

from convoscope.report.dropped import draw_dropped, draw_negatives, dropped_finding, dropped_table


def rows(*reasons: str) -> pd.DataFrame:
    return pd.DataFrame({"reason": reasons, "label": "Reb1"}, columns=["reason", "label"])


def test_commonest_reason_comes_first_and_rare_ones_together() -> None:
    given = rows(*["duplicate"] * 3, *["out_of_bounds"] * 5, *[f"r{k}" for k in range(12)])
    table = dropped_table(given)
    assert table["reason"].tolist()[:2] == ["out of bounds", "duplicate"]
    assert "2 other reasons" in table["reason"].tolist()
    assert table["rows"].sum() == 20


def test_finding_names_the_commonest_reason() -> None:
    table = dropped_table(rows("duplicate", "duplicate", "blacklist"))
    assert dropped_finding(table, 90) == (
        "3 input rows were dropped, most for “duplicate”; 90 examples were made from the rest"
    )
    assert dropped_finding(dropped_table(rows("duplicate")), 1) == (
        "1 input row was dropped, for “duplicate”; 1 examples were made from the rest"
    )


def test_rows_that_are_left_out_as_asked_are_no_losses() -> None:
    table = dropped_table(rows("min_score", "letter: 'J'", "min_score", "letter: 'Z'", "unknown_contig"))
    assert table["reason"].tolist() == ["below min_score, as asked", "letter", "unknown contig"]
    assert dropped_finding(table, 9) == (
        "3 input rows were dropped, most for “letter”; 2 left out as asked; 9 examples were made from the rest"
    )
    assert dropped_finding(dropped_table(rows("min_score")), 9) == (
        "No row was lost; 1 left out as asked; 9 examples were made from the rest"
    )


def test_nothing_dropped_says_so() -> None:
    table = dropped_table(rows())
    axes = Figure().subplots()
    draw_dropped(table, axes)
    assert [text.get_text() for text in axes.texts] == ["no row was dropped"]
    assert dropped_finding(table, 1200) == "No row was dropped; 1,200 examples were made from the input"


def test_bars_carry_their_totals() -> None:
    axes = Figure().subplots()
    draw_dropped(dropped_table(rows("duplicate", "duplicate", "blacklist")), axes)
    assert [text.get_text() for text in axes.texts] == ["2", "1"]


def test_negatives_missing_are_counted() -> None:
    axes = Figure().subplots()
    draw_negatives(pd.DataFrame({"bin": ["a", "b"], "requested": [10, 5], "obtained": [7, 5]}), axes)
    assert [bar.get_height() for bar in axes.patches] == [7, 5, 3]
    assert (axes.get_title(), axes.get_xlabel()) == ("negatives: 12 of 15 found", "")
    by_gc = Figure().subplots()
    draw_negatives(pd.DataFrame({"bin": ["0.38-0.40"], "requested": [10], "obtained": [7]}), by_gc)
    assert by_gc.get_xlabel() == "GC content of the window"
    empty = Figure().subplots()
    draw_negatives(pd.DataFrame({"bin": [], "requested": [], "obtained": []}), empty)
    assert [text.get_text() for text in empty.texts] == ["no negatives were asked for"]
