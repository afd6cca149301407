"""Starts a training from a network that was trained before: what fits of its weights is taken, the rest stays drawn."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from convoscope.config import Model
from convoscope.errors import InputError
from convoscope.files import digest
from convoscope.modelfile import read_weights
from convoscope.modelfile.start import Shapes, describe_start, fitting, require_fit, shared_inputs
from convoscope.nn.convolution import first_correlation
from convoscope.training.objectives import Objective
from convoscope.training.scaling import LabelScale, restore

log = logging.getLogger(__name__)


class Start(NamedTuple):
    """A trained network to start from: its file and what that says of it."""

    path: Path
    metadata: Mapping[str, Any]


def find_start(model: Model, card: Mapping[str, Any]) -> tuple[Model, Start | None]:
    """Return the section with the options of the network to start from, where none are written, and that network.

    Raises
    ------
    InputError
        As `describe_start`.
    """
    if model.weights is None:
        return model, None
    try:
        metadata = describe_start(Path(model.weights), model.name, card.get("alphabet"))
    except InputError as error:
        raise InputError(f"model.weights: {error}") from None
    written = {"name": model.name, "weights": model.weights, "options": {**metadata["options"], **model.options}}
    return Model.model_validate(written), Start(Path(model.weights), metadata)


def take_weights(
    network: nn.Module, start: Start, metadata: Mapping[str, Any], task: Objective, scale: LabelScale | None
) -> dict[str, Any]:
    """Replace weights of a network, in place, by those of the network to start from that fit; return what was taken.

    Names and shapes have to agree. The last layer is taken where the labels and their task agree too; channels of
    images that have the same names in another order are put in this one.

    Parameters
    ----------
    network
        The network to train, with drawn weights.
    start
        The trained network.
    metadata
        What the new model file will say: labels, task, names of channels, and the dataset's card.
    task, scale
        The objective, and the unit in which the scores of measured labels are trained.

    Raises
    ------
    InputError
        If no kernel or matrix fits.
    """
    given, own = _in_order(network, read_weights(start.path), start.metadata, metadata), network.state_dict()
    last = _last_layer(network)
    asked_alike = all(start.metadata[key] == metadata[key] for key in ("labels", "task"))
    wanted = _shapes(own)
    taken = fitting(_shapes(given), wanted, [] if asked_alike else [name for name in own if name.startswith(last)])
    require_fit(start.path, taken, wanted)
    network.load_state_dict({**own, **{name: given[name] for name in taken}})
    if scale and f"{last}weight" in taken:
        restore(network, task.scaling, scale.inverse())
    return _say(start, taken, list(wanted), shared_inputs(start.metadata, metadata["card"]))


def _shapes(weights: Mapping[str, Tensor]) -> Shapes:
    """Return the shape of every tensor but counters, which are no weights."""
    return {name: tuple(values.shape) for name, values in weights.items() if values.ndim}


def _last_layer(network: nn.Module) -> str:
    """Return what the names of the weights of the last dense layer begin with."""
    return [name for name, layer in network.named_modules() if isinstance(layer, nn.Linear)][-1] + "."


def _in_order(
    network: nn.Module, weights: dict[str, Tensor], before: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Tensor]:
    """Return the weights with the channels of the first layer in the order of now, if their names are the same."""
    old, new = before.get("channel_names", []), now.get("channel_names", [])
    if old == new or sorted(old) != sorted(new):
        return weights
    first = first_correlation(network)
    [name] = [f"{name}.weight" for name, layer in network.named_modules() if layer is first]
    return {**weights, name: weights[name][:, [old.index(channel) for channel in new]]}


def _say(start: Start, taken: list[str], names: list[str], shared: list[str]) -> dict[str, Any]:
    """Log what was taken, and return what the model file says of it."""
    fresh = [name for name in names if name not in taken]
    rest = f"; drawn afresh: {', '.join(fresh)}" if fresh else ""
    log.info("weights: %d of %d tensors of %s%s", len(taken), len(names), start.path, rest)
    if shared:
        log.warning("weights: %s was trained on %s too, perhaps on what is tested here", start.path, ", ".join(shared))
    facts = {"file": str(start.path), "sha256": digest(start.path), "taken": len(taken), "tensors": len(names)}
    return {**facts, "fresh": fresh, "shared_inputs": shared}
