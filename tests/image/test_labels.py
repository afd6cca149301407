import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.image.labels import cell_label_matrix


def test_classes_by_hand() -> None:
    table = pd.DataFrame({"id": ["1", "2", "3"], "kind": ["b", "a", "b"]})
    names, labels, classes = cell_label_matrix(table, ["kind"], "multiclass")
    assert names == ["a", "b"]
    assert labels.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert classes.tolist() == ["b", "a", "b"]


def test_classes_that_differ_only_in_case_are_said(caplog) -> None:
    caplog.set_level("INFO")
    cell_label_matrix(pd.DataFrame({"id": list("123"), "kind": ["ER", "Golgi", "golgi"]}), ["kind"], "multiclass")
    assert caplog.messages == ["labels: Golgi, golgi differ only in upper and lower case and are classes of their own"]


def test_several_labels_with_unknown_ones() -> None:
    table = pd.DataFrame({"id": list("1234"), "x": ["1", "", "0", "1.0"], "y": ["No", "yes", "1", "0"]})
    names, labels, strata = cell_label_matrix(table, ["x", "y"], "multilabel")
    assert names == ["x", "y"]
    np.testing.assert_array_equal(labels, np.array([[1, 0], [np.nan, 1], [0, 1], [1, 0]], dtype=np.float32))
    assert strata.tolist() == ["1|0", "|1", "0|1", "1|0"]  # however a value is written


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["a", ""], "multiclass", "cell 2 has no kind"),
        (["a", "a"], "multiclass", "holds only 'a'; at least two"),
        (["0", ""], "multilabel", "column kind holds only 0; at least one 0 and one 1"),
        (["1.0", "1"], "multilabel", "column kind holds only 1; at least"),
        (["", ""], "multilabel", "column kind holds only nothing; at least"),
        (["1", "2"], "multilabel", "'2' in column kind of cell 2; 0, 1 or empty"),
    ],
)
def test_refusals(values: list[str], task: str, message: str) -> None:
    table = pd.DataFrame({"id": ["1", "2"], "kind": values})
    with pytest.raises(InputError, match=message):
        cell_label_matrix(table, ["kind"], task)
