import logging

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.reasons import counted_losses, kinds
from convoscope.sequence.losses import record_groups, refuse_loss, refuse_losses, site_groups


def judged(*reasons, **columns):
    """Make rows with these reasons, in order; lines count from 1."""
    table = pd.DataFrame(
        {"source": "a/b.bed", "line": np.arange(1, len(reasons) + 1), "row": "c 1 2", "reason": reasons}
    )
    return table.assign(**columns)


class TestRefuseLoss:
    reasons = ("gap", "min_score", "gap", "letter: 'J' at position 3", "", "", "", "")

    def test_share_is_of_rows_that_were_asked_for(self):
        refuse_loss("x", judged(*self.reasons), 3 / 7)
        with pytest.raises(InputError, match=r"windows\.max_dropped: 4 of 8 rows of x .*at most 43%"):
            refuse_loss("x", judged(*self.reasons), 3 / 7 - 1e-3)

    def test_counts_and_shows_every_reason(self):
        said = r"2 gap, such as b\.bed:1 \(c 1 2\); 1 min_score.*; 1 letter: 'J' at position 3, such as b\.bed:4"
        with pytest.raises(InputError, match=said):
            refuse_loss("x", judged(*self.reasons), 0.1)

    def test_all_lost_is_refused_whatever_is_allowed(self):
        for reason in ("gap", "min_score"):
            with pytest.raises(InputError, match=r"2 of 2 rows .*one row must be left"):
                refuse_loss("x", judged(reason, reason), 1.0)
        with pytest.raises(InputError, match=r"1 of 1 rows of x"):
            refuse_loss("x", judged("gap"), 1.0)
        refuse_loss("x", judged("gap", ""), 1.0)

    def test_nothing_lost(self):
        refuse_loss("x", judged("", ""), 0.0)
        refuse_loss("x", judged()[:0], 0.0)

    @pytest.mark.parametrize(("reason", "said"), [("other_length: 3", "set fit to"), ("unknown_bases", "max_unknown")])
    def test_commonest_reason_has_advice(self, reason, said):
        with pytest.raises(InputError, match=said):
            refuse_loss("x", judged(reason, reason, "empty"), 0.5)

    def test_advice_is_for_one_reason(self):
        with pytest.raises(InputError, match=r"one row must be left; see windows.strand$"):
            refuse_loss("x", judged("no_strand", "out_of_bounds", "no_strand"), 0.5)
        with pytest.raises(InputError, match=r"left; see windows.strand$"):  # of equally common ones the first by name
            refuse_loss("x", judged("unknown_bases", "no_strand"), 0.5)
        with pytest.raises(InputError, match=r"left$"):
            refuse_loss("x", judged("gap", "gap", "no_strand"), 0.5)

    def test_an_example_is_of_its_reason_and_not_too_long(self):
        table = judged("gap", "empty").assign(row=["x", "y" * 70])
        with pytest.raises(InputError, match=r"1 gap, such as b\.bed:1 \(x\); 1 empty, such as b\.bed:2 \(y{60}\); of"):
            refuse_loss("x", table, 0.5)


class TestRefuseLosses:
    def test_every_label_is_counted_for_itself(self, caplog):
        table = judged(*["gap"] * 2, *[""] * 7, label=["A"] * 3 + ["B"] * 6)
        groups = site_groups(table)
        assert {name: int(rows.sum()) for name, rows in groups.items()} == {"label A": 3, "label B": 6}
        with pytest.raises(InputError, match="2 of 3 rows of label A cannot be used"):
            refuse_losses(table, groups, 0.5)
        with caplog.at_level(logging.WARNING):
            refuse_losses(table, groups, 2 / 3)
        assert caplog.messages == ["label A: 3 rows, not used: 2 gap"]

    def test_every_class_and_every_file_is_counted_for_itself(self):
        table = judged(*["empty"] * 2, *[""] * 8, file=[0] * 4 + [1] * 6)
        table["source"] = ["p.fa"] * 4 + ["n.fa"] * 6
        table["y"] = [1.0] * 3 + [0.0] * 6 + [np.nan]
        table["z"] = np.arange(10.0)
        groups = record_groups(table, ["y", "z"])
        assert {name: np.flatnonzero(rows).tolist() for name, rows in groups.items()} == {
            "p.fa": [0, 1, 2, 3], "n.fa": [4, 5, 6, 7, 8, 9], "y = 0": [3, 4, 5, 6, 7, 8], "y = 1": [0, 1, 2],
        }  # fmt: skip
        with pytest.raises(InputError, match="2 of 3 rows of y = 1 cannot be used"):
            refuse_losses(table, groups, 0.5)

    def test_files_and_classes_of_one_row(self):
        groups = record_groups(judged("", "", file=[1, 0], y=[0.0, 0.5]).assign(source=["q", "p"]), ["y"])
        assert {name: rows.tolist() for name, rows in groups.items()} == {"p": [False, True], "q": [True, False]}

    def test_the_whole_is_counted_without_groups(self):
        with pytest.raises(InputError, match="1 of 2 rows of the input"):
            refuse_losses(judged("gap", ""), {}, 0.4)


def test_kinds_and_counts_by_hand():
    reasons = pd.Series(["min_score", "letter: 'J': x", "gap", "min_score"])
    assert kinds(reasons).tolist() == ["min_score", "letter", "gap", "min_score"]
    assert counted_losses(reasons) == "2 lost, 2 below min_score, as asked"
    assert counted_losses(reasons[:0]) == "0 lost"
