import json

import numpy as np
import pandas as pd
import pytest
import torch
from Bio import motifs as bio_motifs

from convoscope import modelfile
from convoscope.interpretation.motifs.pwm import MIN_SITES
from convoscope.models import build
from convoscope.nn.convolution import first_correlation
from convoscope.sequence.alphabet import ALPHABETS, encode_text

LENGTH, WORD = 40, "TTACCCG"
TABLE = {"motifs": "motifs.meme", "filters": "filters.npz", "table": "filters.tsv", "positions": "positions.tsv"}


def write_data(folder):
    """Write 60 windows: in those with the label, the word starts at position 10."""
    codes = np.random.default_rng(1).integers(0, 4, size=(60, LENGTH), dtype=np.uint8)
    codes[:30, 10:17] = encode_text(WORD, ALPHABETS["dna"])
    rows = [
        f"w{i}\tc\t0\t{LENGTH}\t.\tsite\t\tc:0\t{'test' if i % 5 == 0 else 'train'}\t{int(i < 30)}" for i in range(60)
    ]
    header = "id\tchrom\tstart\tend\tstrand\torigin\tparent\tgroup\tfold\tReb1"
    (folder / "windows.tsv").write_text("\n".join([header, *rows]) + "\n")
    np.save(folder / "codes.npy", codes)
    folds = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
    card = {"modality": "sequence", "alphabet": "dna", "unknown": "uniform", "labels": ["Reb1"], "folds": folds}
    (folder / "card.json").write_text(json.dumps(card))


def write_model(folder, seed=1, labels=("Reb1",)):
    """Write a network whose filter 0 is the word and raises the score; filter 1 never fires; filter 2 is random."""
    torch.manual_seed(seed)
    options = {"filters": 3, "length": 7, "hidden": 0, "strands": "single"}
    model, layer = (model := build("deepbind", 4, (LENGTH,), len(labels), options)), first_correlation(model)
    with torch.no_grad():
        layer.weight[:2] = 0
        layer.weight[0, encode_text(WORD, ALPHABETS["dna"]).astype(int), np.arange(7)] = 1
        layer.bias[:2] = torch.tensor([-5.5, -1.0])
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight[:] = torch.tensor([2.0, 1.0, 0.5])
    metadata = {
        "architecture": "deepbind", "options": options, "channels": 4, "space": [LENGTH], "labels": list(labels),
        "task": "multilabel", "alphabet": "dna", "unknown": "uniform", "modality": "sequence",
        "fold": "holdout", "seed": seed,
    }  # fmt: skip
    path = folder / f"{seed}" / "model.safetensors"
    modelfile.save(path, model, metadata)
    return path


def arguments(folder, models, spec):
    inputs = ["--models", *models, "--windows", folder / "windows.tsv", "--codes", folder / "codes.npy"]
    outputs = [part for name, file in TABLE.items() for part in (f"--{name}", folder / "out" / file)]
    return ["motifs", *inputs, "--card", folder / "card.json", "--spec", json.dumps(spec), *outputs]


@pytest.mark.parametrize("rule", ["basset", "deepbind"])
def test_filters_sites_and_motifs(tmp_path, run, rule):
    write_data(tmp_path)
    models = [write_model(tmp_path, seed) for seed in (1, 2)]
    run(*arguments(tmp_path, models, {"rule": rule}))

    table = pd.read_csv(tmp_path / "out" / "filters.tsv", sep="\t", keep_default_na=False)
    assert list(table.columns) == [
        *("filter", "fold", "seed", "index", "sites", "information", "length", "consensus", "activating", "aligned"),
        "influence:Reb1",
    ]
    assert table["filter"].tolist() == [f"holdout.{seed}.f00{i}" for seed in (1, 2) for i in range(3)]
    word, silent = table.iloc[0], table.iloc[1]
    assert (word["sites"], word["activating"]) == (24, 1)  # 30 positives, 6 of them in the test split
    assert (word["consensus"], word["length"], word["aligned"]) == (WORD, 7, "Reb1")
    assert word["influence:Reb1"] > 0.5
    assert (silent["sites"], silent["length"], silent["consensus"], silent["information"]) == (0, 0, "", 0)

    with open(tmp_path / "out" / "motifs.meme") as stream:
        records = bio_motifs.parse(stream, "minimal")
    assert [record.name for record in records] == table.loc[table["sites"] >= MIN_SITES, "filter"].tolist()
    assert records[0].consensus == WORD
    assert records[0].num_occurrences == 24

    positions = pd.read_csv(tmp_path / "out" / "positions.tsv", sep="\t")
    assert positions[positions["filter"] == "holdout.1.f000"].to_numpy().tolist() == [["holdout.1.f000", "+", 13.5, 24]]

    arrays = np.load(tmp_path / "out" / "filters.npz")
    assert arrays["weights"].shape == (6, 4, 7)
    assert arrays["names"].tolist() == table["filter"].tolist()
    assert arrays["counts/holdout.1.f000"].sum(axis=1).tolist() == [24] * 7
    np.testing.assert_array_equal(arrays["weights"][0].sum(axis=0), np.ones(7))


def test_refusals(tmp_path, refuse):
    write_data(tmp_path)
    model = write_model(tmp_path, labels=("Abf1", "Rap1"))
    line = refuse(*arguments(tmp_path, [model], {}))
    assert "model.safetensors: labels Abf1, Rap1; this data has Reb1, and needs its own networks" in line
    assert "--models: none given" in refuse(*arguments(tmp_path, [], {}))
    assert "motifs.splits: no example" in refuse(
        *arguments(tmp_path, [write_model(tmp_path)], {"splits": ["validation"]})
    )
    assert not (tmp_path / "out").exists()
