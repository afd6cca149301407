"""What is slow to import is imported where it is used alone: each verb is a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TORCH = ["torch"]
# What is imported or called, and the libraries that are not there after it and all rows before.
ROWS = {
    "the outlines of verbs": (
        "from convoscope.verbs import VERBS, outline, overview; overview(); [*map(outline, VERBS)]",
        ["numpy", "pandas", "torch"],
    ),
    "the table of networks": ("import convoscope.models", TORCH),
    "options of networks, where the workflow runs, which may be without torch": (
        "from convoscope.models import MODELS, check_options;"
        "[check_options(name, {'dropout': 0.5} if name == 'residual' else {}) for name in MODELS]",
        TORCH,
    ),
    "alphabets": ("import convoscope.sequence.alphabet", TORCH),
    "the public alphabets": ("import convoscope; assert convoscope.encode('AC')[1] == 1", TORCH),
    "references and downloads": (
        "from convoscope.__main__ import load_verb; load_verb('reference'); load_verb('download')",
        TORCH,
    ),
    "tables of experiments, pages and the model card": (
        "from convoscope.steps import draw, experiment_row, landing_table, model_card;"
        "from convoscope.report import metrics, provenance",
        ["numba", "sklearn", "scipy", "matplotlib", "torch"],
    ),
    "windows, codes and figures": (
        "from convoscope.steps import draw, encode, windows; from convoscope.interpretation.motifs import database;"
        "from convoscope.report import gallery, ladder, tracks",
        ["numba", "sklearn", "scipy.sparse", "scipy.stats"],
    ),
    "names of motifs": ("from convoscope.steps import match", TORCH),
    "recovery and simulation": ("from convoscope.steps import recovery, simulate", TORCH),
    "the split of cells": ("from convoscope.steps import split_cells", TORCH),
}
# The same where torch is needed: each of these would take longer to import than torch.
ROWS_WITH_TORCH = {
    "trainings and predictions": (
        "from convoscope.steps import predict, train",
        ["numba", "scipy", "sklearn", "matplotlib", "captum"],
    ),
    "maps": (
        "from convoscope.interpretation.attribution import allele_letters, contributions, mutation_maps",
        ["captum", "matplotlib", "numba", "scipy"],
    ),
    **{
        verb: (f"from convoscope.__main__ import load_verb; load_verb({verb!r})", ["scipy.stats", "sklearn"])
        for verb in ("evaluate", "interpret-images", "map-recovery", "match", "modisco", "recovery", "predict-variants")
    },
}
PROGRAM = """
import json, sys
for name, (code, banned) in json.loads(sys.argv[1]).items():
    exec(code)
    print(json.dumps([name, sorted({*banned} & {*sys.modules})]))
"""


@pytest.fixture(scope="module")
def found(torch_program: str) -> dict[str, list[str]]:
    """Return the libraries that each row should not have imported, but did; one process goes through a table."""
    environment, said = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}, ""
    for python, rows in ((sys.executable, ROWS), (torch_program, ROWS_WITH_TORCH)):
        given = [python, "-c", PROGRAM, json.dumps(rows)]
        said += subprocess.run(given, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(map(json.loads, said.splitlines()))


@pytest.mark.parametrize("row", [*ROWS, *ROWS_WITH_TORCH])
def test_what_is_slow_to_import_is_left_out(found: dict[str, list[str]], row: str) -> None:
    assert found[row] == []
