"""The two tables that cells end in: cut.tsv and dropped.tsv."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config.image import CropsSpec
from convoscope.config.tasks import TASKS
from convoscope.download.addresses import redacted_text
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.image.cells import CellTable
from convoscope.image.crops import NEARLY_ALL

DROPPED = ["source", "line", "label", "row", "reason"]
KEPT = ("ok", "padded")
ROW_LENGTH = 200
FEW = 4  # cells of a class that may be lost whatever their share, unless they are all


def cut_table(cells: CellTable, fates: pd.DataFrame) -> pd.DataFrame:
    """Return cut.tsv: ``id image x y status``, then groups and labels as in the table, of the cells that were cut.

    Parameters
    ----------
    cells
        All cells.
    fates
        ``status x y`` of each; several files of one image are joined by ``;``.
    """
    kept = fates["status"].isin(KEPT).to_numpy()
    files = cells.images[kept]
    names = [";".join(row) for row in files.itertuples(index=False)]
    own = {"id": cells.ids[kept].to_numpy(), "image": names}
    places = {name: fates[name].to_numpy()[kept] for name in ("x", "y", "status")}
    return pd.concat([pd.DataFrame({**own, **places}), cells.described[kept].reset_index(drop=True)], axis=1)


def dropped_cells_table(cells: CellTable, statuses: pd.Series, spec: CropsSpec) -> pd.DataFrame:
    """Return dropped.tsv without the text of its rows, in the order of the table.

    Parameters
    ----------
    cells
        All cells.
    statuses
        ``(N,)`` ``ok``, ``padded`` or the reason.
    spec
        Names the source; a cell with one label column is counted under its class.
    """
    lost = ~statuses.isin(KEPT).to_numpy()
    known = cells.described[spec.labels[0]].to_numpy()[lost] if spec.labels and TASKS[spec.task].exclusive else ""
    columns = {"line": cells.lines[lost], "reason": statuses.to_numpy()[lost]}
    return pd.DataFrame(columns).assign(source=spec.cells.path, label=known, row="")[DROPPED]


def read_lines(path: Path, dropped: pd.DataFrame) -> pd.DataFrame:
    """Return dropped.tsv with the text of its rows, read from the table in one pass."""
    wanted = set(dropped["line"])
    with open_text(path) as stream:
        texts = {
            number: redacted_text(" ".join(line.split()))[:ROW_LENGTH]
            for number, line in enumerate(stream, 1)
            if number in wanted
        }
    return dropped.assign(row=[texts.get(number, "") for number in dropped["line"]])


def refuse_cell_losses(dropped: pd.DataFrame, cells: CellTable, spec: CropsSpec) -> None:
    """Refuse a table that lost too many cells, as a whole or in one class; log the losses of each class.

    Parameters
    ----------
    dropped
        Rows of dropped.tsv.
    cells
        All cells.
    spec
        Names the table, its labels and the largest share.
    """
    given, largest = len(cells.lines), spec.crops.max_dropped
    if len(dropped) > largest * given or len(dropped) == given:
        raise InputError(
            f"crops.max_dropped: {len(dropped)} of {given} cells cannot be used: {_summary(dropped, spec)}; "
            f"at most {largest:.0%} of the cells may be lost, and one must be left"
        )
    lost = np.isin(cells.lines, dropped["line"])
    counts = [(name, int(held.sum()), int((held & lost).sum())) for name, held in _classes_of(cells, spec).items()]
    for name, total, gone in counts:
        if gone > largest * total and (gone == total or gone > FEW):
            own = dropped[np.isin(dropped["line"], cells.lines[_classes_of(cells, spec)[name]])]
            raise InputError(
                f"crops.max_dropped: {gone} of {total} cells of {name!r} cannot be used: {_summary(own, spec)}; at "
                f"most {largest:.0%} of a class may be lost: mend them, or leave the class out of the table"
            )
    said = ", ".join(f"{gone} of {total} {name}" for name, total, gone in counts if gone)
    if said:
        logging.info("crops: dropped by class: %s", said)


def warn_of_constant_channels(counts: Mapping[int, int], crops: int, names: Sequence[str]) -> None:
    """Warn of channels that have one value in each of nearly all crops: nothing can be learned from them.

    Parameters
    ----------
    counts
        Number of a channel, from 0, to the crops in which it has one value.
    crops
        Number of crops.
    names
        Of the channels; none where they have no names.
    """
    for number, count in sorted(counts.items()):
        if count >= NEARLY_ALL * crops:
            name = names[number] if names else f"c{number + 1}"
            share = f"{count / crops:.0%} of the crops"
            logging.warning(
                "crops: channel %s has one value in %s; look at its files and at crops.channels", name, share
            )


def _classes_of(cells: CellTable, spec: CropsSpec) -> dict[str, np.ndarray]:
    """Return which cells ``(N,)`` each class has; of several labels, those with the label and those without."""
    if spec.labels and TASKS[spec.task].exclusive:
        [name] = spec.labels
        values = cells.described[name].to_numpy(object)
        return {str(value): values == value for value in dict.fromkeys(values) if value}
    sides = {"": ("1", "1.0"), "no ": ("0", "0.0")}
    found = {
        f"{word}{name}": cells.described[name].isin(texts).to_numpy()
        for name in spec.labels
        for word, texts in sides.items()
    }
    return {name: held for name, held in found.items() if held.any()}


def _summary(dropped: pd.DataFrame, spec: CropsSpec) -> str:
    """Count dropped rows by reason, with the line and the detail of the first of each."""
    kind, source = dropped["reason"].str.split(":").str[0], Path(spec.cells.path).name
    found = []
    for status, count in kind.value_counts().items():
        first = dropped[kind == status].iloc[0]
        detail = str(first["reason"]).removeprefix(f"{status}: ")
        found.append(f"{count} {status}, such as {source}:{first['line']} ({detail})")
    return "; ".join(found)
