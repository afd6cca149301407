import re
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.truth.located_sites import check_truth, locate, located_table, single_sites, strengths
from convoscope.sequence.alphabet import ALPHABETS, encode_many, reverse_complement_codes

UNIFORM = np.full(4, 0.25)
WINDOWS = pd.DataFrame({"chrom": ["c", "c", "c", "d"], "start": [0, 20, 40, 0], "end": [20, 40, 60, 20]}, [7, 8, 9, 5])


def truth(*rows):
    return pd.DataFrame(rows, columns=["factor", "chrom", "start", "end", "kind"])


def test_windows_with_one_whole_strong_site():
    sites = truth(
        ("A", "c", 3, 8, "strong"),
        ("A", "c", 18, 23, "strong"),  # across the border of the first two windows: in neither
        ("B", "c", 30, 40, "strong"),
        ("A", "c", 41, 46, "strong"),
        ("B", "c", 50, 60, "strong"),  # the second of its window
        ("B", "d", 5, 15, "weak"),
        ("other", "d", 1, 4, "strong"),
        ("A", "d", np.nan, np.nan, "false"),
    )
    found = single_sites(WINDOWS, sites, ["A", "B"])
    assert found.to_dict("list") == {"row": [7, 8], "factor": ["A", "B"], "first": [3, 10], "last": [8, 20]}
    assert single_sites(WINDOWS, sites, ["A"])["row"].tolist() == [7, 9]
    assert len(single_sites(WINDOWS, sites[:0], ["A"])) == 0


def test_strength_is_that_of_the_letters_on_the_better_strand():
    matrix = {"A": np.eye(4)[[0, 0, 2, 2]], "B": np.eye(4)[[1, 1]]}
    codes = encode_many(["TAAGGCT", "CCTTAAA", "TTTTTTT", "AAAGGTT"], ALPHABETS["dna"])
    sites = pd.DataFrame({"row": range(4), "factor": ["A", "A", "A", "B"], "first": [1, 0, 2, 3], "last": 0})
    found = strengths(codes, sites, matrix, UNIFORM)
    # AAGG and its complement CCTT are the best sites there are, TTTT is none; GG is CC on the other strand.
    assert found.tolist() == pytest.approx([1, 1, 0, 1])
    turned = sites.assign(first=7 - sites["first"] - [4, 4, 4, 2])
    np.testing.assert_allclose(
        strengths(reverse_complement_codes(codes, ALPHABETS["dna"]), turned, matrix, UNIFORM), found
    )


def test_rates_by_hand():
    sites = pd.DataFrame({"row": range(3), "factor": ["A", "A", "B"], "first": 2, "last": 4})
    heights = np.array([[0, 0, 3, 1, 0], [5, 0, 0, 5, 0], [0, 0, 0, 0, 0]], dtype=float)
    found = locate(sites, heights, np.array([True, True, False])).assign(strong=[True, False, True])
    assert found["on_site"].tolist() == [True, False, False] and found["share"].tolist() == [1, 0.5, 0]
    table = located_table(found).set_index("factor")
    assert table.index.tolist() == ["A", "B", "all"]
    assert table.loc["A", ["windows", "on_site", "strong", "on_site_strong", "mapped", "share"]].tolist() == [
        2, 0.5, 1, 1, 2, 0.75,
    ]  # fmt: skip
    assert table.loc["A", ["low", "high"]].tolist() == pytest.approx([0.0945, 0.9055], abs=1e-3)  # Wilson of 1 in 2
    assert table.loc["all", "on_site_mapped"] == 0.5 and np.isnan(table.loc["B", "on_site_mapped"])
    assert located_table(found[:0]).empty


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (("X", 5.0, 9.0), None),
        (("X", 0.0, 4.0), None),
        (("other", 5.0, 1.0), None),  # the networks do not know it
        (("Y", 5.0, 9.0), "t.tsv: factor 'Y' has no planted matrix; X have one"),
        (("X", 5.0, 8.0), "t.tsv: X 5-8 in row 1; 4 bases from 0 on"),
        (("X", 9.0, 5.0), "X 9-5 in row 1"),
        (("X", -1.0, 3.0), "X -1-3 in row 1"),
        (("X", 5.5, 9.5), "X 5.5-9.5 in row 1"),
        (("X", np.nan, 9.0), "X nan-9 in row 1"),
    ],
)
def test_sites_that_were_never_planted_are_refused(site, said):
    truth = pd.DataFrame([(*site, "c", "strong")], columns=["factor", "start", "end", "chrom", "kind"])
    with pytest.raises(InputError, match=re.escape(said)) if said else nullcontext():
        check_truth(truth, {"X": np.zeros((4, 4))}, ["X", "Y"], "t.tsv")
