"""The zoo: every architecture by name.

A row names the module and function that builds the network, so that reading this table never imports torch.
A factory has the signature ``(channels: int, space: tuple[int, ...], outputs: int, **options) -> nn.Module`` and
its network maps ``(batch, channels, *space)`` to ``(batch, outputs)`` scores before any sigmoid or softmax.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convoscope.errors import InputError, first_error
from convoscope.signatures import outline_function

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
# Defaults that were others when model files kept given options alone.
FORMER_DEFAULTS: dict[str, dict[str, Any]] = {
    "lenet": {"first": "paper"},
    "deepyeast": {"first": "paper"},
    "residual": {"size": 5},
}


def factory(name: str) -> "Callable[..., nn.Module]":
    """Import the function that builds one architecture."""
    if name not in MODELS:
        raise InputError(f"model.name: unknown model {name!r}; one of {', '.join(MODELS)}")
    module, function = MODELS[name].split(":")
    return getattr(importlib.import_module(module), function)


def option_names(name: str) -> list[str]:
    """Return the options of one architecture, in the order of its signature."""
    return _keywords(factory(name))


def _keywords(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's keyword-only arguments."""
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]


@functools.cache
def _outline(row: str) -> Callable[..., Any]:
    """Return a function with the signature of a factory, from its source where it is in its module."""
    module, function = row.split(":")
    try:
        return outline_function(Path(__file__).with_name(module.rpartition(".")[2] + ".py"), function, module)
    except LookupError:
        return getattr(importlib.import_module(module), function)


def check_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options that an architecture does not take, and values that they cannot have, without importing torch.

    Whether the network fits its input is seen when it is built.
    """
    _call_checked(_outline(MODELS[name]), name, options, {"channels": 4, "space": (1,), "outputs": 1})


def _call_checked(function: Callable[..., Any], name: str, options: Mapping[str, Any], shape: Mapping[str, Any]) -> Any:
    """Call a factory, or a function of its signature, with options that it takes, of the types of its annotations."""
    from pydantic import ValidationError

    known = _keywords(function)
    for option in options:
        if option not in known:
            raise InputError(f"model.options: unknown option {option!r}; {name} takes {', '.join(known)}")
    try:
        return _checked(function)(**shape, **options)
    except ValidationError as error:
        raise InputError(f"model.options.{first_error(error)}") from None


@functools.cache
def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that refuses arguments of other types than its annotations say; kept, as making it is slow."""
    from pydantic import ConfigDict, validate_call

    return validate_call(config=ConfigDict(strict=True))(function)


def all_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the factory's defaults where none are given, as model files keep them."""
    parameters = inspect.signature(factory(name)).parameters
    defaults = {option: parameters[option].default for option in _keywords(factory(name))}
    plain = {option: list(value) if isinstance(value, tuple) else value for option, value in defaults.items()}
    return {**plain, **given}


def as_written(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a model file, with the defaults of its time where it keeps none."""
    return {**FORMER_DEFAULTS.get(name, {}), **options}


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
    shape = {"channels": channels, "space": tuple(space), "outputs": outputs}
    return _call_checked(factory(name), name, options or {}, shape)
