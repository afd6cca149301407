"""A trained network as one file: weights and everything needed to use them, no pickle, no configuration.

Torch is imported where weights are saved or loaded, not where metadata are read.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.modelfile.metadata import KEY, REMEDY, check_metadata
from convoscope.models import as_written, build

if TYPE_CHECKING:
    from torch import Tensor, nn

LONGEST = 240  # letters of what torch says of weights


def save(path: Path, model: "nn.Module", metadata: dict[str, Any]) -> None:
    """Write weights and metadata.

    Parameters
    ----------
    path
        Target, ``….safetensors``.
    model
        A network of the zoo.
    metadata
        As `metadata.Metadata`, and any more; JSON types only.
    """
    from safetensors import torch as tensors

    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = tensors.save(weights, metadata={KEY: json.dumps(metadata, allow_nan=False)})
    with replacing(path) as [scratch]:
        scratch.write_bytes(content)  # and not by safetensors, whose error on a full disk is no OSError


def describe(path: Path, needed: Sequence[str] = ()) -> dict[str, Any]:
    """Read the metadata of a model file, ``….safetensors`` or ``….onnx``, with the ``needed`` facts besides `Metadata`.

    Raises
    ------
    InputError
        If the file is missing, damaged or was not written by Convoscope, or lacks a fact.
    """
    if path.suffix == ".onnx":
        from convoscope.modelfile import onnxfile

        return check_metadata(path, onnxfile.load_onnx(path)[1], needed)
    try:
        with safe_open(path, framework="np") as content:
            found = json.loads(content.metadata()[KEY])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; {REMEDY}") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a model of convoscope ({error}); {REMEDY}") from None
    content = check_metadata(path, found, needed)
    return {**content, "options": as_written(content["architecture"], content["options"])}


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a model file, by name, without reading their numbers."""
    with safe_open(path, framework="np") as content:
        return {name: tuple(content.get_slice(name).get_shape()) for name in content.keys()}  # noqa: SIM118


def read_weights(path: Path, device: str = "cpu") -> "dict[str, Tensor]":
    """Return every tensor of a model file, by name.

    Raises
    ------
    InputError
        If a number is not finite.
    """
    with safe_open(path, framework="pt", device=device) as content:
        weights = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    unusable = [name for name, values in weights.items() if not values.isfinite().all()]
    if unusable:
        raise InputError(f"{path}: {unusable[0]} is not finite; train again")
    return weights


def _check_options(path: Path, options: Mapping[str, Any], weights: int) -> None:
    """Refuse options that ask for more of anything than the file has weights, before they take the memory for it."""
    for name, value in options.items():
        numbers = [number for number in (value if isinstance(value, list) else [value]) if isinstance(number, int)]
        if max(numbers, default=0) > weights:
            raise InputError(f"{path}: option {name} {value} does not fit {weights} weights; {REMEDY}")


def load(path: Path, device: str = "cpu") -> "tuple[nn.Module, dict[str, Any]]":
    """Rebuild a trained network, in evaluation mode, and return it with its metadata.

    An ``….onnx`` file gives an `onnxfile.Exchanged`, which has scores but neither layers nor gradients.

    Raises
    ------
    InputError
        As `describe`, and if weights are not finite or are those of another architecture.
    """
    if path.suffix == ".onnx":
        from convoscope.modelfile import onnxfile

        network, metadata = onnxfile.load_onnx(path, device)
        return network, check_metadata(path, metadata)
    from convoscope.nn.layers import pixel_by_pixel

    metadata = describe(path)
    weights = read_weights(path, device)
    _check_options(path, metadata["options"], sum(values.numel() for values in weights.values()))
    shape = (metadata["channels"], metadata["space"], len(metadata["labels"]))
    try:
        model = build(metadata["architecture"], *shape, metadata["options"])
        model.load_state_dict(weights)
    except (InputError, RuntimeError, ValueError) as error:
        found = " ".join(str(error).split())[:LONGEST]
        raise InputError(f"{path}: weights or options do not fit the architecture ({found}); {REMEDY}") from None
    return pixel_by_pixel(model.to(device)).eval(), metadata
