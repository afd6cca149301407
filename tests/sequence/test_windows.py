import numpy as np
import pandas as pd
import pytest

from convoscope.sequence.alphabet import ALPHABETS, read_strand
from convoscope.sequence.codes import letters
from convoscope.sequence.usable_regions import line_ends
from convoscope.sequence.windows import (
    judge_sites,
    judge_windows,
    label_windows,
    merge_windows,
    place_windows,
    window_start,
)

DNA = ALPHABETS["dna"]
SIZES = {"chr1": 1000, "chr2": 500, "chrM": 100}


@pytest.mark.parametrize(("length", "start"), [(1, 50), (2, 49), (3, 49), (4, 48), (201, -50)])
def test_window_start_by_hand(length, start):
    assert window_start(50, length) == start


@pytest.mark.parametrize("length", range(1, 30))
def test_window_of_a_site_as_wide_is_the_site(length):
    middle = (70 + 70 + length) // 2
    assert window_start(middle, length) == 70


@pytest.mark.parametrize(("length", "width"), [(201, 101), (200, 100), (9, 1), (8, 2), (8, 8)])
def test_bin_is_the_narrower_window_of_the_same_centre(landscape, site_table, length, width):
    windows = place_windows(site_table(("a", "one", 500, 1)), landscape._replace(length=length))
    start = int(window_start(500, width))
    inside = [start - 1, start, start + width - 1, start + width]
    sites = [pd.DataFrame({"chrom": ["one"], "center": [place], "value": [1.0]}) for place in inside]
    assert [label_windows(windows, site, width, landscape.sizes)[0] for site in sites] == [0, 1, 1, 0]


def test_labels_against_every_pair(landscape):
    generator = np.random.default_rng(3)
    starts = generator.integers(0, 3000, 200)
    windows = pd.DataFrame({"chrom": generator.choice(["one", "two"], 200), "start": starts, "end": starts + 101})
    sites = pd.DataFrame(
        {"chrom": generator.choice(["one", "two"], 90), "center": generator.integers(0, 3000, 90)}
    ).assign(value=generator.normal(size=90))
    expected = [
        sites["value"][
            (sites["chrom"] == row.chrom) & (sites["center"] >= row.start + 25) & (sites["center"] < row.end - 25)
        ].max()
        for row in windows.itertuples()
    ]
    found = label_windows(windows, sites, 51, landscape.sizes)
    assert np.array_equal(found, np.nan_to_num(expected))
    assert (found == 0).any()
    assert (found < 0).any()


def test_no_sites_label_nothing(landscape, table):
    sites = pd.DataFrame({"chrom": [], "center": [], "value": []})
    assert label_windows(table(("one", 0, 9)), sites, 3, landscape.sizes).tolist() == [0]


def test_judge_sites_by_hand(landscape, site_table):
    sites = site_table(("a", "one", 5, 1), ("a", "gone", 5, 1), ("a", "tiny", 60, 1), ("a", "one", 6, 0.5))
    sites.loc[len(sites)] = {**sites.loc[0].to_dict(), "end": 5}
    reasons = judge_sites(sites, np.full(5, 0.75), landscape.sizes)
    assert reasons.tolist() == ["", "unknown_contig", "out_of_bounds", "min_score", "zero_length"]


def test_sites_without_a_strand_have_no_direction(landscape, site_table):
    sites = site_table(*[("a", "one", 500, score) for score in (1, 1, 1, 0)]).assign(strand=["+", "-", ".", "."])
    for direction, reasons in (("site", ["", "", "no_strand", "min_score"]), ("forward", ["", "", "", "min_score"])):
        assert judge_sites(sites, np.full(4, 0.5), landscape.sizes, direction).tolist() == reasons


@pytest.mark.parametrize("length", [100, 101, 8, 9])
def test_the_centre_is_at_the_same_place_of_what_is_read_on_both_strands(landscape, site_table, length):
    sites = site_table(("a", "one", 700, 1), ("a", "one", 700, 1)).assign(strand=["+", "-"])
    directed = landscape._replace(length=length, direction="site")
    windows = place_windows(sites, directed).assign(strand=sites["strand"])
    assert (windows["end"] - windows["start"]).tolist() == [length, length]
    (base,) = letters(landscape.fasta, pd.DataFrame({"chrom": ["one"], "start": [700], "end": [701]}), DNA)
    plus, minus = letters(landscape.fasta, windows, DNA, "site")
    assert (plus[length // 2], minus[length // 2]) == (base, read_strand(base, "-", DNA))
    assert plus[length // 2 - 3 : length // 2] == read_strand(minus[length // 2 + 1 : length // 2 + 4], "-", DNA)
    forward = place_windows(sites, landscape._replace(length=length))
    assert forward["start"].nunique() == 1


@pytest.mark.parametrize(("length", "width"), [(201, 101), (200, 100), (9, 1), (8, 2), (8, 8)])
def test_the_bin_of_a_minus_window_is_the_one_of_its_centre(landscape, site_table, length, width):
    sites = site_table(("a", "one", 500, 1)).assign(strand="-")
    windows = place_windows(sites, landscape._replace(length=length, direction="site"))
    start = int(window_start(500, width, True))
    inside = [start - 1, start, start + width - 1, start + width]
    sites = [pd.DataFrame({"chrom": ["one"], "center": [place], "value": [1.0]}) for place in inside]
    assert [label_windows(windows, site, width, landscape.sizes)[0] for site in sites] == [0, 1, 1, 0]


def test_a_window_may_end_with_its_contig_and_begin_with_it(landscape, site_table):
    sites = site_table(*[("a", "one", place, 1) for place in (50, 39_950)]).assign(strand="+")
    assert judge_windows(sites, landscape).tolist() == ["", ""]
    turned = sites.assign(strand="-", center=sites["center"] - 1)  # even windows begin one base later on this strand
    assert judge_windows(turned, landscape._replace(direction="site")).tolist() == ["", ""]
    assert judge_windows(turned.assign(center=[48, 39_950]), landscape._replace(direction="site")).tolist() == [
        "out_of_bounds",
        "out_of_bounds",
    ]


def test_a_site_may_end_with_its_contig(landscape, site_table):
    sites = site_table(("a", "tiny", 0, 1), ("a", "tiny", 0, 1)).assign(start=50, end=[60, 61])
    assert judge_sites(sites, np.full(2, np.nan), landscape.sizes).tolist() == ["", "out_of_bounds"]


def test_a_score_equal_to_the_least_is_enough(landscape, site_table):
    sites = site_table(("a", "one", 5, 0.75), ("a", "one", 5, 0.74))
    assert judge_sites(sites, np.full(2, 0.75), landscape.sizes).tolist() == ["", "min_score"]


def test_sites_of_both_strands_in_one_window_are_two_windows(landscape, site_table):
    sites = site_table(*[("a", "one", 300, 1)] * 3, ("b", "one", 300, 1)).assign(strand=["+", "-", "-", "-"])
    directed = landscape._replace(length=101, direction="site")
    assert judge_windows(sites, directed).tolist() == ["", "", "duplicate", ""]
    assert merge_windows(sites, directed)[["start", "end", "strand"]].to_numpy().tolist() == [
        [250, 351, "+"],
        [250, 351, "-"],
    ]
    assert judge_windows(sites, landscape).tolist() == ["", "duplicate", "duplicate", ""]


def test_judge_windows_by_hand(landscape, site_table):
    sites = site_table(
        ("a", "one", 49, 1),
        ("a", "one", 50, 1),
        ("a", "one", 50, 2),
        ("b", "one", 50, 1),
        ("a", "one", 5_500, 1),
        ("a", "one", 39_950, 1),
        ("a", "one", 39_951, 1),
    )
    expected = ["out_of_bounds", "", "duplicate", "", "blacklist", "", "out_of_bounds"]
    assert judge_windows(sites, landscape).tolist() == expected


def test_merge_by_hand(landscape, site_table):
    sites = site_table(("a", "two", 90, 1), ("b", "two", 90, 1), ("a", "one", 300, 1), ("b", "two", 80, 1))
    sites["strand"] = ["+", "-", "-", "+"]
    merged = merge_windows(sites, landscape)
    assert merged.to_numpy().tolist() == [["one", 250, 350, "-"], ["two", 30, 130, "+"], ["two", 40, 140, "."]]


def test_merge_keeps_every_window_once_in_order(landscape, site_table):
    generator = np.random.default_rng(1)
    rows = [("a", chrom, int(place), 1) for chrom in ("two", "one") for place in generator.integers(50, 300, 200)]
    sites = site_table(*rows)
    merged = merge_windows(sites, landscape)
    assert set(merged["start"].tolist()) == set((sites["center"] - 50).tolist())
    starts, _ = line_ends(merged, landscape.sizes)
    assert (np.diff(starts) > 0).all()
