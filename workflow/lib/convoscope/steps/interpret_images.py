"""Interpret one trained network on images: its filters, what its units answer to, what decided its answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from convoscope import modelfile
from convoscope.config import Interpretation
from convoscope.dataset import Dataset, load_dataset, require_match, rows
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.interpretation.attribution.activation_maximisation import Ascent
from convoscope.interpretation.attribution.image_summary import (
    Answers,
    best_answers,
    classes_of,
    control,
    first_layer_filters,
    last_maps,
    likenesses,
    maps_of,
    units_of,
    untrained_networks,
)
from convoscope.modality import MODALITIES, Encode, Read
from convoscope.options import Input
from convoscope.tables import write_table
from convoscope.training.batches import Source
from convoscope.training.device import use_threads
from convoscope.training.fit import infer

BATCH = 256


class NetworkOnData(NamedTuple):
    """A network with its data: how rows become its input."""

    model: torch.nn.Module
    metadata: dict[str, Any]
    data: Dataset
    read: Read
    encode: Encode

    def inputs(self, numbers: np.ndarray) -> torch.Tensor:
        """Return the network's input ``(batch, channels, height, width)`` of some rows."""
        return self.encode(torch.from_numpy(self.read(numbers)))


def interpret_images(
    *,
    model: Input,
    examples: Input,
    codes: Input,
    card: Input,
    spec: Interpretation,
    threads: int = 1,
    arrays: Path,
    nearest: Path,
    control_file: Path,
) -> None:
    """Compute filters, attributions and controls of a network on images for the report.

    Parameters
    ----------
    arrays
        Arrays to write, .npz.
    nearest
        Table to write of the classic kernels most similar to each filter.
    control_file
        Table to write of how attributions change when the weights are randomised.
    """
    use_threads(threads)
    network, metadata = modelfile.load(model)
    data = load_dataset(examples, codes, card)
    modality = MODALITIES[metadata["modality"]]
    if modality.ndim != 2:
        raise InputError(f"{model}: reads {metadata['modality']}s; networks on images are interpreted")
    modelfile.check_metadata(model, metadata, ["fold"])
    require_match(model, metadata, data.card, data.codes)
    here = torch.device("cpu")
    read, encode = modality.read(data.codes, data.table, metadata), modality.encode(metadata, here)
    subject = NetworkOnData(network, metadata, data, read, encode)
    found: dict[str, np.ndarray] = {"filters": first_layer_filters(network)}
    untrained = untrained_networks(metadata, spec.seed)
    found |= _units(subject, spec, untrained)
    answers = _answers_of(subject, spec)
    chosen = subject.inputs(answers.rows)
    found |= {"rows": answers.rows, "targets": answers.targets, "chances": answers.probabilities}
    found |= {f"map:{name}": maps for name, maps in maps_of(network, chosen, answers.targets).items()}
    found |= classes_of(network, metadata, Ascent(steps=spec.steps), untrained, spec.seed)
    trials = control(network, metadata, chosen, answers.targets, spec.seed)
    near = likenesses(found["filters"], metadata, spec.untrained, spec.seed)
    with replacing(arrays, nearest, control_file) as [arrays_scratch, nearest_scratch, control_scratch]:
        with arrays_scratch.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **found)
        write_table(near, nearest_scratch)
        write_table(trials, control_scratch)


def _scanned(subject: NetworkOnData, spec: Interpretation) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """Yield numbers and inputs of a random part of the training cells."""
    known = rows(subject.data, str(subject.metadata["fold"]), ["train"])
    generator = np.random.default_rng(spec.seed)
    part = np.sort(generator.choice(known, min(len(known), spec.scanned), replace=False))
    for start in range(0, len(part), BATCH):
        yield part[start : start + BATCH], subject.inputs(part[start : start + BATCH])


def _units(subject: NetworkOnData, spec: Interpretation, untrained: list[torch.nn.Module]) -> dict[str, np.ndarray]:
    """Return for first and last maps the units that answer most: crops, what the unit sees, its projection."""
    result: dict[str, np.ndarray] = {}
    layers = "", last_maps(subject.model, subject.inputs(np.array([0])))
    units = units_of(subject.model, _scanned(subject, spec), layers, spec.units)
    for place, found in zip(("first", "last"), units, strict=True):
        inputs = subject.inputs(found.strongest.rows.ravel())
        # What is projected from the first maps are the filters, which `likenesses` compares.
        arrays = found.arrays(subject.model, inputs, untrained if place == "last" else [])
        result |= {f"{place}:{name}": array for name, array in arrays.items()}
    return result


def _answers_of(subject: NetworkOnData, spec: Interpretation) -> Answers:
    """Return the most confident right answer of every class among the test cells of the network's fold."""
    tested = rows(subject.data, str(subject.metadata["fold"]), ["test"])
    scores, labels = infer(
        subject.model, Source(subject.read, tested, subject.data.labels[tested]), subject.encode, torch.device("cpu")
    )
    return best_answers(scores.softmax(1).numpy(), labels.numpy(), tested, spec.cells)
