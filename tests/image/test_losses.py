import numpy as np
import pandas as pd
import pytest

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.cells import read_cells
from convoscope.image.losses import cut_table, dropped_table, read_lines, refuse_losses, write_table

TEXT = "cell\tr\tg\tlabel\twell\n1\ta\tb\tER\t01\n\n2\tc\td\tER\t02\n3\te\tf\tGolgi\t02\n"


@pytest.fixture
def spec():
    return CropsSpec.model_validate(
        {"cells": {"path": "in/cells.tsv", "images": ["r", "g"]}, "groups": ["well"], "crops": {"max_dropped": 0.4}}
    )


@pytest.fixture
def path(tmp_path):
    (tmp_path / "cells.tsv").write_text(TEXT)
    return tmp_path / "cells.tsv"


@pytest.fixture
def fates():
    statuses = ["ok", "unreadable: no file g", "padded"]
    return pd.DataFrame({"status": statuses, "x": [1.0, np.nan, 727.25], "y": [2.0, np.nan, np.nan]})


def test_tables_by_hand(path, spec, fates, tmp_path):
    cells = read_cells(path, spec)
    write_table(tmp_path / "cut.tsv", cut_table(cells, fates))
    assert (tmp_path / "cut.tsv").read_text() == (
        "id\timage\tx\ty\tstatus\twell\tlabel\n1\ta;b\t1\t2\tok\t01\tER\n3\te;f\t727.25\t\tpadded\t02\tGolgi\n"
    )
    lost = read_lines(path, dropped_table(cells, fates["status"], spec))
    write_table(tmp_path / "dropped.tsv", lost)
    assert (tmp_path / "dropped.tsv").read_text() == (
        "source\tline\tlabel\trow\treason\nin/cells.tsv\t4\tER\t2 c d ER 02\tunreadable: no file g\n"
    )
    refuse_losses(lost, 3, spec)


def test_several_labels_have_no_class(path, spec, fates):
    spec = spec.model_copy(update={"task": "multilabel"})
    cells = read_cells(path, spec.model_copy(update={"task": "multiclass"}))
    assert dropped_table(cells, fates["status"], spec)["label"].tolist() == [""]


def losses(*reasons):
    return pd.DataFrame({"line": range(2, 2 + len(reasons)), "reason": reasons})


def test_more_than_the_share_is_refused(spec):
    refuse_losses(losses("empty: a", "border: b"), 5, spec)
    said = (
        "crops.max_dropped: 3 of 5 cells cannot be used: 2 border, such as cells.tsv:3 [(]b[)]; "
        "1 empty, such as cells.tsv:2 [(]a[)]; at most 40% of the cells may be lost"
    )
    with pytest.raises(InputError, match=said):
        refuse_losses(losses("empty: a", "border: b", "border: c"), 5, spec)


def test_one_cell_must_be_left(spec):
    all_may = spec.model_copy(update={"crops": spec.crops.model_copy(update={"max_dropped": 1.0})})
    refuse_losses(losses("empty: a"), 2, all_may)
    with pytest.raises(InputError, match="1 of 1 cells"):
        refuse_losses(losses("empty: a"), 1, all_may)
