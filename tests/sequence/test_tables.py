import logging

import numpy as np
import pandas as pd
import pytest

from convoscope.config import RESERVED, Negatives
from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.sequence.tables import (
    arrange,
    check_labels,
    count_folds,
    name_blocks,
    name_rows,
    report_shortage,
)
from convoscope.tables import read_table, write_table


@pytest.fixture
def windows():
    table = pd.DataFrame({"chrom": ["NA", "NA", "c", "c"], "start": [0, 99, 0, 0], "end": [10, 109, 10, 10]})
    table["origin"] = ["site", "site", "dinucleotide_shuffle", "dinucleotide_shuffle"]
    return table.assign(parent=["", "", "c:0-10", "c:0-10"], strand=".", fold="train")


FITTING = {
    "multilabel": [[0, 1], [1, 1], [np.nan, 0]],
    "multiclass": [[0, 1], [1, 0]],
    "regression": [[-2.5, 7], [np.nan, 0]],
    "poisson": [[0, 3.5], [np.nan, 9]],
}


@pytest.mark.parametrize("task", TASKS)
def test_labels_that_fit_their_task_pass(task):
    check_labels(np.array(FITTING[task], dtype=float), ["A", "B"], task)


@pytest.mark.parametrize(
    ("task", "row", "said"),
    [
        ("multilabel", [0, 750], r"have labels like A 0, B 750; 0, 1 or unknown; .* task: regression"),
        ("multiclass", [0, 0], r"A 0, B 0; one label is 1"),
        ("multiclass", [1, 1], r"A 1, B 1; one label is 1 .* task: multilabel"),
        ("multiclass", [1, np.nan], r"A 1, B nan"),
        ("regression", [0, np.inf], r"B inf; finite"),
        ("poisson", [0, -1], r"B -1; counts of 0 or more"),
    ],
)
def test_labels_that_do_not_fit_are_refused_by_name(task, row, said):
    labels = np.array([*FITTING[task], row], dtype=float)
    with pytest.raises(
        InputError, match=rf"task: {task}, but 1 of {len(labels)} examples, such as w{len(labels) - 1}.*{said}"
    ):
        check_labels(labels, ["A", "B"], task, "w{}".format)


def test_names_by_hand(windows):
    assert name_rows(windows).tolist() == ["NA:0-10", "NA:99-109", "c:0-10|shuffle1", "c:0-10|shuffle2"]


def test_names_of_windows_with_a_direction(windows):
    directed = windows[:2].assign(strand=["+", "-"])
    assert name_rows(directed, "site").tolist() == ["NA:0-10(+)", "NA:99-109(-)"]


def test_a_refusal_shows_eight_labels():
    names = list("abcdefghi")
    labels = np.full((1, 9), 2.0)
    with pytest.raises(InputError, match="labels like a 2, b 2, c 2, d 2, e 2, f 2, g 2, h 2; 0, 1 or unknown"):
        check_labels(labels, names, "multilabel")


def test_blocks_are_of_the_centre(windows):
    assert name_blocks(windows, 100).tolist() == ["NA:0", "NA:1", "c:0", "c:0"]


def test_round_trip(windows, tmp_path):
    table = windows.assign(id=name_rows(windows), group="NA:0")
    labels = np.array([[0, np.nan], [1, 2.5], [0, 1], [1, 0]])
    written = arrange(table, labels, ["x", "y"])
    write_table(written, tmp_path / "windows.tsv", None)
    read = read_table(tmp_path / "windows.tsv", "examples", real=["x", "y"])
    assert list(read.columns) == [*RESERVED, "x", "y"]
    pd.testing.assert_frame_equal(read, written, check_dtype=False)


def test_shortage_is_said_in_one_line(caplog):
    with caplog.at_level(logging.WARNING):
        most = pd.DataFrame({"bin": ["x", "y"], "requested": [50, 50], "obtained": [50, 40]})
        report_shortage(most, Negatives(strategy="flanks"))
        assert not caplog.records
        few = pd.DataFrame({"bin": ["x"], "requested": [100], "obtained": [89]})
        report_shortage(few, Negatives(strategy="gc_matched", distance=70))
        report_shortage(few, Negatives(strategy="other_labels"))
    assert [record.getMessage() for record in caplog.records] == [
        "negatives: gc_matched found 89 of 100 with negatives.distance 70; negatives.tsv says where",
        "negatives: other_labels found 89 of 100; negatives.tsv says where",
    ]


def test_counts_by_hand():
    windows = pd.DataFrame({"fold": ["0", "1", "0"], "x": [1.0, 0.0, 1.0], "y": [0.5, np.nan, 1.0]})
    assert count_folds(windows, ["x", "y"]) == {
        "0": {"examples": 2, "x": 2, "y": 1.5},
        "1": {"examples": 1, "x": 0, "y": 0},
    }


def test_rows_of_a_block_share_one_text(windows):
    names = name_blocks(windows.assign(chrom="NA"), 1000)
    assert len({id(name) for name in names}) == 1
