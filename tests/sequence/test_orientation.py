import logging

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.sequence.choices import Choices
from convoscope.sequence.orientation import (
    centers_in_direction,
    check_strands,
    give_strands,
    on_minus,
    place_columns,
    refuse_open_strand,
    report_strands,
)
from convoscope.sequence.sites import read_sites
from convoscope.sequence.windows import window_start

SITES = pd.DataFrame({"strand": ["+", "-", "."]})


def test_only_a_direction_has_a_minus_strand():
    assert on_minus(SITES, "site").tolist() == [False, True, False]
    assert on_minus(SITES, "forward").tolist() == [False] * 3


def test_the_strand_tells_two_windows_apart_where_they_have_a_direction():
    assert place_columns("site") == ["chrom", "start", "end", "strand"]
    assert place_columns("forward") == ["chrom", "start", "end"]


@pytest.mark.parametrize(
    ("width", "summit", "plus", "minus"),
    [
        (9, -1, 104, 104),  # one base is in the middle
        (8, -1, 104, 103),  # of two, the second as each strand reads them
        (8, 4, 104, 104),  # a summit is where it is, also where the midpoint is
        (8, 7, 107, 107),
        (1, -1, 100, 100),
    ],
)
def test_midpoints_are_read_in_their_direction_and_summits_are_bases(tmp_path, width, summit, plus, minus):
    row = "chr1\t100\t{}\tn\t5\t{}\t1\t1\t1\t{}\n"
    (tmp_path / "s.narrowPeak").write_text("".join(row.format(100 + width, strand, summit) for strand in "+-."))
    sites = read_sites(tmp_path / "s.narrowPeak")
    assert centers_in_direction(sites, "site").tolist() == [plus, minus, plus]
    assert centers_in_direction(sites, "forward").tolist() == [plus] * 3
    middle = read_sites(tmp_path / "s.narrowPeak", Choices("midpoint"))
    assert centers_in_direction(middle, "site").tolist() == [100 + width // 2, 100 + (width - 1) // 2, 100 + width // 2]


@pytest.mark.parametrize("length", range(1, 12))
def test_the_window_of_a_site_as_wide_is_the_site_on_both_strands(tmp_path, length):
    (tmp_path / "s.bed").write_text("".join(f"chr1\t70\t{70 + length}\tn\t0\t{strand}\n" for strand in "+-"))
    sites = read_sites(tmp_path / "s.bed")
    assert window_start(centers_in_direction(sites, "site"), length, on_minus(sites, "site")).tolist() == [70, 70]


def test_a_file_without_any_strand_has_no_direction():
    check_strands(SITES, "s.bed", "site", "--strand")
    check_strands(SITES[2:], "s.bed", "forward", "--strand")
    check_strands(SITES[:0], "s.bed", "site", "--strand")
    with pytest.raises(InputError, match=r"s\.bed: no row has a strand.*--strand ignore reads the forward strand"):
        check_strands(SITES[2:], "s.bed", "site", "--strand")


def test_one_site_on_the_minus_strand_leaves_a_question_open():
    refuse_open_strand(SITES[::2], "s.bed")
    with pytest.raises(InputError, match=r"s\.bed: 1 of 3 sites are on the minus strand.*windows\.strand: site"):
        refuse_open_strand(SITES, "s.bed")


def test_only_rows_without_a_strand_are_given_one_by_the_seed():
    rows = pd.DataFrame({"strand": np.array(["+", "-", ".", "."] * 100, dtype=object)})
    assert give_strands(rows, "forward", 1) is rows
    one, again, other = (give_strands(rows, "site", seed)["strand"].to_numpy() for seed in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()
    assert one[0::4].tolist() == ["+"] * 100 and one[1::4].tolist() == ["-"] * 100
    given = np.concatenate([one[2::4], one[3::4]])
    assert set(given) == {"+", "-"} and 70 < (given == "-").sum() < 130


@pytest.mark.parametrize(
    ("strands", "direction", "said"),
    [
        ("++-.", "site", ["sites.x: windows are read from their site's strand, 2 + and 1 -"]),
        ("++-.", "forward", ["sites.x: windows are read forward, also at the 1 sites of the minus strand"]),
        ("++..", "forward", []),
    ],
)
def test_the_log_says_from_which_strand_windows_are_read(caplog, strands, direction, said):
    with caplog.at_level(logging.INFO):
        report_strands(pd.DataFrame({"strand": list(strands)}), "sites.x", direction)
    assert [record.getMessage() for record in caplog.records] == said
