"""What one example costs on this machine, from a few steps of the real network on random input."""

import math
import time
from collections.abc import Callable, Iterable, Sequence

from convoscope.config import Config, Model, Training
from convoscope.needs.amounts import of_experiment
from convoscope.needs.foreseen import settings
from convoscope.needs.networks import Pace, usual_pace

STEPS, ENOUGH = 5, 1.0  # timed steps at most, and seconds after which no further step begins
BATCH = 256  # examples predicted at a time


def paces(config: Config, names: Iterable[str], device: str) -> dict[str, Pace]:
    """Measure the network of each experiment; alike networks are measured once."""
    known: dict[str, Pace] = {}
    found = {}
    for name in names:
        experiment = (config.experiments.sequence | config.experiments.image)[name]
        amounts = of_experiment(config, name)
        channels = amounts["channels"]
        side = amounts["positions"] if name in config.experiments.sequence else math.isqrt(int(amounts["positions"]))
        space = (int(side),) if name in config.experiments.sequence else (int(side), int(side))
        model, training = settings(experiment, amounts)
        network = (model, experiment.task, training.batch_size, channels, space)
        key = repr((*network, labels := int(amounts["labels"])))
        if key not in known:
            known[key] = measure_pace(model, training, experiment.task, (int(channels), space, labels), device)
        found[name] = known[key]
    return found


def measure_pace(
    model: Model, training: Training, task: str, shape: tuple[int, Sequence[int], int], device: str
) -> Pace:
    """Return the microseconds of one example, in training and in prediction, on one thread or on the GPU.

    Parameters
    ----------
    model, training
        The network, and how it is trained.
    task
        Kind of labels.
    shape
        Letters of the alphabet, or channels of the images; ``(length,)`` or ``(height, width)``; scores per example.
    device
        ``cpu`` or ``cuda``.
    """
    import torch

    from convoscope.models import build
    from convoscope.training.objectives import objective
    from convoscope.training.optimizers import make_optimizer

    torch.manual_seed(0)
    channels, space, labels = shape
    network = build(model.name, channels, space, labels, model.options).to(device)
    optimizer, goal = make_optimizer(network, training), objective(task)
    inputs = torch.rand(max(BATCH, training.batch_size), channels, *space, device=device)
    wanted = torch.zeros(len(inputs), labels, device=device)
    wanted[:, 0] = 1

    def step() -> None:
        """Take one step of training."""
        batch = slice(training.batch_size)
        loss = goal.loss(network(inputs[batch]), wanted[batch], None)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    @torch.inference_mode()
    def predict() -> None:
        """Predict one batch."""
        network(inputs[:BATCH]).sum().item()

    trained = _seconds(step, device) / training.batch_size
    network.eval()
    predicted = _seconds(predict, device) / BATCH
    positions = float(torch.Size(space).numel())
    usual = usual_pace(model.name, model.options, positions)
    weights = float(sum(parameter.numel() for parameter in network.parameters()))
    return usual._replace(training=1e6 * trained, forward=1e6 * predicted, weights=weights)


def _seconds(work: Callable[[], None], device: str) -> float:
    """Return the shortest time of a few repetitions: of the processor, or with a GPU on the clock."""
    import torch

    clock = time.perf_counter if device == "cuda" else time.process_time
    torch.set_num_threads(1)
    taken: list[float] = []
    while len(taken) < STEPS + 1 and sum(taken) < ENOUGH:
        began = clock()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(clock() - began)
    return min(taken[1:] or taken)  # the first one also prepares
