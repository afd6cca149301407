import numpy as np
import pyBigWig
import pytest

from convoscope.errors import InputError
from convoscope.sequence.contigs import Contigs
from convoscope.sequence.signal import mean_signal

CONTIGS = Contigs({"c": 1000, "short": 50, "other": 50})


@pytest.fixture
def track(tmp_path):
    path = tmp_path / "signal.bw"
    with pyBigWig.open(str(path), "w") as made:
        made.addHeader([("c", 1000), ("short", 50)])
        made.addEntries(["c", "c"], [10, 30], ends=[20, 40], values=[2.0, -1.0])
    return path


def test_mean_by_hand(track, table):
    windows = table(("c", 0, 10), ("c", 10, 20), ("c", 0, 40), ("c", 35, 45), ("short", 0, 50), ("other", 0, 10))
    assert np.allclose(mean_signal(track, windows, CONTIGS), [0, 2, 0.25, -0.5, 0, np.nan], equal_nan=True)


def test_another_assembly_and_no_value_at_all_are_refused(track, table):
    with pytest.raises(InputError, match=r"contig 'short' has 50 bp, short of the reference 51"):
        mean_signal(track, table(("short", 0, 10)), Contigs({"c": 1000, "short": 51}))
    assert mean_signal(track, table(("c", 10, 20)), Contigs({"c": 1000, "short": 51})).tolist() == [2]
    assert mean_signal(track, table(("c", 39, 40), ("short", 0, 9)), CONTIGS).tolist() == [-1, 0]
    with pytest.raises(InputError, match=r"signal\.bw: has no value in any of the 2 windows"):
        mean_signal(track, table(("c", 40, 41), ("short", 0, 9)), CONTIGS)


def test_contigs_that_a_track_lacks_hold_no_value(track, table):
    with pytest.raises(InputError, match=r"signal\.bw: has no value in any of the 2 windows"):
        mean_signal(track, table(("other", 0, 9), ("c", 50, 60)), CONTIGS)
    assert mean_signal(track, table(), CONTIGS).tolist() == []


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_are_refused_with_their_window(table, tmp_path, value):
    path = tmp_path / "infinite.bw"
    with pyBigWig.open(str(path), "w") as made:
        made.addHeader([("c", 1000)])
        made.addEntries(["c", "c"], [10, 30], ends=[20, 31], values=[2.0, value])
    assert mean_signal(path, table(("c", 0, 20), ("c", 31, 40)), CONTIGS).tolist() == [1, 0]
    with pytest.raises(InputError, match=r"infinite\.bw: an infinite value within c:25-35; all must be finite"):
        mean_signal(path, table(("c", 0, 20), ("c", 25, 35)), CONTIGS)


def test_places_may_be_objects(track, table):
    found = mean_signal(track, table(("c", 10, 20), ("c", 0, 20)).astype(object), CONTIGS)
    assert found.dtype == np.float64 and found.tolist() == [2, 1]


def test_windows_without_a_contig_are_counted(track, table, caplog):
    found = mean_signal(track, table(("other", 0, 9), ("c", 9, 11), ("other", 3, 9)), CONTIGS)
    assert found[1] == 1 and np.isnan(found[[0, 2]]).all()
    assert "signal.bw: 2 of 3 windows are on contigs that it lacks: other" in caplog.text


def test_refusals(track, table, tmp_path):
    with pytest.raises(InputError, match=r"none of the windows' contigs \(other\); it has c, short"):
        mean_signal(track, table(("other", 0, 10)), CONTIGS)
    text = tmp_path / "x.bw"
    text.write_text("c\t1\t2\n")
    with pytest.raises(InputError, match=r"x\.bw: cannot be opened as bigWig"):
        mean_signal(text, table(("c", 0, 10)), CONTIGS)
