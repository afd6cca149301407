"""Train one network: one fold, one seed."""

import hashlib
import json
import logging
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from convoscope import __version__, modelfile
from convoscope.config import Model, Training
from convoscope.dataset import Dataset, load, rows
from convoscope.files import digest, replacing
from convoscope.modality import MODALITIES
from convoscope.models import build
from convoscope.training import checkpoint
from convoscope.training.batches import Source
from convoscope.training.device import choose_device, make_fabric
from convoscope.training.fit import History, Loop, fit, limit_epochs
from convoscope.training.redraw import fixed, fresh_shuffles
from convoscope.training.tasks import TASKS

log = logging.getLogger(__name__)


def train(
    *,
    windows: Path,
    codes: Path,
    card: Path,
    fold: str,
    seed: int,
    model: Model,
    training: Training,
    device: str = "auto",
    gpus: int | None = None,
    checkpoint_file: Path | None = None,
    trained: Path,
    history: Path,
) -> None:
    """Train one network on one fold from one seed, continuing from its checkpoint if there is one."""
    torch.set_num_threads(training.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    fabric = make_fabric(choose_device(device, gpus), training)
    dataset = load(windows, codes, card)
    torch.manual_seed(seed)
    metadata = describe(dataset, model, fold, seed)
    network = build(model.name, metadata["channels"], tuple(metadata["space"]), len(metadata["labels"]), model.options)
    modality = MODALITIES[dataset.card["modality"]]
    encode, augment = modality.encode(dataset.card, fabric.device), modality.augment(dataset.card, fabric.device)
    chosen = rows(dataset, fold, ["train"])
    settings = limit_epochs(training, len(chosen))
    loop = Loop(network, TASKS[dataset.card["task"]], encode, augment, settings, fabric, seed)
    source = fresh_shuffles(dataset, chosen, seed) if training.fresh_shuffles else fixed(dataset, chosen)
    held = rows(dataset, fold, ["validation"])
    path = checkpoint_file or trained.with_suffix(".ckpt")
    mark = fingerprint(metadata, training, windows)
    log.info("%d training and %d validation examples", len(chosen), len(held))
    epochs = fit(
        loop,
        source,
        Source(lambda numbers: dataset.codes[numbers], held, dataset.labels[held]),
        checkpoint.load(path, mark),
        lambda state: checkpoint.save(path, mark, state),
    )
    modelfile.save(trained, network, metadata)
    with replacing(history) as [scratch]:
        pd.DataFrame(epochs, columns=History._fields).to_csv(scratch, sep="\t", index=False)
    path.unlink(missing_ok=True)


def describe(dataset: Dataset, model: Model, fold: str, seed: int) -> dict[str, Any]:
    """Collect what a model file says of itself."""
    card, modality = dataset.card, MODALITIES[dataset.card["modality"]]
    given = ("modality", "alphabet", "unknown", "task", "labels")
    return {
        "architecture": model.name,
        "options": model.options,
        "channels": modality.channels(card),
        "space": list(dataset.codes.shape[-modality.ndim :]),
        **{key: card[key] for key in given if key in card},
        "fold": fold,
        "seed": seed,
        "card": card,
        "versions": {"convoscope": __version__, "torch": version("torch")},
    }


def fingerprint(metadata: dict[str, Any], training: Training, windows: Path) -> str:
    """Return a checksum of all that determines the weights: data, architecture, settings, fold, seed, versions."""
    text = json.dumps([metadata, training.model_dump(), digest(windows)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
