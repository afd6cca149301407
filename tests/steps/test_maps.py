"""The verbs maps and map-recovery, and what is drawn of them, on a network that knows one word."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.models import build
from convoscope.nn.convolution import first_correlation
from convoscope.sequence.alphabet import ALPHABETS, decode_many, encode_text

DINUCLEOTIDES = Path(__file__).parents[2] / "resources" / "sacCer3.dinucleotides.tsv"
LENGTH, WORD, START = 41, "TTACCCG", 18
ONE_HOT = np.eye(4)[encode_text(WORD, ALPHABETS["dna"])]


def write_data(folder, folds=("holdout",)):
    """Write 40 windows of one contig; those of even number hold the word, and only they have the label."""
    codes = np.random.default_rng(1).integers(0, 4, size=(40, LENGTH), dtype=np.uint8)
    codes[::2, START : START + 7] = encode_text(WORD, ALPHABETS["dna"])
    (folder / "genome.fa").write_text(">c\n" + "".join(decode_many(codes, ALPHABETS["dna"])) + "\n")
    values = (
        ["test" if i >= 20 else "train" for i in range(40)] if folds == ("holdout",) else [i % 2 for i in range(40)]
    )
    rows = [
        (f"w{i}", "c", i * LENGTH, (i + 1) * LENGTH, ".", "site", "", "c:0", values[i], 1 - i % 2) for i in range(40)
    ]
    columns = ["id", "chrom", "start", "end", "strand", "origin", "parent", "group", "fold", "Reb1"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(folder / "windows.tsv", sep="\t", index=False)
    np.save(folder / "codes.npy", codes)
    splits = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
    if folds != ("holdout",):
        splits = {fold: {"train": [str(1 - int(fold))], "validation": [], "test": [fold]} for fold in folds}
        table["fold"] = table["fold"].astype(str)
    card = {"modality": "sequence", "alphabet": "dna", "unknown": "uniform", "labels": ["Reb1"], "folds": splits}
    (folder / "card.json").write_text(json.dumps(card))
    tested = table[table["fold"] != "train"] if folds == ("holdout",) else table
    predictions = pd.DataFrame(
        {"id": tested["id"], "split": "test", "label": "Reb1", "prediction": 0.9 - tested.index / 99}
    )
    predictions.insert(1, "fold", "holdout" if folds == ("holdout",) else tested["fold"])
    predictions.to_csv(folder / "predictions.tsv.gz", sep="\t", index=False)
    (folder / "motifs.meme").write_text(format_meme([Motif("holdout.1.f000", "", 0.9 * ONE_HOT + 0.025, 9)], "ACGT"))
    named = {"filter": ["holdout.1.f000"], "motif_name": ["REB1"], "q_value": [1e-6], "influence": [2.0],
             "strand": ["+"], "reproducible": ["yes"]}  # fmt: skip
    pd.DataFrame(named).to_csv(folder / "matches.tsv", sep="\t", index=False)


def write_model(folder, seed=1, fold="holdout", architecture="deepbind", **changes):
    """Write a network whose first filter is the word; its score is 2 for the word and falls with every wrong letter."""
    torch.manual_seed(seed)
    options = {"filters": 2, "length": 7, "hidden": 0, "strands": "filter"}
    if architecture == "danq":
        options = {"filters": 2, "length": 7, "pool": 4, "units": 2, "hidden": 3}
    model = build(architecture, 4, (LENGTH,), 1, options)
    if architecture == "deepbind":
        with torch.no_grad():
            first_correlation(model).weight[:] = 0
            first_correlation(model).weight[0] = torch.from_numpy(ONE_HOT.T)
            model.head.scores.weight[:] = torch.tensor([[1.0, 0.0]])
            model.head.scores.bias[:] = -5
    facts = {
        "architecture": architecture, "options": options, "channels": 4, "space": [LENGTH], "labels": ["Reb1"],
        "task": "multilabel", "alphabet": "dna", "unknown": "uniform", "modality": "sequence", "fold": fold,
        "seed": seed, **changes,
    }  # fmt: skip
    path = folder / fold / f"{seed}" / "model.safetensors"
    modelfile.save(path, model.eval(), facts)
    return path


def call(folder, models, *more, spec=None):
    names = {"codes": "codes.npy", "card": "card.json", "predictions": "predictions.tsv.gz", "motifs": "motifs.meme",
             "matches": "matches.tsv"}  # fmt: skip
    given = [part for name, file in names.items() for part in (f"--{name}", folder / file)]
    own = json.dumps({"windows": 3, "steps": 5, "references": 2} | (spec or {}))
    return ["maps", "--models", *models, "--examples", folder / "windows.tsv", *given, *more, "--spec", own,
            "--maps", folder / "maps.npz", "--table", folder / "maps.tsv"]  # fmt: skip


def recover(folder, *models):
    names = {"examples": "windows.tsv", "codes": "codes.npy", "card": "card.json", "truth": "truth.meme",
             "truth-table": "truth.tsv", "table": "found.tsv"}  # fmt: skip
    given = [part for name, file in names.items() for part in (f"--{name}", folder / file)]
    return ["map-recovery", "--models", *models, *given, "--dinucleotides", DINUCLEOTIDES]


def test_maps_of_the_strongest_windows_by_hand(tmp_path, run):
    write_data(tmp_path)
    run(*call(tmp_path, [write_model(tmp_path, seed) for seed in (1, 2)]))
    table = pd.read_csv(tmp_path / "maps.tsv", sep="\t")
    assert table["id"].tolist() == ["w20", "w21", "w22"] and (table["kind"] == "test").all()
    holding = table[table["id"] != "w21"]
    assert holding["score"].tolist() == pytest.approx([2, 2], abs=1e-4)  # seven letters less five
    assert holding["motif"].tolist() == ["REB1"] * 2
    assert all(f"REB1 {START}-{START + 7} +" in text for text in holding["motifs"])
    assert holding["gap_deeplift"].abs().max() < 1e-4
    with np.load(tmp_path / "maps.npz") as maps:
        expected = np.where(ONE_HOT.T == 1, 0, -1.0)
        np.testing.assert_allclose(maps["map"][0][:, START : START + 7], expected, atol=1e-4)
        np.testing.assert_allclose(maps["heights"][0][START : START + 7], 1, atol=1e-4)
        assert maps["heights"][0].sum() == pytest.approx(7, abs=1e-3)
        assert maps["actual:gradient_input"].shape == (3, LENGTH) and maps["full:deeplift"].shape == (3, 4, LENGTH)


def test_windows_of_a_bed_are_mapped_too(tmp_path, run, refuse):
    write_data(tmp_path)
    model = write_model(tmp_path)
    bed = tmp_path / "more.bed"
    bed.write_text(f"c\t{4 * LENGTH}\t{5 * LENGTH}\n")
    more = ["--bed", bed, "--genome", tmp_path / "genome.fa"]
    run(*call(tmp_path, [model], *more, spec={"windows": 1, "methods": ["mutagenesis"], "indels": False}))
    table = pd.read_csv(tmp_path / "maps.tsv", sep="\t")
    assert table["id"].tolist() == ["w20", f"c:{4 * LENGTH}-{5 * LENGTH}"]
    assert table["kind"].tolist() == ["test", "bed"] and table["motif"].tolist() == ["REB1"] * 2
    run(*call(tmp_path, [model], *more, spec={"windows": 0}))
    assert pd.read_csv(tmp_path / "maps.tsv", sep="\t")["kind"].tolist() == ["bed"]
    directed = write_model(tmp_path, direction="site")
    bed.write_text("".join(f"c\t{4 * LENGTH}\t{5 * LENGTH}\tn\t0\t{strand}\n" for strand in "+-"))
    run(*call(tmp_path, [directed], *more, spec={"windows": 0, "methods": ["mutagenesis"], "indels": False}))
    table = pd.read_csv(tmp_path / "maps.tsv", sep="\t")
    assert table["id"].tolist() == [f"c:{4 * LENGTH}-{5 * LENGTH}({strand})" for strand in "+-"]
    assert f"REB1 {START}-{START + 7} +" in table["motifs"][0]
    assert pd.isna(table["motifs"][1])  # read from the other strand, as are motifs of data of one strand
    with np.load(tmp_path / "maps.npz") as mapped:
        assert mapped["codes"][1].tolist() == (3 - mapped["codes"][0][::-1]).tolist()
    write_model(tmp_path)
    assert "--genome: missing" in refuse(*call(tmp_path, [model], "--bed", bed))


def test_rows_of_a_bed_without_a_window_are_left_out_with_a_reason(tmp_path, run, refuse, caplog):
    write_data(tmp_path)
    model, bed, dropped = write_model(tmp_path), tmp_path / "more.bed", tmp_path / "dropped.tsv"
    bed.write_text(f"# one\nC\t{LENGTH - 1}\t{LENGTH}\nC\t3\t4\nchrUn\t400\t401\nother\t{LENGTH}\t{LENGTH + 1}\n")
    more = ["--bed", bed, "--genome", tmp_path / "genome.fa", "--dropped", dropped, "--rename", "other=c"]
    spec = {"windows": 0, "methods": ["mutagenesis"], "indels": False}
    run(*call(tmp_path, [model], *more, spec=spec))
    starts = [LENGTH - 1 + half - LENGTH // 2 for half in (0, 1)]
    assert pd.read_csv(tmp_path / "maps.tsv", sep="\t")["id"].tolist() == [f"c:{at}-{at + LENGTH}" for at in starts]
    rows = pd.read_csv(dropped, sep="\t")[["source", "line", "reason"]].to_numpy().tolist()
    assert rows == [[str(bed), 3, "out_of_bounds"], [str(bed), 4, "unknown_contig"]]
    assert "2 of 4 rows have no window and are left out: 1 out_of_bounds, 1 unknown_contig" in caplog.text
    bed.write_text("c\t3\t4\n")
    run(*call(tmp_path, [model], *more, spec={**spec, "windows": 1}))
    assert pd.read_csv(tmp_path / "maps.tsv", sep="\t")["kind"].tolist() == ["test"]
    bed.write_text("d\t300\t301\n")
    assert "more.bed: none of its contigs is in the reference; it has d," in refuse(*call(tmp_path, [model], *more))


def test_a_window_is_mapped_by_the_networks_that_did_not_see_it(tmp_path, run, refuse):
    write_data(tmp_path, folds=("0", "1"))
    models = [write_model(tmp_path, 1, "0"), write_model(tmp_path, 2, "1")]
    with torch.no_grad():
        blind, facts = modelfile.load(models[1])
        blind.head.scores.weight[:] = 0
        modelfile.save(models[1], blind, facts)
    run(*call(tmp_path, models, spec={"windows": 4}))
    table = pd.read_csv(tmp_path / "maps.tsv", sep="\t").set_index("id")
    assert table.loc[["w0", "w2"], "score"].tolist() == pytest.approx([2, 2], abs=1e-4)
    assert table.loc[["w1", "w3"], "score"].tolist() == [-5, -5] and table.loc["w1", "height"] == 0
    assert "--models: none of fold 1, which tests w1" in refuse(*call(tmp_path, models[:1], spec={"windows": 4}))


@pytest.mark.parametrize("architecture", ["deepbind", "danq"])
def test_the_figure(tmp_path, run, drawing, architecture):
    write_data(tmp_path)
    run(*call(tmp_path, [write_model(tmp_path, architecture=architecture)]))
    figure = tmp_path / "figures" / "maps.svg"
    run(*drawing({"mutation_maps": figure}, maps=tmp_path / "maps.npz"))
    text = figure.read_text()
    assert "<svg" in text and "the letter that matters most lies in a named motif" in text
    table = pd.read_csv(figure.with_suffix(".tsv"), sep="\t")
    assert len(table) == 3 * LENGTH and ("deeplift" in table) == (architecture == "deepbind")
    run(*call(tmp_path, [write_model(tmp_path)], spec={"windows": 0}))
    run(*drawing({"mutation_maps": figure}, maps=tmp_path / "maps.npz"))
    assert "No window was mapped" in figure.read_text()


def write_other(folder):
    """Write a network whose label the data have not."""
    path = write_model(folder)
    network, facts = modelfile.load(path)
    modelfile.save(path, network, facts | {"labels": ["Abf1"]})
    return path


def test_networks_of_other_data_are_refused(tmp_path, refuse):
    write_data(tmp_path)
    (tmp_path / "truth.tsv").write_text("factor\tchrom\tstart\tend\tkind\n")
    (tmp_path / "truth.meme").write_text(format_meme([Motif("M1", "Reb1", ONE_HOT, 9)], "ACGT"))
    other = write_other(tmp_path)
    for words in (call(tmp_path, [other]), recover(tmp_path, other)):
        assert f"{other}: labels Abf1; this data has Reb1, and needs its own networks" in refuse(*words)
    assert "--models: none given" in refuse(*call(tmp_path, []))
    assert "--models: none given" in refuse(*recover(tmp_path))
    assert not (tmp_path / "maps.npz").exists() and not (tmp_path / "found.tsv").exists()


def test_tables_of_other_verbs_are_refused(tmp_path, refuse):
    write_data(tmp_path)
    model = write_model(tmp_path)
    for table, column in (("matches.tsv", "filter"), ("predictions.tsv.gz", "fold")):
        (tmp_path / "other.tsv").write_text("id\tb\n1\t2\n")
        words = [tmp_path / "other.tsv" if word == tmp_path / table else word for word in call(tmp_path, [model])]
        assert f"other.tsv: no column {column!r}; it has id, b" in refuse(*words)
    assert not (tmp_path / "maps.npz").exists()


@pytest.mark.parametrize(("content", "said"), [(b"", "damaged"), (b"noise" * 9, "damaged")])
def test_a_figure_of_nothing_is_refused(tmp_path, refuse, drawing, content, said):
    (tmp_path / "maps.npz").write_bytes(content)
    words = drawing({"mutation_maps": tmp_path / "maps.svg"}, maps=tmp_path / "maps.npz")
    assert f"maps.npz: {said}" in refuse(*words)
    np.savez(tmp_path / "maps.npz", alphabet=np.array("dna"))
    assert "maps.npz: no array 'methods'; it has alphabet" in refuse(*words)
    assert not (tmp_path / "maps.svg").exists()


def test_maps_point_at_planted_sites(tmp_path, run, drawing):
    write_data(tmp_path)
    sites = [("Reb1", "M1", "c", i * LENGTH + START, i * LENGTH + START + 7, "+", "strong", 0) for i in range(0, 40, 2)]
    sites[-1] = (*sites[-1][:3], 38 * LENGTH, 38 * LENGTH + 7, *sites[-1][5:])  # said to be where it is not
    columns = ["factor", "matrix_id", "chrom", "start", "end", "strand", "kind", "summit"]
    pd.DataFrame(sites, columns=columns).to_csv(tmp_path / "truth.tsv", sep="\t", index=False)
    (tmp_path / "truth.meme").write_text(format_meme([Motif("M1", "Reb1", ONE_HOT, 9)], "ACGT"))
    run(*recover(tmp_path, write_model(tmp_path)))
    found = pd.read_csv(tmp_path / "found.tsv", sep="\t").set_index("factor")
    assert found.loc["all", ["windows", "on_site", "strong", "on_site_strong", "mapped"]].tolist() == [
        10,
        0.9,
        9,
        1,
        10,
    ]
    run(*drawing({"map_recovery": tmp_path / "found.html"}, map_recovery=tmp_path / "found.tsv"))
    assert (
        "100.0 % of 9 test windows with one strong site, in 90.0 % of all 10" in (tmp_path / "found.html").read_text()
    )


def test_recovery_from_another_table_is_refused(tmp_path, refuse):
    write_data(tmp_path)
    (tmp_path / "truth.tsv").write_text("factor\tb\n1\t2\n")
    (tmp_path / "truth.meme").touch()
    assert "truth.tsv: no column 'chrom'; it has factor, b" in refuse(*recover(tmp_path, write_model(tmp_path)))
