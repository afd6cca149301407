"""The sanity check of pictures of a network: with random weights they must change (Adebayo et al. 2018)."""

import copy
from collections.abc import Iterator

import numpy as np
import pandas as pd
from torch import nn

from convoscope.errors import InputError


def drawn_layers(model: nn.Module) -> list[str]:
    """Return the names of the layers with weights of their own, in the order of the model."""
    return [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]


def cascade(model: nn.Module, untrained: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Replace the weights of a copy of the model by untrained ones, layer by layer from the scores to the input.

    arXiv:1810.03292, cascading randomisation. An untrained network has the distribution of weights that training
    began with, and normalises by nothing.

    Parameters
    ----------
    model
        A trained network; it is not changed.
    untrained
        A network of the same architecture and options, just built.

    Yields
    ------
    The name of the layer that was replaced, and the copy, the same one each time, with it and all later layers
    replaced.

    Raises
    ------
    InputError
        If the two are not of one architecture.
    """
    shapes = [{key: tensor.shape for key, tensor in each.state_dict().items()} for each in (model, untrained)]
    if shapes[0] != shapes[1]:
        raise InputError("untrained: other layers or sizes than the model's; build it with the same options")
    random = copy.deepcopy(model)
    for name in reversed(drawn_layers(model)):
        random.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
        yield name, random


def similarity(first: np.ndarray, second: np.ndarray, absolute: bool = False) -> np.ndarray:
    """Return Spearman's rank correlation of two maps of each example, ``(batch,)``.

    Parameters
    ----------
    first, second
        ``(batch, ...)``, of one shape.
    absolute
        Whether to compare sizes alone, where the sign of a map says little.

    Returns
    -------
    1 for the same order, about 0 for unrelated maps; NaN where a map is constant.
    """
    if first.shape != second.shape:
        raise InputError(f"maps: {first.shape} and {second.shape}; one shape")
    ranks = []
    for maps in (first, second):
        rows = pd.DataFrame((np.abs(maps) if absolute else maps).reshape(len(maps), -1)).rank(axis=1).to_numpy()
        ranks.append(rows - rows.mean(axis=1, keepdims=True))
    product, sizes = (ranks[0] * ranks[1]).sum(axis=1), np.prod([np.square(each).sum(axis=1) for each in ranks], axis=0)
    return np.where(sizes > 0, product / np.sqrt(np.where(sizes > 0, sizes, 1)), np.nan)
