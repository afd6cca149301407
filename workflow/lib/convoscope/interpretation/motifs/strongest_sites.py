"""What the first layer of a network sees: activations, and the subsequences behind the strongest of them.

A site is a complete subsequence. Positions of the first layer that reach into padding have no whole subsequence
and are left out, for the filter's maximum as well. A position is where the site starts in the window, 0-based,
on the window's forward strand also for sites on the reverse strand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.motifs.pwm import WITHOUT_MAXIMA, Rule
from convoscope.nn.convolution import Correlation, first_correlation, padding_sides, per_dimension
from convoscope.nn.pieces import keep_freed_memory

# Activations, and hits, that are in memory at a time.
ELEMENTS = 2**23
HITS = 2**14

Batch = tuple[np.ndarray, Tensor]


class Examples(NamedTuple):
    """The windows to scan: codes ``(examples, length)`` on disk or not, the rows wanted, codes to network input."""

    codes: np.ndarray
    rows: np.ndarray
    encode: Callable[[Tensor], Tensor]


class FirstLayer(NamedTuple):
    """The first layer as its rectifier sees it.

    ``normalise`` is the batch normalisation between layer and rectifier, if any; ``strands`` is 2 when the network
    is also given the reverse complement (``nn.strand``), and then sites are looked for on both strands.
    """

    layer: Correlation
    normalise: nn.Module | None
    strands: int


class ChosenSites(NamedTuple):
    """Chosen subsequences, one entry each: strand (1 is reverse), row in the batch, filter, start."""

    strands: np.ndarray
    rows: np.ndarray
    filters: np.ndarray
    starts: np.ndarray


class Scan(NamedTuple):
    """What the filters fire on.

    ``counts (filters, size, letters)`` of the aligned sites, ambiguous letters contributing nothing; ``sites
    (filters,)``; ``positions (filters, strands, length)``: sites by strand and by where they start on the forward one;
    ``activating (filters,)``: share of the examples with a site.
    """

    counts: np.ndarray
    sites: np.ndarray
    positions: np.ndarray
    activating: np.ndarray


@contextmanager
def borrowed(model: nn.Module) -> Iterator[None]:
    """Put a model in evaluation mode, without gradients, and give it back in the modes that it had."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        with torch.no_grad():
            model.eval()
            yield
    finally:
        for module, training in modes:
            module.training = training


def batches(examples: Examples, size: int) -> Iterator[Batch]:
    """Yield codes ``(batch, length)`` and network input of the rows wanted, in order."""
    for start in range(0, len(examples.rows), size):
        codes = np.asarray(examples.codes[examples.rows[start : start + size]])
        yield codes, examples.encode(torch.as_tensor(codes))


def first_layer(model: nn.Module, one_hot: Tensor) -> FirstLayer:
    """Find the first layer and how the model uses it, by watching the model at work on some input.

    Parameters
    ----------
    model
        A network whose first layer is a :class:`Correlation` over one dimension; it is given back unchanged.
    one_hot
        A few examples ``(batch, letters, length)``.

    Raises
    ------
    InputError
        If the first layer has several groups or works on images: such filters have no motif.
    """
    layer = first_correlation(model)
    if layer.weight.dim() != 3 or layer.groups != 1:
        raise InputError(f"model: first layer {layer}; motifs need filters over all letters of a sequence")
    normalisations = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    calls: list[tuple[nn.Module, Tensor, Tensor]] = []

    def watch(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        calls.append((module, inputs[0], output))

    handles = [module.register_forward_hook(watch) for module in (layer, *normalisations)]
    try:
        with borrowed(model):
            model(one_hot)
    finally:
        for handle in handles:
            handle.remove()
    seen = [(inputs, output) for module, inputs, output in calls if module is layer]
    normalise = next((module for module, inputs, _ in calls if module is not layer and inputs is seen[0][1]), None)
    strands = sum(len(inputs) for inputs, _ in seen) // len(one_hot)
    return FirstLayer(layer, normalise, min(strands, 2))


def starts(first: FirstLayer, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs with a complete subsequence ``(positions,)``, and where these start ``(strands, positions)``.

    Starts are 0-based on the forward strand: on the reverse strand a site's last letter comes first.
    """
    layer = first.layer
    stride, padding = per_dimension(layer.stride, 1)[0], per_dimension(layer.padding, 1)[0]
    span = _dilation_of(layer) * (layer.kernel_size[0] - 1) + 1
    before, after = padding_sides(layer.kernel_size[0], padding, _dilation_of(layer))
    all_starts = np.arange(0, length + before + after - span + 1, stride) - before
    outputs = np.flatnonzero((all_starts >= 0) & (all_starts + span <= length))
    forward = all_starts[outputs]
    return outputs, np.stack([forward, length - span - forward][: first.strands])


def _dilation_of(layer: Correlation) -> int:
    """Return the distance between neighbouring letters that a filter looks at."""
    return int(per_dimension(layer.dilation, 1)[0])


def activations(first: FirstLayer, one_hot: Tensor) -> np.ndarray:
    """Return what reaches the rectifier, ``(strands, batch, filters, positions)``, complete subsequences only."""
    return _maps(first, one_hot).numpy()


def _maps(first: FirstLayer, one_hot: Tensor) -> Tensor:
    """Return `activations` as a tensor."""
    outputs, _ = starts(first, one_hot.shape[2])
    maps = first.layer(torch.cat([one_hot, one_hot.flip(1, 2)][: first.strands]))
    if first.normalise is not None:
        maps = first.normalise(maps)
    complete = slice(int(outputs[0]), int(outputs[-1]) + 1) if len(outputs) else slice(0)
    return torch.stack(maps.chunk(first.strands))[..., complete]


def _sites_of(mask: np.ndarray, site_starts: np.ndarray) -> ChosenSites:
    """List the chosen positions of a mask ``(strands, batch, filters, positions)``."""
    strands, rows, filters, positions = np.unravel_index(np.flatnonzero(mask), mask.shape)
    return ChosenSites(strands, rows, filters, site_starts[strands, positions])


def _complements(letters: int) -> np.ndarray:
    """Return the complement of every code, ``(256,)``; of an ambiguous letter, itself: only that it is one counts."""
    table = np.arange(256, dtype=np.uint8)
    table[:letters] = table[:letters][::-1]
    return table


def _count_letters(sites: ChosenSites, codes: np.ndarray, layer: Correlation) -> np.ndarray:
    """Count the letters at every position of the aligned sites.

    Sites on the reverse strand contribute their reverse complement; ambiguous letters contribute nothing.

    Parameters
    ----------
    sites
        Sites in the batch.
    codes
        ``(batch, length)``.
    layer
        The first layer.

    Returns
    -------
    numpy.ndarray
        ``(filters, size, letters)``, int64.
    """
    filters, letters, size = layer.weight.shape
    span = _dilation_of(layer) * (size - 1) + 1
    stretches = sliding_window_view(codes, span, axis=1)[..., :: _dilation_of(layer)]
    counts = np.zeros(filters * size * letters, dtype=np.int64)
    for begin in range(0, len(sites.rows), HITS):
        strand, row, which, start = (field[begin : begin + HITS] for field in sites)
        found = stretches[row, start]
        # On the reverse strand the filter's first position lies on the site's last letter.
        other = strand == 1
        found[other] = _complements(letters)[found[other, ::-1]]
        bins = (which[:, None] * size + np.arange(size)) * letters + found
        counts += np.bincount(bins[found < letters], minlength=len(counts))
    return counts.reshape(filters, size, letters)


def centres(hits: np.ndarray, columns: slice, layer: Correlation) -> list[tuple[str, float, int]]:
    """Place the sites of one filter by the centre of its motif, which is some of the filter's columns.

    On the reverse strand the filter's first column lies on the site's last letter, so that one motif that is read on
    both strands is at one place.

    Parameters
    ----------
    hits
        Sites by strand and start, ``(strands, length)``: one filter's of `Scan`.
    columns
        Those of the motif.
    layer
        The first layer.

    Returns
    -------
    list[tuple[str, float, int]]
        Strand, centre in bp from the window's left end (1.5 is the middle of its second letter), sites.
    """
    middle, last = (columns.start + columns.stop - 1) / 2, layer.kernel_size[0] - 1
    reach = _dilation_of(layer)
    shifts = {"+": reach * middle + 0.5, "-": reach * (last - middle) + 0.5}
    return [
        (strand, float(start + shifts[strand]), int(row[start]))
        for strand, row in zip(shifts, hits, strict=False)
        for start in np.flatnonzero(row)
    ]


def scan_filters(model: nn.Module, examples: Examples, rule: Rule) -> Scan:
    """Align the subsequences that a rule chooses for every filter of the first layer.

    Two passes, one for the filters' maxima where the rule needs them and one for the sites, so that memory does not
    grow with the examples.

    Parameters
    ----------
    model
        A trained network; it is given back unchanged.
    examples
        What to scan, at least one window.
    rule
        A value of ``motifs.RULES``.

    Raises
    ------
    InputError
        If there is nothing to scan, or the first layer is not over the letters of a sequence.
    """
    keep_freed_memory()
    with borrowed(model):
        first = first_layer(model, next(batches(examples, 2))[1])
        step = max(1, ELEMENTS // (2 * len(first.layer.weight) * examples.codes.shape[1]))
        maxima = np.zeros(len(first.layer.weight)) if rule in WITHOUT_MAXIMA else _maxima(first, examples, step)
        parts = [_collect(first, batch, lambda maps: rule(maps, maxima)) for batch in batches(examples, step)]
    counts, sites, positions, activating = (np.sum(fields, axis=0) for fields in zip(*parts, strict=True))
    return Scan(counts, sites, positions, activating / len(examples.rows))


def _maxima(first: FirstLayer, examples: Examples, step: int) -> np.ndarray:
    """Return the largest activation of each filter over all examples, ``(filters,)``."""
    found = [_maps(first, one_hot).amax((0, 1, 3)) for _, one_hot in batches(examples, step)]
    return torch.stack(found).amax(0).numpy()


def _collect(first: FirstLayer, batch: Batch, choose: Callable[[np.ndarray], np.ndarray]) -> Scan:
    """Return the scan of one batch of :func:`batches` by a rule that knows the maxima; activating examples counted."""
    codes, one_hot = batch
    mask = choose(activations(first, one_hot))
    sites = _sites_of(mask, starts(first, codes.shape[1])[1])
    filters, shape = mask.shape[2], (mask.shape[2], first.strands, codes.shape[1])
    places = np.ravel_multi_index((sites.filters, sites.strands, sites.starts), shape)
    positions = np.bincount(places, minlength=int(np.prod(shape))).reshape(shape)
    activates = np.zeros((len(codes), filters), dtype=bool)
    activates[sites.rows, sites.filters] = True
    number = np.bincount(sites.filters, minlength=filters)
    return Scan(_count_letters(sites, codes, first.layer), number, positions, activates.sum(axis=0))
