"""The table of predicted cells: its columns, those that stay, and how dropped rows are counted."""

import gzip

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.image.cells import CellTable
from convoscope.prediction.cell_table import columns, counts, described, first, refuse_names, write_csv


@pytest.mark.parametrize(
    ("labels", "keep", "said"),
    [
        (["a"], ["plate", "a"], "keep: 'a' is the name"),
        (["a"], ["a:spread"], "keep: 'a:spread' is the name"),
        (["a"], ["object"], "keep: 'object' is the name"),
        (["a"], ["plate", "well", "plate"], "keep: 'plate' is the name"),
        (["a", "called"], [], "--models: label 'called' is the name"),
    ],
)
def test_columns_that_would_come_twice_are_refused(labels, keep, said):
    with pytest.raises(InputError, match=said):
        refuse_names(labels, keep)


def test_other_columns_stay():
    refuse_names(["a", "b"], ["plate", "well", "c"])


def table(places):
    images = pd.DataFrame({"DNA": list("pqr"), "ER": list("stu")})
    none = np.array([""] * 3, dtype=object)
    return CellTable(np.array([2, 3, 4]), pd.Series(["01", "NA", "x"]), images, places, pd.DataFrame(), none)


FATES = pd.DataFrame({"status": ["ok", "late", "ok"], "x": [1.5, 2.5, 3.5], "y": [4.0, 5.0, 6.0]})


def test_rows_are_those_that_were_chosen():
    kept = pd.DataFrame({"plate": ["7", "8", "9"]})
    found = described(table(pd.DataFrame({"x": [1, 2, 3]})), FATES, np.array([2, 0]), kept)
    assert list(found) == ["line", "cell", "image", "x", "y", "status", "plate"]
    assert found.to_numpy().tolist() == [[4, "x", "r;u", 3.5, 6.0, "ok", "9"], [2, "01", "p;s", 1.5, 4.0, "ok", "7"]]


def test_cells_of_label_images_have_mask_and_number():
    places = pd.DataFrame({"mask": ["m", "n", "o"], "object": ["5", "6.0", "7"]})
    found = described(table(places), FATES, np.array([1]), pd.DataFrame())
    assert list(found) == ["line", "cell", "image", "mask", "object", "x", "y", "status"]
    assert found.iloc[0].tolist() == [3, "NA", "q;t", "n", 6, 2.5, 5.0, "late"]
    assert found["object"].dtype == np.int64


def test_mean_and_spread_alternate():
    found = columns(["a", "b"], np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]]))
    assert list(found) == ["a", "a:spread", "b", "b:spread"]
    assert found.to_numpy().tolist() == [[1, 5, 2, 6], [3, 7, 4, 8]]
    assert columns(["a"], np.empty((0, 1)), np.empty((0, 1))).shape == (0, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t.csv", 'n,v\n"a,b",0.12345679\n'),
        ("t.csv.gz", 'n,v\n"a,b",0.12345679\n'),
        ("t.tsv", "n\tv\na,b\t0.12345679\n"),
        ("t.tsv.gz", "n\tv\na,b\t0.12345679\n"),
    ],
)
def test_the_later_name_tells_what_is_written(name, expected, tmp_path):
    scratch = tmp_path / "scratch"
    write_csv(pd.DataFrame({"n": ["a,b"], "v": [0.123456789]}), tmp_path / name, scratch)
    found = scratch.read_bytes()
    assert (gzip.decompress(found) if name.endswith(".gz") else found).decode() == expected


def test_losses_are_counted_by_kind():
    lost = pd.DataFrame({"line": [9, 2, 3], "reason": ["late: p", "border", "late: q: r"]})
    assert counts(lost) == "2 late, 1 border"
    assert counts(pd.DataFrame({"line": [1] * 1234, "reason": "late"})) == "1,234 late"
    assert first(lost) == "9 (late: p)"
