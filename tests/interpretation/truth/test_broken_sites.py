import numpy as np
import pandas as pd
import pytest

from convoscope.interpretation.truth.broken_sites import COLUMNS, broken_table
from convoscope.report.broken_sites import broken_finding, broken_rows


def scores(a, b):
    """Variants on one contig, a region each, with these differences of the labels a and b."""
    return pd.DataFrame({"chrom": "c", "pos": 1000 * np.arange(len(a)) + 1, "a:difference": a, "b:difference": b})


SITE = pd.Series(["a", "a", "a", "b", "b"])
LOST = pd.Series(["a", ".", ".", "b", "."])


def test_the_drop_of_the_own_factor_is_what_counts():
    table = scores([-0.9, -0.1, 0.3, -1, -1], [0, -1, -1, -0.2, -0.4])
    found = broken_table(table, SITE, LOST, 100, 1).set_index("factor")
    assert found.index.tolist() == ["a", "b", "all"]
    assert found["auroc"].tolist() == [1, 0, 5 / 6]  # -.9 and -.2 are broken, -.1, .3 and -.4 kept
    medians = found.loc["a", ["broken", "kept", "median_broken", "median_kept"]].tolist()
    assert medians == pytest.approx([1, 2, -0.9, 0.1])
    assert found.loc["all", ["broken", "kept"]].tolist() == [2, 3]
    assert (found["low"] <= found["auroc"]).all() and (found["auroc"] <= found["high"]).all()


def test_one_class_alone_is_not_judged():
    found = broken_table(scores([0.1, 0.2], [0, 0]), pd.Series(["a", "a"]), pd.Series([".", "."]), 100, 1)
    assert found["auroc"].isna().all() and found["median_broken"].isna().all()
    assert broken_finding(found) == "No variants of both kinds to compare"
    none = broken_table(scores([], []), SITE[:0], LOST[:0], 100, 1)
    assert none.empty and broken_finding(none) == "No variants of both kinds to compare"


def test_the_page_says_it():
    table = pd.DataFrame([("all", 3, 7, 0.971, 0.95, 0.99, -0.6, -0.01)], columns=COLUMNS)
    assert broken_finding(table).endswith("AUROC .971 (.950 to .990), 3 against 7")
    assert broken_rows(table)["median ALT − REF, kept"].tolist() == ["−.010"]
