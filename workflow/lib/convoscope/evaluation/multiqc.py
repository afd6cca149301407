"""Tables of scores as MultiQC's custom content: a section of its report when it finds the file.

Format: a header of YAML in comments, a line of column names that begins with the sample, a line per sample
(docs.seqera.io/multiqc/custom_content).
"""

import json

import pandas as pd

INTERVAL = ("_low", "_high")


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
    floats = [name for name in shown if name in content and pd.api.types.is_float_dtype(content[name])]
    header = {
        "id": section,
        "section_name": title,
        "description": "Scores of Convoscope on test examples that took no part in training.",
        "plot_type": "table",
        "pconfig": {"id": f"{section}_table", "title": title, "col1_header": " / ".join(names)},
        "headers": {name: {"format": "{:.3g}"} for name in floats},  # the default has one decimal
    }
    lines = [f"# {key}: {json.dumps(value)}" for key, value in header.items()]
    return "\n".join(lines) + "\n" + content.set_axis(samples.rename("Sample")).to_csv(sep="\t", lineterminator="\n")
