"""The two tables that cells end in: cut.tsv and dropped.tsv."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.image.cells import CellTable

DROPPED = ["source", "line", "label", "row", "reason"]
KEPT = ("ok", "padded")
ROW_LENGTH = 200


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write tab-separated text with a header; unknown values are empty, whole numbers have no decimals."""
    table.to_csv(path, sep="\t", index=False, lineterminator="\n", float_format="%.10g")


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


def dropped_table(cells: CellTable, statuses: pd.Series, spec: CropsSpec) -> pd.DataFrame:
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
    known = cells.described[spec.labels[0]].to_numpy()[lost] if spec.labels and spec.task == "multiclass" else ""
    columns = {"line": cells.lines[lost], "reason": statuses.to_numpy()[lost]}
    return pd.DataFrame(columns).assign(source=spec.cells.path, label=known, row="")[DROPPED]


def read_lines(path: Path, dropped: pd.DataFrame) -> pd.DataFrame:
    """Return dropped.tsv with the text of its rows, read from the table in one pass."""
    wanted = set(dropped["line"])
    with open_text(path) as stream:
        texts = {
            number: " ".join(line.split())[:ROW_LENGTH] for number, line in enumerate(stream, 1) if number in wanted
        }
    return dropped.assign(row=[texts.get(number, "") for number in dropped["line"]])


def refuse_losses(dropped: pd.DataFrame, given: int, spec: CropsSpec) -> None:
    """Refuse a table of which too much was dropped, with counts by reason and an example of each.

    Parameters
    ----------
    dropped
        Rows of dropped.tsv.
    given
        Number of all cells.
    spec
        Names the table and the largest share.
    """
    largest = spec.crops.max_dropped
    if len(dropped) <= largest * given and len(dropped) < given:
        return
    kind = dropped["reason"].str.split(":").str[0]
    source = Path(spec.cells.path).name
    found = []
    for status in kind.value_counts().index:
        first = dropped[kind == status].iloc[0]
        detail = str(first["reason"]).removeprefix(f"{status}: ")
        found.append(f"{int(np.sum(kind == status))} {status}, such as {source}:{first['line']} ({detail})")
    raise InputError(
        f"crops.max_dropped: {len(dropped)} of {given} cells cannot be used: {'; '.join(found)}; "
        f"at most {largest:.0%} of the cells may be lost, and one must be left"
    )
