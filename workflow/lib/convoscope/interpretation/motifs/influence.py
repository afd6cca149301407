"""How much each filter matters: the change of the scores when its map is replaced by its mean."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.interpretation.motifs.strongest_sites import Examples, batches, borrowed
from convoscope.nn.convolution import first_correlation

# Examples behind a filter's mean, most examples per network behind its influence, and fewest.
MEAN_SAMPLE = 2000
LARGEST = 256
FEWEST = 32
# Multiply-adds that one network's influences may cost: some ten seconds on a core.
BUDGET = 5e11
BATCH = 16


@contextmanager
def recorded(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Yield a list to which every call of a layer adds a copy of its output."""
    outputs: list[Tensor] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: outputs.append(output.clone()))
    try:
        yield outputs
    finally:
        handle.remove()


@contextmanager
def replayed(layer: nn.Module, outputs: Sequence[Tensor]) -> Iterator[None]:
    """Let a layer return known outputs, call by call, instead of computing; copies, so that nobody changes them."""
    remaining = iter(outputs)
    layer.forward = lambda maps: next(remaining).clone()
    try:
        yield
    finally:
        del layer.forward


def _mean_maps(model: nn.Module, examples: Examples) -> Tensor:
    """Return the mean of every map of the first layer over examples, strands and positions, ``(filters,)``."""
    layer = first_correlation(model)
    sums, number = torch.zeros(len(layer.weight), dtype=torch.float64), 0
    for _, one_hot in batches(examples, BATCH):
        with recorded(layer) as outputs:
            model(one_hot)
        for output in outputs:
            sums += output.sum(dim=(0, 2), dtype=torch.float64)
            number += output.shape[0] * output.shape[2]
    return (sums / number).float()


def _changes(model: nn.Module, one_hot: Tensor, means: Tensor) -> Tensor:
    """Return for every filter how much lower the scores are with its map replaced by its mean.

    The first layer is computed once; the rest of the network once per filter.

    Parameters
    ----------
    model
        A network in evaluation mode.
    one_hot
        ``(batch, letters, length)``.
    means
        One number per filter.

    Returns
    -------
    torch.Tensor
        ``(filters, batch, outputs)``.
    """
    layer = first_correlation(model)
    with recorded(layer) as outputs:
        scores = model(one_hot)
    differences = torch.empty(len(means), *scores.shape)
    for number, mean in enumerate(means):
        kept = [output[:, number].clone() for output in outputs]
        for output in outputs:
            output[:, number] = mean
        with replayed(layer, outputs):
            differences[number] = scores - model(one_hot)
        for output, channel in zip(outputs, kept, strict=True):
            output[:, number] = channel
    return differences


def multiply_adds(model: nn.Module, one_hot: Tensor) -> float:
    """Return about how many multiply-adds one example costs: parameters times the positions that they serve."""
    costs: list[float] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        own = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        maps = output[0] if isinstance(output, tuple) else output
        # Recurrent layers have their positions in the middle, (batch, positions, units).
        space = maps.shape[1:-1] if isinstance(module, nn.RNNBase) else maps.shape[2:]
        costs.append(own * len(maps) * float(np.prod(space)))

    handles = [
        module.register_forward_hook(count) for module in model.modules() if list(module.parameters(recurse=False))
    ]
    try:
        model(one_hot)
    finally:
        for handle in handles:
            handle.remove()
    return sum(costs) / len(one_hot)


def choose_examples(positive: np.ndarray, number: int, generator: np.random.Generator) -> np.ndarray:
    """Choose at most ``number`` examples of those that are positive for some label, as many of each label.

    Parameters
    ----------
    positive
        Boolean ``(examples, labels)``.
    number
        Most examples.
    generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Row numbers, rising.
    """
    share = max(1, number // positive.shape[1])
    rows = [generator.permutation(np.flatnonzero(column))[:share] for column in positive.T]
    return np.unique(np.concatenate(rows))


def influences(
    model: nn.Module, examples: Examples, positive: np.ndarray, seed: int = 1, largest: int = LARGEST
) -> np.ndarray:
    """Return what each filter contributes to each label's score, ``(filters, labels)`` (Kelley et al. 2016).

    The mean over the label's positive examples of the score (before sigmoid or softmax) minus the score with the
    filter's map replaced by its mean over a sample of all examples: above zero, the filter raises the score where
    the label is true; below, it lowers it. NaN for a label without a positive example.

    Parameters
    ----------
    model
        A trained network; it is given back unchanged.
    examples
        Windows from which samples are drawn.
    positive
        Boolean ``(rows, labels)``, labels in the order of the outputs.
    seed
        Seed of the samples.
    largest
        Most positive examples; fewer, down to 32, where the rest of the network is costly.

    References
    ----------
    Basset, doi:10.1101/gr.200535.115, Methods: replacing a filter's output by its mean.
    """
    generator = np.random.default_rng(seed)
    sample = np.sort(generator.permutation(len(examples.rows))[:MEAN_SAMPLE])
    with borrowed(model):
        one_hot = next(batches(examples, 2))[1]
        filters = len(first_correlation(model).weight)
        affordable = int(BUDGET / (filters * multiply_adds(model, one_hot)))
        chosen = choose_examples(positive, min(largest, max(FEWEST, affordable)), generator)
        means = _mean_maps(model, examples._replace(rows=examples.rows[sample]))
        parts = [
            _changes(model, encoded, means).numpy()
            for _, encoded in batches(examples._replace(rows=examples.rows[chosen]), BATCH)
        ]
    return _means_of(np.concatenate(parts, axis=1), positive[chosen])


def _means_of(differences: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Average ``(filters, examples, labels)`` over each label's positive examples: ``(filters, labels)``."""
    sums = np.einsum("fel,el->fl", differences, positive.astype(float))
    numbers = positive.sum(axis=0)
    return np.where(numbers > 0, sums / np.maximum(numbers, 1), np.nan)
