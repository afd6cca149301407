"""A trained network as one ONNX file that tells what it is: written, checked against its weights, and run on the CPU.

Everything of onnx and onnxruntime is imported where it is used: who has weights never waits for it.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.modelfile.metadata import KEY

INPUT, OUTPUT = "input", "scores"
OPSET = 18
TOLERANCE = 1e-4  # largest difference of scores, in units of the largest score where that is above 1
BATCHES = (1, 7, 256)


class Exchanged(nn.Module):
    """A network that onnxruntime runs on the CPU: ``(batch, channels, *space)`` to ``(batch, outputs)``.

    It has no weights that torch could see: asking for parameters, layers or gradients is an InputError.

    Parameters
    ----------
    name
        What errors call it: the path of the file.
    content
        The bytes of the file.

    Raises
    ------
    InputError
        If the bytes are no ONNX file, or one without the metadata of Convoscope.
    """

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__()
        from onnxruntime import InferenceSession, SessionOptions

        self.name = name
        options = SessionOptions()
        options.log_severity_level = 3  # errors; warnings are about the graph, which nobody can change
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        try:
            self.session = InferenceSession(content, options, providers=["CPUExecutionProvider"])
            self.metadata: dict[str, Any] = json.loads(self.session.get_modelmeta().custom_metadata_map[KEY])
        except Exception as error:  # onnxruntime's errors have no common base
            found = "no metadata" if isinstance(error, KeyError) else " ".join(str(error).split())[:160]
            raise InputError(
                f"{name}: not a model of convoscope ({found}); give a model.onnx written by export-onnx"
            ) from None

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the raw scores."""
        if inputs.requires_grad:
            raise self.refusal()
        return torch.from_numpy(self.session.run([OUTPUT], {INPUT: inputs.float().numpy()})[0])

    def named_modules(self, *_: Any, **__: Any) -> Iterator[tuple[str, nn.Module]]:
        """Refuse: everything that looks for layers or parameters (motifs, maps, gradients) comes by here."""
        raise self.refusal()

    def refusal(self) -> InputError:
        """Say that scores are all there is."""
        return InputError(
            f"{self.name}: an ONNX file gives scores only, not layers or gradients; give model.safetensors"
        )


def load_onnx(path: Path, device: str = "cpu") -> tuple[Exchanged, dict[str, Any]]:
    """Read a network and its metadata.

    Raises
    ------
    InputError
        If the file is missing, damaged or foreign, or another device than the CPU is asked for.
    """
    if torch.device(device).type != "cpu":
        raise InputError(f"{path}: an ONNX file runs on the CPU only, not on {device}; give --device cpu")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a model.onnx") from None
    network = Exchanged(str(path), content)
    return network.eval(), network.metadata


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what torch and the exporter's libraries log and warn about themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)


def network_to_onnx(model: nn.Module, metadata: dict[str, Any], traces: dict[str, Any] | None = None) -> bytes:
    """Return a network as the bytes of an ONNX file, the same bytes for the same network.

    The batch may have any size. What the exporter notes of the trace, such as names of source files, is left out.

    Parameters
    ----------
    model
        A network on the CPU, in evaluation mode.
    metadata
        Metadata of ``model.safetensors``: at least ``architecture``, ``options``, ``labels``, ``channels`` and
        ``space``.
    traces
        What networks were traced before, by how they are built; a new one is added. Tracing takes nearly all the
        time, and networks that are built alike differ in their weights only.
    """
    traces = {} if traces is None else traces
    facts = [metadata[name] for name in ("architecture", "options", "channels", "space")]
    built = json.dumps([*facts, len(metadata["labels"])])
    if built not in traces:
        traces[built] = _trace(model, (metadata["channels"], *metadata["space"]))
    program = copy(traces[built])
    program.model = program.model.clone()
    with _quiet():
        program.apply_weights(dict(model.named_parameters()) | dict(model.named_buffers()))
        program.optimize()
    content = program.model_proto
    graph = content.graph
    for part in (content, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
    content.doc_string = "Convoscope: see the metadata for the network, its input and its labels. Scores are raw."
    content.metadata_props.add(key=KEY, value=json.dumps(metadata, allow_nan=False))
    return content.SerializeToString(deterministic=True)


def _trace(model: nn.Module, shape: tuple[int, ...]) -> Any:
    """Return torch's program of a network for one example's shape: every step, before any is computed from weights."""
    with _quiet(), torch.no_grad():  # a trace that keeps gradients takes up to twice as long
        return torch.onnx.export(
            model,
            (torch.zeros(2, *shape),),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=OPSET,
            dynamo=True,
            optimize=False,  # which would merge weights with each other
            verbose=False,
        )


def units(metadata: Mapping[str, Any]) -> Tensor:
    """Return what the scores of each output are counted in: 1, or the scale of a label with a unit of its own."""
    ones = [1.0] * len(metadata["labels"])
    return torch.tensor(
        metadata.get("label_scale", {}).get("scale", ones) if TASKS[metadata["task"]].link == "identity" else ones
    )


def largest_difference(first: nn.Module, second: nn.Module, inputs: Tensor, unit: Tensor) -> tuple[float, float]:
    """Return the largest absolute difference of two networks' scores, and the largest absolute score of the first.

    Every batch size of `BATCHES` is tried, from the start of the inputs.

    Parameters
    ----------
    first, second
        Networks in evaluation mode.
    inputs
        ``(n, channels, *space)``.
    unit
        What the scores of each output are counted in, ``(outputs,)``.
    """
    gaps, sizes = [0.0], [0.0]
    with torch.inference_mode():
        for batch in BATCHES:
            expected, found = (network(inputs[:batch]) / unit for network in (first, second))
            gaps.append(float((expected - found).abs().max()))
            sizes.append(float(expected.abs().max()))
    return float(np.max(gaps)), float(np.max(sizes))


def check_difference(name: str, gap: float, scale: float) -> None:
    """Refuse a difference of scores above the tolerance; not a number is one.

    Raises
    ------
    InputError
        If ``gap`` is larger than `TOLERANCE` times ``scale``, or than `TOLERANCE` where scores are small.
    """
    if not gap <= TOLERANCE * max(1.0, scale):
        raise InputError(
            f"{name}: its scores as ONNX differ by {gap:.2g} where the largest is {scale:.3g}; "
            f"at most {TOLERANCE:g} of it is allowed, nothing was written"
        )


def spread_rows(count: int, most: int = max(BATCHES)) -> np.ndarray:
    """Return at most ``most`` row numbers, evenly over all ``count`` rows.

    >>> spread_rows(10, 4).tolist(), spread_rows(3, 4).tolist()
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def exported_files(models: Sequence[Path], files: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Return which model becomes which file.

    Raises
    ------
    InputError
        If they are not equally many, or none.
    """
    if not models or len(models) != len(files):
        raise InputError(f"--models: {len(models)} for {len(files)} of --onnx; give one target for each model")
    return list(zip(models, files, strict=True))
