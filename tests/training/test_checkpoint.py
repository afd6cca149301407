"""What must not happen when there is no room for a checkpoint."""

import errno
from pathlib import Path

import pytest
import torch

from convoscope.scratch import scratch_of
from convoscope.training import checkpoint


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    checkpoint.save_checkpoint(path, "a", {"epoch": 1})
    scratch_of(path).symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:
        checkpoint.save_checkpoint(path, "a", {"epoch": 2, "weights": torch.zeros(5000)})
    assert caught.value.errno == errno.ENOSPC
    assert checkpoint.load_checkpoint(path, "a") == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]
