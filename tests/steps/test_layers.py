"""The verb `layers`."""

from pathlib import Path

import pandas as pd
import pytest

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.models import build
from convoscope.steps.layers import layers


def test_table_of_a_model_file(tmp_path: Path):
    metadata = {
        "architecture": "deepbind",
        "options": {"strands": "single"},
        "channels": 4,
        "space": [101],
        "labels": ["a", "b"],
        "task": "multilabel",
        "modality": "sequence",
        "alphabet": "dna",
        "unknown": "uniform",
    }
    modelfile.save(tmp_path / "model.safetensors", build("deepbind", 4, (101,), 2, {"strands": "single"}), metadata)
    layers(model=tmp_path / "model.safetensors", table=tmp_path / "layers.tsv")
    table = pd.read_csv(tmp_path / "layers.tsv", sep="\t")
    assert list(table) == ["layer", "kind", "output", "parameters", "receptive_field", "multiply_adds"]
    assert list(table.loc[1]) == ["detectors.correlation", "Correlation", "16 x 124", 1552, 24, 4 * 24 * 16 * 124]
    assert table["parameters"].sum() == 1552 + 32 + 17 * 32 + 33 * 2


def test_not_a_model(tmp_path: Path):
    (tmp_path / "model.safetensors").write_text("nothing")
    with pytest.raises(InputError, match="not a model of convoscope"):
        layers(model=tmp_path / "model.safetensors", table=tmp_path / "layers.tsv")
    assert not (tmp_path / "layers.tsv").exists()
