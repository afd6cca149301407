"""Train one network: one fold, one seed."""

import hashlib
import json
import logging
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from convoscope import __version__, modelfile
from convoscope.config import Model, Training
from convoscope.config.base import Device
from convoscope.config.strands import conflict
from convoscope.dataset import Dataset, filled_rows, load_dataset
from convoscope.errors import InputError
from convoscope.files import digest, replacing
from convoscope.modality import MODALITIES
from convoscope.models import build, with_strands
from convoscope.options import Input
from convoscope.tables import write_table
from convoscope.training import checkpoint
from convoscope.training.batches import Source
from convoscope.training.device import choose_device, make_fabric, use_threads
from convoscope.training.fit import History, Loop, fit, limit_epochs
from convoscope.training.objectives import Objective, objective
from convoscope.training.redraw import balanced, fixed, fresh_shuffles
from convoscope.training.scaling import LabelScale, fit_scale, restore

log = logging.getLogger(__name__)


def train(
    *,
    examples: Input,
    codes: Input,
    card: Input,
    fold: str,
    seed: int,
    model: Model,
    training: Training,
    device: Device = "auto",
    gpus: int | None = None,
    checkpoint_file: Path | None = None,
    trained: Path,
    history: Path,
) -> None:
    """Train one network on one fold from one seed, continuing from its checkpoint.

    Parameters
    ----------
    seed
        Seed of the weights and of the order of the examples.
    model
        Section model of the configuration as JSON: name and options.
    training
        Section training of the configuration as JSON.
    checkpoint_file
        Checkpoint to write after every epoch, and to continue from; next to the network when not given.
    trained
        Network to write, .safetensors.
    history
        Table to write of loss and metric by epoch.
    """
    use_threads(training.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    fabric = make_fabric(choose_device(device, gpus), training)
    dataset = load_dataset(examples, codes, card)
    torch.manual_seed(seed)
    chosen, held = (filled_rows(dataset, fold, split) for split in ("train", "validation"))
    task = objective(dataset.card["task"])
    dataset, scale = _scaled(dataset, chosen, task)
    metadata = _describe(dataset, model, fold, seed, scale)
    found = conflict(metadata.get("strands", "both"), training.flip, model.options)
    if found:
        raise InputError(found)
    shape = (metadata["channels"], tuple(metadata["space"]), len(metadata["labels"]))
    network = build(model.name, *shape, metadata["options"])
    modality = MODALITIES[dataset.card["modality"]]
    read = modality.read(dataset.codes, dataset.table, metadata)
    encode, augment = modality.encode(metadata, fabric.device), modality.augment(metadata, fabric.device)
    settings = limit_epochs(training, len(chosen))
    loop = Loop(network, task, encode, augment, settings, fabric, seed)
    path = checkpoint_file or trained.with_suffix(".ckpt")
    mark = _fingerprint(metadata, training, examples)
    log.info("%d training and %d validation examples", len(chosen), len(held))
    epochs = fit(
        loop,
        _epochs_of(dataset, Source(read, chosen, dataset.labels[chosen]), training, seed),
        Source(read, held, dataset.labels[held]),
        checkpoint.load_checkpoint(path, mark),
        lambda state: checkpoint.save_checkpoint(path, mark, state),
    )
    restore(network, task.scaling, scale)
    modelfile.save(trained, network, metadata)
    with replacing(history) as [scratch]:
        write_table(pd.DataFrame(epochs, columns=History._fields), scratch, None)
    path.unlink(missing_ok=True)


def _scaled(dataset: Dataset, chosen: np.ndarray, task: Objective) -> tuple[Dataset, LabelScale | None]:
    """Return the data with measured labels in the unit of the chosen rows, and that unit; classes as they are."""
    measured = dataset.table[dataset.card["labels"]].to_numpy(np.float64)  # before single precision rounds them
    scale = fit_scale(measured[chosen], dataset.card["labels"], task.scaling)
    return (dataset._replace(labels=scale.reduce(measured)) if scale else dataset), scale


def _epochs_of(dataset: Dataset, source: Source, training: Training, seed: int) -> Callable[[int], Source]:
    """Return the training examples of each epoch: the same ones, or drawn again as the settings say."""
    if training.fresh_shuffles:
        return fresh_shuffles(dataset, source.rows, seed)
    return balanced(source, seed) if training.balanced else fixed(source)


def _describe(dataset: Dataset, model: Model, fold: str, seed: int, scale: LabelScale | None) -> dict[str, Any]:
    """Collect the metadata of a model file."""
    card, modality = dataset.card, MODALITIES[dataset.card["modality"]]
    facts = modality.facts(card, fold)
    return {
        "architecture": model.name,
        "options": with_strands(model.name, model.options, facts.get("strands", "both")),
        "channels": modality.channels(facts),
        "space": list(dataset.codes.shape[-modality.ndim :]),
        **{key: card[key] for key in ("modality", "task", "labels")},
        **facts,
        **({"label_scale": scale.facts()} if scale else {}),
        "fold": fold,
        "seed": seed,
        "card": card,
        "versions": {"convoscope": __version__, "torch": version("torch")},
    }


def _fingerprint(metadata: dict[str, Any], training: Training, examples: Path) -> str:
    """Return a checksum of all that determines the weights: data, architecture, settings, fold, seed, versions."""
    text = json.dumps([metadata, training.model_dump(), digest(examples)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
