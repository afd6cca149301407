"""Twins of networks, whose every nonlinear step is a module of its own, called once: what DeepLIFT needs.

DeepLIFT, ours as that of Captum or tangermeme, changes the way back through the modules that it knows; theirs take the
first half of every batch for the inputs and the second for what they are compared with. A network that shows both
strands to the same modules in one batch, or takes maxima by functions, would give wrong numbers without a word; in
Captum so would one where a tensor is the input of one such module and of anything else, or the output of another. A
twin has the same weights and the same scores, but a copy of the modules for each strand, modules for all maxima, and
each of them has its input alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.activation import LAYERS, Exponential
from convoscope.nn.blocks import Residual
from convoscope.nn.convolution import Correlation
from convoscope.nn.layers import evaluating
from convoscope.nn.pooling import GLOBAL_POOLS, POOLS, GlobalPool, Pool, join_channels
from convoscope.nn.position import PlacedMaximum
from convoscope.nn.strand import REDUCE, BothStrands, ReverseComplementCorrelation, StrandMax, opposite_strand

Rule = Callable[[nn.Module, Tensor], Tensor]
# Length of the maps that come into each summary of whole maps.
Lengths = dict[nn.Module, int]
# Without memory from one example to another, and linear in evaluation mode: they are their own twins.
LINEAR = (
    Correlation, ReverseComplementCorrelation, nn.Linear, nn.BatchNorm1d, nn.ConstantPad1d, nn.Flatten, nn.Identity,
    nn.Dropout,
)  # fmt: skip


def _alone(layer: nn.Module, maps: Tensor) -> Tensor:
    """Return what a layer makes of a copy of maps."""
    return layer(maps.clone())


class Alone(nn.Module):
    """A nonlinear layer, with an input that is no other layer's input or output; see `ruled`."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.rule: Rule = _alone

    def forward(self, maps: Tensor) -> Tensor:
        """Return what the layer gives."""
        return self.rule(self.layer, maps)


@contextmanager
def ruled(explained: nn.Module, rule: Rule) -> Iterator[None]:
    """Let a rule, of layer and maps, take the place of every nonlinear layer of a twin."""
    layers = [module for module in explained.modules() if isinstance(module, Alone)]
    try:
        for module in layers:
            module.rule = rule
        yield
    finally:
        for module in layers:
            module.rule = _alone


class Larger(nn.Module):
    """Element-wise maximum of two tensors of one shape, by a module that DeepLIFT knows."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Alone(nn.MaxPool1d(2))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the larger of each pair."""
        pairs = torch.stack([first, second], dim=-1)
        return self.pool(pairs.flatten(1, -2))[..., 0].view_as(first)


class TwoStrands(nn.Module):
    """Twin of `BothStrands`: each strand has a copy of the network."""

    def __init__(self, forward: nn.Module, reverse: nn.Module, reduce: nn.Module) -> None:
        super().__init__()
        self.networks, self.reduce = nn.ModuleList([forward, reverse]), reduce

    def forward(self, one_hot: Tensor) -> Tensor:
        """Map ``(batch, 4, length)`` to what the network gives."""
        first, second = self.networks
        return self.reduce(first(one_hot), second(opposite_strand(one_hot)))


class Mean(nn.Module):
    """Mean of two tensors."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the mean of each pair."""
        return REDUCE["mean"](first, second)


class Whole(nn.Module):
    """Twin of `GlobalPool` and, with a bonus and activations, of `PlacedMaximum`."""

    def __init__(
        self, length: int, kinds: list[str], bonus: Tensor | None = None, activation: type[nn.Module] | None = None
    ) -> None:
        super().__init__()
        self.kinds, self.bonus = kinds, bonus
        self.best = Alone(nn.MaxPool1d(length))
        self.activations = nn.ModuleList([Alone(activation()) if activation else nn.Identity() for _ in kinds])

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, channels, length)`` to ``(batch, channels)`` of each kind, one kind after the other."""
        found = []
        for kind, activate in zip(self.kinds, self.activations, strict=True):
            if kind == "max":
                found.append(activate(self.best(maps if self.bonus is None else maps + self.bonus)[..., 0]))
            else:
                found.append(activate(maps).mean(2))
        return join_channels(found)


class Windows(nn.Module):
    """Twin of `Pool` in one dimension."""

    def __init__(self, pools: list[nn.Module]) -> None:
        super().__init__()
        self.pools = nn.ModuleList(pools)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the pooled maps, one kind after the other."""
        return join_channels([pool(maps) for pool in self.pools])


class StrandsOfFilters(nn.Module):
    """Twin of `StrandMax`."""

    def __init__(self) -> None:
        super().__init__()
        self.larger = Larger()

    def forward(self, maps: Tensor) -> Tensor:
        """Return the larger of the first half and the second half in reversed order."""
        first, second = maps.chunk(2, dim=1)
        return self.larger(first, second.flip(1))


def _kinds_of(functions: list, table: dict[str, Callable]) -> list[str]:
    """Return the names of pooling functions in a table."""
    return [name for function in functions for name, known in table.items() if known is function]


def _twin_strands(module: BothStrands, lengths: Lengths) -> nn.Module:
    """Return the twin of a network on both strands."""
    reduce = Larger() if module.reduce is REDUCE["max"] else Mean()
    return TwoStrands(twin(module.network, lengths), twin(module.network, lengths), reduce)


def _twin_pool(module: Pool, lengths: Lengths) -> nn.Module:
    """Return the twin of pooling in windows."""
    layers = {"max": nn.MaxPool1d, "average": nn.AvgPool1d}
    kinds = _kinds_of(module.functions, {name: functions[1] for name, functions in POOLS.items()})
    return Windows([Alone(layers[kind](module.kernel_size[0], module.stride[0])) for kind in kinds])


def _twin_placed(module: PlacedMaximum, lengths: Lengths) -> nn.Module:
    """Return the twin of the best placed match."""
    bonus = module.bonus(lengths[module]).detach()
    kinds = ["max", "average"] if module.average else ["max"]
    return Whole(lengths[module], kinds, bonus, LAYERS[module.activation])


TWINS: dict[type[nn.Module], Callable[..., nn.Module]] = {
    BothStrands: _twin_strands,
    GlobalPool: lambda module, lengths: Whole(lengths[module], _kinds_of(module.functions, GLOBAL_POOLS)),
    PlacedMaximum: _twin_placed,
    Pool: _twin_pool,
    Residual: lambda module, lengths: Residual(twin(module.branch, lengths)),
    StrandMax: lambda module, lengths: StrandsOfFilters(),
    nn.ReLU: lambda module, lengths: Alone(nn.ReLU()),
    Exponential: lambda module, lengths: Alone(Exponential()),
    nn.Sequential: lambda module, lengths: nn.Sequential(*(twin(layer, lengths) for layer in module)),
}


def twin(module: nn.Module, lengths: Lengths) -> nn.Module:
    """Return a network of the same numbers whose every nonlinear step is a module of its own.

    Raises
    ------
    InputError
        If it holds a layer that has no twin, such as a recurrent one.
    """
    if type(module) in TWINS:
        return TWINS[type(module)](module, lengths)
    if type(module) in LINEAR:
        return deepcopy(module)
    known = ", ".join(kind.__name__ for kind in TWINS)
    raise InputError(f"deeplift: a layer {type(module).__name__}; networks of linear layers and {known} are explained")


def twin_of(model: nn.Module, channels: int, length: int) -> nn.Module:
    """Return the twin of a network on ``(batch, channels, length)`` in evaluation mode; see `twin`."""
    first = next(model.parameters())
    lengths: Lengths = {}
    whole = [module for module in model.modules() if isinstance(module, GlobalPool | PlacedMaximum)]
    hooks = [
        module.register_forward_hook(lambda layer, given, _: lengths.update({layer: given[0].shape[2]}))
        for module in whole
    ]
    try:
        with evaluating(model):
            model(torch.zeros(1, channels, length, dtype=first.dtype, device=first.device))
    finally:
        for hook in hooks:
            hook.remove()
    return twin(model, lengths).eval()
