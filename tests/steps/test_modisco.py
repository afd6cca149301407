import json
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from tqdm import tqdm

from convoscope import modelfile
from convoscope.interpretation.motifs import modisco
from convoscope.interpretation.motifs.database import load_jaspar
from convoscope.models import build

pytestmark = pytest.mark.usefixtures("few_comparisons")

LENGTH, LABELS = 40, ["Reb1", "Abf1"]
FUNGI = json.dumps({"taxa": ["fungi"]})


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(1)
    options = {"filters": 4, "length": 7, "strands": "filter"}
    facts = {"architecture": "deepbind", "options": options, "channels": 4, "space": [LENGTH], "labels": LABELS,
             "modality": "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform"}  # fmt: skip
    modelfile.save(tmp_path / "1.safetensors", build("deepbind", 4, (LENGTH,), 2, options).eval(), facts)
    np.save(tmp_path / "codes.npy", np.random.default_rng(1).integers(0, 4, (12, LENGTH)).astype(np.uint8))
    head = "id\tchrom\tstart\tend\tstrand\torigin\tparent\tgroup\tfold\tReb1\tAbf1\n"
    rows = [f"w{i}\tc\t0\t{LENGTH}\t.\tsite\t\tg\t{'test' if i < 8 else 'train'}\t1\t0\n" for i in range(12)]
    (tmp_path / "windows.tsv").write_text(head + "".join(rows))
    folds = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
    (tmp_path / "card.json").write_text(json.dumps({"alphabet": "dna", "labels": LABELS, "folds": folds}))
    return tmp_path


@pytest.fixture
def library(monkeypatch):
    """Stand in for the library: it finds REB1, and keeps what it was given."""
    given = {}

    def search(**options):
        given.update(options)
        matrix = next(target.matrix for target in load_jaspar("JASPAR2026", ["fungi"]) if target.name == "REB1")
        seqlets = [SimpleNamespace(example_idx=0, start=3, end=10)] * 25
        return None, [SimpleNamespace(sequence=matrix, seqlets=seqlets)]

    monkeypatch.setattr(modisco, "load_library", lambda: SimpleNamespace(TFMoDISco=search))
    return given


def arguments(folder, **spec):
    inputs = ["--models", folder / "1.safetensors", "--windows", folder / "windows.tsv"]
    more = ["--codes", folder / "codes.npy", "--card", folder / "card.json", "--naming", FUNGI]
    outputs = ["--patterns", folder / "patterns.meme", "--matches", folder / "matches.tsv"]
    return ["modisco", *inputs, *more, "--spec", json.dumps(spec), *outputs]


def test_patterns_are_named_and_drawn(folder, library, run, drawing, monkeypatch):
    monkeypatch.setattr(tqdm, "monitor_interval", 10)
    run(*arguments(folder, label="Abf1", windows=6))
    assert not tqdm.monitor_interval
    assert library["one_hot"].shape == library["hypothetical_contribs"].shape == (6, LENGTH, 4)
    np.testing.assert_allclose(library["hypothetical_contribs"].sum(axis=2), 0, atol=1e-5)
    [row] = pd.read_csv(folder / "matches.tsv", sep="\t").to_dict("records")
    assert (row["label"], row["pattern"], row["seqlets"], row["motif_name"]) == ("Abf1", "neg.0", 25, "REB1")
    assert "contribution:Reb1" in row and "MOTIF neg.0" in (folder / "patterns.meme").read_text()
    figure = folder / "figures" / "modisco.svg"
    made = {"patterns": folder / "patterns.meme", "pattern_matches": folder / "matches.tsv"}
    run(*drawing({"modisco": figure, "modisco_table": folder / "page.html"}, FUNGI, **made))
    said = "TF-MoDISco on Abf1: one pattern in 25 seqlets, 1 known at q ≤ .05: REB1"
    assert said in figure.read_text()
    assert said in (folder / "page.html").read_text()


def test_no_pattern_is_said(folder, library, run, drawing, monkeypatch):
    monkeypatch.setattr(modisco, "load_library", lambda: SimpleNamespace(TFMoDISco=lambda **given: (None, None)))
    run(*arguments(folder))
    made = {"patterns": folder / "patterns.meme", "pattern_matches": folder / "matches.tsv"}
    run(*drawing({"modisco": folder / "f" / "modisco.svg"}, FUNGI, **made))
    assert "found no pattern" in (folder / "f" / "modisco.svg").read_text()


def test_narrow_windows_have_no_patterns(folder, library, run, drawing, caplog):
    options = {"filters": 4, "length": 7, "strands": "filter"}
    _, facts = modelfile.load(folder / "1.safetensors")
    facts = {**facts, "space": [29]}
    modelfile.save(folder / "1.safetensors", build("deepbind", 4, (29,), 2, options).eval(), facts)
    np.save(folder / "codes.npy", np.load(folder / "codes.npy")[:, :29])
    run(*arguments(folder))
    assert not library and "windows of 29 bp; patterns are looked for in 30 or more" in caplog.text
    assert pd.read_csv(folder / "matches.tsv", sep="\t").empty
    run(*drawing({"modisco_table": folder / "page.html"}, FUNGI, pattern_matches=folder / "matches.tsv"))
    assert "or they are narrower than 30 bp" in (folder / "page.html").read_text()


def test_networks_of_other_data_are_refused(folder, library, refuse):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"alphabet": "rna"}))
    line = refuse(*arguments(folder))
    assert "1.safetensors: alphabet dna; this data has rna, and needs its own networks" in line


def test_refusals(folder, library, refuse, monkeypatch):
    assert "modisco.label: 'Rap1'; one of Reb1, Abf1" in refuse(*arguments(folder, label="Rap1"))
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    assert "pip install modisco-lite" in refuse(*arguments(folder))


def test_data_of_one_strand_is_refused(folder, library, refuse):
    network, facts = modelfile.load(folder / "1.safetensors")
    modelfile.save(folder / "1.safetensors", network, {**facts, "strands": "single"})
    assert "a pattern and its reverse complement for one" in refuse(*arguments(folder))
    assert not library
