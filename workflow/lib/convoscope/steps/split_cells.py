"""Verb ``split-cells``: cut cells as examples, with their classes, their split under every rung, and the card."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope import __version__
from convoscope.config.base import NO_LABEL
from convoscope.config.specs import SplitCellsSpec
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES
from convoscope.dataset import load_codes
from convoscope.errors import InputError
from convoscope.files import digest, replacing, write_json
from convoscope.image import normalise
from convoscope.image.labels import cell_label_matrix
from convoscope.image.splits import CELL, Rung, assign_rung, rungs
from convoscope.options import Input
from convoscope.sequence.tables import count_folds
from convoscope.tables import read_table, write_table

FIXED = ["id", "image", "x", "y", "status"]
CAMERA = ("uint8", "uint16")


def split_cells(
    *, cut: Input, codes: Input, inputs: list[Input], spec: SplitCellsSpec, examples: Path, card: Path
) -> None:
    """Label and split the crops of cells, and describe them in a card.

    Parameters
    ----------
    cut
        Table of the crops of the verb crops, cut.tsv.
    codes
        The crops themselves, codes.npy.
    inputs
        Files that the crops were made from; their checksums are noted in the card.
    examples
        Table of the examples to write, crops.tsv.
    card
        Description of the examples to write, card.json.
    """
    table, crops = read_table(cut, "examples", _columns_of(spec)), _read_crops(codes)
    if len(crops) != len(table):
        raise InputError(f"{codes}: {len(crops)} crops, but {cut} has {len(table)}; cut again")
    names, labels, classes = cell_label_matrix(table, spec.labels, spec.task)
    own, *others = rungs(spec.split, spec.ladder)
    columns = {"group": own.groups(table), "fold": assign_rung(table, classes, own)}
    more = {rung.column: assign_rung(table, classes, rung) for rung in others}
    kept = [name for name in spec.groups if name not in FIXED]
    clash = sorted({*FIXED, *columns, *kept, *more, *NO_LABEL} & set(names))
    if clash:
        raise InputError(f"{cut}: class {clash[0]!r} has the name of a column or a row of tables; rename it")
    parts = [table[FIXED], pd.DataFrame(columns), table[kept], pd.DataFrame(more, index=table.index)]
    whole = pd.concat([*parts, pd.DataFrame(labels, columns=names)], axis=1)
    with replacing(examples, card) as [table_scratch, card_scratch]:
        write_table(whole, table_scratch, None)
        write_json(card_scratch, _describe(whole, crops, names, spec, inputs))


def _columns_of(spec: SplitCellsSpec) -> list[str]:
    """Return the columns of the cut cells that an experiment names.

    >>> _columns_of(SplitCellsSpec(labels=["kind"], groups=["plate"], ladder=["cell"]))
    ['id', 'image', 'x', 'y', 'status', 'kind', 'plate']
    """
    split = [spec.split.column] if CELL_SPLIT_STRATEGIES[spec.split.strategy].given else []
    scope = spec.normalise.scope
    normalised = [] if scope in ("crop", "training") else [scope]
    ladder = [name for name in spec.ladder if name != CELL]
    return list(dict.fromkeys([*FIXED, *spec.labels, *spec.groups, *spec.split.by, *split, *ladder, *normalised]))


def _read_crops(path: Path) -> np.ndarray:
    """Open crops ``(n, channels, height, width)`` of camera counts, memory-mapped."""
    crops = load_codes(path)
    if crops.ndim != 4 or str(crops.dtype) not in CAMERA or not all(crops.shape[1:]):
        right = f"{' or '.join(CAMERA)} (cells, channels, height, width)"
        raise InputError(f"{path}: {crops.dtype} {crops.shape}; {right} are read, as cut by crops")
    return crops


def _describe(
    table: pd.DataFrame, crops: np.ndarray, labels: list[str], spec: SplitCellsSpec, inputs: list[Path]
) -> dict[str, Any]:
    """Return the card's content; normalisation is fitted here, on the training split of each rung."""
    every = rungs(spec.split, spec.ladder)
    folds = {name: content for rung in every for name, content in rung.folds().items()}
    return {
        "modality": "image",
        "channel_names": _channel_names(spec.crops.channels, crops.shape[1]),
        "space": list(crops.shape[2:]),
        "crops": spec.crops.model_dump(exclude={"size", "channels", "max_dropped"}),
        "dtype": str(crops.dtype),
        "task": spec.task,
        "labels": labels,
        "groups": list(spec.groups),
        "by": _own_by(every),
        "folds": folds,
        "normalise": {**spec.normalise.model_dump(), "figures": _fit_statistics(table, crops, folds, spec)},
        "counts": count_folds(table, labels),
        "inputs": {str(path): digest(path) for path in inputs},
        "versions": {"convoscope": __version__},
    }


def _own_by(every: list[Rung]) -> str:
    """Name what one group of the bootstrap is."""
    return " and ".join(every[0].by) or "cell"


def _channel_names(given: list[str], channels: int) -> list[str]:
    """Return the channels' names, numbered where none are given."""
    names = given or [f"c{number}" for number in range(1, channels + 1)]
    if len(names) != channels:
        raise InputError(f"crops.channels: {len(names)} names for {channels} channels; one for each")
    return names


def _fit_statistics(
    table: pd.DataFrame, crops: np.ndarray, folds: dict[str, dict[str, Any]], spec: SplitCellsSpec
) -> dict[str, Any]:
    """Return the statistics of normalisation: by fold from its training split, by group, or none for crops alone."""
    strategy, scope = spec.normalise.strategy, spec.normalise.scope
    if scope == "crop":
        return {}
    if scope == "training":
        chosen = {name: np.flatnonzero(table[fold["column"]].isin(fold["train"])) for name, fold in folds.items()}
    else:
        chosen = normalise.group_rows(table[scope])
    found = {}
    for name, rows in chosen.items():
        counts = normalise.histogram(crops, rows)
        found[name] = normalise.fit_counts(counts, strategy)
        if normalise.STRATEGIES[strategy].of_crops:
            _say_even(counts, name, spec)
    return found


def _say_even(counts: np.ndarray, name: str, spec: SplitCellsSpec) -> None:
    """Log channels that are the same everywhere, or nearly so, in a training split or a group, by their histograms."""
    low, high = normalise.value_range(counts)
    for number, deviation in enumerate(normalise.standard(counts).scale):
        if deviation < normalise.LEAST:
            channel = spec.crops.channels[number] if spec.crops.channels else f"c{number + 1}"
            range_ = f"{low[number]} to {high[number]}"
            nearly = f" but for {deviation:.2g} grey levels (standard deviation): divided by its range, {range_}"
            told = nearly if deviation else ": it tells nothing"
            logging.info("normalise: channel %s is constant in %s %s%s", channel, spec.normalise.scope, name, told)
