"""Train one trial of a search to the end of one rung."""

import logging
import math
from pathlib import Path
from typing import Any

from convoscope.config import Model, Search, Training, with_settings
from convoscope.config.base import Device, Seed
from convoscope.dataset import read_card
from convoscope.errors import InputError
from convoscope.files import write_json
from convoscope.options import Input
from convoscope.steps.train import Files, Plan, learn
from convoscope.training.fit import DivergedError, History
from convoscope.training.trials import Ranked, draw_trials, read_ranking, validation_value

log = logging.getLogger(__name__)


def search_trial(
    *,
    examples: Input,
    codes: Input,
    card: Input,
    spec: Search,
    model: Model,
    training: Training,
    seed: Seed,
    rung: int,
    place: int,
    earlier: Input | None = None,
    states: Path,
    device: Device = "auto",
    gpus: int | None = None,
    result: Path,
) -> None:
    """Train one trial of a search to the end of one rung, and note its validation metric.

    It continues from its state at the end of the rung before, or after its last whole epoch if it was stopped; without
    a state it trains from the start, to the same result.

    Parameters
    ----------
    examples
        Examples of the verb search-data, none of which is tested.
    spec
        Section search of the configuration as JSON.
    model
        Section model of the configuration as JSON: what is not searched.
    training
        Section training of the configuration as JSON: what is not searched.
    seed
        Seed of the weights and of the order of the examples.
    rung
        Number of the rung, from 0.
    place
        Place of the trial in the ranking of the rung before, from 0; in the first rung the number of the trial.
    earlier
        Ranking of the rung before, of the verb search-rank; none for the first rung.
    states
        Folder to write the trials' states to, one per trial and part of the data, and to continue from.
    result
        What the trial reached, to write as JSON.
    """
    trial = _find_trial(spec, rung, place, earlier)
    until = [*spec.rungs, None][rung]
    log.info("trial %d to %s: %s", trial.trial, f"epoch {until}" if until else "the end", trial.settings)
    tried = with_settings(model, training, trial.settings)
    histories: dict[str, list[History]] = {}
    for part in read_card(card, "folds")["folds"]:
        state = states / f"{trial.trial}.{part}.ckpt"
        try:
            history = learn(
                Files(examples, codes, card), Plan(part, seed, *tried), device, gpus, state, until=until
            ).history
        except DivergedError as error:
            log.warning("trial %d ends here: %s", trial.trial, error)
            history = []
        histories[part] = [row for row in history if until is None or row.epoch <= until]
    write_json(result, _outcome(trial, rung, histories, tried[1].monitor, spec.metric))


def _find_trial(spec: Search, rung: int, place: int, earlier: Path | None) -> Ranked:
    """Return the trial at a place of the ranking of the rung before, or in the order of the draw."""
    if not 0 <= rung < len(spec.sizes) or not 0 <= place < spec.sizes[rung]:
        raise InputError(f"--rung {rung}, --place {place}: the search has {spec.sizes} trials in its rungs, from 0")
    if (earlier is None) != (rung == 0):
        raise InputError(f"--earlier: rung {rung}; the ranking of the rung before, none for rung 0")
    return read_ranking(earlier)[place] if earlier else Ranked(place, math.nan, draw_trials(spec)[place])


def _outcome(
    trial: Ranked, rung: int, histories: dict[str, list[History]], monitor: str, metric: str
) -> dict[str, Any]:
    """Return what is written of a trial: numbers that depend on the data, the settings and the seed alone."""
    values = {part: validation_value(rows, monitor, metric) for part, rows in histories.items()}
    mean = sum(values.values()) / len(values)
    return {
        "trial": trial.trial,
        "rung": rung,
        "value": _known(mean),
        "values": {part: _known(value) for part, value in values.items()},
        "settings": trial.settings,
        "history": {
            part: [[row.epoch, row.loss, _known(row.metric)] for row in rows if row.split == "validation"]
            for part, rows in histories.items()
        },
    }


def _known(value: float) -> float | None:
    """Return None for NaN, which JSON has no word for."""
    return None if math.isnan(value) else value
