from pathlib import Path

import pytest

from convoscope.config.sequence import Sites, Windows
from convoscope.errors import InputError
from convoscope.sequence.centers import find_centers, find_column, is_position, read_column
from convoscope.sequence.choices import Choices, site_choices
from convoscope.sequence.site_formats import recognise
from convoscope.sequence.site_table import Row, Table

PATH = Path("x.bed")
NARROW = "c\t{}\t{}\tp\t5\t+\t1.5\t3\t2\t{}"


def parse(*texts, heading=""):
    rows = Table.of([Row(number, text.split("\t"), text) for number, text in enumerate(texts, start=1)])
    return rows, recognise(rows, heading.split(), in_comment=False)


def centers(*texts, heading="", **choices):
    rows, form = parse(*texts, heading=heading)
    starts, ends = rows.whole(1) - form.first, rows.whole(2)
    found, is_midpoint, said = find_centers(rows, starts, ends, form, PATH, Choices(**choices))
    return found.tolist(), is_midpoint.tolist(), said


def test_midpoints_by_hand():
    rows = [f"c\t{start}\t{end}" for start, end in ((5, 5), (5, 6), (5, 7), (5, 8), (0, 9))]
    assert centers(*rows) == ([5, 5, 6, 6, 4], [True] * 5, "midpoint")


def test_summits_from_the_first_base_to_the_last():
    rows = [NARROW.format(10, 20, offset) for offset in (0, 9, -1)]
    said = "column 10, offset from start, midpoint of 1 rows without"
    assert centers(*rows) == ([10, 19, 15], [False, False, True], said)
    assert centers(*rows[:2]) == ([10, 19], [False, False], "column 10, offset from start")
    assert centers(*rows, center="midpoint") == ([15] * 3, [True] * 3, "midpoint")


@pytest.mark.parametrize(("offset", "shown"), [("10", "10"), ("-2", "-2"), ("x" * 50, "x" * 40)])
def test_a_summit_outside_its_peak_is_refused(offset, shown):
    rows = [NARROW.format(10, 20, 9), NARROW.format(10, 20, offset), NARROW.format(10, 20, 0)]
    said = rf"x\.bed:2: summit '{shown}' \(column 10\) of a peak of 10 bp; an offset from start inside the peak, or -1"
    with pytest.raises(InputError, match=said):
        centers(*rows)


@pytest.mark.parametrize(
    ("cells", "found", "said"),
    [
        (("100", "199"), [100, 199], "position"),
        (("0", "99"), [100, 199], "offset from start"),
        (("0", "-1"), [100, 150], "offset from start, midpoint of 1 rows without"),
        (("7", ""), [107, 150], "offset from start, midpoint of 1 rows without"),
        (("199", ""), [199, 150], "position, midpoint of 1 rows without"),
        (("", ""), [150, 150], "offset from start, midpoint of 2 rows without"),
    ],
)
def test_a_column_holds_positions_or_offsets(cells, found, said):
    rows = [f"c\t100\t200\tn\t0\t+\t{cell}" for cell in cells]
    assert centers(*rows, center_column=7)[::2] == (found, f"column 7, {said}")


@pytest.mark.parametrize("cell", ["99", "200", "-2", "1.5"])
def test_a_column_of_neither_is_refused(cell):
    accepted = ["c\t100\t200\t100", "c\t100\t200\t199"]
    if cell == "99":  # an offset, of rows with positions
        accepted.append("c\t100\t200\t150")
    with pytest.raises(InputError, match=rf"x\.bed:{len(accepted) + 1}: summit '{cell}' \(column 4\)"):
        centers(*accepted, f"c\t100\t200\t{cell}", center_column=4)


def test_where_both_fit_the_name_of_the_column_decides():
    heading = "chrom start end {}"
    row = "c\t0\t50\t7"  # 7 is an offset and a position of the same base
    assert centers(row, heading=heading.format("abs_summit"))[::2] == ([7], "column 4, position")
    assert centers(row, heading=heading.format("summit"))[::2] == ([7], "column 4, offset from start")
    both = "c\t10\t50\t12"
    assert centers(both, heading=heading.format("abs_summit"))[0] == [12]
    assert centers(both, heading=heading.format("summit"))[0] == [22]
    assert centers(both, center_column=4)[0] == [22]
    assert centers(both, "c\t10\t50\t45", "c\t10\t50\t10", heading=heading.format("summit"))[0] == [12, 45, 10]


def test_positions_of_a_one_based_table():
    heading = "chr start end width abs_summit"
    assert centers("c\t101\t200\t100\t101", "c\t101\t200\t100\t200", heading=heading)[0] == [100, 199]
    with pytest.raises(InputError, match=r"x\.bed:3: summit '201'"):
        centers(*["c\t101\t200\t100\t150"] * 2, "c\t101\t200\t100\t201", heading=heading, center_column="abs_summit")


def test_the_base_before_a_one_based_peak_is_no_summit():
    heading = "chr start end width abs_summit"
    with pytest.raises(InputError, match=r"x\.bed:3: summit '100'"):
        centers(*["c\t101\t200\t100\t150"] * 2, "c\t101\t200\t100\t100", heading=heading, center_column=5)


def test_the_first_column_may_be_the_one_that_is_named():
    assert centers("5\t5\t9", center_column=1)[::2] == ([5], "column 1, position")


def test_a_column_called_summit_may_hold_no_summit():
    found = centers("c\t100\t200\tp1", heading="chrom start end peak")
    assert found == ([150], [True], "midpoint (column 4 is no summit)")


def test_a_site_of_no_base_has_its_summit_at_its_start():
    assert centers("c\t5\t5\t0", center_column=4)[0] == [5]
    with pytest.raises(InputError, match="of a peak of 0 bp"):
        centers("c\t5\t5\t1", center_column=4)


@pytest.mark.parametrize(("column", "place"), [(1, 0), (4, 3), ("4", 3), ("NAME", 3)])
def test_columns_by_number_and_name(column, place):
    rows, form = parse("c\t1\t2", "c\t1\t2\tn")
    assert find_column(column, form._replace(names=["chrom", "start", "end", "name"]), rows, PATH) == place


@pytest.mark.parametrize(
    ("column", "said"),
    [(0, "no column 0; the file has 4"), (5, "no column 5; the file has 4"), ("5", "no column 5"), ("q", "'q'; the")],
)
def test_columns_that_are_not_there(column, said):
    rows, form = parse("c\t1\t2", "c\t1\t2\tn")
    with pytest.raises(InputError, match=said):
        find_column(column, form, rows, PATH)
    with pytest.raises(InputError, match="no column 1; the file has 0"):
        find_column(1, form, Table.of([]), PATH)


def test_is_position_by_hand():
    _, form = parse("c\t1\t2")
    form = form._replace(names=["chrom", "abs_summit"])
    assert [is_position(form, column) for column in range(3)] == [False, True, False]


def test_read_column_by_hand():
    rows, _ = parse("c\t1\t2\t7", "c\t1\t2", "c\t1\t2\tx", "c\t1\t2\t-1")
    values, filled, whole = read_column(rows, 3)
    assert values.tolist() == [7, -1, -1, -1]
    assert filled.tolist() == [True, False, True, True]
    assert whole.tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("options", "needed"),
    [({}, False), ({"min_score": 0}, True), ({"value": "score"}, True), ({"value": "presence"}, False)],
)
def test_scores_are_needed_where_a_key_asks_for_them(options, needed):
    choices = site_choices(Sites(path="a", score_column=7, **options), Windows(center="midpoint"))
    assert choices == Choices("midpoint", None, 7, needed)
