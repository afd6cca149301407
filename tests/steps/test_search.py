"""Searches of settings by their verbs: what trials see, how they go on, and that nothing of the test reaches them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from convoscope import modelfile
from convoscope.files import read_json, write_json
from convoscope.steps import search_trial as step
from convoscope.training.fit import DivergedError

Run = Callable[..., None]
SPLITS = ("train", "validation", "test")
CODES = {"sequence": lambda generator: generator.integers(4, size=(90, 20)).astype(np.uint8),
         "image": lambda generator: generator.integers(9, size=(90, 1, 8, 8)).astype(np.uint16)}  # fmt: skip
MODELS = {
    "sequence": {"name": "deepbind", "options": {"filters": 4, "length": 5, "hidden": 0}},
    "image": {"name": "residual", "options": {"filters": [2], "blocks": [1], "size": 3}},
}
FACTS: dict[str, dict[str, Any]] = {
    "sequence": {"alphabet": "dna", "unknown": "uniform", "window": 20, "strands": "both", "direction": "forward"},
    "image": {
        "channel_names": ["c1"], "space": [8, 8], "dtype": "uint16",
        "normalise": {"strategy": "standard", "scope": "plate",
                      "figures": {name: {"offset": [4.0], "scale": [2.0]} for name in ("p0", "p1", "p2")}},
    },
}  # fmt: skip
SPEC = {
    "ranges": {"training.learning_rate": {"low": 0.001, "high": 0.1, "log": True}},
    "trials": 4, "rungs": [2], "eta": 2, "seed": 5,
}  # fmt: skip
TRAINING = {"epochs": 4, "batch_size": 16, "patience": 9, "shift": 1}


def make(folder: Path, kind: str, labels: np.ndarray | None = None, codes: np.ndarray | None = None) -> list[object]:
    """Write 90 examples in 30 groups, a third to each split; return the options that name the three files."""
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(0)
    numbers = np.arange(90)
    codes = CODES[kind](generator) if codes is None else codes
    # In a group: a class, a split and a plate; bright images and those with many T are positive.
    truth = (codes.reshape(90, -1).mean(axis=1) > np.median(codes.reshape(90, -1).mean(axis=1))).astype(float)
    table = pd.DataFrame({
        "id": [f"e{number}" for number in numbers], "origin": "site",
        "group": [f"g{number // 3}" for number in numbers], "plate": [f"p{number // 3 % 3}" for number in numbers],
        "fold": [SPLITS[number // 30] for number in numbers],
        "fold.cell": "test", "y": truth if labels is None else labels,
    })  # fmt: skip
    table.to_csv(folder / "examples.tsv", sep="\t", index=False)
    np.save(folder / "codes.npy", codes)
    holdout = {"column": "fold", "group": "group", **{name: [name] for name in SPLITS}}
    card = {"modality": kind, "task": "multilabel", "labels": ["y"], "folds": {"holdout": holdout}, **FACTS[kind]}
    write_json(folder / "card.json", card | {"inputs": {"x.bed": "0" * 64}, "shares": {}, "counts": {}})
    return named(folder, "examples", "codes", "card")


def named(folder: Path, *options: str, prefix: str = "") -> list[object]:
    """Return options with the files that they name."""
    names = {"examples": "examples.tsv", "codes": "codes.npy", "card": "card.json"}
    return [word for one in options for word in (f"--{prefix}{one}", folder / names[one])]


def view(run: Run, source: list[object], folder: Path, *options: object) -> list[object]:
    """Withhold the test examples."""
    outputs = named(folder, *("examples", "codes", "card"), prefix="kept-")
    run("search-data", *source, "--fold", "holdout", *options, *outputs)
    return named(folder, "examples", "codes", "card")


def search(
    run: Run, kept: list[object], folder: Path, kind: str, spec: dict[str, Any], training: dict[str, Any]
) -> Path:
    """Run a whole search; return best.json."""
    words = ["--spec", json.dumps(spec), "--states", folder / "states"]
    earlier: list[object] = []
    for rung, size in enumerate([spec["trials"], max(1, spec["trials"] // spec["eta"])][: 1 + len(spec["rungs"])]):
        for place in range(size):
            run("search-trial", *kept, *words, "--model", json.dumps(MODELS[kind]), "--training", json.dumps(training),
                "--seed", 1, "--rung", rung, "--place", place, *earlier, "--device", "cpu",
                "--result", folder / f"{rung}.{place}.json")  # fmt: skip
        results = [folder / f"{rung}.{place}.json" for place in range(size)]
        run("search-rank", "--results", *results, *words, "--rung", rung, "--ranked", folder / f"rung{rung}.json")
        earlier = ["--earlier", folder / f"rung{rung}.json"]
    return folder / f"rung{rung}.json"


@pytest.mark.parametrize("kind", list(CODES))
def test_the_view_has_no_test_example(tmp_path: Path, run: Run, kind: str) -> None:
    source = make(tmp_path / "data", kind)
    view(run, source, tmp_path / "view")
    table = pd.read_csv(tmp_path / "view" / "examples.tsv", sep="\t")
    assert list(table["id"]) == [f"e{number}" for number in range(60)]
    assert "fold.cell" not in table and list(table["fold"]) == ["train"] * 30 + ["validation"] * 30
    whole = np.load(tmp_path / "data" / "codes.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "view" / "codes.npy"), whole[:60])
    card = read_json(tmp_path / "view" / "card.json")
    assert card["folds"]["holdout"]["test"] == [] and not {"inputs", "shares"} & set(card)
    assert {name: counts["examples"] for name, counts in card["counts"].items()} == {"train": 30, "validation": 30}
    if kind == "image":  # statistics of a plate are those of its cells that are not tested
        rows = np.flatnonzero(table["plate"] == "p1")
        levels = card["normalise"]["figures"]["p1"]
        assert [*levels["offset"], *levels["scale"]] == pytest.approx([whole[rows].mean(), whole[rows].std()])


def test_the_view_of_a_fold_has_the_scope_that_it_chose(tmp_path: Path, run: Run) -> None:
    source = make(tmp_path / "data", "image")
    path = tmp_path / "data" / "card.json"
    content = read_json(path)
    levels = {"offset": [4.0], "scale": [2.0]}
    own = {"strategy": "standard", "scope": "training", "figures": levels, "trials": {}}
    write_json(path, {**content, "normalise": {"strategy": "standard", "scope": "auto", "folds": {"holdout": own}}})
    view(run, source, tmp_path / "view")
    found = read_json(tmp_path / "view" / "card.json")["normalise"]
    assert (found["scope"], list(found["figures"])) == ("training", ["holdout"])
    trained = np.load(tmp_path / "view" / "codes.npy")[:30]
    assert found["figures"]["holdout"]["offset"] == pytest.approx([trained.mean()])


def test_parts_keep_groups_together_and_are_even(tmp_path: Path, run: Run, refuse: Callable[..., str]) -> None:
    source = make(tmp_path / "data", "sequence")
    view(run, source, tmp_path / "view", "--parts", 3, "--seed", 2)
    table = pd.read_csv(tmp_path / "view" / "examples.tsv", sep="\t", dtype={"fold": str})
    assert table.groupby("group")["fold"].nunique().max() == 1
    assert set(table["fold"].value_counts()) <= {18, 21} and len(table) == 60
    card = read_json(tmp_path / "view" / "card.json")
    assert {name: (one["train"], one["validation"], one["test"]) for name, one in card["folds"].items()} == {
        "0": (["1", "2"], ["0"], []), "1": (["0", "2"], ["1"], []), "2": (["0", "1"], ["2"], []),
    }  # fmt: skip
    again = tmp_path / "again"
    view(run, source, again, "--parts", 3, "--seed", 2)
    assert (again / "examples.tsv").read_bytes() == (tmp_path / "view" / "examples.tsv").read_bytes()
    outputs = named(again, "examples", "codes", "card", prefix="kept-")
    line = refuse("search-data", *source, "--fold", "holdout", "--parts", 21, *outputs)
    assert "search.folds: 21 with 20 groups of training and validation examples; fewer folds" in line


@pytest.mark.parametrize("kind", list(CODES))
def test_no_test_example_reaches_the_choice(tmp_path: Path, run: Run, kind: str) -> None:
    folders = [tmp_path / name for name in ("real", "changed")]
    generator = np.random.default_rng(9)
    first = make(folders[0], kind)
    codes, table = np.load(folders[0] / "codes.npy"), pd.read_csv(folders[0] / "examples.tsv", sep="\t")
    labels = table["y"].to_numpy(copy=True)
    tested = np.flatnonzero(table["fold"] == "test")
    codes[tested] = codes[tested[::-1]][..., ::-1] // 2
    labels[tested] = generator.permutation(1 - labels[tested])
    sources = [first, make(folders[1], kind, labels, codes)]
    best = [
        search(run, view(run, source, folder / "view", "--parts", 2), folder, kind, {**SPEC, "trials": 2}, TRAINING)
        for source, folder in zip(sources, folders, strict=True)
    ]
    assert best[0].read_bytes() == best[1].read_bytes()
    for name in ("0.0.json", "0.1.json", "1.0.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    # The same for examples that do take part.
    labels[:30] = 1 - labels[:30]
    third = make(tmp_path / "third", kind, labels, codes)
    other = search(
        run, view(run, third, tmp_path / "third" / "view", "--parts", 2), tmp_path / "third", kind,
        {**SPEC, "trials": 2}, TRAINING,
    )  # fmt: skip
    assert other.read_bytes() != best[0].read_bytes()


def test_trials_go_on_from_their_states_to_what_one_training_reaches(tmp_path: Path, run: Run) -> None:
    kept = view(run, make(tmp_path / "data", "sequence"), tmp_path / "view")
    best = search(run, kept, tmp_path / "halving", "sequence", SPEC, TRAINING)
    whole = search(run, kept, tmp_path / "whole", "sequence", {**SPEC, "rungs": []}, TRAINING)
    content = read_json(best)
    assert (content["chosen_on"], content["rung"], content["epochs"]) == ("validation", 1, None)
    first = read_json(tmp_path / "halving" / "rung0.json")
    assert first["survivors"] == [one["trial"] for one in first["ranked"][:2]] and first["epochs"] == 2
    assert sorted(one["trial"] for one in content["ranked"]) == sorted(first["survivors"])
    for place in range(2):
        halved = read_json(tmp_path / "halving" / f"1.{place}.json")
        same = read_json(tmp_path / "whole" / f"0.{halved['trial']}.json")
        assert halved["history"] == same["history"] and len(halved["history"]["holdout"]) == 4
        early = read_json(tmp_path / "halving" / f"0.{halved['trial']}.json")
        assert early["history"]["holdout"] == halved["history"]["holdout"][:2]
    assert len(read_json(whole)["ranked"]) == 4
    assert not list((tmp_path / "halving" / "states").glob("*"))  # the last rung leaves none


def test_states_of_trials_that_go_on_are_kept_and_a_lost_one_changes_nothing(tmp_path: Path, run: Run) -> None:
    kept = view(run, make(tmp_path / "data", "sequence"), tmp_path / "view")
    words = [*kept, "--spec", json.dumps(SPEC), "--model", json.dumps(MODELS["sequence"]), "--training",
             json.dumps(TRAINING), "--seed", 1, "--states", tmp_path / "states", "--device", "cpu"]  # fmt: skip
    for place in range(4):
        run("search-trial", *words, "--rung", 0, "--place", place, "--result", tmp_path / f"{place}.json")
    results = [tmp_path / f"{place}.json" for place in range(4)]
    rank = ["search-rank", "--results", *results, "--spec", json.dumps(SPEC), "--states", tmp_path / "states"]
    run(*rank, "--rung", 0, "--ranked", tmp_path / "rung0.json")
    survivors = read_json(tmp_path / "rung0.json")["survivors"]
    assert {path.name for path in (tmp_path / "states").iterdir()} == {f"{one}.holdout.ckpt" for one in survivors}
    later = ["search-trial", *words, "--rung", 1, "--place", 0, "--earlier", tmp_path / "rung0.json"]
    run(*later, "--result", tmp_path / "with.json")
    # Now its state is past the first rung, whose result is the same when it is made again.
    run("search-trial", *words, "--rung", 0, "--place", survivors[0], "--result", tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == results[survivors[0]].read_bytes()
    shutil.rmtree(tmp_path / "states")
    run(*later, "--result", tmp_path / "without.json")
    assert (tmp_path / "with.json").read_bytes() == (tmp_path / "without.json").read_bytes()


def test_a_trial_that_diverges_is_last(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = view(run, make(tmp_path / "data", "sequence"), tmp_path / "view")
    learn = step.learn

    def diverging(files: Any, plan: Any, *rest: Any, **options: Any) -> Any:
        if plan.training.learning_rate > 0.02:
            raise DivergedError("training: the loss is nan")
        return learn(files, plan, *rest, **options)

    monkeypatch.setattr(step, "learn", diverging)
    best = search(run, kept, tmp_path / "s", "sequence", SPEC, TRAINING)
    ranked = read_json(tmp_path / "s" / "rung0.json")["ranked"]
    rates = [one["settings"]["training.learning_rate"] for one in ranked]
    assert [one["value"] is None for one in ranked] == [rate > 0.02 for rate in rates]
    assert rates[-1] > 0.02 and read_json(best)["ranked"][0]["settings"]["training.learning_rate"] <= 0.02


def test_the_final_network_has_the_best_settings(tmp_path: Path, run: Run, refuse: Callable[..., str]) -> None:
    source = make(tmp_path / "data", "sequence")
    settings = {"model.options.filters": 3, "training.epochs": 1}
    best = {"ranked": [{"trial": 7, "value": 0.9, "settings": settings}, {"trial": 1, "value": 0.5, "settings": {}}]}
    write_json(tmp_path / "best.json", best)
    words = ["train", *source, "--fold", "holdout", "--seed", 1, "--model", json.dumps(MODELS["sequence"]),
             "--training", json.dumps(TRAINING), "--device", "cpu", "--best", tmp_path / "best.json",
             "--trained", tmp_path / "model.safetensors", "--history", tmp_path / "history.tsv"]  # fmt: skip
    run(*words)
    _, metadata = modelfile.load(tmp_path / "model.safetensors")
    assert metadata["options"]["filters"] == 3 and metadata["options"]["length"] == 5
    assert pd.read_csv(tmp_path / "history.tsv", sep="\t")["epoch"].tolist() == [1, 1]
    best["ranked"][0]["value"] = None
    write_json(tmp_path / "best.json", best)
    assert refuse(*words).endswith("best.json: every trial diverged; lower the learning rates of search.ranges")


def test_rungs_and_places_that_are_not_there_are_refused(tmp_path: Path, run: Run, refuse: Callable[..., str]) -> None:
    kept = view(run, make(tmp_path / "data", "sequence"), tmp_path / "view")
    words = ["search-trial", *kept, "--spec", json.dumps(SPEC), "--model", "{}", "--training", "{}", "--seed", 1,
             "--states", tmp_path / "states", "--result", tmp_path / "r.json"]  # fmt: skip
    assert "--rung 0, --place 4: the search has [4, 2] trials" in refuse(*words, "--rung", 0, "--place", 4)
    assert "--earlier: rung 1; the ranking of the rung before" in refuse(*words, "--rung", 1, "--place", 0)
    (tmp_path / "r.json").write_text('{"trial": "x", "value": 1.0, "settings": {}}')
    rank = ["search-rank", "--spec", json.dumps(SPEC), "--states", tmp_path / "states", "--ranked", tmp_path / "k.json"]
    assert "--results: 1 in rung 0" in refuse(*rank, "--results", tmp_path / "r.json", "--rung", 0)
    assert "r.json: trial: Input should be a valid integer" in refuse(
        *rank, "--rung", 0, "--results", *(shutil.copy(tmp_path / "r.json", tmp_path / f"{n}.r.json") for n in range(4))
    )  # fmt: skip


def test_tables_of_a_search(tmp_path: Path, run: Run) -> None:
    kept = view(run, make(tmp_path / "data", "sequence"), tmp_path / "view")
    best = search(run, kept, tmp_path / "s", "sequence", SPEC, TRAINING)
    rankings = [tmp_path / "s" / "rung0.json", best]
    results = [
        *(tmp_path / "s" / f"0.{place}.json" for place in range(4)),
        *(tmp_path / "s" / f"1.{place}.json" for place in range(2)),
    ]
    outputs = [word for name in ("trials", "curves") for word in (f"--{name}", tmp_path / f"{name}.tsv")]
    run("search-table", "--rankings", *rankings, "--folds", "holdout", "holdout", "--results", *results,
        "--result-folds", *["holdout"] * 6, *outputs, "--best", tmp_path / "all.json")  # fmt: skip
    trials = pd.read_csv(tmp_path / "trials.tsv", sep="\t")
    first = read_json(rankings[0])
    assert trials["trial"].tolist() == [one["trial"] for path in rankings for one in read_json(path)["ranked"]]
    assert trials["goes_on"].tolist()[:4] == ["yes", "yes", "no", "no"] and trials["epochs"].tolist()[:4] == [2.0] * 4
    curves = pd.read_csv(tmp_path / "curves.tsv", sep="\t")
    assert curves.groupby("trial").size().to_dict() == {
        trial: 4 if trial in first["survivors"] else 2 for trial in range(4)
    }
    chosen = read_json(tmp_path / "all.json")
    assert (chosen["chosen_on"], chosen["trials"]) == ("validation", 4)
    assert chosen["folds"]["holdout"] == read_json(best)["ranked"][0]
    figures = {"model": {"y": {"auroc": {"value": 0.5, "low": None, "high": None, "n": 3}}}}
    write_json(tmp_path / "metrics.json", {"task": "multilabel", "confidence": 0.95, "bootstrap": 100, **figures})
    pd.DataFrame([[1, "train", 1.0, 2.0, "cpu"]], columns=["epoch", "split", "loss", "seconds", "device"]).to_csv(
        tmp_path / "history.tsv", sep="\t", index=False
    )
    chosen["folds"]["other"] = {**chosen["folds"]["holdout"], "settings": {"model.name": "basset"}}
    write_json(tmp_path / "all.json", chosen)
    run("experiment-row", "--name", "e", "--model", "deepbind", "--metrics", tmp_path / "metrics.json", "--histories",
        tmp_path / "history.tsv", "--best", tmp_path / "all.json", "--row", tmp_path / "row.tsv")  # fmt: skip
    assert pd.read_csv(tmp_path / "row.tsv", sep="\t")["model"].tolist() == ["deepbind, basset"]
