import numpy as np
import pandas as pd
import pytest

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.cells import read_cells
from convoscope.image.losses import cut_table, dropped_cells_table, read_lines, refuse_cell_losses
from convoscope.tables import write_table

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
    write_table(cut_table(cells, fates), tmp_path / "cut.tsv", 10)
    assert (tmp_path / "cut.tsv").read_text() == (
        "id\timage\tx\ty\tstatus\twell\tlabel\n1\ta;b\t1\t2\tok\t01\tER\n3\te;f\t727.25\t\tpadded\t02\tGolgi\n"
    )
    lost = read_lines(path, dropped_cells_table(cells, fates["status"], spec))
    write_table(lost, tmp_path / "dropped.tsv")
    assert (tmp_path / "dropped.tsv").read_text() == (
        "source\tline\tlabel\trow\treason\nin/cells.tsv\t4\tER\t2 c d ER 02\tunreadable: no file g\n"
    )
    refuse_cell_losses(lost, cells, spec)


def test_several_labels_have_no_class(path, spec, fates):
    spec = spec.model_copy(update={"task": "multilabel"})
    cells = read_cells(path, spec.model_copy(update={"task": "multiclass"}))
    assert dropped_cells_table(cells, fates["status"], spec)["label"].tolist() == [""]


@pytest.fixture
def cells(tmp_path):
    """Return the table of cells of some classes, and what is dropped of it: a reason for each class and number."""

    def call(reasons, spec, *labels):
        names = "\t".join(spec.labels)
        rows = [f"{number}\ta\tb\tw\t{label}" for number, label in enumerate(labels)]
        path = tmp_path / "cells.tsv"
        path.write_text("\n".join([f"cell\tr\tg\twell\t{names}", *rows]))
        table = read_cells(path, spec)
        statuses = pd.Series([reasons.get(number, "ok") for number in range(len(labels))])
        return dropped_cells_table(table, statuses, spec), table, spec

    return call


def test_more_than_the_share_is_refused(cells, spec):
    refuse_cell_losses(*cells({0: "empty: a", 1: "border: b"}, spec, *"AAAAB"))
    said = (
        r"crops\.max_dropped: 3 of 5 cells cannot be used: 2 border, such as cells\.tsv:3 \(b\); "
        r"1 empty, such as cells\.tsv:2 \(a\); at most 40% of the cells may be lost"
    )
    with pytest.raises(InputError, match=said):
        refuse_cell_losses(*cells({0: "empty: a", 1: "border: b", 2: "border: c"}, spec, *"AAAAB"))


def test_one_cell_must_be_left(cells, spec):
    all_may = spec.model_copy(update={"crops": spec.crops.model_copy(update={"max_dropped": 1.0})})
    refuse_cell_losses(*cells({0: "empty: a"}, all_may, *"AB"))
    with pytest.raises(InputError, match="1 of 1 cells"):
        refuse_cell_losses(*cells({0: "empty: a"}, all_may, "A"))


def test_a_class_may_not_be_lost(cells, spec, caplog):
    caplog.set_level("INFO")
    refuse_cell_losses(*cells(dict.fromkeys(range(4), "empty: a"), spec, *"AAAAA" + "B" * 9))  # few
    assert caplog.messages == ["crops: dropped by class: 4 of 5 A"]
    refuse_cell_losses(*cells(dict.fromkeys(range(8), "empty: a"), spec, *"A" * 20 + "B"))  # the share itself
    said = (
        r"2 of 2 cells of 'A' cannot be used: 1 empty, such as cells\.tsv:2 \(a\); 1 border, .* at most 40% of a class"
    )
    with pytest.raises(InputError, match=said):
        refuse_cell_losses(*cells({0: "empty: a", 1: "border: x", 9: "dark: c"}, spec, *"AA" + "B" * 9))
    with pytest.raises(InputError, match="5 of 12 cells of 'A' cannot be used"):
        refuse_cell_losses(*cells(dict.fromkeys(range(5), "empty: a"), spec, *"A" * 12 + "B" * 9))


def test_a_label_may_lose_neither_side(cells, spec):
    spec = spec.model_copy(update={"task": "multilabel", "labels": ["x", "y"]})
    rows = ["1\t0", "1.0\t", "0\t1", "0\t1", "0\t1"]
    refuse_cell_losses(*cells({0: "empty: a"}, spec, *rows, "0\t0"))
    for lost, name in (({0, 1}, "x"), ({0}, "no y")):
        with pytest.raises(InputError, match=f"{len(lost)} of {len(lost)} cells of '{name}' cannot be used"):
            refuse_cell_losses(*cells(dict.fromkeys(lost, "empty: a"), spec, *rows))
