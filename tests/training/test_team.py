"""Two processes that train together do what one does. This file is also the module that each of them runs."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convoscope.config import Training
from convoscope.errors import InputError
from convoscope.models import IMAGES, MODELS, SEQUENCES, build
from convoscope.training.batches import Source
from convoscope.training.device import make_compute
from convoscope.training.fit import Loop, fit
from convoscope.training.launch import find_member, joined, run_together
from convoscope.training.objectives import objective
from convoscope.training.team import Alone, Processes, Team, WholeBatch

SPACE = {**dict.fromkeys(SEQUENCES, (60,)), **dict.fromkeys(IMAGES, (32, 35))}
SMALL: dict[str, dict[str, Any]] = {
    "deepbind": {"filters": 8, "length": 9},
    "basset": {"filters": [8, 8], "lengths": [9, 5], "pools": [3, 2], "hidden": [16]},
    "cnnprom": {"filters": [8], "lengths": [9], "pools": [2], "hidden": [8]},
    "danq": {"filters": 8, "length": 9, "pool": 4, "units": 4, "hidden": 16},
    "deepsea": {"filters": [8, 8], "lengths": [8, 4], "pools": [4, 2], "hidden": [16], "dropout": [0.2, 0.2]},
    "tower": {"filters": 8, "blocks": 2, "dropout": 0.1},
    "lenet": {"dropout": 0.2},
    "deepyeast": {"filters": [6, 8], "repeats": [1, 2], "hidden": [16, 12], "dropout": 0.2},
    "residual": {"filters": [6, 8], "blocks": [1, 1], "dropout": 0.2},
}
# Batches of 11, whose halves are uneven, the last ones of 10; labels of which many are unknown, weighed.
USUAL = {"epochs": 2, "batch_size": 11, "optimizer": "sgd", "learning_rate": 0.02, "class_weights": True, "clip": 0.5}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    **{name: (name, {}, {}, "multilabel") for name in MODELS},
    "both strands in one batch": ("deepbind", {"strands": "filter"}, {}, "multilabel"),
    "mean of strands": ("tower", {"strands": "mean"}, {}, "multilabel"),
    "one class each": ("residual", {}, {}, "multiclass"),
    "values": ("deepbind", {}, {}, "regression"),
    "counts": ("deepbind", {}, {}, "poisson"),
    "mixed precision": ("basset", {}, {"precision": "bfloat16"}, "multilabel"),
}


def labels_of(task: str, codes: np.ndarray) -> np.ndarray:
    """Three labels of each example; where they may be unknown the first half has more of them."""
    size = codes.reshape(len(codes), -1)[:, :3]
    if task == "multiclass":
        return np.eye(3, dtype=np.float32)[size.argmax(axis=1)]
    labels = (size > 0).astype(np.float32) if task != "regression" else size.copy()
    unknown = np.random.default_rng(1).random(labels.shape) < np.where(np.arange(len(codes)) < 20, 0.7, 0.1)[:, None]
    return np.where(unknown, np.nan, labels)


def jitter(codes: Tensor, settings: Training, generator: torch.Generator) -> Tensor:
    return codes + 0.1 * torch.randn(codes.shape, generator=generator)


def train(case: str, team: Team) -> dict[str, Any]:
    """Train one case; return its weights and the figures of its epochs."""
    name, options, changed, task = CASES[case]
    settings = Training(**{**USUAL, **changed})
    # In double precision rounding tells nothing apart, however much the training amplifies it.
    kind = np.float32 if "precision" in changed else np.float64
    codes = np.random.default_rng(3).normal(size=(64, 4 if name in SEQUENCES else 2, *SPACE[name])).astype(kind)
    labels = labels_of(task, codes)
    parts = [Source(lambda rows: codes[rows], rows, labels[rows]) for rows in (np.arange(43), np.arange(43, 64))]
    torch.manual_seed(5)
    network = build(name, codes.shape[1], SPACE[name], 3, SMALL[name] | options).to(torch.from_numpy(codes).dtype)
    loop = Loop(network, objective(task), lambda codes: codes, jitter, settings, make_compute("cpu", settings), 7, team)
    history = fit(loop, lambda epoch: parts[0], parts[1], None, lambda state: None)
    return {"weights": network.state_dict(), "history": [[row.loss, row.metric] for row in history]}


def as_one_of_several(file: Path) -> None:
    """Train every case together with other processes; the first one writes what became of them."""
    torch.set_deterministic_debug_mode("error")  # as `use_deterministic_algorithms`, which imports torch's compiler
    with joined(find_member(), "cpu") as team:
        found = {case: train(case, team) for case in CASES}
        assert team.agreed(team.rank) == 0
        values = torch.arange(7.0)[team.part(7)]
        assert torch.equal(team.whole(values, 7), torch.arange(7.0))
        if team.rank == 0:
            torch.save(found, file)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, warm_program: str) -> dict[str, Any]:
    here, file = Path(__file__), tmp_path_factory.mktemp("together") / "found.pt"
    named = os.pathsep.join(filter(None, [str(here.parent), os.environ.get("PYTHONPATH")]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", named)
        run_together([warm_program, "-m", here.stem, str(file)], 2)
    return torch.load(file)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_learn_what_one_learns(together: dict[str, Any], case: str) -> None:
    alone, found = train(case, Alone()), together[case]
    near, close = (0.03, 0.03) if case == "mixed precision" else (1e-6, 1e-6)
    np.testing.assert_allclose(found["history"], alone["history"], rtol=near, atol=1e-6)
    for name, tensor in alone["weights"].items():
        distance = (found["weights"][name].double() - tensor.double()).norm() / tensor.double().norm().clamp(min=1e-3)
        assert distance < close, name


def test_parts_are_whole_even_and_none_is_empty() -> None:
    parts = [Processes(rank, 3).part(11) for rank in range(3)]
    assert [list(range(11))[part] for part in parts] == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 10]]
    with pytest.raises(InputError, match=r"training\.devices: 3, for 2 examples at a time; at most as many"):
        Processes(0, 3).part(2)


def test_outside_of_training_layers_are_torchs_own() -> None:
    torch.manual_seed(0)
    network, inputs = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5)).eval(), torch.randn(4, 3)
    with WholeBatch(8, slice(0, 4)):
        found = network(inputs)
    assert torch.equal(found, network(inputs))


def test_more_devices_than_examples_in_a_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="devices: more than batch_size; each needs an example"):
        Training(devices=5, batch_size=4)


if __name__ == "__main__":
    as_one_of_several(Path(sys.argv[1]))
