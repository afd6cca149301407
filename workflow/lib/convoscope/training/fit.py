"""The training loop, the same for every task, kind of data and device.

An epoch is a pure function of the state before it, the seed and its number: all randomness is seeded again at its
start. So a training that was killed and continues from its checkpoint reaches the same weights, bit by bit, as
one that was not.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from convoscope.config import Training
from convoscope.errors import InputError
from convoscope.memory import keep_memory
from convoscope.nn.pieces import in_pieces
from convoscope.training.batches import Source, batches_in_order, count_batches, shuffled
from convoscope.training.device import Compute
from convoscope.training.objectives import Objective
from convoscope.training.optimizers import clip_gradients, make_optimizer
from convoscope.training.team import Alone, Team

log = logging.getLogger(__name__)
PACE_STEPS = 20


class DivergedError(InputError):
    """The loss of a training is no number any more: its settings do not fit the data."""


class Loop(NamedTuple):
    """Everything that a training needs besides the data."""

    model: nn.Module
    task: Objective
    encode: Callable[[Tensor], Tensor]
    augment: Callable[[Tensor, Training, torch.Generator], Tensor]
    settings: Training
    compute: Compute
    seed: int
    team: Team = Alone()


class History(NamedTuple):
    """One row of ``history.tsv``."""

    epoch: int
    split: str
    loss: float
    metric: float
    seconds: float
    examples_per_second: float
    device: str
    learning_rate: float


# Validation figure to watch, larger is better; without one every epoch beats the one before.
MONITORS: dict[str, Callable[[History], float]] = {
    "loss": lambda checked: -checked.loss,
    "metric": lambda checked: checked.metric,
    "none": lambda checked: checked.epoch,
}


def rate(step: int, steps: int, warmup: float) -> float:
    """Return the share of the peak learning rate: a linear rise, then half a cosine down to 0.

    >>> [round(rate(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    rising = max(1, round(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / (steps - rising)))


def limit_epochs(settings: Training, examples: int) -> Training:
    """Return the settings with as many epochs as ``steps`` allows for this number of training examples."""
    if settings.steps is None:
        return settings
    affordable = settings.steps // count_batches(examples, settings.batch_size)
    return settings.model_copy(update={"epochs": max(1, min(settings.epochs, affordable))})


def fit(
    loop: Loop,
    train: Callable[[int], Source],
    validation: Source,
    state: dict[str, Any] | None,
    keep: Callable[[dict[str, Any]], None],
    until: int | None = None,
) -> list[History]:
    """Train until the epochs or the patience run out and leave the best epoch's weights in the model.

    Parameters
    ----------
    loop
        Model, task, encoding, settings, device and seed.
    train
        The training examples of an epoch, by its number.
    validation
        Examples that stop the training and choose the epoch.
    state
        What ``keep`` was given by an earlier, killed run; None for a new training.
    keep
        Called after every epoch with everything needed to continue.
    until
        Epoch after which to pause, at the latest; the learning rate falls as if there were no pause.

    Raises
    ------
    DivergedError
        When the loss is no longer a number.
    """
    keep_memory()
    model = loop.compute.prepare(loop.model)
    shared = loop.team.wrap(model)
    optimizer = make_optimizer(loop.model, loop.settings)
    state = state or {"epoch": 0, "best": -math.inf, "best_epoch": 0, "best_weights": None, "history": []}
    if state["epoch"]:
        loop.model.load_state_dict(state["weights"])
        optimizer.load_state_dict(state["optimizer"])
        log.info("continuing after epoch %d", state["epoch"])
    last = loop.settings.epochs if until is None else min(until, loop.settings.epochs)
    while state["epoch"] < last and state["epoch"] - state["best_epoch"] < loop.settings.patience:
        number = state["epoch"] + 1
        # Without a GPU in use, torch.manual_seed formats the whole call stack: a twelfth of a short epoch.
        randomness = torch.default_generator if loop.compute.device.type == "cpu" else torch
        randomness.manual_seed(np.random.SeedSequence([loop.seed, number]).generate_state(1, np.uint64).item() >> 1)
        trained = _train_epoch(loop, shared, optimizer, train(number), number)
        checked = check_epoch(loop, model, validation, number, trained.learning_rate)
        keep(_advance(state, loop, optimizer, [trained, checked]))
        _say_epoch(loop, trained, checked)
    loop.model.load_state_dict(state["best_weights"])
    return [History(*row) for row in state["history"]]


def _advance(state: dict[str, Any], loop: Loop, optimizer: Optimizer, history: list[History]) -> dict[str, Any]:
    """Record one epoch in the state: weights, history and whether it is the best so far.

    Of epochs that are equally good the first one is kept, and the patience counts from it. One whose figure is not
    defined, as a correlation of constant predictions, is worse than any other.
    """
    checked = history[-1]
    score = MONITORS[loop.settings.monitor](checked)
    score = -math.inf if math.isnan(score) else score
    weights = {name: tensor.detach().cpu().clone() for name, tensor in loop.model.state_dict().items()}
    state["epoch"] = checked.epoch
    state["history"] += [list(row) for row in history]
    state["weights"] = weights
    state["optimizer"] = _copied(optimizer.state_dict())
    if score > state["best"] or state["best_weights"] is None:
        state.update(best=score, best_epoch=checked.epoch, best_weights=weights)
    return state


def _copied(content: Any) -> Any:
    """Copy what an optimizer holds, as `copy.deepcopy` would, which looks for shared parts in it for as long again."""
    if isinstance(content, dict):
        return {name: _copied(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_copied(value) for value in content]
    return content.clone() if isinstance(content, Tensor) else content


def _train_epoch(loop: Loop, model: nn.Module, optimizer: Optimizer, source: Source, number: int) -> History:
    """Take one step per batch over all training examples."""
    settings, device = loop.settings, loop.compute.device
    generator = torch.Generator(device).manual_seed(torch.initial_seed())
    weights = torch.as_tensor(loop.task.weights(source.labels), dtype=torch.float32, device=device)
    steps = count_batches(len(source.rows), settings.batch_size)
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    total, began = torch.zeros((), device=device), time.monotonic()
    model.train()
    progress = _bar(len(source.rows), f"epoch {number}/{settings.epochs}")
    for step, (codes, labels) in enumerate(shuffled(source, settings.batch_size, device, [loop.seed, number])):
        now = rate((number - 1) * steps + step, settings.epochs * steps, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * now
        scores = loop.team.scores(lambda own: model(loop.encode(own)), loop.augment(codes, settings, generator))
        loss = loop.task.loss(scores, labels, weights if settings.class_weights else None)
        optimizer.zero_grad()
        loss.backward()
        clip_gradients(parameters, settings.clip)
        optimizer.step()
        total += loss.detach() * len(labels)
        progress.update(len(labels))
        if number == 1 and step + 1 == PACE_STEPS:
            say_pace(time.monotonic() - began, steps, settings.epochs)
    progress.close()
    mean, seconds = total.item() / len(source.rows), time.monotonic() - began
    if not math.isfinite(mean):
        raise DivergedError(f"training: the loss is {mean} in epoch {number}; lower training.learning_rate")
    pace = len(source.rows) / seconds
    return History(number, "train", mean, float("nan"), seconds, pace, str(device), optimizer.param_groups[0]["lr"])


def check_epoch(loop: Loop, model: nn.Module, source: Source, number: int, learning_rate: float) -> History:
    """Measure loss and metric on the validation examples."""
    began = time.monotonic()
    own, labels = loop.team.part(len(source.rows)), torch.from_numpy(source.labels)
    part = Source(source.read, source.rows[own], source.labels[own])
    scores = loop.team.whole(infer(model, part, loop.encode, loop.compute.device)[0], len(source.rows))
    loss = loop.task.loss(scores, labels, None).item()
    metric = loop.task.metric(loop.task.predict(scores).numpy(), labels.numpy())
    loss, metric = loop.team.agreed((loss, metric))
    seconds = time.monotonic() - began
    pace = len(source.rows) / seconds
    return History(number, "validation", loss, metric, seconds, pace, str(loop.compute.device), learning_rate)


@torch.inference_mode()
def infer(
    model: nn.Module, source: Source, encode: Callable[[Tensor], Tensor], device: torch.device, size: int = 512
) -> tuple[Tensor, Tensor]:
    """Return scores and labels ``(examples, labels)`` on the CPU; the model's mode is given back unchanged."""
    training = model.training
    model.eval()
    pairs = [
        (in_pieces(model, encode(codes)).float().cpu(), labels.cpu())
        for codes, labels in batches_in_order(source, size, device)
    ]
    model.train(training)
    return torch.cat([scores for scores, _ in pairs]), torch.cat([labels for _, labels in pairs])


def _bar(examples: int, title: str) -> Any:
    """Show examples per second on a terminal; a log file gets one line per epoch instead."""
    return tqdm(total=examples, desc=title, unit=" examples", unit_scale=True, leave=False, disable=None)


def _say_epoch(loop: Loop, trained: History, checked: History) -> None:
    """Log one epoch in one line."""
    log.info(
        "epoch %d/%d: loss %.4f, validation loss %.4f, %s %.4f, %.0f examples/s",
        trained.epoch,
        loop.settings.epochs,
        trained.loss,
        checked.loss,
        loop.task.metric_name,
        checked.metric,
        trained.examples_per_second,
    )


def say_pace(seconds: float, steps: int, epochs: int) -> None:
    """Estimate the longest possible training from its first steps."""
    log.info("at most %.1f minutes for %d epochs at this pace", seconds / PACE_STEPS * steps * epochs / 60, epochs)
