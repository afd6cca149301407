import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils import deterministic

from convoscope.config import Training
from convoscope.training.batches import Source
from convoscope.training.device import Compute, MixedPrecision, make_compute, repeatable
from convoscope.training.fit import Loop, fit
from convoscope.training.objectives import objective

# What launchers of several processes leave in the environment of whatever is started below them.
LAUNCHERS = {
    "slurm": {"SLURM_NTASKS": "16", "SLURM_JOB_NAME": "wrap", "SLURM_JOB_ID": "5", "SLURM_PROCID": "3"},
    "interactive slurm": {
        "SLURM_NTASKS": "2", "SLURM_JOB_NAME": "bash", "SLURM_JOB_ID": "5", "SLURM_PROCID": "1", "SLURM_LOCALID": "1",
        "SLURM_NODEID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS_PER_NODE": "1", "SLURM_NNODES": "2",
    },
    "torchelastic": {
        "TORCHELASTIC_RUN_ID": "x", "RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "GROUP_RANK": "0",
        "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "192.0.2.1", "MASTER_PORT": "1",
    },
    "lsf": {
        "LSB_JOBID": "7", "LSB_DJOB_RANKFILE": "/nonexistent", "JSM_NAMESPACE_SIZE": "4", "JSM_NAMESPACE_RANK": "1",
        "JSM_NAMESPACE_LOCAL_RANK": "1", "LSB_HOSTS": "a b c", "LSB_DJOB_NUMPROC": "4",
    },
    "openmpi": {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_LOCAL_RANK": "2"},
    "mpich": {"PMI_SIZE": "4", "PMI_RANK": "2", "MPI_LOCALRANKID": "2"},
    "kubeflow": {
        "KUBERNETES_PORT": "tcp://192.0.2.1:443", "MASTER_ADDR": "192.0.2.1", "MASTER_PORT": "1", "WORLD_SIZE": "4",
        "RANK": "1",
    },
    "tpu": {"XRT_TPU_CONFIG": "x", "TPU_NAME": "x", "PJRT_DEVICE": "TPU", "TPU_WORKER_ID": "1"},
    "lightning": {"LT_DEVICES": "4", "LT_NUM_NODES": "2", "LT_STRATEGY": "ddp", "LT_ACCELERATOR": "cuda"},
}  # fmt: skip


def trained() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    codes = np.random.default_rng(2).normal(size=(40, 3)).astype(np.float32)
    learn(network, codes, (codes[:, :1] > 0).astype(np.float32), "multilabel", Training(epochs=2, batch_size=8))
    return network.state_dict()


def learn(network: nn.Module, codes: np.ndarray, labels: np.ndarray, task: str, settings: Training) -> None:
    """Train on examples that nothing varies."""
    source = Source(lambda rows: codes[rows], np.arange(len(codes)), labels)
    compute = make_compute("cpu", settings)
    loop = Loop(network, objective(task), lambda codes: codes, lambda codes, *_: codes, settings, compute, 3)
    fit(loop, lambda epoch: source, source, None, lambda state: None)


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_what_launchers_of_several_processes_leave_in_the_environment_changes_nothing(
    launcher: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = trained()
    for name, value in LAUNCHERS[launcher].items():
        monkeypatch.setenv(name, value)
    for program in ("srun", "mpirun", "jsrun"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for name, weights in trained().items():
        assert torch.equal(weights, alone[name]), name


def test_a_training_gives_the_settings_of_torch_back() -> None:
    def settings() -> tuple[int, bool]:
        return torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()

    before = settings()
    with pytest.raises(ZeroDivisionError), repeatable(before[0] + 1):
        assert settings() == (before[0] + 1, True)
        raise ZeroDivisionError
    assert settings() == before


def test_memory_is_not_filled_where_results_are_repeatable() -> None:
    assert deterministic.fill_uninitialized_memory
    with repeatable(1):
        assert not deterministic.fill_uninitialized_memory
    assert deterministic.fill_uninitialized_memory


def test_mixed_precision_is_of_the_layers_and_not_of_the_weights() -> None:
    torch.manual_seed(0)
    network, inputs = nn.Linear(6, 2), torch.randn(5, 6)
    exact = network(inputs)
    mixed = Compute(torch.device("cpu"), torch.bfloat16).prepare(network)
    scores = mixed(inputs)
    assert isinstance(mixed, MixedPrecision) and scores.dtype == torch.bfloat16
    by_hand = nn.functional.linear(inputs.bfloat16(), network.weight.bfloat16(), network.bias.bfloat16())
    assert torch.equal(scores, by_hand)
    assert 0 < (scores.float() - exact).abs().max() < 0.02
    scores.float().sum().backward()
    assert network.weight.dtype == network.weight.grad.dtype == torch.float32


def test_single_precision_needs_nothing_around_the_network() -> None:
    network = nn.Linear(6, 2)
    assert Compute(torch.device("cpu"), torch.float32).prepare(network) is network


@pytest.mark.parametrize(
    ("asked", "used"), [("auto", torch.float32), ("float32", torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_the_cpu_computes_in_single_precision_unless_asked(
    asked: str, used: torch.dtype, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        compute = make_compute("cpu", Training(precision=asked, threads=3))
    assert compute == (torch.device("cpu"), used)
    assert caplog.messages == [f"device: CPU, 3 threads, {str(used).removeprefix('torch.')}"]


def test_a_step_is_no_longer_than_the_clipped_gradient() -> None:
    torch.manual_seed(0)
    network = nn.Linear(3, 1)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    codes = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32) * 100
    settings = Training(
        epochs=1, batch_size=8, optimizer="sgd", learning_rate=1, momentum=0, weight_decay=0, warmup=0, clip=0.01
    )
    learn(network, codes, np.ones((8, 1), np.float32), "regression", settings)
    moved = [parameter - old for parameter, old in zip(network.parameters(), before, strict=True)]
    length = torch.cat([part.flatten() for part in moved]).norm().item()
    assert length == pytest.approx(0.01, rel=1e-3)
