"""Verb ``choose-normalisation``: what the intensities of one fold are normalised by, by short trainings."""

import logging
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from convoscope.config import Model, Training, with_settings
from convoscope.config.base import Device, Seed
from convoscope.config.recipe import TRIAL_STEPS
from convoscope.config.specs import SplitCellsSpec
from convoscope.dataset import Dataset
from convoscope.errors import InputError
from convoscope.files import write_json
from convoscope.image.scopes import Outcome, best_scope, scopes
from convoscope.options import Input
from convoscope.scratch import mark
from convoscope.steps.search_data import write_kept
from convoscope.steps.split_cells import Cells, describe, read_split
from convoscope.steps.train import Files, Plan, learn
from convoscope.training.fit import DivergedError
from convoscope.training.objectives import objective
from convoscope.training.trials import validation_value

log = logging.getLogger(__name__)


class Trial(NamedTuple):
    """What all trials of a fold have in common."""

    cells: Cells
    spec: SplitCellsSpec
    plan: Plan


def choose_normalisation(
    *, cut: Input, codes: Input, spec: SplitCellsSpec, columns: list[str], fold: str, model: Model, training: Training,
    seed: Seed, device: Device = "auto", gpus: int | None = None, choice: Path,
) -> None:  # fmt: skip
    """Choose by short trainings what normalises the crops of one fold.

    Tried are the training split and each group of a column alone, without the cells that the fold tests; that with the
    smallest loss on its validation split is taken. Where no column has groups that are large enough, nothing is tried.

    Parameters
    ----------
    cut
        Table of the crops of the verb crops, cut.tsv.
    codes
        The crops themselves, codes.npy.
    spec
        The same JSON as for split-cells.
    columns
        Columns of groups that are tried.
    model
        Section model of the configuration as JSON.
    training
        Section training of the configuration as JSON; the trials have a part of its steps.
    seed
        Seed of the weights and of the order of the examples.
    choice
        Scope and trials to write, JSON.
    """
    cells = read_split(cut, codes, spec)
    if fold not in cells.folds:
        raise InputError(f"--fold: {fold!r}; this split has {', '.join(cells.folds)}")
    tried = scopes(cells.table, columns)
    steps = min(TRIAL_STEPS, training.steps or TRIAL_STEPS)
    trial = Trial(cells, spec, Plan(fold, seed, *with_settings(model, training, {"training.steps": steps})))
    choice.parent.mkdir(parents=True, exist_ok=True)
    trials = {one: _try(one, trial, device, gpus, choice.parent) for one in tried if len(tried) > 1}
    chosen = best_scope(trials) if trials else tried[0]
    log.info("normalise: fold %s by %s: %s", fold, chosen, _reason(trials, objective(spec.task).metric_name))
    write_json(choice, {"fold": fold, "scope": chosen, "trials": {name: one.known() for name, one in trials.items()}})


def _reason(trials: Mapping[str, Outcome], metric: str) -> str:
    """Say what the trials reached, or why there was none."""
    reached = [f"{one.loss:.3f} ({metric} {one.metric:.3f}) by {scope}" for scope, one in trials.items()]
    return f"validation loss {', '.join(reached)}" if reached else "no column has groups of enough cells"


def _try(scope: str, trial: Trial, device: Device, gpus: int | None, folder: Path) -> Outcome:
    """Return what a network reaches with one scope on a fold's validation split; what the fold tests is left out."""
    log.info("normalise: trial by %s", scope)
    settings = {"strategy": trial.spec.normalise.strategy, "scope": scope, "figures": {}}  # fitted by `write_kept`
    table, card = trial.cells.table, describe(trial.cells, trial.spec, settings, [])
    dataset = Dataset(table, trial.cells.crops, table[trial.cells.labels].to_numpy(np.float32), card)
    with tempfile.TemporaryDirectory(prefix=mark(), dir=folder) as scratch:
        files = Files(*(Path(scratch, name) for name in ("examples.tsv", "codes.npy", "card.json")))
        write_kept(dataset, trial.plan.fold, None, 0, *files)
        try:
            learned = learn(files, trial.plan._replace(fold="holdout"), device, gpus, Path(scratch, "state.ckpt"))
        except DivergedError as error:
            log.warning("normalise: trial by %s: %s", scope, error)
            return Outcome(math.nan, math.nan)
    monitor = learned.metadata["training"]["monitor"]
    return Outcome(*(validation_value(learned.history, monitor, name) for name in Outcome._fields))
