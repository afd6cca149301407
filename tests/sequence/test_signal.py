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


def test_refusals(track, table, tmp_path):
    with pytest.raises(InputError, match=r"none of the windows' contigs \(other\); it has c, short"):
        mean_signal(track, table(("other", 0, 10)), CONTIGS)
    text = tmp_path / "x.bw"
    text.write_text("c\t1\t2\n")
    with pytest.raises(InputError, match=r"x\.bw: cannot be opened as bigWig"):
        mean_signal(text, table(("c", 0, 10)), CONTIGS)
