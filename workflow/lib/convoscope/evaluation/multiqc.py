"""Tables of scores as MultiQC's custom content: a section of its report when it finds the file.

Format: a header of YAML in comments, a line of column names that begins with the sample, a line per sample
(docs.seqera.io/multiqc/custom_content).
"""

import json
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

INTERVAL = ("_low", "_high")
# Columns that are shown only where a reader of the report asks for them.
DETAILS = ("confidence", "*_p", "*_sensitivity", "*_specificity", "*_mcc", "motif_filter", "motifs")


def multiqc_table(table: pd.DataFrame, section: str, title: str, names: list[str]) -> str:
    """Return a table of scores in MultiQC's format, without the limits of intervals.

    Parameters
    ----------
    table
        One row per sample.
    section
        Identifier of the section, ``_mqc`` left out.
    title
        Its heading.
    names
        Columns that together name a sample.
    """
    samples = table[names].astype(str).agg(" / ".join, axis=1)
    shown = [name for name in map(str, table) if name not in names and not name.endswith(INTERVAL)]
    content = table[shown].dropna(axis="columns", how="all")
    header = {
        "id": section,
        "section_name": title,
        "parent_id": "convoscope",
        "parent_name": "Convoscope",
        "parent_description": "Convolutional networks, compared with simpler methods.",
        "description": "Scores on test examples that took no part in training.",
        "plot_type": "table",
        "pconfig": {
            "id": f"{section}_table",
            "title": title,
            "col1_header": " / ".join(names),
            "sort_rows": False,
        },
        # MultiQC leaves out columns that are not named here.
        "headers": {name: _column(name, content[name]) for name in map(str, content)},
    }
    lines = [f"# {key}: {json.dumps(value)}" for key, value in header.items()]
    return "\n".join(lines) + "\n" + content.set_axis(samples.rename("Sample")).to_csv(sep="\t", lineterminator="\n")


def _column(name: str, values: pd.Series) -> dict[str, Any]:
    """Return how a column is shown: three digits instead of one decimal, and no bars, which would not start at 0."""
    shown: dict[str, Any] = {"title": name.replace("_", " "), "scale": False}
    if pd.api.types.is_float_dtype(values):
        shown["format"] = "{:.3g}"
    elif pd.api.types.is_integer_dtype(values):
        shown["format"] = "{:,.0f}"
    return shown | ({"hidden": True} if any(fnmatchcase(name, pattern) for pattern in DETAILS) else {})
