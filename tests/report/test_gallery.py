"""Logos and gallery."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.config import Motifs
from convoscope.report.gallery import count_networks, gallery_finding, gallery_rows, worth_showing
from convoscope.report.gallery_entries import (
    Entry,
    draw_influence,
    draw_match_text,
    draw_motif_text,
    draw_pair,
    draw_reverse,
    extent,
    make_entry,
)
from convoscope.report.logos import draw_logo, letter_heights, reverse_complement, stack_letters
from convoscope.report.matches import matches_page
from convoscope.report.pages import page


def match_row(**changes: object) -> pd.Series:
    row = {
        "motif": "M1", "members": "holdout.1.f000 holdout.2.f003",
        "influence": 0.3, "sites": 40, "information": 8.0, "motif_id": "MA1.1",
        "motif_name": "REB1", "q_value": 1e-4, "offset": 2, "overlap": 4, "strand": "+",
        "filters": 2, "networks": 2, "reproducible": "yes",
    }  # fmt: skip
    return pd.Series(row | changes)


def one_hot(text: str) -> np.ndarray:
    return np.eye(4)[["ACGT".index(letter) for letter in text]]


def matches(*rows: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_heights_sum_to_the_information() -> None:
    matrix = np.random.default_rng(1).dirichlet([1] * 4, size=9)
    information = 2 + (matrix * np.log2(matrix)).sum(axis=1)
    assert np.allclose(letter_heights(matrix).sum(axis=1), information)


def test_highest_letter_stands_on_top_and_invisible_ones_are_left_out() -> None:
    assert stack_letters(np.array([[0.001, 0.2, 1.0, 0.5]])) == [
        (0, 1, 0.001, 0.2),
        (0, 3, pytest.approx(0.201), 0.5),
        (0, 2, pytest.approx(0.701), 1.0),
    ]


def test_logo_fills_the_true_height() -> None:
    axes = Figure().subplots()
    draw_logo(one_hot("CA"), "ACGT", 5, axes)
    paths = [path for item in axes.collections for path in item.get_paths()]
    boxes = sorted(path.get_extents().extents.round(3).tolist() for path in paths)
    assert boxes == [[4.54, 0.0, 5.46, 2.0], [5.54, 0.0, 6.46, 2.0]]
    assert axes.get_ylim() == (0, 2)


def test_reverse_complement_is_its_own_inverse() -> None:
    matrix = one_hot("AACGT")
    assert (reverse_complement(matrix) == one_hot("ACGTT")).all()
    assert (reverse_complement(reverse_complement(matrix)) == matrix).all()


def test_match_is_turned_to_the_filters_strand() -> None:
    entry = make_entry(match_row(strand="-"), {"M1": one_hot("ACC")}, {"MA1.1": one_hot("GGTA")}, 0.05, 1)
    assert entry.target is not None
    assert (entry.target == one_hot("TACC")).all()
    assert entry.named


@pytest.mark.parametrize(("offset", "ends"), [(2, (-2, 3)), (-1, (0, 6)), (0, (0, 5))])
def test_extent_covers_filter_and_match(offset: int, ends: tuple[int, int]) -> None:
    entry = Entry(match_row(offset=offset), one_hot("ACG"), one_hot("AACGT"), True, "")
    assert extent(entry) == ends


def test_pair_shows_matching_columns_at_the_same_place() -> None:
    entry = Entry(match_row(offset=1), one_hot("CGT"), one_hot("ACGTA"), True, "")
    pair = Figure().subplots(1, 2)
    draw_pair(entry, "ACGT", 9, pair)
    assert pair[0].get_xlim() == pair[1].get_xlim()
    middles = [
        {round(path.get_extents().x0 + 0.46) for path in axes.collections[1].get_paths()} for axes in pair
    ]  # columns of every C
    assert middles == [{0}, {0}]


def test_reverse_complement_lies_in_the_mirrored_columns() -> None:
    entry = Entry(match_row(offset=1), one_hot("CCT"), one_hot("ACCTA"), True, "")
    pair, axes = Figure().subplots(1, 2), Figure().subplots()
    draw_pair(entry, "ACGT", 9, pair)
    draw_reverse(entry, "ACGT", 9, axes)
    drawn = [{round(path.get_extents().x0 + 0.46) for path in item.get_paths()} for item in axes.collections]
    assert drawn == [{0}, set(), {1, 2}, set()]  # AGG
    low, high = pair[0].get_xlim()
    assert axes.get_xlim() == pytest.approx((2 - high, 2 - low))


def test_motifs_without_logo_are_not_shown() -> None:
    table = matches(match_row(), match_row(motif="b", influence=0.9))
    assert gallery_rows(table, ["M1"], 0.05)["motif"].tolist() == ["M1"]
    filters = table.drop(columns=["members", "filters"]).rename(columns={"motif": "filter"})
    assert gallery_rows(filters, ["M1"], 0.05)["filter"].tolist() == ["M1"]


def test_named_motifs_come_first_and_noise_is_not_shown() -> None:
    table = matches(
        match_row(motif="M1", influence=9.0, q_value=0.9),
        match_row(motif="M2", influence=8.0, q_value=0.9, reproducible="no"),
        match_row(motif="M3", influence=0.44, q_value=0.9),
        match_row(motif="M4", influence=0.4, reproducible="no"),
    )
    assert worth_showing(table, 0.05).tolist() == [True, False, False, True]
    shown = gallery_rows(table, table["motif"], 0.05)
    assert shown["motif"].tolist() == ["M4", "M1"]
    assert gallery_finding(table, shown, 0.05, 2) == (
        "1 of 4 motifs has a name at q ≤ .05: REB1; 1 without a name come back in 2 of 2 networks or more; the other 2 "
        "are noise, or do little"
    )


def test_of_one_network_only_names_tell_motifs_from_noise() -> None:
    table = matches(match_row(reproducible=np.nan), match_row(motif="M2", q_value=0.4, reproducible=np.nan))
    assert worth_showing(table, 0.05).tolist() == [True, False]
    assert gallery_finding(table, table[:1], 0.05) == (
        "1 of 2 motifs has a name at q ≤ .05: REB1; the other 1 have none, and one network cannot tell which would "
        "come back"
    )


def test_finding_says_what_gives_no_names() -> None:
    table = matches(match_row(), match_row(motif="M2"))
    assert gallery_finding(table[:0], table[:0], 0.05) == "No filter found enough sites to make a motif"
    unsearched = table.assign(q_value=np.nan, motif_id="", motif_name="")
    assert worth_showing(unsearched.assign(reproducible=np.nan), 0.05).all()
    assert gallery_finding(unsearched, unsearched, 0.05, 2) == (
        "2 motifs without names: JASPAR is of DNA; set motifs.database to a file of RNA motifs; 2 without a name come "
        "back in 2 of 2 networks or more"
    )
    weak = table.assign(q_value=0.4, reproducible="no")
    assert gallery_finding(weak, weak[:0], 0.05, 2).startswith("None of 2 motifs has a name at q ≤ .05; 0 without a ")


def test_finding_says_how_many_are_not_shown() -> None:
    rows = [match_row(motif=f"M{k}", influence=k, motif_name="ABF1" if k % 2 else "REB1") for k in range(15)]
    table = matches(*rows)
    shown = gallery_rows(table, table["motif"], 0.05)
    assert len(shown) == 12
    assert gallery_finding(table, shown, 0.05).startswith(
        "15 of 15 motifs have a name at q ≤ .05: REB1, ABF1; 0 without"
    )
    assert gallery_finding(table, shown, 0.05).endswith("; the first 12 are shown")


def test_unnamed_motifs_that_come_back_count_too() -> None:
    rows = [
        match_row(q_value=0.9, networks=3),
        match_row(motif="M2", networks=1, reproducible="no", members="holdout.3.f009"),
        match_row(motif="M3"),
    ]
    table = matches(*rows)
    assert count_networks(table) == 3
    logos = {name: one_hot("ACG") for name in table["motif"]}
    entries = [make_entry(row, logos, {}, 0.05, 3) for row in rows]
    assert [(entry.networks, entry.reproducible) for entry in entries] == [
        ("in 3 of 3 networks", True),
        ("in 1 of 3 networks", False),
        ("in 2 of 3 networks", True),
    ]


def test_motif_that_does_not_come_back_is_pale_and_said() -> None:
    entry = Entry(match_row(), one_hot("ACG"), None, True, "in 1 of 3 networks", False)
    pair, axes = Figure().subplots(1, 2), Figure().subplots()
    draw_pair(entry, "ACGT", 5, pair)
    assert {letters.get_alpha() for letters in pair[0].collections} == {0.3}
    draw_motif_text(entry, axes)
    assert [text.get_text() for text in axes.texts] == ["M1", "40 sites, 8.0 bits", "2 filters in 1 of 3 networks only"]


def test_nothing_is_claimed_of_a_single_network() -> None:
    table = matches(match_row(networks=1, reproducible=np.nan))
    assert "come back" not in gallery_finding(table, table, 0.05)
    entry = make_entry(table.iloc[0], {"M1": one_hot("A")}, {}, 0.05, 1)
    assert (entry.networks, entry.reproducible) == ("", True)


def test_weak_match_stands_in_brackets_and_no_match_is_said() -> None:
    axes = Figure().subplots()
    draw_match_text(Entry(match_row(), one_hot("A"), None, False, ""), axes)
    assert axes.texts[0].get_text() == "(REB1)"
    known = {"MA1.1": one_hot("ACGTA")}
    for nothing in ({"motif_id": "", "offset": np.nan, "q_value": np.nan}, {"q_value": 0.51}):
        axes = Figure().subplots()
        entry = make_entry(match_row(**nothing), {"M1": one_hot("A")}, known, 0.05, 1)
        draw_match_text(entry, axes)
        assert [text.get_text() for text in axes.texts] == ["no match"] and entry.target is None
        draw_pair(entry, "ACGT", 5, Figure().subplots(1, 2))
    assert make_entry(match_row(q_value=0.5), {"M1": one_hot("A")}, known, 0.05, 1).target is not None


def test_influence_is_written_into_its_cells() -> None:
    axes = Figure().subplots()
    draw_influence(np.array([0.31, -0.02, np.nan]), 0.31, axes)
    assert [text.get_text() for text in axes.texts] == [".31", "−.02", "–"]


def test_tables_of_motifs_and_filters_have_a_dash_for_what_is_noise() -> None:
    noise = match_row(motif="M2", motif_name="SP8", q_value=0.98, members="holdout.1.f1")
    table = matches(match_row(), noise).assign(consensus="ACG")
    filters = table.drop(columns=["motif", "members", "filters"]).assign(filter=["holdout.1.f000", "holdout.1.f1"])
    shown = matches_page(table, filters, Motifs())
    assert "SP8" not in shown and shown.count("MA1.1") == 2  # once in each table
    assert "SP8" in matches_page(table, filters, Motifs(q_value=0.99))
    patterns = table.assign(pattern="pos.0", label="X", seqlets=9)
    assert "SP8" not in page(patterns, "modisco_table")
