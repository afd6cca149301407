"""A trained network that another training starts from: what both have to agree in, and which tensors fit.

Nothing here needs torch: a dry run asks the same questions as the training.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from convoscope.errors import InputError
from convoscope.modelfile import describe

Shapes = Mapping[str, tuple[int, ...]]
GENOME = "genome.fa.gz"  # an input that experiments on one reference share, whatever they were trained on


def describe_start(path: Path, architecture: str, alphabet: str | None) -> dict[str, Any]:
    """Return the metadata of a network to start from.

    Parameters
    ----------
    path
        Its ``model.safetensors``.
    architecture, alphabet
        Of the network that is trained; no alphabet for images.

    Raises
    ------
    InputError
        As `describe`, and if the file is ONNX, or of another architecture or alphabet.
    """
    if path.suffix == ".onnx":
        raise InputError(f"{path}: an ONNX file has no weights to start from; give its model.safetensors")
    metadata = describe(path, ["card"])
    found, letters = metadata["architecture"], metadata.get("alphabet")
    if found != architecture:
        raise InputError(f"{path}: a {found}; this training is of {architecture}: give one, or model.name: {found}")
    if letters != alphabet:
        raise InputError(f"{path}: reads {letters}, but this data is {alphabet}; give a network of the same alphabet")
    return metadata


def fitting(given: Shapes, wanted: Shapes, left_out: Iterable[str] = ()) -> list[str]:
    """Return the names of the tensors whose name and shape agree, in the order of ``wanted``.

    >>> fitting({"a.weight": (2, 3), "b.weight": (1, 2)}, {"a.weight": (2, 3), "b.weight": (4, 2)})
    ['a.weight']
    """
    hidden = set(left_out)
    return [name for name, shape in wanted.items() if name not in hidden and given.get(name) == shape]


def require_fit(path: Path, names: Iterable[str], wanted: Shapes) -> None:
    """Refuse a network to start from that has no fitting kernel or matrix: without these, the rest is of no use."""
    if not any(len(wanted[name]) > 1 for name in names):
        raise InputError(f"{path}: no layer has the shape that this network's has; leave out model.options, or weights")


def shared_inputs(start: Mapping[str, Any], card: Mapping[str, Any]) -> list[str]:
    """Return the files of a dataset that a network to start from was trained on too, whatever its split was."""
    known = set(start["card"].get("inputs", {}).values())
    return [
        name for name, checksum in card.get("inputs", {}).items() if checksum in known and Path(name).name != GENOME
    ]
