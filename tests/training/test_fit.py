import copy
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.config import Training
from convoscope.errors import InputError
from convoscope.training import checkpoint
from convoscope.training.batches import Source, batches_in_order, shuffled
from convoscope.training.device import choose_device, make_compute
from convoscope.training.fit import History, Loop, fit, infer, limit_epochs, rate, say_pace
from convoscope.training.objectives import objective
from convoscope.training.optimizers import SGD, make_optimizer
from convoscope.training.redraw import balanced

CPU = torch.device("cpu")


def toy_source(count: int, seed: int = 0) -> Source:
    """Vectors whose label is the sign of their first entry."""
    codes = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    labels = (codes[:, :1] > 0).astype(np.float32)
    return Source(lambda rows: codes[rows], np.arange(count), labels)


def toy_loop(**settings: Any) -> Loop:
    torch.manual_seed(0)
    training = Training(**{"epochs": 4, "batch_size": 16, "learning_rate": 0.05, **settings})
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))

    def jitter(codes: torch.Tensor, settings: Training, generator: torch.Generator) -> torch.Tensor:
        return codes + 0.1 * torch.randn(codes.shape, generator=generator)

    compute = make_compute("cpu", training)
    return Loop(model, objective("multilabel"), lambda codes: codes, jitter, training, compute, seed=3)


def run(loop: Loop, state: dict[str, Any] | None = None, keep: Any = lambda state: None) -> list[Any]:
    train, validation = toy_source(100), toy_source(50, seed=1)
    return fit(loop, lambda epoch: train, validation, state, keep)


def test_learns_and_records_every_epoch() -> None:
    loop = toy_loop(epochs=15)
    history = run(loop)
    assert [(row.epoch, row.split) for row in history[:4]] == [
        (1, "train"),
        (1, "validation"),
        (2, "train"),
        (2, "validation"),
    ]
    assert history[-1].metric > 0.95
    assert history[-1].device == "cpu"
    assert history[-2].learning_rate < history[2].learning_rate


class KilledError(Exception):
    """Stands for a kill signal."""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_killed_training_continues_to_the_same_weights(tmp_path: Path, after: int) -> None:
    whole = toy_loop()
    history = run(whole)
    path = tmp_path / "model.ckpt"

    def keep_then_die(state: dict[str, Any]) -> None:
        checkpoint.save_checkpoint(path, "mark", state)
        if state["epoch"] == after:
            raise KilledError

    with pytest.raises(KilledError):
        run(toy_loop(), keep=keep_then_die)
    torch.rand(17)  # whatever else the process did
    resumed = toy_loop()
    again = run(resumed, state=checkpoint.load_checkpoint(path, "mark"))
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name]), name
    assert [(row.epoch, row.split, row.loss) for row in again] == [(row.epoch, row.split, row.loss) for row in history]


def test_what_is_kept_of_an_optimizer_stays_as_it_was() -> None:
    kept = []
    run(toy_loop(), keep=lambda state: kept.append((state["optimizer"], copy.deepcopy(state["optimizer"]))))
    for now, then in kept:
        assert now["param_groups"] == then["param_groups"] and now["state"].keys() == then["state"].keys()
        for number, expected in then["state"].items():
            assert all(torch.equal(now["state"][number][name], value) for name, value in expected.items())
    first, last = (now["state"][0] for now, _ in (kept[0], kept[-1]))
    assert first and not all(torch.equal(first[name], last[name]) for name in first)


def test_other_seed_gives_other_weights() -> None:
    one, other = toy_loop(), toy_loop()._replace(seed=4)
    run(one), run(other)
    assert not torch.equal(one.model[0].weight, other.model[0].weight)


def test_patience_stops_and_the_best_epoch_is_kept() -> None:
    loop = toy_loop(epochs=40, patience=2, learning_rate=0.5)
    history = [row for row in run(loop) if row.split == "validation"]
    best = min(range(len(history)), key=lambda i: history[i].loss)
    assert len(history) == best + 3 < 40
    scores, labels = infer(loop.model, toy_source(50, seed=1), loop.encode, CPU)
    assert loop.task.loss(scores, labels, None).item() == pytest.approx(history[best].loss, rel=1e-5)


def follow(monkeypatch: pytest.MonkeyPatch, figures: list[float], **settings: Any) -> tuple[Loop, list[Any], list[Any]]:
    """Train while the validation figures of the epochs are the given ones; also return the weights of each epoch."""
    given = iter(figures)

    def check(loop: Loop, model: nn.Module, source: Source, number: int, learning_rate: float) -> History:
        figure = next(given)
        return History(number, "validation", figure, figure, 1.0, 1.0, "cpu", 0.0)

    monkeypatch.setattr("convoscope.training.fit.check_epoch", check)
    loop, weights = toy_loop(epochs=len(figures), **settings), []
    history = run(loop, keep=lambda state: weights.append(state["weights"]["0.weight"]))
    return loop, history[1::2], weights


@pytest.mark.parametrize(
    ("monitor", "figures", "best", "trained"),
    [
        ("loss", [0.5, 0.4, 0.4, 0.4, 0.4], 2, 4),  # the first of equals; two epochs without a better one
        ("loss", [0.5, 0.4, 0.6, 0.3, 0.6], 4, 5),  # better just before the patience ends
        ("metric", [0.5, 0.5, 0.4, 0.9, 0.9], 1, 3),
        ("metric", [float("nan"), 0.4, float("nan"), 0.5, 0.3], 4, 5),
        ("metric", [float("nan")] * 5, 1, 3),
        ("none", [0.1, 0.9, 0.2, 0.8, 0.3], 5, 5),
    ],
)
def test_which_epoch_is_kept_and_when_training_ends(
    monkeypatch: pytest.MonkeyPatch, monitor: str, figures: list[float], best: int, trained: int
) -> None:
    loop, history, weights = follow(monkeypatch, figures, monitor=monitor, patience=2)
    assert [row.epoch for row in history] == list(range(1, trained + 1))
    kept = [torch.equal(loop.model[0].weight, one) for one in weights]
    assert kept == [number == best for number in range(1, trained + 1)]


def test_the_learning_rate_of_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, used = toy_loop(epochs=3, learning_rate=0.2, warmup=0.2, batch_size=30, optimizer="sgd"), []
    step = SGD.step

    def spy(optimizer: SGD, *arguments: Any) -> Any:
        used.append([group["lr"] for group in optimizer.param_groups])
        return step(optimizer, *arguments)

    monkeypatch.setattr(SGD, "step", spy)
    history = run(loop)
    cosine = [0.5 * (1 + math.cos(math.pi * step / 10)) for step in range(10)]
    expected = [0.5, 1.0, *cosine]  # 12 steps; the first 2 rise
    np.testing.assert_allclose(used, 0.2 * np.array([expected, expected]).T)
    np.testing.assert_allclose(
        [row.learning_rate for row in history], 0.2 * np.repeat(np.array(expected)[[3, 7, 11]], 2)
    )


def test_the_loss_of_an_epoch_is_a_mean_over_examples() -> None:
    loop = toy_loop(epochs=1, learning_rate=1e-12, batch_size=64)
    loop.model[1].momentum = loop.model[2].p = 0.0
    loop = loop._replace(augment=lambda codes, settings, generator: codes)
    source = toy_source(100)
    loop.model[1].eval()
    [trained, checked] = run(loop._replace(model=Frozen(loop.model)))
    scores, labels = infer(loop.model, source, loop.encode, CPU)
    assert trained.loss == pytest.approx(loop.task.loss(scores, labels, None).item(), rel=1e-5)
    scores, labels = infer(loop.model, toy_source(50, seed=1), loop.encode, CPU)
    assert checked.loss == pytest.approx(loop.task.loss(scores, labels, None).item(), rel=1e-5)
    assert checked.metric == pytest.approx(loop.task.metric(scores.numpy(), labels.numpy()))
    assert math.isnan(trained.metric) and 0 < trained.seconds < 60 and 0 < checked.seconds < 60
    assert trained.examples_per_second == pytest.approx(100 / trained.seconds)
    assert checked.examples_per_second == pytest.approx(50 / checked.seconds)


class Frozen(nn.Module):
    """A network that is in evaluation mode whatever is asked of it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def train(self, mode: bool = True) -> "Frozen":
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        return self.network(codes)


def test_class_weights_count_where_they_are_asked_for() -> None:
    losses = {}
    for asked in (False, True):
        loop = toy_loop(epochs=1, learning_rate=1e-12, batch_size=200, class_weights=asked)
        loop = loop._replace(model=Frozen(loop.model), augment=lambda codes, settings, generator: codes)
        source = toy_source(100)
        source = source._replace(labels=source.labels * (np.arange(100)[:, None] % 4 == 0))
        [trained, _] = fit(loop, lambda epoch, source=source: source, toy_source(50, seed=1), None, lambda state: None)
        scores, labels = infer(loop.model, source, loop.encode, CPU)
        weights = torch.tensor(loop.task.weights(source.labels)).float() if asked else None
        assert trained.loss == pytest.approx(loop.task.loss(scores, labels, weights).item(), rel=1e-5)
        losses[asked] = trained.loss
    assert losses[True] > 1.5 * losses[False]


def test_every_epoch_sees_its_own_examples_and_seed() -> None:
    loop, seen = toy_loop(epochs=3, learning_rate=1e-12), []

    def augment(codes: torch.Tensor, settings: Training, generator: torch.Generator) -> torch.Tensor:
        seen.append((generator.initial_seed(), torch.rand(1).item()))
        return codes

    asked = []
    fit(
        loop._replace(augment=augment), lambda epoch: asked.append(epoch) or toy_source(16, seed=epoch),
        toy_source(50, seed=1), None, lambda state: None,
    )  # fmt: skip
    assert asked == [1, 2, 3]
    assert len({seed for seed, _ in seen}) == 3 and len({drawn for _, drawn in seen}) == 3


@pytest.mark.parametrize(("examples", "said"), [(95, 0), (100, 1)])
def test_the_pace_is_said_once(examples: int, said: int, caplog: pytest.LogCaptureFixture) -> None:
    loop = toy_loop(epochs=2, batch_size=5)
    caplog.clear()
    with caplog.at_level("INFO"):
        fit(loop, lambda epoch: toy_source(examples), toy_source(50, seed=1), None, lambda state: None)
    assert ["minutes for 2 epochs" in line for line in caplog.messages] == [True] * said + [False] * 2


def test_the_pace_in_minutes(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        say_pace(30.0, 100, 6)
    assert caplog.messages == ["at most 15.0 minutes for 6 epochs at this pace"]


def test_a_diverging_training_is_refused() -> None:
    loop = toy_loop()
    with torch.no_grad():
        loop.model[0].weight.fill_(float("nan"))
    with pytest.raises(InputError, match=r"loss is nan in epoch 1; lower training\.learning_rate"):
        run(loop)


def test_checkpoints_of_other_trainings_and_damaged_ones_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    assert checkpoint.load_checkpoint(path, "a") is None
    checkpoint.save_checkpoint(path, "a", {"epoch": 1})
    assert checkpoint.load_checkpoint(path, "a") == {"epoch": 1}
    assert checkpoint.load_checkpoint(path, "b") is None
    path.write_bytes(path.read_bytes()[:50])
    assert checkpoint.load_checkpoint(path, "a") is None


@pytest.mark.parametrize(("warmup", "expected"), [(0.0, [1]), (0.8, [0.5, 1])])
def test_the_learning_rate_of_trainings_of_few_steps(warmup: float, expected: list[float]) -> None:
    history = run(toy_loop(epochs=len(expected), batch_size=100, learning_rate=0.25, warmup=warmup))
    assert [row.learning_rate for row in history[::2]] == [0.25 * share for share in expected]


def test_rate_rises_then_falls_to_zero() -> None:
    rates = [rate(step, 100, 0.1) for step in range(101)]
    assert rates[0] == 0.1 and rates[9] == 1 and rates[100] == 0
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


@pytest.mark.parametrize(("steps", "examples", "epochs"), [(None, 640, 12), (100, 640, 10), (95, 641, 8), (5, 640, 1)])
def test_more_examples_get_fewer_epochs(steps: int | None, examples: int, epochs: int) -> None:
    assert limit_epochs(Training(epochs=12, steps=steps, batch_size=64), examples).epochs == epochs


def test_vectors_are_not_decayed() -> None:
    loop = toy_loop(weight_decay=0.1)
    decayed, free = make_optimizer(loop.model, loop.settings).param_groups
    assert all(p.ndim > 1 for p in decayed["params"]) and decayed["weight_decay"] == 0.1
    assert all(p.ndim == 1 for p in free["params"]) and free["weight_decay"] == 0
    assert len(decayed["params"]) + len(free["params"]) == len(list(loop.model.parameters()))


def test_no_batch_is_of_one_example() -> None:
    source = toy_source(5)
    assert sorted(len(codes) for codes, _ in shuffled(source, 2, CPU, [1])) == [2, 3]
    [trained, _] = fit(toy_loop(batch_size=2, epochs=1), lambda epoch: source, source, None, lambda state: None)
    assert math.isfinite(trained.loss)


def test_batches_hold_every_example_once() -> None:
    source = toy_source(33)
    ordered = torch.cat([codes for codes, _ in batches_in_order(source, 8, CPU)])
    mixed = [codes for codes, _ in shuffled(source, 8, CPU, [1, 2])]
    assert torch.equal(ordered, torch.from_numpy(source.read(source.rows)))
    assert sorted(len(batch) for batch in mixed) == [6, 6, 7, 7, 7]
    assert torch.equal(torch.cat(mixed).sort(0).values, ordered.sort(0).values)
    again = torch.cat([codes for codes, _ in shuffled(source, 8, CPU, [1, 2])])
    assert torch.equal(torch.cat(mixed), again)


def test_inference_gives_the_mode_back() -> None:
    loop = toy_loop()
    loop.model.train()
    infer(loop.model, toy_source(5), loop.encode, CPU)
    assert loop.model.training


def test_cuda_is_never_replaced_silently(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device: cuda, but torch sees no CUDA device"):
        choose_device("cuda", None)
    with caplog.at_level("INFO"):
        assert choose_device("auto", 1) == "cpu"
    assert "no CUDA device found" in caplog.text
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto", 1) == "cuda"
    assert choose_device("cuda", 0) == "cpu"


def test_balanced_epochs_draw_every_class_alike() -> None:
    labels = np.eye(3, dtype=np.float32)[np.repeat([0, 1, 2], [280, 15, 5])]
    source = Source(lambda rows: rows, np.arange(300) + 1000, labels)
    draw = balanced(source, 7)
    first = draw(1)
    assert len(first.rows) == 300
    np.testing.assert_array_equal(first.labels, labels[first.rows - 1000])
    assert (np.abs(first.labels.sum(axis=0) - 100) < 30).all()
    np.testing.assert_array_equal(draw(1).rows, first.rows)
    assert not np.array_equal(draw(2).rows, first.rows)


def test_without_a_monitor_the_last_epoch_is_kept() -> None:
    kept = []
    loop = toy_loop(monitor="none", patience=1, learning_rate=0.5)
    run(loop, keep=lambda state: kept.append((state["best_epoch"], state["epoch"])))
    assert kept == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_without_warm_up_the_first_step_has_the_whole_learning_rate() -> None:
    assert rate(0, 10, 0.0) == 1
    assert rate(0, 10, 0.2) == 0.5
