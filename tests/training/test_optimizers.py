"""The optimisers are torch's own, step by step, and leave its compiler alone."""

import copy
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from convoscope.config import Training
from convoscope.training.optimizers import clip_gradients, make_optimizer

ROOT = Path(__file__).parents[2]
SETTINGS = {"learning_rate": 0.1, "weight_decay": 0.3, "momentum": 0.8}
PEERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "adamw": (torch.optim.AdamW, {}),
    "sgd": (torch.optim.SGD, {"momentum": SETTINGS["momentum"]}),
}


def steps(network: nn.Module, optimizer: torch.optim.Optimizer, count: int) -> None:
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        optimizer.zero_grad()
        network(torch.rand(5, 3, generator=generator)).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("name", PEERS)
def test_steps_and_states_are_those_of_torch(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))  # set by the compiler that the peer imports
    network = nn.Linear(3, 2)
    twin = copy.deepcopy(network)
    own = make_optimizer(network, Training(optimizer=name, **SETTINGS))
    kind, options = PEERS[name]
    groups = [{"params": [twin.weight], "weight_decay": SETTINGS["weight_decay"]},
              {"params": [twin.bias], "weight_decay": 0.0}]  # fmt: skip
    peer = kind(groups, lr=SETTINGS["learning_rate"], fused=True, **options)
    steps(network, own, 2), steps(twin, peer, 2)
    own.load_state_dict(copy.deepcopy(peer.state_dict()))  # either reads what the other has written
    peer.load_state_dict(copy.deepcopy(own.state_dict()))
    steps(network, own, 2), steps(twin, peer, 2)
    assert torch.equal(network.weight, twin.weight) and torch.equal(network.bias, twin.bias)
    assert not network.weight.grad.isnan().any() and network.weight.requires_grad


def test_a_network_without_vectors_takes_steps() -> None:
    network = nn.Linear(3, 2, bias=False)
    before = network.weight.detach().clone()
    steps(network, make_optimizer(network, Training()), 1)
    assert not torch.equal(network.weight, before)


@pytest.mark.parametrize("share", [1e-3, 0.9, 0.999, 1.0, 1.001, 1.02, 1e3])
def test_clipped_gradients_are_those_of_torch(share: float) -> None:
    network, unused = nn.Linear(3, 2), nn.Parameter(torch.ones(2))
    network(torch.rand(5, 3, generator=torch.Generator().manual_seed(1))).square().sum().backward()
    twin = copy.deepcopy(network)
    for own, other in zip(network.parameters(), twin.parameters(), strict=True):
        other.grad = None if own.grad is None else own.grad.clone()
    most = share * float(torch.nn.utils.get_total_norm([one.grad for one in twin.parameters() if one.grad is not None]))
    clip_gradients([*network.parameters(), unused], most)
    torch.nn.utils.clip_grad_norm_([*twin.parameters(), unused], most)
    for own, other in zip(network.parameters(), twin.parameters(), strict=True):
        assert own.grad is not None and other.grad is not None and torch.equal(own.grad, other.grad)
    assert unused.grad is None


def test_a_training_does_not_import_the_compiler_of_torch(torch_program: str) -> None:
    """It would take more than a second in each of them."""
    code = """
import sys, numpy, torch
from convoscope.config import Training
from convoscope.training.batches import Source
from convoscope.training.device import make_compute, repeatable
from convoscope.training.fit import Loop, fit
from convoscope.training.objectives import objective
settings = Training(epochs=1)
codes, labels = numpy.ones((8, 3), "float32"), numpy.eye(8, 1, dtype="float32")
source = Source(lambda rows: codes[rows], numpy.arange(8), labels)
with repeatable(1):
    loop = Loop(torch.nn.Linear(3, 1), objective("multilabel"), lambda own: own, lambda own, *_: own, settings,
                make_compute("cpu", settings), 1)
    fit(loop, lambda epoch: source, source, None, lambda state: None)
assert not {"torch._dynamo", "torch._inductor"} & {*sys.modules}
"""
    subprocess.run([torch_program, "-c", code], check=True, env=os.environ | {"PYTHONPATH": ROOT / "workflow" / "lib"})
