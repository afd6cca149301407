"""From windows and predictions to the table of results, through the command line."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from convoscope.__main__ import main
from convoscope.interpretation.motifs.meme import Motif, format_meme

SPEC = '{"bootstrap": 100, "kmer": 3}'
LABELS = ["x", "y"]
FOLDS = ["0", "1", "2"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folds of random sequences whose label is the word CCG, and predictions of two seeds; not to be changed."""
    folder = tmp_path_factory.mktemp("written")
    generator = np.random.default_rng(1)
    codes = generator.integers(4, size=(300, 30)).astype(np.uint8)
    truth = np.zeros((300, 2))
    truth[::2, 0], truth[::3, 1] = 1, 1
    codes[::2, 10:16] = [1, 1, 2, 1, 1, 2]
    fold = np.arange(300) // 20 % 3
    table = pd.DataFrame({"id": [f"s{row}" for row in range(300)], "chrom": "", "start": 0, "end": 30, "strand": "."})
    table = table.assign(origin="given", parent="", group=[f"g{row // 2}" for row in range(300)], fold=fold)
    table[LABELS] = truth
    table.loc[5, "x"] = np.nan
    table.to_csv(folder / "windows.tsv", sep="\t", index=False)
    np.save(folder / "codes.npy", codes)
    splits = {f: {"test": [f], "validation": [str((int(f) + 1) % 3)], "train": [str((int(f) + 2) % 3)]} for f in FOLDS}
    card = {"modality": "sequence", "alphabet": "dna", "task": "multilabel", "labels": LABELS, "folds": splits}
    (folder / "card.json").write_text(json.dumps(card))
    for name, seed in ((name, seed) for name in FOLDS for seed in (1, 2)):
        wide = pd.DataFrame(1 / (1 + np.exp(-truth - generator.normal(size=truth.shape))), columns=LABELS)
        wide.insert(0, "id", table["id"])
        wide.insert(1, "split", [next(s for s, v in splits[name].items() if str(f) in v) for f in fold])
        long = wide.melt(["id", "split"], var_name="label", value_name="prediction")
        (folder / name / str(seed)).mkdir(parents=True)
        long.to_csv(folder / name / str(seed) / "predictions.tsv.gz", sep="\t", index=False)
    return folder


@pytest.fixture
def experiment(written: Path, tmp_path: Path) -> Path:
    """Return a copy of these files, before anything was fitted."""
    return shutil.copytree(written, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def evaluated(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy with the baselines of every fold and the metrics; not to be changed."""
    folder = shutil.copytree(written, tmp_path_factory.mktemp("evaluated"), dirs_exist_ok=True)
    evaluate(call, folder)
    return folder


@pytest.fixture
def fitted(evaluated: Path, tmp_path: Path) -> Path:
    """Return a copy of the files with the baselines of every fold, before they were evaluated."""
    shutil.copytree(evaluated, tmp_path, dirs_exist_ok=True)
    for name in ("predictions.tsv.gz", "metrics.json", "curves.tsv"):
        (tmp_path / name).unlink()
    return tmp_path


def call(*arguments: object) -> None:
    """Call a verb; where the fixture ``run`` lives too short."""
    assert main([str(argument) for argument in arguments]) == 0


def fit_baselines(run, folder: Path, fold: str, *more: str | Path) -> None:
    data = ("--examples", folder / "windows.tsv", "--codes", folder / "codes.npy", "--card", folder / "card.json")
    run("baselines", *data, "--fold", fold, "--spec", SPEC, *more, "--baselines", folder / fold / "baselines.tsv.gz")


def options(folder: Path) -> list:
    pairs = [(fold, seed) for fold in FOLDS for seed in ("1", "2")]
    return [
        "--examples", folder / "windows.tsv", "--card", folder / "card.json",
        "--predictions", *(folder / fold / seed / "predictions.tsv.gz" for fold, seed in pairs),
        "--folds", *(fold for fold, _ in pairs), "--seeds", *(seed for _, seed in pairs),
        "--baselines", *(folder / fold / "baselines.tsv.gz" for fold in FOLDS), "--baseline-folds", *FOLDS,
        "--spec", SPEC, "--ensemble", folder / "predictions.tsv.gz", "--metrics", folder / "metrics.json",
        "--curves", folder / "curves.tsv",
    ]  # fmt: skip


def evaluate(run, folder: Path) -> dict:
    for fold in FOLDS:
        if not (folder / fold / "baselines.tsv.gz").exists():
            fit_baselines(run, folder, fold)
    run("evaluate", *options(folder))
    return json.loads((folder / "metrics.json").read_text())


def test_chain(evaluated: Path) -> None:
    found = json.loads((evaluated / "metrics.json").read_text())
    # The folds are pooled: every example is tested once, by the mean of two seeds.
    windows = pd.read_csv(evaluated / "windows.tsv", sep="\t").set_index("id")
    averaged = pd.read_csv(evaluated / "predictions.tsv.gz", sep="\t", dtype={"fold": str})
    assert list(averaged) == ["id", "fold", "split", "label", "prediction", "spread"]
    tested = averaged[(averaged["split"] == "test") & (averaged["label"] == "y")].set_index("id")["prediction"]
    assert len(tested) == 300
    assert found["model"]["y"]["auroc"]["value"] == pytest.approx(
        roc_auc_score(windows.loc[tested.index, "y"], tested), rel=1e-5
    )
    tests = averaged[(averaged["split"] == "test") & (averaged["label"] == "y")]
    calls = tests["prediction"] >= tests["fold"].map(found["thresholds"]["model"]["y"])
    assert found["model"]["y"]["mcc"]["value"] == pytest.approx(
        matthews_corrcoef(windows.loc[tests["id"], "y"], calls), rel=1e-5
    )
    assert {label: entry["auroc"]["n"] for label, entry in found["model"].items()} == {"x": 299, "y": 300, "mean": 300}
    # Pairs: one of each is positive for x, one unknown; y is drawn, so that half of its groups of a side hold two.
    assert found["groups"] == {"x": 149, "y": 100, "mean": 150}
    assert list(found["thresholds"]["kmer"]["x"]) == FOLDS
    # The planted word is in x, which three-letter words must see and composition sees partly.
    words, gc = (found["baselines"][name]["x"]["auroc"]["value"] for name in ("kmer", "gc"))
    assert words > 0.95
    assert gc < words
    curves = pd.read_csv(evaluated / "curves.tsv", sep="\t")
    assert set(zip(curves["method"], curves["label"], curves["curve"], strict=True)) == {
        (method, label, curve) for method in ("model", "gc", "kmer") for label in LABELS for curve in ("roc", "pr")
    }


def test_the_ceiling_of_a_simulation_is_measured_but_is_no_baseline(run, refuse, experiment: Path) -> None:
    word = np.where(np.eye(4)[[1, 1, 2, 1, 1, 2]] > 0, 0.97, 0.01)
    truth = experiment / "truth.meme"
    truth.write_text(format_meme([Motif("X", "x", word, 20), Motif("Y", "y", np.full((6, 4), 0.25), 20)], "ACGT"))
    simulation = {"factors": {"x": "X", "y": "Y"}, "sites": 150, "weak": 0.0, "false": 0.0, "shared": 0.3}
    told = ("--truth", truth, "--simulation", json.dumps(simulation))
    for fold in FOLDS:
        fit_baselines(run, experiment, fold, *told)
    found = evaluate(run, experiment)
    assert found["ceiling"]["x"]["auroc"]["value"] > 0.97 and "mean" in found["ceiling"]
    assert set(found["baselines"]) == set(found["differences"]) == {"gc", "kmer"}
    assert "ceiling" not in set(pd.read_csv(experiment / "curves.tsv", sep="\t")["method"])
    run("draw", "--item", "forest", "metrics", "--files", f"metrics={experiment / 'metrics.json'}",
        "--figure", experiment / "forest.svg", experiment / "metrics.html")  # fmt: skip
    assert "nobody can pass" in (experiment / "forest.svg").read_text()
    assert "nobody can pass" in (experiment / "metrics.html").read_text()
    truth.write_text(format_meme([Motif("X", "x", word, 20)], "ACGT"))
    data = ("--examples", experiment / "windows.tsv", "--codes", experiment / "codes.npy")
    more = ("--card", experiment / "card.json", "--fold", "0", "--spec", SPEC, *told)
    assert "truth.meme: no matrix of a factor or label" in refuse(
        "baselines", *data, *more, "--baselines", experiment / "b"
    )


def test_baselines_table(evaluated: Path) -> None:
    found = pd.read_csv(evaluated / "1" / "baselines.tsv.gz", sep="\t")
    assert list(found) == ["baseline", "id", "split", "label", "prediction"]
    assert found.groupby(["baseline", "split", "label"]).size().to_dict() == {
        (name, split, label): 100 for name in ("gc", "kmer") for split in ("validation", "test") for label in LABELS
    }
    assert found["prediction"].between(0, 1).all()


def test_thresholds_and_baselines_do_not_see_test_labels(run, fitted: Path) -> None:
    table = pd.read_csv(fitted / "windows.tsv", sep="\t")
    before = (fitted / "0" / "baselines.tsv.gz").read_bytes()
    table.loc[table["fold"] == 0, LABELS] = 1 - table.loc[table["fold"] == 0, LABELS]
    table.to_csv(fitted / "windows.tsv", sep="\t", index=False)
    fit_baselines(run, fitted, "0")
    assert (fitted / "0" / "baselines.tsv.gz").read_bytes() == before
    thresholds = evaluate(run, fitted)["thresholds"]["model"]["x"]["0"]
    table.loc[table["fold"] == 0, LABELS] = 0
    table.to_csv(fitted / "windows.tsv", sep="\t", index=False)
    assert evaluate(run, fitted)["thresholds"]["model"]["x"]["0"] == thresholds


def test_table_and_text(run, evaluated: Path, tmp_path: Path) -> None:
    matches = pd.DataFrame({"filter": ["f"], "influence": [1.0], "motif_name": ["REB1"], "q_value": [1e-4]})
    matches.to_csv(tmp_path / "matches.tsv", sep="\t", index=False)
    where = ("--table", tmp_path / "scores.tsv", "--text", tmp_path / "scores.txt",
             "--multiqc", tmp_path / "scores_mqc.tsv")  # fmt: skip
    metrics, names = evaluated / "metrics.json", ("one", "two")
    run("score-table", "--metrics", metrics, metrics, "--names", *names, *where)
    assert pd.read_csv(tmp_path / "scores.tsv", sep="\t")["label"].tolist() == [*LABELS, "mean"] * 2 + ["mean"]
    run("score-table", "--metrics", metrics, "--names", "one", "--matches", tmp_path / "matches.tsv", *where)
    assert pd.read_csv(tmp_path / "scores.tsv", sep="\t")["motif"].tolist() == ["REB1"] * 3
    assert "REB1 (q 1e-04)" in (tmp_path / "scores.txt").read_text()
    assert "\none / x\tauroc\t" in (tmp_path / "scores_mqc.tsv").read_text()


def test_regression(run, experiment: Path) -> None:
    card = json.loads((experiment / "card.json").read_text())
    (experiment / "card.json").write_text(json.dumps(card | {"task": "regression"}))
    found = evaluate(run, experiment)
    assert list(found["model"]["x"]) == ["pearson", "spearman", "mse"]
    assert found["thresholds"] == {"model": {}, "gc": {}, "kmer": {}}
    assert (experiment / "curves.tsv").read_text() == "method\tlabel\tcurve\tx\ty\n"


def test_refusals(refuse, fitted: Path) -> None:
    given = options(fitted)
    short = [part for part in given if part != "2" or given.index(part) > given.index("--seeds")]
    assert "--predictions: 6 files; give one or more, each with its fold and seed" in refuse("evaluate", *short)
    other = pd.read_csv(fitted / "0" / "baselines.tsv.gz", sep="\t")
    other[other["id"] != "s0"].to_csv(fitted / "0" / "baselines.tsv.gz", sep="\t", index=False)
    assert "gc: its test examples or folds are not the model's" in refuse("evaluate", *given)
    assert not (fitted / "metrics.json").exists()
    tables = [fitted / fold / "baselines.tsv.gz" for fold in ("0", "1")]
    one = ("score-table", "--metrics", fitted / "card.json", "--table", fitted / "t.tsv", "--names")
    assert "--metrics: 1 files with 2 names, 0 matches and 0 splits; give one or more" in refuse(*one, "a", "b")
    assert "1 names, 2 matches and 0 splits" in refuse(*one, "a", "--matches", *tables)
    assert "1 names, 0 matches and 2 splits" in refuse(*one, "a", "--splits", "cell", "plate")
    assert "1 names, 1 matches and 1 splits" in refuse(*one, "a", "--splits", "cell", "--matches", tables[0])
