"""The zoo: every architecture by name.

A row names the module and function that builds the network, so that reading this table never imports torch.
A factory has the signature ``(channels: int, space: tuple[int, ...], outputs: int, **options) -> nn.Module`` and
its network maps ``(batch, channels, *space)`` to ``(batch, outputs)`` scores before any sigmoid or softmax.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convoscope.errors import InputError, first_error

if TYPE_CHECKING:
    from torch import nn

# Networks for sequences, (batch, letters, length), and for images, (batch, channels, height, width).
SEQUENCES = {
    "deepbind": "convoscope.models.deepbind:deepbind",
    "basset": "convoscope.models.basset:basset",
    "deepsea": "convoscope.models.deepsea:deepsea",
    "danq": "convoscope.models.danq:danq",
    "tower": "convoscope.models.tower:tower",
    "cnnprom": "convoscope.models.cnnprom:cnnprom",
}
IMAGES = {
    "lenet": "convoscope.models.lenet:lenet",
    "deepyeast": "convoscope.models.deepyeast:deepyeast",
    "residual": "convoscope.models.residual:residual",
}
MODELS = SEQUENCES | IMAGES


def factory(name: str) -> "Callable[..., nn.Module]":
    """Import the function that builds one architecture."""
    if name not in MODELS:
        raise InputError(f"model.name: unknown model {name!r}; one of {', '.join(MODELS)}")
    module, function = MODELS[name].split(":")
    return getattr(importlib.import_module(module), function)


def option_names(name: str) -> list[str]:
    """Return the options of one architecture, in the order of its signature."""
    parameters = inspect.signature(factory(name)).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]


def with_strands(name: str, options: Mapping[str, Any], strands: str) -> dict[str, Any]:
    """Return options with those that data of a ``single`` strand needs, where the network has another default."""
    fixed = {"strands": "single"} if strands == "single" and "strands" in option_names(name) else {}
    return {**fixed, **options}


def build(
    name: str, channels: int, space: Sequence[int], outputs: int, options: Mapping[str, Any] | None = None
) -> "nn.Module":
    """Build a network of the zoo with random weights from torch's global generator.

    Parameters
    ----------
    name
        A row of `MODELS`: the name of an architecture, such as ``deepbind``.
    channels
        Letters of the alphabet, or channels of the images.
    space
        Positions of one example: ``(length,)`` or ``(height, width)``.
    outputs
        Scores per example.
    options
        Keyword arguments of the factory, checked against its annotations.

    Raises
    ------
    InputError
        If the model or an option is unknown, an option has a wrong value, or the network does not fit the space.

    Examples
    --------
    >>> import convoscope, torch
    >>> network = convoscope.build("deepbind", 4, (101,), 2, {"filters": 8})
    >>> network(torch.zeros(3, 4, 101)).shape
    torch.Size([3, 2])
    """
    from pydantic import ConfigDict, ValidationError, validate_call

    known, given = option_names(name), dict(options or {})
    for option in given:
        if option not in known:
            raise InputError(f"model.options: unknown option {option!r}; {name} takes {', '.join(known)}")
    checked = validate_call(config=ConfigDict(strict=True))(factory(name))
    try:
        return checked(channels=channels, space=tuple(space), outputs=outputs, **given)
    except ValidationError as error:
        raise InputError(f"model.options.{first_error(error)}") from None
