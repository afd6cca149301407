import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.models import build

METADATA: dict[str, Any] = {
    "architecture": "deepbind",
    "options": {"filters": 2, "length": 5},
    "channels": 4,
    "space": [20],
    "labels": ["a"],
}


@pytest.fixture
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build("deepbind", 4, (20,), 1, METADATA["options"]).eval()


def test_a_model_comes_back_as_it_was(network: torch.nn.Module, tmp_path: Path) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    again, metadata = modelfile.load(tmp_path / "m.safetensors")
    example = torch.rand(3, 4, 20)
    assert metadata == METADATA and not again.training
    assert torch.equal(network(example), again(example))


def test_a_full_disk_is_an_error_that_says_so(network: torch.nn.Module, tmp_path: Path) -> None:
    (tmp_path / f".writing-{os.getpid()}-m.safetensors").symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:
        modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(b"no model")
    with pytest.raises(InputError, match=r"m\.safetensors: not a model of convoscope"):
        modelfile.load(tmp_path / "m.safetensors")


def test_a_model_is_as_readable_as_any_other_file(network: torch.nn.Module, tmp_path: Path) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    (tmp_path / "other").touch()
    assert (tmp_path / "m.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode
