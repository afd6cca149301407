"""Train one network: one fold, one seed."""

import hashlib
import json
import logging
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn

from convoscope import __version__, modelfile
from convoscope.config import Model, Training, with_settings
from convoscope.config.base import Device, Launcher, Seed
from convoscope.config.recipe import Situation, complete, summary
from convoscope.config.strands import conflict
from convoscope.dataset import Dataset, filled_rows, load_dataset
from convoscope.errors import InputError
from convoscope.files import digest, replacing
from convoscope.modality import MODALITIES
from convoscope.models import all_options, build
from convoscope.options import Input
from convoscope.tables import write_table
from convoscope.training import checkpoint
from convoscope.training.batches import Source
from convoscope.training.device import Compute, choose_device, make_compute, repeatable
from convoscope.training.fit import History, Loop, fit, limit_epochs
from convoscope.training.launch import LAUNCHERS, Member, command_of, find_member, joined
from convoscope.training.objectives import Objective, objective
from convoscope.training.pretrained import Start, find_start, take_weights
from convoscope.training.redraw import balanced, fixed, fresh_shuffles
from convoscope.training.scaling import LabelScale, fit_scale, restore
from convoscope.training.situation import survey
from convoscope.training.team import Team
from convoscope.training.trials import read_ranking

log = logging.getLogger(__name__)


class Files(NamedTuple):
    """The three files of a dataset."""

    examples: Path
    codes: Path
    card: Path


class Plan(NamedTuple):
    """What is trained on a dataset."""

    fold: str
    seed: int
    model: Model
    training: Training


class Learned(NamedTuple):
    """A network with the weights of its best epoch, and what became of it."""

    network: nn.Module
    metadata: dict[str, Any]
    task: Objective
    scale: LabelScale | None
    history: list[History]


def train(
    *,
    examples: Input,
    codes: Input,
    card: Input,
    fold: str,
    seed: Seed,
    model: Model,
    training: Training,
    best: Input | None = None,
    device: Device = "auto",
    gpus: int | None = None,
    launcher: Launcher = "own",
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
        Section model of the configuration as JSON: name and options. Those left out are chosen by the recipe.
    training
        Section training of the configuration as JSON. Keys left out are chosen by the recipe.
    best
        Ranking of the last rung of a search, best.json: the settings of its first trial are taken instead.
    launcher
        What starts the processes of a training on several devices: own is this command itself, on this machine;
        slurm is srun, on all nodes of the job that the command is in.
    checkpoint_file
        Checkpoint to write after every epoch, and to continue from; next to the network when not given.
    trained
        Network to write, .safetensors.
    history
        Table to write of loss and metric by epoch.
    """
    given = dict(locals())
    member = find_member() if training.devices > 1 else None
    if training.devices > 1 and member is None:
        if launcher == "own":
            choose_device(device, gpus, training.devices)
        return LAUNCHERS[launcher](command_of("train", given), training.devices)
    plan = Plan(fold, seed, *_chosen(model, training, best))
    path = checkpoint_file or trained.with_suffix(".ckpt")
    learned = learn(Files(examples, codes, card), plan, device, gpus, path, member=member)
    if member is not None and member.rank:
        return None
    restore(learned.network, learned.task.scaling, learned.scale)
    modelfile.save(trained, learned.network, learned.metadata)
    with replacing(history) as [scratch]:
        write_table(pd.DataFrame(learned.history, columns=History._fields), scratch, None)
    path.unlink(missing_ok=True)


def learn(
    files: Files, plan: Plan, device: Device, gpus: int | None, path: Path, *,
    until: int | None = None, member: Member | None = None,
) -> Learned:  # fmt: skip
    """Fit one network, continuing from its checkpoint, which stays.

    Parameters
    ----------
    files
        The data.
    plan
        Fold, seed and settings.
    device, gpus
        As `choose_device` takes them.
    path
        The checkpoint.
    until
        Epoch after which the training pauses; all that its settings have when not given.
    member
        Which of the processes this is that train together; one trains alone when not given.
    """
    chosen = choose_device(device, gpus, 1 if member is None else 0)
    with repeatable(plan.training.threads), joined(member, chosen) as team:
        compute = make_compute(chosen, plan.training, member.local if member else 0)
        return _learn(files, plan, path, until, compute, team)


def _learn(files: Files, plan: Plan, path: Path, until: int | None, compute: Compute, team: Team) -> Learned:
    """Fit one network on a device, as one of those that train it."""
    dataset = load_dataset(*files)
    torch.manual_seed(plan.seed)
    chosen, held = (filled_rows(dataset, plan.fold, split) for split in ("train", "validation"))
    task = objective(dataset.card["task"])
    dataset, scale = _scaled(dataset, chosen, task)
    plan, start = _by_start(plan, dataset)
    plan, recipe = _by_recipe(plan, survey(dataset, plan.fold, plan.model.name))
    metadata = _describe(dataset, plan, scale) | recipe
    found = conflict(metadata.get("strands", "both"), plan.training.flip, plan.model.options)
    if found := found or plan.training.shift_refusal(min(metadata["space"])):
        raise InputError(found)
    network = _build(metadata)
    if start:
        metadata["start"] = take_weights(network, start, metadata, task, scale)
    modality = MODALITIES[dataset.card["modality"]]
    read = modality.read(dataset.codes, dataset.table, metadata)
    encode, augment = modality.encode(metadata, compute.device), modality.augment(metadata, compute.device)
    settings = limit_epochs(plan.training, len(chosen))
    loop = Loop(network, task, encode, augment, settings, compute, plan.seed, team)
    mark = _fingerprint(metadata, plan.training, files.examples)
    log.info("%d training and %d validation examples", len(chosen), len(held))
    history = fit(
        loop,
        _epochs_of(dataset, Source(read, chosen, dataset.labels[chosen]), plan.training, plan.seed),
        Source(read, held, dataset.labels[held]),
        team.agreed(None if team.rank else checkpoint.load_checkpoint(path, mark)),
        lambda state: None if team.rank else checkpoint.save_checkpoint(path, mark, state),
        until,
    )
    return Learned(network, metadata, task, scale, history)


def _chosen(model: Model, training: Training, best: Path | None) -> tuple[Model, Training]:
    """Return the sections with the settings that a search found best, if there was one."""
    return with_settings(model, training, read_ranking(best)[0].settings) if best else (model, training)


def _by_start(plan: Plan, dataset: Dataset) -> tuple[Plan, Start | None]:
    """Return the plan with the options of the network to start from, if there is one, and that network."""
    model, start = find_start(plan.model, dataset.card)
    return plan._replace(model=model), start


def _build(metadata: dict[str, Any]) -> nn.Module:
    """Build the network that a model file describes, with drawn weights."""
    shape = (metadata["channels"], tuple(metadata["space"]), len(metadata["labels"]))
    return build(metadata["architecture"], *shape, metadata["options"])


def _by_recipe(plan: Plan, data: Situation) -> tuple[Plan, dict[str, Any]]:
    """Return the plan with all settings, and what the model file says of how they were chosen."""
    model, training, settings = complete(plan.model, plan.training, data)
    line = summary(settings, data)
    log.info("recipe: %s", line)
    facts = {"recipe": line, "situation": data._asdict(), "training": training.model_dump(mode="json")}
    return plan._replace(model=model, training=training), facts


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


def _describe(dataset: Dataset, plan: Plan, scale: LabelScale | None) -> dict[str, Any]:
    """Collect the metadata of a model file."""
    model, fold, seed = plan.model, plan.fold, plan.seed
    card, modality = dataset.card, MODALITIES[dataset.card["modality"]]
    facts = modality.facts(card, fold)
    return {
        "architecture": model.name,
        "options": all_options(model.name, model.options),
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
