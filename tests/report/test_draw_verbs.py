"""The verbs that draw, on made-up artifacts of whole experiments."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

Words = Callable[..., list[object]]
SHAPES = {
    "three labels": {"labels": ("Reb1", "Abf1_with_a_very_long_name_of_its_replicate", "Rap1"), "n": 900, "filters": 2},
    "one label, sequences, folds": {"labels": ("Reb1",), "n": 400, "folds": 10, "genomic": False, "filters": 1},
}


def title_of(path: Path) -> str:
    """Return the finding of a figure, which is its title for machines too, and check what every figure must be."""
    table = path.with_suffix(".tsv")
    assert table.is_file(), f"{table} is missing"
    root = ElementTree.parse(path).getroot()
    width = float(root.attrib["width"].removesuffix("pt")) * 96 / 72
    assert width <= 1100
    return next(item.text or "" for item in root.iter("{http://purl.org/dc/elements/1.1/}title"))


def draw_data(run: Callable[..., None], drawing: Words, made: SimpleNamespace, out: Path) -> list[Path]:
    paths = {name: out / f"{name}.svg" for name in ("composition", "places", "dropped")}
    run(*drawing(paths, card=made.card, examples=made.windows, codes=made.codes, sizes=made.sizes,
                 dropped=made.dropped, negatives=made.negatives))  # fmt: skip
    return list(paths.values())


@pytest.mark.parametrize("shape", SHAPES)
def test_draw_data(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path, shape: str
) -> None:
    made = experiment(**SHAPES[shape])
    titles = [title_of(path) for path in draw_data(run, drawing, made, tmp_path)]
    assert titles[0].startswith("GC content")
    assert "no contig is in two splits" in titles[1] or "sequences, " in titles[1]
    assert "most for “duplicate”" in titles[2]


def test_same_input_same_bytes(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    made = experiment(n=300, labels=("Reb1",), filters=2)
    first = [path.read_bytes() for path in draw_data(run, drawing, made, tmp_path / "a")]
    assert first == [path.read_bytes() for path in draw_data(run, drawing, made, tmp_path / "b")]


@pytest.mark.parametrize("shape", SHAPES)
def test_draw_learning(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path, shape: str
) -> None:
    made = experiment(**SHAPES[shape])
    path = tmp_path / "learning.svg"
    run(*drawing({"learning": path}, spec="{}", card=made.card, histories=made.histories))
    assert title_of(path).startswith(f"{len(made.histories)} networks did best at epochs ")
    names = pd.read_csv(path.with_suffix(".tsv"), sep="\t", dtype=str)["network"].unique()
    assert names[:3].tolist() in (["holdout.1", "holdout.2", "holdout.3"], ["0.1", "0.2", "0.3"])


def draw_performance(run: Callable[..., None], drawing: Words, made: SimpleNamespace, out: Path) -> list[Path]:
    paths = {name: out / f"{name}.svg" for name in ("discrimination", "forest", "calibration", "scores")}
    run(*drawing(paths, card=made.card, examples=made.windows, metrics=made.metrics, curves=made.curves,
                 predictions=made.predictions))  # fmt: skip
    return list(paths.values())


@pytest.mark.parametrize("shape", SHAPES)
def test_draw_performance(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path, shape: str
) -> None:
    titles = [title_of(path) for path in draw_performance(run, drawing, experiment(**SHAPES[shape]), tmp_path)]
    assert titles[0].startswith("At 5% false positives the CNN finds ")
    assert " AUROC (" in titles[1]
    assert titles[2].startswith("Predicted and observed differ by ")
    assert titles[3].startswith("Of the test split, the threshold chosen on validation calls ")


def test_draw_performance_of_undefined_metrics(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    made = experiment(n=300, labels=("Reb1",), filters=2)
    nothing = {"value": None, "low": None, "high": None, "n": 0}
    blank = {"model": {"Reb1": {"auroc": nothing, "auprc": nothing}}, "task": "multilabel"}
    made.metrics.write_text(json.dumps(blank | {"thresholds": {"model": {}}}))
    pd.read_csv(made.curves, sep="\t").iloc[:0].to_csv(made.curves, sep="\t", index=False)
    titles = [title_of(path) for path in draw_performance(run, drawing, made, tmp_path)]
    assert titles[0].startswith("No ROC curve")
    assert titles[1].startswith("AUROC of the CNN is not defined on Reb1")
    assert titles[3].startswith("The threshold cannot be judged")


def test_draw_performance_of_a_regression(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    made = experiment(n=300, labels=("expression",), filters=2)
    card = json.loads(made.card.read_text()) | {"task": "regression"}
    made.card.write_text(json.dumps(card))
    windows = pd.read_csv(made.windows, sep="\t")
    noise = np.random.default_rng(1).normal(0, 1, len(windows))
    windows.assign(expression=3 * windows["expression"] + noise).to_csv(made.windows, sep="\t", index=False)
    figure = {"value": 0.6, "low": 0.5, "high": 0.7, "n": 60}
    made.metrics.write_text(
        json.dumps({"task": "regression", "model": {"expression": {"pearson": figure, "spearman": figure}}})
    )
    pd.DataFrame(columns=["method", "label", "curve", "x", "y"]).to_csv(made.curves, sep="\t", index=False)
    titles = [title_of(path) for path in draw_performance(run, drawing, made, tmp_path)]
    assert titles[0] == "Predicted and measured values correlate with r = .600 (.500 to .700) on expression"
    assert titles[1].startswith("CNN reaches Pearson r .600")
    assert titles[3].startswith("The standard deviation of the predictions is ")
    assert title_of(draw_data(run, drawing, made, tmp_path)[0]).startswith("GC content")


def draw_motifs(run: Callable[..., None], drawing: Words, made: SimpleNamespace, out: Path) -> list[Path]:
    spec = json.dumps({"database": str(made.database)})
    paths = {name: out / f"{name}.svg" for name in ("gallery", "positions")}
    run(*drawing(paths, spec, card=made.card, motifs=made.motifs, matches=made.matches, filters=made.filters,
                 positions=made.positions))  # fmt: skip
    return list(paths.values())


@pytest.mark.parametrize("filters", [14, 1, 0])
def test_draw_motifs(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path, filters: int
) -> None:
    made = experiment(n=300, labels=("Reb1", "Abf1"), filters=filters)
    titles = [title_of(path) for path in draw_motifs(run, drawing, made, tmp_path)]
    expected = {
        14: "10 of 14 filters have a name at q ≤ .05: ",
        1: "None of 1 filters has a name at q ≤ .05; ",
        0: "No filter found enough sites to make a motif",
    }
    assert titles[0].startswith(expected[filters])
    assert "fire mostly at one place" in titles[1] or "cannot be judged" in titles[1]


@pytest.mark.parametrize(
    ("card", "ending"), [({}, "window"), ({"direction": "forward"}, "window"), ({"direction": "site"}, "of its site")]
)
def test_positions_say_in_which_direction_they_are(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, card: dict[str, str], ending: str,
) -> None:  # fmt: skip
    written: list[str] = []
    monkeypatch.setattr(Figure, "supxlabel", lambda figure, text, **style: written.append(text))
    made = experiment(n=300, labels=("Reb1", "Abf1"), filters=3)
    made.card.write_text(json.dumps(json.loads(made.card.read_text()) | card))
    draw_motifs(run, drawing, made, tmp_path)
    assert [text.endswith(ending) for text in written] == [True]


def test_pages(
    run: Callable[..., None], drawing: Words, experiment: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    made = experiment(n=300, labels=("Reb1", "Abf1"), filters=3)
    html = tmp_path / "page.html"
    run(*drawing({"matches": html}, matches=made.matches))
    assert "2 of 3 filters have a name at q ≤ .05: ABF1, RAP1; 0 without a name come back" in html.read_text()
    run(*drawing({"matches": html}, matches=made.motif_table, filter_matches=made.matches))
    text = html.read_text()
    assert "2 of 2 motifs have a name" in text and text.index("<td>M2</td>") < text.index("<h1>Single filters</h1>")
    assert "motifs.database" not in text
    unsearched = pd.read_csv(made.motif_table, sep="\t").assign(q_value="", motif_id="", motif_name="")
    unsearched.to_csv(tmp_path / "rna.tsv", sep="\t", index=False)
    run(*drawing({"matches": html}, matches=tmp_path / "rna.tsv"))
    assert "2 motifs without names" in html.read_text() and "or ATtRACT, as motifs.database" in html.read_text()
    run(*drawing({"metrics": tmp_path / "metrics.html"}, metrics=made.metrics))
    assert "CNN, k-mers and GC alone on the same test examples" in (tmp_path / "metrics.html").read_text()
    assert len(pd.read_csv(tmp_path / "metrics.tsv", sep="\t")) == 3 * 3 * 8
    spec = json.dumps({"reference": "r", "sites": {"Reb1": {"path": "peaks/Reb1.bed"}}})
    run(*drawing({"counts": tmp_path / "counts.html", "provenance": html}, spec, card=made.card))
    assert "peaks/Reb1.bed" in html.read_text()
    assert "300 examples in 3 splits" in (tmp_path / "counts.html").read_text()
    row = tmp_path / "row.tsv"
    run("experiment-row", "--name", "yeast", "--model", "deepbind", "--metrics", made.metrics, "--histories",
        *made.histories, "--row", row)  # fmt: skip
    run(
        "landing-table",
        "--rows",
        row,
        row,
        "--table",
        tmp_path / "summary.tsv",
        "--landing",
        tmp_path / "landing.tsv",
        "--html",
        html,
    )
    assert "of each of 2 experiments the CNN is" in html.read_text()
    assert len(pd.read_csv(tmp_path / "summary.tsv", sep="\t")) == 2
    assert pd.read_csv(tmp_path / "landing.tsv", sep="\t")["CNN"][0].startswith("AUROC .")
