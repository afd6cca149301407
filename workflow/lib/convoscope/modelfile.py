"""A trained network as one file: weights and everything needed to use them, no pickle, no configuration.

Torch is imported by who saves or loads, not by who reads what a file says of itself.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.models import build

if TYPE_CHECKING:
    from torch import nn

KEY = "convoscope"  # of the metadata


def save(path: Path, model: "nn.Module", metadata: dict[str, Any]) -> None:
    """Write weights and metadata.

    Parameters
    ----------
    path
        Target, ``….safetensors``.
    model
        A network of the zoo.
    metadata
        At least ``architecture``, ``options``, ``channels``, ``space`` and ``labels``; JSON types only.
    """
    from safetensors import torch as tensors

    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = tensors.save(weights, metadata={KEY: json.dumps(metadata, allow_nan=False)})
    with replacing(path) as [scratch]:
        scratch.write_bytes(content)  # and not by safetensors, whose error on a full disk is no OSError


def describe(path: Path) -> dict[str, Any]:
    """Read the metadata of a model file, ``….safetensors`` or ``….onnx``.

    Raises
    ------
    InputError
        If the file is missing, damaged or was not written by Convoscope.
    """
    if path.suffix == ".onnx":
        from convoscope import onnxfile

        return onnxfile.load(path)[1]
    try:
        with safe_open(path, framework="np") as content:
            return json.loads(content.metadata()[KEY])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a trained model.safetensors") from None
    except (SafetensorError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a model of convoscope ({error}); give a trained model.safetensors") from None


def load(path: Path, device: str = "cpu") -> "tuple[nn.Module, dict[str, Any]]":
    """Rebuild a trained network, in evaluation mode, and return it with its metadata.

    An ``….onnx`` file gives an `onnxfile.Exchanged`, which has scores but neither layers nor gradients.
    """
    if path.suffix == ".onnx":
        from convoscope import onnxfile

        return onnxfile.load(path, device)
    metadata = describe(path)
    model = build(
        metadata["architecture"],
        metadata["channels"],
        tuple(metadata["space"]),
        len(metadata["labels"]),
        metadata["options"],
    )
    with safe_open(path, framework="pt", device=device) as content:
        model.load_state_dict({name: content.get_tensor(name) for name in content.keys()})  # noqa: SIM118
    return model.to(device).eval(), metadata
