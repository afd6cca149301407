"""What a run says on the terminal."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow


def test_every_line_of_a_training_says_whose_it_is(planned: str, tmp_path: Path) -> None:
    """The end of the planned command, on a line of a training, writes it to the log and with its origin to stderr."""
    ends = re.findall(r"convoscope train .*--fold (\S+) --seed (\d+) .*?2>&1 (\| tee (\S+).*)", planned)
    assert len(ends) > 3
    for fold, seed, end, log in ends:
        (tmp_path / log).parent.mkdir(parents=True, exist_ok=True)
        line = "epoch 1/25: loss 0.5\n"
        done = subprocess.run(
            ["bash", "-c", f"printf '{line}{line}' {end}"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert (tmp_path / log).read_text() == line * 2
        experiment = Path(log).parent.name
        assert done.stderr == f"{experiment}, fold {fold}, seed {seed}: {line}" * 2 and not done.stdout
