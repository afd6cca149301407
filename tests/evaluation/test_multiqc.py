"""Tables of scores as custom content of MultiQC, read by MultiQC itself where it is installed."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from convoscope.evaluation.multiqc import multiqc_table

TABLE = pd.DataFrame({
    "experiment": ["one", "one"], "label": ["x", "mean"], "n": [40, 40], "model": [0.91234, 0.5],
    "model_mcc": [0.7, 0.6], "model_low": [0.8, 0.4], "model_high": [1.0, 0.6],
    "motif": ["REB1", None], "motif_q": [1e-17, None],
    "empty": [None, None],
})  # fmt: skip


def test_header_and_rows() -> None:
    text = multiqc_table(TABLE, "mine", "Labels", ["experiment", "label"])
    header = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("#"))
    assert json.loads(header["id"]) == "mine" and json.loads(header["plot_type"]) == "table"
    read = pd.read_csv(io.StringIO(text), sep="\t", comment="#")
    assert read.columns.tolist() == ["Sample", "n", "model", "model_mcc", "motif", "motif_q"]
    assert read["Sample"].tolist() == ["one / x", "one / mean"] and read["model"].tolist() == [0.91234, 0.5]


def test_multiqc_reads_it(tmp_path: Path) -> None:
    program = os.environ.get("MULTIQC") or shutil.which("multiqc")
    if program is None:
        pytest.skip("no multiqc; MULTIQC can name the program of an environment that has it")
    (tmp_path / "mine_mqc.tsv").write_text(multiqc_table(TABLE, "mine", "Labels", ["experiment", "label"]))
    subprocess.run([program, "--quiet", "--strict", "--outdir", "out", "."], cwd=tmp_path, check=True, timeout=300)
    folder = tmp_path / "out" / "multiqc_data"
    read = pd.read_csv(folder / "multiqc_mine_table.txt", sep="\t").set_index("Sample")
    assert read.loc["one / x", "model"] == 0.91234 and read.loc["one / x", "motif"] == "REB1"
    [plot] = json.loads((folder / "multiqc_data.json").read_text())["report_plot_data"]["mine_table"]["datasets"]
    hidden = {name: head["hidden"] for name, head in plot["header_by_metric"].items()}
    assert hidden == {"n": False, "model": False, "model_mcc": True, "motif": False, "motif_q": False}
