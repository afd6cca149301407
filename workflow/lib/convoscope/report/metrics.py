"""All metrics of the network and its baselines, with their intervals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.files import replacing
from convoscope.report.measures import measures_and_ceiling
from convoscope.report.pages import page
from convoscope.report.wording import method_name
from convoscope.tables import write_table


def draw(path: Path, *, metrics: Mapping[str, Any]) -> None:
    """Write every metric, label by label, as a page and as a table of the same name with ``.tsv``."""
    with replacing(path, path.with_suffix(".tsv")) as [shown, table]:
        shown.write_text(page(metrics_frame(metrics), "metrics"), encoding="utf-8")
        write_table(measures_and_ceiling(metrics), table)


def metrics_frame(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row per label and method, one column of ``(value, low, high)`` per metric."""
    table = measures_and_ceiling(metrics)
    cells = table.assign(cell=table[["value", "low", "high"]].apply(tuple, axis=1))
    wide = cells.pivot(index=["label", "method"], columns="metric", values="cell")
    order = table.drop_duplicates(["label", "method"])[["label", "method"]]
    order = order.sort_values(
        "label", key=lambda c: c.map({n: i for i, n in enumerate(dict.fromkeys(c))}), kind="stable"
    )
    wide = wide.loc[list(order.itertuples(index=False, name=None)), list(dict.fromkeys(table["metric"]))]
    wide = wide.map(lambda value: value if isinstance(value, tuple) else (np.nan, np.nan, np.nan)).reset_index()
    tested = table.drop_duplicates(["label", "method"]).set_index(["label", "method"])["n"]
    wide.insert(2, "test", tested.loc[list(zip(wide["label"], wide["method"], strict=True))].to_numpy())
    return wide.assign(method=wide["method"].map(method_name)).rename_axis(columns=None)
