"""Verb ``split-cells``: cut cells as examples, with their classes, their split under every rung, and the card."""

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope import __version__
from convoscope.artifacts import ScopeChoice, read_artifact
from convoscope.config.base import NO_LABEL
from convoscope.config.image import AUTO, PREDICTED_CELLS, TRAINING
from convoscope.config.specs import SplitCellsSpec
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES
from convoscope.dataset import load_codes
from convoscope.errors import InputError
from convoscope.files import digest, replacing, write_json
from convoscope.image import normalise
from convoscope.image.labels import cell_label_matrix
from convoscope.image.splits import CELL, assign_rung, rungs
from convoscope.options import Input
from convoscope.sequence.tables import count_folds
from convoscope.tables import read_table, write_table

FIXED = ["id", "image", "x", "y", "status"]
CAMERA = ("uint8", "uint16")


class Cells(NamedTuple):
    """The cells of an experiment with their splits: row i of the table is crop i."""

    table: pd.DataFrame
    crops: np.ndarray  # (cells, channels, height, width), memory-mapped
    labels: list[str]
    folds: dict[str, dict[str, Any]]  # by name, those of the ladder too

    @property
    def training(self) -> dict[str, np.ndarray]:
        """Training rows of every fold."""
        return {name: np.flatnonzero(self.table[one["column"]].isin(one["train"])) for name, one in self.folds.items()}


def split_cells(
    *, cut: Input, codes: Input, inputs: list[Input], spec: SplitCellsSpec, choices: list[Input] | None = None,
    examples: Path, card: Path,
) -> None:  # fmt: skip
    """Label and split the crops of cells, and describe them in a card.

    Parameters
    ----------
    cut
        Table of the crops of the verb crops, cut.tsv.
    codes
        The crops themselves, codes.npy.
    inputs
        Files that the crops were made from; their checksums are noted in the card.
    choices
        What the verb choose-normalisation chose, one file per fold, for the scope auto; without them that is training.
    examples
        Table of the examples to write, crops.tsv.
    card
        Description of the examples to write, card.json.
    """
    cells = read_split(cut, codes, spec)
    content = describe(cells, spec, _normalisation(cells, spec, choices or []), inputs)
    with replacing(examples, card) as [table_scratch, card_scratch]:
        write_table(cells.table, table_scratch, None)
        write_json(card_scratch, content)


def read_split(cut: Path, codes: Path, spec: SplitCellsSpec) -> Cells:
    """Read the crops of cells, and deal them to the splits of every rung.

    Raises
    ------
    InputError
        If the files do not belong together, lack a column, or no split is possible.
    """
    table, crops = read_table(cut, "examples", _columns_of(spec)), _read_crops(codes)
    if len(crops) != len(table):
        raise InputError(f"{codes}: {len(crops)} crops, but {cut} has {len(table)}; cut again")
    names, labels, classes = cell_label_matrix(table, spec.labels, spec.task)
    own, *others = every = rungs(spec.split, spec.ladder)
    columns = {"group": own.groups(table), "fold": assign_rung(table, classes, own)}
    more = {rung.column: assign_rung(table, classes, rung) for rung in others}
    kept = [name for name in spec.groups if name not in FIXED]
    taken = {*FIXED, *columns, *kept, *more, *NO_LABEL, *PREDICTED_CELLS, *(f"{name}:spread" for name in names)}
    clash = sorted(taken & set(names))
    if clash:
        raise InputError(f"{cut}: class {clash[0]!r} has the name of a column or a row of tables; rename it")
    parts = [table[FIXED], pd.DataFrame(columns), table[kept], pd.DataFrame(more, index=table.index)]
    whole = pd.concat([*parts, pd.DataFrame(labels, columns=names)], axis=1)
    return Cells(whole, crops, names, {name: content for rung in every for name, content in rung.folds().items()})


def _columns_of(spec: SplitCellsSpec) -> list[str]:
    """Return the columns of the cut cells that an experiment names.

    >>> _columns_of(SplitCellsSpec(labels=["kind"], groups=["plate"], ladder=["cell"]))
    ['id', 'image', 'x', 'y', 'status', 'kind', 'plate']
    """
    split = [spec.split.column] if CELL_SPLIT_STRATEGIES[spec.split.strategy].given else []
    normalised = [spec.normalise.column] if spec.normalise.column else []
    ladder = [name for name in spec.ladder if name != CELL]
    return list(dict.fromkeys([*FIXED, *spec.labels, *spec.groups, *spec.split.by, *split, *ladder, *normalised]))


def _read_crops(path: Path) -> np.ndarray:
    """Open crops ``(n, channels, height, width)`` of camera counts, memory-mapped."""
    crops = load_codes(path)
    if crops.ndim != 4 or str(crops.dtype) not in CAMERA or not all(crops.shape[1:]):
        right = f"{' or '.join(CAMERA)} (cells, channels, height, width)"
        raise InputError(f"{path}: {crops.dtype} {crops.shape}; {right} are read, as cut by crops")
    return crops


def describe(cells: Cells, spec: SplitCellsSpec, normalised: dict[str, Any], inputs: list[Path]) -> dict[str, Any]:
    """Return the card's content."""
    crops = cells.crops
    return {
        "modality": "image",
        "channel_names": _channel_names(spec.crops.channels, crops.shape[1]),
        "space": list(crops.shape[2:]),
        "crops": spec.crops.model_dump(exclude={"size", "channels", "max_dropped"}),
        "dtype": str(crops.dtype),
        "task": spec.task,
        "labels": cells.labels,
        "groups": list(spec.groups),
        "by": " and ".join(spec.split.by) or CELL,
        "folds": cells.folds,
        "normalise": normalised,
        "counts": count_folds(cells.table, cells.labels),
        "inputs": {str(path): digest(path) for path in inputs},
        "versions": {"convoscope": __version__},
    }


def _channel_names(given: list[str], channels: int) -> list[str]:
    """Return the channels' names, numbered where none are given."""
    names = given or [f"c{number}" for number in range(1, channels + 1)]
    if len(names) != channels:
        raise InputError(f"crops.channels: {len(names)} names for {channels} channels; one for each")
    return names


def _normalisation(cells: Cells, spec: SplitCellsSpec, paths: list[Path]) -> dict[str, Any]:
    """Return strategy, scope and figures, of every fold its own where folds chose their scope."""
    strategy, scope = spec.normalise.strategy, spec.normalise.scope
    if scope != AUTO or not paths:
        return fitted(cells, spec, TRAINING if scope == AUTO else scope)
    choices = {
        choice["fold"]: choice for choice in (read_artifact(path, ScopeChoice, ["fold", "scope"]) for path in paths)
    }
    missing = sorted(set(cells.folds) - set(choices))
    if missing:
        raise InputError(f"--choices: none of fold {missing[0]}; one of every fold, by choose-normalisation")
    known = {scope: fitted(cells, spec, scope) for scope in dict.fromkeys(one["scope"] for one in choices.values())}
    folds = {
        fold: normalise.of_fold(known[choices[fold]["scope"]], fold) | {"trials": choices[fold].get("trials", {})}
        for fold in cells.folds
    }
    return {"strategy": strategy, "scope": AUTO, "folds": folds}


def fitted(cells: Cells, spec: SplitCellsSpec, scope: str) -> dict[str, Any]:
    """Return the normalisation of one scope, with its statistics: by fold, by group, or none for crops alone."""
    figures = {}
    for name, rows in normalise.fitted_rows(scope, cells.table, cells.training).items():
        counts = normalise.histogram(cells.crops, rows)
        figures[name] = normalise.fit_counts(counts, spec.normalise.strategy)
        if normalise.STRATEGIES[spec.normalise.strategy].of_crops:
            _say_even(counts, f"{scope} {name}", spec.crops.channels)
    return {"strategy": spec.normalise.strategy, "scope": scope, "figures": figures}


def _say_even(counts: np.ndarray, where: str, names: list[str]) -> None:
    """Log channels that are the same everywhere, or nearly so, in a training split or a group, by their histograms."""
    low, high = normalise.value_range(counts)
    for number, deviation in enumerate(normalise.standard(counts).scale):
        if deviation < normalise.LEAST:
            channel = names[number] if names else f"c{number + 1}"
            range_ = f"{low[number]} to {high[number]}"
            nearly = f" but for {deviation:.2g} grey levels (standard deviation): divided by its range, {range_}"
            told = nearly if deviation else ": it tells nothing"
            logging.info("normalise: channel %s is constant in %s%s", channel, where, told)
