import json

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.interpretation.motifs.spacing import COLUMNS
from convoscope.models import build
from convoscope.sequence.alphabet import ALPHABETS, encode_text

LENGTH = 60
LABELS = ["Fos", "Usf1"]


def matrix(letters):
    return np.eye(4)[encode_text(letters, ALPHABETS["dna"])] * 0.9 + 0.025


MOTIFS = {
    "holdout.1.f000": ("TGACTCA", "FOS", 5.0, "yes"),
    "holdout.2.f001": ("ATGACTCAT", "JUN", 4.0, "yes"),  # the same under another name
    "holdout.2.f002": ("CACGTGACC", "USF1", 3.0, "yes"),
    "holdout.1.f003": ("GGGCGGGGC", "SP1", 9.0, "no"),
}


@pytest.fixture
def folder(tmp_path):
    """Write two networks, shuffled windows' source and four named motifs, of which two are worth planting."""
    for seed in (1, 2):
        torch.manual_seed(seed)
        options = {"filters": 4, "length": 7, "strands": "filter"}
        facts = {"architecture": "deepbind", "options": options, "channels": 4, "space": [LENGTH], "labels": LABELS,
                 "modality": "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform"}  # fmt: skip
        modelfile.save(tmp_path / f"{seed}.safetensors", build("deepbind", 4, (LENGTH,), 2, options).eval(), facts)
    codes = np.random.default_rng(1).integers(0, 4, (20, LENGTH)).astype(np.uint8)
    codes[4, 7] = 14  # a window with N is no background
    np.save(tmp_path / "codes.npy", codes)
    head = "id\tchrom\tstart\tend\tstrand\torigin\tparent\tgroup\tfold\tFos\tUsf1\n"
    rows = [f"w{i}\tc\t0\t{LENGTH}\t.\tsite\t\tg\t{'test' if i < 8 else 'train'}\t1\t0\n" for i in range(20)]
    (tmp_path / "windows.tsv").write_text(head + "".join(rows))
    folds = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
    (tmp_path / "card.json").write_text(json.dumps({"alphabet": "dna", "labels": LABELS, "folds": folds}))
    learned = [Motif(name, "", matrix(letters), 50) for name, (letters, *_) in MOTIFS.items()]
    (tmp_path / "motifs.meme").write_text(format_meme(learned, "ACGT"))
    table = [
        {"filter": name, "motif_name": known, "q_value": 1e-4, "influence": influence, "strand": "+", "networks": 2,
         "reproducible": said} for name, (_, known, influence, said) in MOTIFS.items()
    ]  # fmt: skip
    pd.DataFrame(table).to_csv(tmp_path / "matches.tsv", sep="\t", index=False)
    return tmp_path


def arguments(folder, **spec):
    inputs = {"windows": "windows.tsv", "codes": "codes.npy", "card": "card.json", "motifs": "motifs.meme"}
    options = [part for name, file in inputs.items() for part in (f"--{name}", folder / file)]
    spec = {"backgrounds": 9, "largest": 20, "step": 10} | spec
    models = [folder / "1.safetensors", folder / "2.safetensors"]
    given = ["--matches", folder / "matches.tsv", "--spec", json.dumps(spec), "--naming", "{}"]
    return ["pairs", "--models", *models, *options, *given, "--pairs", folder / "pairs.tsv"]


def test_reproducible_motifs_of_distinct_kinds_are_planted(folder, run, drawing):
    run(*arguments(folder))
    table = pd.read_csv(folder / "pairs.tsv", sep="\t")
    assert list(table.columns) == COLUMNS
    assert list(dict.fromkeys(zip(table["first"], table["second"], strict=True))) == [("FOS", "USF1"), ("FOS", "FOS")]
    assert sorted(set(table["distance"])) == [-20, -10, 10, 20]
    assert len(table) == 2 * 4 * 2 * 2  # pairs, distances, orientations, labels
    assert (table["backgrounds"] == 7).all()  # of eight test windows one has an N
    sums = table["first_effect"] + table["second_effect"] + table["interaction"]
    np.testing.assert_allclose(table["together"], sums, atol=1e-4)
    run(*drawing({"pairs": folder / "figures" / "pairs.svg"}, pairs=folder / "pairs.tsv"))
    assert (folder / "figures" / "pairs.svg").read_text().count("<dc:title>") == 1
    before = (folder / "pairs.tsv").read_bytes()
    run(*arguments(folder))
    assert (folder / "pairs.tsv").read_bytes() == before


def test_nothing_is_planted_on_a_strand_that_the_data_has_not(folder, run, drawing):
    for seed in (1, 2):
        path = folder / f"{seed}.safetensors"
        network, facts = modelfile.load(path)
        modelfile.save(path, network, {**facts, "strands": "single"})
    run(*arguments(folder))
    assert set(pd.read_csv(folder / "pairs.tsv", sep="\t")["orientation"]) == {"same"}
    run(*drawing({"pairs": folder / "figures" / "pairs.svg"}, pairs=folder / "pairs.tsv"))


def test_one_network_alone_takes_its_influential_motifs(folder, run):
    table = pd.read_csv(folder / "matches.tsv", sep="\t").assign(reproducible="")
    table.to_csv(folder / "matches.tsv", sep="\t", index=False)
    run(*arguments(folder, motifs=2))
    assert set(pd.read_csv(folder / "pairs.tsv", sep="\t")["first"]) == {"SP1"}


@pytest.mark.parametrize("letters", ["ACGT", "ACDEFGHIKLMNPQRSTVWY"])
def test_nothing_to_plant_is_said(folder, run, drawing, letters):
    (folder / "motifs.meme").write_text(format_meme([], letters))
    table = pd.read_csv(folder / "matches.tsv", sep="\t")
    table.assign(q_value=np.nan).to_csv(folder / "matches.tsv", sep="\t", index=False)
    run(*arguments(folder))
    assert pd.read_csv(folder / "pairs.tsv", sep="\t").empty
    run(*drawing({"pairs": folder / "figures" / "pairs.svg"}, pairs=folder / "pairs.tsv"))
    assert "No two motifs are named and reproducible" in (folder / "figures" / "pairs.svg").read_text()


def test_networks_of_other_data_are_refused(folder, refuse):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"alphabet": "rna"}))
    line = refuse(*arguments(folder))
    assert "1.safetensors: alphabet dna; this data has rna, and needs its own networks" in line


def test_refusals(folder, refuse):
    words = arguments(folder)
    assert "--models: none given" in refuse("pairs", "--models", *words[4:])
    assert "step" in refuse(*arguments(folder, step=0))
    (folder / "matches.tsv").write_text("filter\tq_value\nx\t0\n")
    assert "matches.tsv: no column 'motif_name'; it has filter, q_value" in refuse(*arguments(folder))
