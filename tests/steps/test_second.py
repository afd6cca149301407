"""The verb ``second`` and its figure: artifacts, the same bytes again, one line for bad input."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.interpretation.second_network import training

SPEC = {"path": "x.vcf", "outcome": "SWITCH", "region": 1000, "folds": 3}


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """Two labels; one gains and the other loses where SWITCH is 1, else one of the two or nothing."""
    generator = np.random.default_rng(1)
    count = 240
    gain, loss = generator.random((2, count)) < 0.5
    table = pd.DataFrame({"row": range(1, count + 1), "allele": 1, "chrom": "c", "pos": np.arange(count) * 100 + 1})
    table = table.assign(id=".", ref="A", alt="C", padded=0)
    for label, change in (("a", gain.astype(float)), ("b", -loss.astype(float))):
        noise = generator.normal(0, 0.1, size=count)
        table[f"{label}:ref"] = generator.random(count)
        table[f"{label}:difference"] = change + noise
    table["info:SWITCH"] = (gain & loss).astype(int).astype(str)
    table.loc[3, "info:SWITCH"] = ""
    table["info:AGE"] = ["", *map(str, range(count - 1))]
    path = tmp_path_factory.mktemp("second") / "scores.tsv.gz"
    table.to_csv(path, sep="\t", index=False)
    return path


def train_for(monkeypatch, epochs):
    """Train for some of thirty epochs."""
    monkeypatch.setattr(training, "SETTINGS", training.SETTINGS.model_copy(update={"epochs": epochs}))


@pytest.fixture
def short(monkeypatch):
    """Train for three epochs, where it matters not how well."""
    train_for(monkeypatch, 3)


def options(scores: Path, folder: Path, spec: dict) -> list[object]:
    outputs = ["--predictions", folder / "second.tsv.gz", "--metrics", folder / "second.json"]
    return ["second", "--scores", scores, "--spec", json.dumps(spec), "--evaluation", '{"bootstrap": 100}', *outputs]


def test_artifacts_and_figure(run, refuse, drawing, scores, tmp_path, caplog, monkeypatch):
    train_for(monkeypatch, 15)
    spec = SPEC | {"covariates": ["AGE"]}
    (tmp_path / "t.tsv").write_text("chrom\tpos\tref\talt\tx\nc\t1\tA\tC\t3\n")
    with caplog.at_level("INFO"):
        run(*options(scores, tmp_path, spec), "--table", tmp_path / "t.tsv")
    assert "AGE: 1 of 239 values unknown; filled with the training median" in caplog.text
    table = pd.read_csv(tmp_path / "second.tsv.gz", sep="\t")
    assert list(table) == ["row", "allele", "region", "fold", "outcome", "second", "difference", "logistic"]
    assert len(table) == 239 and 4 not in set(table["row"]) and table["second"].between(0, 1).all()
    assert table.groupby("region")["fold"].nunique().max() == 1 and set(table["fold"]) == {0, 1, 2}
    metrics = json.loads((tmp_path / "second.json").read_text())
    assert set(metrics["model"]["SWITCH"]) == {"auroc", "auprc"} == set(metrics["differences"]["logistic"]["SWITCH"])
    own = metrics["model"]["SWITCH"]["auroc"]
    assert own["value"] > 0.9 and own["low"] <= own["value"] <= own["high"] and own["n"] == 239
    assert metrics["differences"]["difference"]["SWITCH"]["auroc"]["low"] > 0
    assert metrics["missing"] == {"AGE": 1, "x": 238} and metrics["inputs"][-2:] == ["AGE", "x"]
    assert metrics["variants"] == {"used": 239, "positive": int(table["outcome"].sum()), "unknown": 1}
    figure = tmp_path / "second.svg"
    files = {"scores": scores, "second": tmp_path / "second.tsv.gz", "second_metrics": tmp_path / "second.json"}
    run(*drawing({"second_network": figure}, json.dumps(spec), **files))
    other = json.dumps(spec | {"outcome": "AGE"})
    line = refuse(*drawing({"second_network": tmp_path / "other.svg"}, other, **files))
    assert "--spec: outcome 'AGE'; the metrics have SWITCH" in line
    assert "<svg" in figure.read_text() and len(pd.read_csv(figure.with_suffix(".tsv"), sep="\t")) == 239


def test_same_bytes_again(run, short, scores, tmp_path):
    for folder in ("a", "b"):
        run(*options(scores, tmp_path / folder, SPEC))
    for name in ("second.tsv.gz", "second.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert gzip.decompress((tmp_path / "a" / "second.tsv.gz").read_bytes()).startswith(b"row\tallele")


def test_variants_in_the_windows_of_several_sites_count_once(run, short, drawing, scores, tmp_path):
    table = pd.read_csv(scores, sep="\t", dtype=str)
    weak = table.assign(site="far", **{name: "0.001" for name in table if name.endswith(":difference")})
    both = tmp_path / "both.tsv.gz"
    pd.concat([weak, table.assign(site="near")]).sort_values("row", kind="stable").to_csv(both, sep="\t", index=False)
    frames = []
    for name, path in (("one", scores), ("several", both)):
        run(*options(path, tmp_path / name, SPEC))
        files = {"second": tmp_path / name / "second.tsv.gz", "second_metrics": tmp_path / name / "second.json"}
        run(*drawing({"second_network": tmp_path / name / "second.svg"}, json.dumps(SPEC), scores=path, **files))
        frames.append(pd.read_csv(tmp_path / name / "second.tsv", sep="\t").sort_values("row", ignore_index=True))
    assert len(frames[0]) == len(frames[1]) == 239
    assert frames[0][["row", "outcome", "loss", "gain"]].equals(frames[1][["row", "outcome", "loss", "gain"]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": None}, "--spec: no outcome; name the INFO field of two classes"),
        ({"region": 1_000_000}, "second network: 239 variants in 1 regions; 3 folds need 3"),
        ({"positive": "2"}, "outcome SWITCH: values 0, 1; two classes, one of them '2'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(refuse, scores, tmp_path, change, message):
    assert message in refuse(*options(scores, tmp_path / "bad", SPEC | change))
    assert not (tmp_path / "bad").exists()
