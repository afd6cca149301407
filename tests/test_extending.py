"""CONTRIBUTING's table "Adding": a row added to each table that it names is accepted and works."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
import pysam
import pytest
import torch
from small_run import environment

from convoscope import models
from convoscope.config import Config, load_config, strategies, uses
from convoscope.config.base import AlphabetName
from convoscope.config.image import CellSplit
from convoscope.errors import InputError
from convoscope.evaluation import baselines, image_baselines
from convoscope.image import normalise
from convoscope.image import splits as image_splits
from convoscope.interpretation.attribution.contributions import METHODS
from convoscope.interpretation.attribution.kernel_similarity import nearest_kernels
from convoscope.interpretation.motifs import pwm
from convoscope.modality import MODALITIES
from convoscope.nn import kernels
from convoscope.sequence import labelled, negatives, splits
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.steps.baselines import Sides, of_images, of_sequences

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLACES = {"verb": 9, "figure": 3, "page": 3, "kind of labels": 2, "split": 2}  # of the worked examples
PROMISED = {
    "an experiment, a genome": 1, "a network": 2, "a kernel": 1, "a baseline": 1, "a kind of labels": 2, "negatives": 2,
    "a split of sequences": 2, "a split of cells": 2, "a normalisation of images": 2, "a rule of motifs": 2,
    "a figure": 3, "a page of a table": 3, "a verb": 2, "a verb with a section, a figure and a page": 9,
}  # fmt: skip
PAIRS = [
    (strategies.NEGATIVE_STRATEGIES, negatives.NEGATIVES),
    (strategies.SPLIT_STRATEGIES, splits.REGIONS | splits.DEALS),
    (strategies.CELL_SPLIT_STRATEGIES, image_splits.ASSIGNMENTS),
    (strategies.NORMALISATIONS, normalise.STRATEGIES),
    (strategies.MOTIF_RULES, pwm.RULES),
    (strategies.for_lists(strategies.NEGATIVE_STRATEGIES), labelled.SHUFFLES),
    (strategies.for_lists(strategies.SPLIT_STRATEGIES), splits.DEALS),
    (get_args(AlphabetName), ALPHABETS),
    (get_args(uses.METHODS), METHODS),
]


def sequences(**more: Any) -> Config:
    """Check an experiment on listed sequences."""
    listed = {"sequences": [{"path": "a.fa", "labels": {"a": 1}}], "negatives": {"strategy": "none"}, **more}
    return load_config({"experiments": {"sequence": {"e": listed}}})


def genomic(**more: Any) -> Config:
    """Check an experiment on a genome."""
    experiment = {"reference": "g", "sites": {"A": {"path": "a.bed"}}, **more}
    return load_config({"references": {"g": {"mirrors": ["x.fa"]}}, "experiments": {"sequence": {"e": experiment}}})


def cells(**more: Any) -> Config:
    """Check an experiment on images."""
    return load_config({"experiments": {"image": {"e": {"cells": {"path": "cells.tsv"}, **more}}}})


@pytest.mark.parametrize(("names", "functions"), PAIRS)
def test_names_of_the_configuration_are_those_of_the_functions(names: Any, functions: Any) -> None:
    assert set(names) == set(functions)


def test_every_promise_of_the_guide_has_a_test() -> None:
    section = GUIDE.split("## Adding")[1].split("###")[0]
    rows = re.findall(r"^\| (.+?) \| (\d)(?: or (\d))? \| (.+) \|$", section, re.MULTILINE)
    assert {name: int(most or least) for name, least, most, _ in rows} == PROMISED
    tables = [name for name, content in vars(strategies).items() if name.isupper() and isinstance(content, dict)]
    assert tables and all(f"`{name}`" in section for name in tables)


@pytest.mark.parametrize(
    "check",
    [
        lambda: genomic(negatives={"strategy": "mirror"}),
        lambda: genomic(split={"strategy": "mirror"}),
        lambda: cells(split={"strategy": "mirror"}),
        lambda: cells(normalise={"strategy": "mirror"}),
        lambda: genomic(motifs={"rule": "mirror"}),
        lambda: genomic(task="mirror"),
        lambda: genomic(model={"name": "mirror"}),
    ],
)
def test_a_name_without_a_row_is_refused(check: Any) -> None:
    with pytest.raises(InputError, match="mirror"):
        check()


def test_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def mirror(*, channels: int, space: tuple[int, ...], outputs: int, width: int = 3) -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(channels * space[0], width * outputs))

    for table in (models.SEQUENCES, models.MODELS):  # the second is made of the first
        monkeypatch.setitem(table, "mirror", "convoscope.models.basset:mirror")
    monkeypatch.setattr("convoscope.models.basset.mirror", mirror, raising=False)
    assert genomic(model={"name": "mirror"}).experiments.sequence["e"].model.name == "mirror"
    assert models.build("mirror", 4, (20,), 2, {"width": 1})(torch.zeros(3, 4, 20)).shape == (3, 2)
    with pytest.raises(InputError, match="width"):
        models.build("mirror", 4, (20,), 2, {"widths": 1})


def test_negatives(monkeypatch: pytest.MonkeyPatch, run: Any, tmp_path: Path) -> None:
    def mirror(positives: pd.DataFrame, background: Any, options: Any) -> Any:
        rows = positives.assign(parent=positives["id"], start=positives["start"] + 300, end=positives["end"] + 300)
        return negatives.sampled(rows, negatives.one_line("mirror", len(rows), len(rows)))

    monkeypatch.setitem(strategies.NEGATIVE_STRATEGIES, "mirror", strategies.NegativeStrategy("windows downstream"))
    monkeypatch.setitem(negatives.NEGATIVES, "mirror", mirror)
    genomic(negatives={"strategy": "mirror"})
    found = cut(run, tmp_path, negatives={"strategy": "mirror"})
    assert found["origin"].value_counts().to_dict() == {"site": 60, "mirror": 60}
    with pytest.raises(InputError, match="needs a reference"):
        sequences(negatives={"strategy": "mirror"})


def test_a_split_of_a_genome(monkeypatch: pytest.MonkeyPatch, run: Any, tmp_path: Path) -> None:
    def mirror(sizes: dict[str, int], sites: pd.DataFrame, split: Any) -> pd.DataFrame:
        return splits.whole(sizes).assign(fold=["train", "validation", "test"])

    monkeypatch.setitem(strategies.SPLIT_STRATEGIES, "mirror", strategies.SplitStrategy("By thirds"))
    monkeypatch.setitem(splits.REGIONS, "mirror", mirror)
    genomic(split={"strategy": "mirror"})
    found = cut(run, tmp_path, split={"strategy": "mirror"}, negatives={"strategy": "flanks"})
    assert found.groupby("chrom")["fold"].unique().str.join("").to_dict() == {
        "I": "train", "II": "validation", "III": "test"
    }  # fmt: skip


def cut(run: Any, folder: Path, **spec: Any) -> pd.DataFrame:
    """Cut windows of 20 sites on each of three contigs by the command line."""
    generator = np.random.default_rng(3)
    genome, places = folder / "genome.fa", range(1000, 41_000, 2000)
    texts = {name: "".join(generator.choice(list("ACGT"), 42_000)) for name in ("I", "II", "III")}
    genome.write_text("".join(f">{name}\n{text}\n" for name, text in texts.items()))
    (folder / "sizes").write_text("".join(f"{name}\t42000\n" for name in texts))
    (folder / "gaps.bed").write_text("")
    (folder / "a.bed").write_text("".join(f"{name}\t{place}\t{place + 1}\n" for name in texts for place in places))
    pysam.faidx(str(genome))
    whole = {"sites": {"A": {"path": "a.bed"}}, "windows": {"length": 101, "bin": 51}, **spec}
    outputs = [word for name in ("windows", "dropped", "negatives") for word in (f"--{name}", folder / f"{name}.tsv")]
    run("windows", "--fasta", genome, "--sizes", folder / "sizes", "--gaps", folder / "gaps.bed",
        "--sites", folder / "a.bed", "--spec", json.dumps(whole), *outputs)  # fmt: skip
    return pd.read_csv(folder / "windows.tsv", sep="\t")


def test_a_split_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    def mirror(classes: np.ndarray, groups: np.ndarray, given: np.ndarray, split: Any, where: str) -> np.ndarray:
        return np.resize(np.array(image_splits.SPLITS, dtype=object), len(classes))

    monkeypatch.setitem(strategies.CELL_SPLIT_STRATEGIES, "mirror", strategies.SplitStrategy("In turn"))
    monkeypatch.setitem(image_splits.ASSIGNMENTS, "mirror", mirror)
    cells(split={"strategy": "mirror"})
    table = pd.DataFrame({"id": list("abcdef")})
    (rung,) = image_splits.rungs(CellSplit(strategy="mirror"), [])
    found = image_splits.assign_rung(table, np.array(list("xxxyyy")), rung)
    assert found.tolist() == ["train", "validation", "test"] * 2
    assert rung.folds()["holdout"]["test"] == ["test"]


def test_a_normalisation(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_counts(counts: np.ndarray) -> normalise.Statistics:
        low, high = normalise.value_range(counts)
        return normalise.Statistics(low.astype(float), (high - low).astype(float))

    def of_crops(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return pixels.amin(2), pixels.amax(2) - pixels.amin(2)

    monkeypatch.setitem(strategies.NORMALISATIONS, "mirror", "least and largest value")
    monkeypatch.setitem(normalise.STRATEGIES, "mirror", normalise.Strategy(of_counts, of_crops))
    cells(normalise={"strategy": "mirror"})
    crops = np.array([2, 4, 6, 10], dtype=np.uint8).reshape(1, 1, 2, 2)
    for scope, figures in (("training", normalise.fit_crops(crops, np.array([0]), "mirror")), ("crop", {})):
        facts = {"dtype": "uint8", "normalise": {"scope": scope, "strategy": "mirror", "figures": figures}}
        encode = MODALITIES["image"].encode(facts, torch.device("cpu"))
        assert encode(torch.from_numpy(crops.astype(np.float32))).flatten().tolist() == [0, 0.25, 0.5, 1]


def test_a_rule_of_motifs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.MOTIF_RULES, "mirror", "every position")
    monkeypatch.setitem(pwm.RULES, "mirror", lambda maps, maxima: maps > -np.inf)
    spec = genomic(motifs={"rule": "mirror"}).experiments.sequence["e"].motifs
    assert pwm.RULES[spec.rule](np.zeros((1, 2, 3, 4)), np.zeros(3)).all()


def test_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    saddle = np.array([[1.0, 0, -1, 0, 1], [0] * 5, [-1, 0, 4, 0, -1], [0] * 5, [1, 0, -1, 0, 1]])
    monkeypatch.setitem(kernels.KERNELS, "mirror", lambda: saddle)
    noise = np.random.default_rng(0).normal(size=(9, 1, 5, 5))
    assert nearest_kernels(3 * saddle[None, None], noise, kernels.KERNELS)["kernel"].tolist() == ["mirror"]


class Data(NamedTuple):
    """What a baseline reads of a data set."""

    codes: np.ndarray
    labels: np.ndarray
    table: pd.DataFrame
    card: dict[str, Any]


def test_baselines(monkeypatch: pytest.MonkeyPatch) -> None:
    first = np.arange(60) % 2
    labels, parts = first[:, None].astype(float), np.split(np.arange(60), [30, 45])
    codes = np.random.default_rng(0).integers(4, size=(60, 12)).astype(np.uint8)
    spec = genomic().experiments.sequence["e"].evaluation.model_copy(update={"kmer": 2})
    monkeypatch.setitem(baselines.BASELINES, "mirror", lambda codes, *settings: [first[:, None].astype(float)])
    card = {"alphabet": "dna", "task": "multilabel"}
    data = Data(codes, labels, pd.DataFrame(), card)
    [fold] = of_sequences(data, [Sides(np.arange(60), *parts)], spec)  # type: ignore[arg-type]
    found = dict(fold)
    assert (found["mirror"][45:, 0].round() == first[45:]).all()
    monkeypatch.setattr(image_baselines, "CELL_BASELINES", {})
    monkeypatch.setitem(image_baselines.CELL_BASELINES, "mirror", lambda table, codes, rows: first[:, None])
    monkeypatch.setattr("convoscope.steps.baselines.CELL_BASELINES", image_baselines.CELL_BASELINES)
    [fold] = of_images(data, [Sides(np.arange(60), *parts)], spec)  # type: ignore[arg-type]
    found = dict(fold)
    assert list(found) == ["mirror"] and (found["mirror"][45:, 0].round() == first[45:]).all()


class Edit(NamedTuple):
    """A block of text of a worked example: into which file, and before or after which line; a new file without."""

    example: str
    path: str
    side: str
    anchor: str
    text: str


def worked() -> list[Edit]:
    """Read the worked examples of the guide."""
    edits = []
    for title, body in re.findall(r"^### Worked example: an? ([^\n]+)\n(.*?)(?=^##)", GUIDE, re.MULTILINE | re.DOTALL):
        name = next(kind for kind in PLACES if title.startswith(kind))
        blocks = re.findall(r"^`([^`]+)`(?:, (before|after) `([^`]+)`)?:\n\n```\w+\n(.*?)```", body, re.M | re.S)
        edits += [Edit(name, *block) for block in blocks]
    return edits


def test_worked_examples_touch_no_more_places_than_promised() -> None:
    touched = {name: {edit.path for edit in worked() if edit.example == name} for name in PLACES}
    assert {name: len(paths) for name, paths in touched.items()} == PLACES


def apply(edit: Edit, root: Path) -> None:
    """Make an edit in a copy of the repository."""
    path = root / (edit.path if edit.path.startswith("workflow/") else f"workflow/lib/convoscope/{edit.path}")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if edit.anchor else []
    (place,) = [number for number, line in enumerate(lines) if line.startswith(edit.anchor)] if edit.anchor else [0]
    lines.insert(place + (edit.side == "after"), edit.text)
    path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.workflow
def test_worked_examples_run(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "envs", "resources"):
        (tmp_path / name).symlink_to(ROOT / name)
    for edit in worked():
        apply(edit, tmp_path)
    library = tmp_path / "workflow" / "lib"
    modules = {path.relative_to(library).as_posix() for path in (library / "convoscope").rglob("*.py")}
    files = sorted(modules.union((library / "MANIFEST").read_text().split()))
    (library / "MANIFEST").write_text("\n".join(files) + "\n")
    generator = np.random.default_rng(0)
    texts = ["".join(generator.choice(list("ACGT"), 30)) for _ in range(120)]
    values = [f"{text}\t{text.count('GC') + text.count('CG'):.1f}" for text in texts]
    (tmp_path / "table.tsv").write_text("sequence\tstrength\n" + "\n".join(values) + "\n")
    experiment = {
        "sequences": [{"path": str(tmp_path / "table.tsv"), "label_columns": {"strength": "strength"}}],
        "task": "absolute", "split": {"strategy": "in_turn"}, "seeds": [1, 2], "training": {"epochs": 1},
        "evaluation": {"bootstrap": 100, "kmer": 2}, "onnx": False,
        "model": {"name": "deepbind", "options": {"length": 8}}, "letters": {"counted": "GCS"},
        "motifs": {"taxa": ["fungi"]},
    }  # fmt: skip
    (tmp_path / "config.yaml").write_text(json.dumps({"experiments": {"sequence": {"e": experiment}}}))
    figures = ("disagreement", "learning", "discrimination", "forest", "calibration", "scores")
    shown = [
        "model_card.html",
        "metrics.html",
        "curves.html",
        "letters.html",
        "letters.svg",
        *(f"{name}.svg" for name in figures),
    ]
    wanted = [f"results/e/figures/{name}" for name in shown]
    command = ["python", "-m", "snakemake", "--snakefile", "workflow/Snakefile", "--cores", "2", *wanted]
    done = subprocess.run(
        [*command, "--configfile", "config.yaml"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    metrics = json.loads((tmp_path / "results/e/metrics.json").read_text())
    assert metrics["task"] == "absolute"
    card = (tmp_path / "results/e/figures/model_card.html").read_text()
    assert "a median per label" in card and "Families in turn, a fifth each" in card
    windows = pd.read_csv(tmp_path / "results/e/data/windows.tsv", sep="\t")
    counted = pd.read_csv(tmp_path / "results/e/figures/letters.tsv", sep="\t").set_index("fold")
    assert counted["examples"].to_dict() == windows["fold"].value_counts().to_dict()
    share = sum(text.count("G") + text.count("C") for text in texts) / sum(map(len, texts))
    assert np.average(counted["share"], weights=counted["examples"]) == pytest.approx(share, abs=1e-6)
    assert f"{len(texts)} examples" in (tmp_path / "results/e/figures/letters.html").read_text()
    drawn = pd.read_csv(tmp_path / "results/e/figures/disagreement.tsv", sep="\t")
    assert list(drawn) == ["id", "label", "spread"] and len(drawn) == 48  # validation and test
