"""A training that starts from a trained network: what it takes and refuses, and that it helps."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.config import Model, Training, load_config
from convoscope.errors import InputError, Problems
from convoscope.files import digest, read_json, write_json
from convoscope.models import all_options, build
from convoscope.preflight import preflight
from convoscope.preflight.weights import check_weights
from convoscope.steps.train import Files, Plan, learn
from convoscope.training.objectives import objective
from convoscope.training.pretrained import Start, find_start, take_weights
from convoscope.training.scaling import LabelScale, restore

Run = Callable[..., None]
SIDE, SEED = 16, 1
SMALL = {"filters": [8, 16], "blocks": [1, 1], "size": 5}
QUICK: dict[str, Any] = {
    "epochs": 4,
    "batch_size": 16,
    "learning_rate": 0.003,
    "monitor": "none",
    "shift": 0,
    "flip": False,
}
SHORT: dict[str, Any] = {"filters": 4, "length": 6, "hidden": 0, "strands": "single"}


def gratings(angles: list[float], number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy crops ``(number, 1, side, side)`` of stripes at one of several angles, and which one it is."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(len(angles), size=number)
    down, right = np.indices((SIDE, SIDE))
    angle, phase = np.array(angles)[kind, None, None], generator.uniform(0, 2 * np.pi, (number, 1, 1))
    waves = np.sin((down * np.sin(angle) + right * np.cos(angle)) * 2 * np.pi / 5 + phase)
    return (1000 + 150 * waves + generator.normal(0, 320, waves.shape)).astype(np.uint16)[:, None], kind


def write_cells(folder: Path, codes: np.ndarray, kind: np.ndarray, labels: list[str], **facts: Any) -> list[object]:
    """Write a dataset of cells, a half of it to train; return the options that name its files."""
    folder.mkdir()
    fold = np.where(np.arange(len(kind)) % 2, "validation", "train")
    hot = pd.DataFrame(np.eye(len(labels))[kind], columns=labels)
    hot.assign(id=[f"c{number}" for number in range(len(kind))], fold=fold, group="g").to_csv(
        folder / "crops.tsv", sep="\t", index=False
    )
    np.save(folder / "codes.npy", codes)
    names = [f"c{number}" for number in range(1, codes.shape[1] + 1)]
    figures = {"holdout": {"offset": [1000.0] * len(names), "scale": [250.0] * len(names)}}
    card = {
        "modality": "image", "task": "multiclass", "labels": labels, "channel_names": names, "space": [SIDE, SIDE],
        "dtype": "uint16", "normalise": {"strategy": "standard", "scope": "training", "figures": figures},
        "folds": {"holdout": {"column": "fold", "group": "group", "train": ["train"], "validation": ["validation"],
                              "test": []}},
        "inputs": {"cells.tsv": folder.name}, "shares": {}, "counts": {},
    }  # fmt: skip
    write_json(folder / "card.json", card | facts)
    return ["--examples", folder / "crops.tsv", "--codes", folder / "codes.npy", "--card", folder / "card.json"]


def train(run: Run, files: list[object], trained: Path, model: dict[str, Any], **training: Any) -> pd.DataFrame:
    """Train by the verb; return the history."""
    run("train", *files, "--fold", "holdout", "--seed", SEED, "--model", json.dumps(model), "--training",
        json.dumps(QUICK | training), "--device", "cpu", "--trained", trained,
        "--history", trained.with_suffix(".tsv"))  # fmt: skip
    return pd.read_csv(trained.with_suffix(".tsv"), sep="\t")


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that knows stripes at eight angles, from simulated crops."""
    from convoscope.__main__ import main

    folder = tmp_path_factory.mktemp("pretrained")
    codes, kind = gratings([number * np.pi / 8 for number in range(8)], 800, 1)
    files = write_cells(folder / "many", codes, kind, [f"angle{number}" for number in range(8)])
    train(lambda *words: [main([str(word) for word in words])], files, folder / "model.safetensors",
          {"name": "residual", "options": SMALL}, epochs=16, batch_size=32)  # fmt: skip
    return folder / "model.safetensors"


def few_cells(folder: Path) -> list[object]:
    codes, kind = gratings([0.2, 0.6, 1.0, 1.4], 400, 2)  # 200 to train, at angles between those of the pretraining
    return write_cells(folder, codes, kind, ["a", "b", "c", "d"])


def test_simulated_pretraining_helps_where_cells_are_few(pretrained: Path, tmp_path: Path, run: Run) -> None:
    files = few_cells(tmp_path / "few")
    found = {
        name: train(run, files, tmp_path / f"{name}.safetensors", model)["metric"].dropna().iloc[-1]
        for name, model in {
            "fresh": {"name": "residual", "options": SMALL},
            "pretrained": {"name": "residual", "weights": str(pretrained)},
        }.items()
    }
    assert found["pretrained"] > found["fresh"] + 0.1, found


def test_the_model_file_says_what_was_taken(
    pretrained: Path, tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    files = few_cells(tmp_path / "few")
    train(run, files, tmp_path / "m.safetensors", {"name": "residual", "weights": str(pretrained)}, epochs=1)
    facts = modelfile.describe(tmp_path / "m.safetensors")
    start, whole = facts["start"], facts["start"]["tensors"]
    assert start["sha256"] == digest(pretrained) and start["fresh"] == ["scores.weight", "scores.bias"]
    assert start["taken"] == whole - 2 and start["shared_inputs"] == []
    assert f"weights: {whole - 2} of {whole} tensors of {pretrained}; drawn afresh: scores.weight" in caplog.text
    assert facts["options"] == modelfile.describe(pretrained)["options"]  # none were written
    assert "trained on" not in caplog.text


def test_what_both_were_trained_on_is_said(
    pretrained: Path, tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    files = few_cells(tmp_path / "few")
    card = read_json(tmp_path / "few" / "card.json")
    genome = {"references/g/genome.fa.gz": "many"}  # shared by all experiments on it
    write_json(tmp_path / "few" / "card.json", card | {"inputs": {"x.tsv": "many", "y.tsv": "few"} | genome})
    train(run, files, tmp_path / "m.safetensors", {"name": "residual", "weights": str(pretrained)}, epochs=1)
    assert modelfile.describe(tmp_path / "m.safetensors")["start"]["shared_inputs"] == ["x.tsv"]
    assert f"{pretrained} was trained on x.tsv too, perhaps on what is tested here" in caplog.text


def test_a_killed_training_continues_to_the_same_weights(
    pretrained: Path, tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    start, kept = tmp_path / "start.safetensors", tmp_path / "again.ckpt"
    content = pretrained.read_bytes()
    start.write_bytes(content)
    files, model = few_cells(tmp_path / "few"), {"name": "residual", "weights": str(start)}
    train(run, files, tmp_path / "whole.safetensors", model, epochs=3)
    plan = Plan("holdout", SEED, Model.model_validate(model), Training.model_validate(QUICK | {"epochs": 3}))
    learn(Files(*files[1::2]), plan, "cpu", None, kept, until=2)
    state = kept.read_bytes()
    caplog.set_level(logging.INFO)
    # Other weights in the same file are the start of another training.
    modelfile.save(start, build("residual", 1, (SIDE, SIDE), 8, SMALL), modelfile.describe(pretrained))
    train(run, files, tmp_path / "again.safetensors", model, epochs=3)
    assert "belongs to other data or settings" in caplog.text
    caplog.clear()
    start.write_bytes(content)
    kept.write_bytes(state)
    train(run, files, tmp_path / "again.safetensors", model, epochs=3)
    assert "continuing after epoch 2" in caplog.text
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()


@pytest.mark.usefixtures("warm")
def test_two_processes_start_from_the_same_weights(pretrained: Path, tmp_path: Path, run: Run) -> None:
    files, model = few_cells(tmp_path / "few"), {"name": "residual", "weights": str(pretrained)}
    train(run, files, tmp_path / "m.safetensors", model, epochs=1, devices=2, learning_rate=1e-7)
    assert modelfile.describe(tmp_path / "m.safetensors")["start"]["taken"] > 10
    start, found = (modelfile.read_weights(path) for path in (pretrained, tmp_path / "m.safetensors"))
    for name in ("correlation.weight", "stage2.correlation.weight"):  # in so small steps they stay
        torch.testing.assert_close(found[name], start[name], rtol=0, atol=1e-4)


def make(folder: Path, name: str, **changes: Any) -> tuple[torch.nn.Module, Path, dict[str, Any]]:
    """Write a network of random weights; return it, its file, and what the file says."""
    image = {"modality": "image", "channel_names": ["m", "p"], "dtype": "uint16", "normalise": {"scope": "crop"}}
    sequence = {"modality": "sequence", "alphabet": "dna", "unknown": "uniform"}
    own = {
        "residual": image | {"options": SMALL, "channels": 2, "space": [SIDE, SIDE], "task": "multiclass"},
        "deepbind": sequence | {"options": SHORT, "channels": 4, "space": [20], "task": "multilabel"},
    }[name]
    facts = {"architecture": name, "labels": ["a", "b"], "card": {"inputs": {}}, **own, **changes}
    facts["options"] = all_options(name, facts["options"])
    network = build(name, facts["channels"], facts["space"], len(facts["labels"]), facts["options"])
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor)
    path = folder / f"{len(list(folder.iterdir()))}.safetensors"
    modelfile.save(path, network, facts)
    return network, path, facts


def started(folder: Path, name: str, scale: LabelScale | None = None, **changes: Any) -> tuple[Any, ...]:
    """Start a network with changed facts from one without; return both and what was taken."""
    old, path, before = make(folder, name)
    torch.manual_seed(9)
    new, _, now = make(folder, name, **changes)
    found = take_weights(new, Start(path, before), now, objective(now["task"]), scale)
    return old.state_dict(), new.state_dict(), found


@pytest.mark.parametrize(
    ("name", "changes", "fresh"),
    [
        ("residual", {}, []),
        ("residual", {"labels": ["b", "c"]}, ["scores.weight", "scores.bias"]),  # as many, but others
        ("residual", {"task": "multilabel"}, ["scores.weight", "scores.bias"]),
        ("residual", {"labels": ["a", "b", "c"]}, ["scores.weight", "scores.bias"]),
        ("residual", {"channels": 3, "channel_names": ["m", "p", "q"]}, ["correlation.weight"]),
        ("residual", {"channel_names": ["x", "y"]}, []),
        ("deepbind", {"space": [30]}, []),
        ("deepbind", {"labels": ["c"]}, ["head.scores.weight", "head.scores.bias"]),
        ("deepbind", {"options": {**SHORT, "length": 7}}, ["detectors.correlation.weight"]),
    ],
)
def test_names_and_shapes_that_agree_are_taken(
    tmp_path: Path, name: str, changes: dict[str, Any], fresh: list[str]
) -> None:
    old, new, found = started(tmp_path, name, **changes)
    assert found["fresh"] == fresh
    for tensor, values in new.items():
        assert (tensor not in fresh) == torch.equal(values, old.get(tensor, torch.empty(0))), tensor


def test_channels_in_another_order_are_put_in_order(tmp_path: Path) -> None:
    old, new, found = started(tmp_path, "residual", channel_names=["p", "m"])
    assert torch.equal(new["correlation.weight"], old["correlation.weight"][:, [1, 0]]) and not found["fresh"]


def test_measured_labels_keep_their_scores_in_another_unit(tmp_path: Path) -> None:
    for task in ("regression", "poisson"):
        (tmp_path / task).mkdir()
        old, path, before = make(tmp_path / task, "deepbind", task=task)
        new, _, now = make(tmp_path / task, "deepbind", task=task)
        scale = LabelScale(np.array([3.0, -1.0]) * (task == "regression"), np.array([2.0, 50.0]))
        take_weights(new, Start(path, before), now, objective(task), scale)
        inputs = torch.rand(5, 4, 20)
        assert not torch.allclose(new.eval()(inputs), old.eval()(inputs))
        restore(new, objective(task).scaling, scale)  # what the training does at its end
        torch.testing.assert_close(new(inputs), old(inputs))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    network, path, facts = make(tmp_path, "deepbind")
    card = {"alphabet": "dna"}

    def refused(model: dict[str, Any], match: str, card: dict[str, Any] = card) -> None:
        with pytest.raises(InputError, match=r"^model\.weights: .*" + match):
            find_start(Model.model_validate({"name": "deepbind", "weights": str(path)} | model), card)

    refused({"weights": "gone.safetensors"}, r"gone\.safetensors: no such file")
    refused({"name": "basset"}, "a deepbind; this training is of basset: give one, or model.name: deepbind")
    refused({}, "reads dna, but this data is rna", {"alphabet": "rna"})
    refused({"weights": "x.onnx"}, "an ONNX file has no weights to start from")
    foreign = tmp_path / "pickle.safetensors"
    torch.save(network.state_dict(), foreign)
    refused({"weights": str(foreign)}, "not a model of convoscope")
    options = {**SHORT, "filters": 5, "length": 7}
    other, _, now = make(tmp_path, "deepbind", options=options, labels=["c"])
    with pytest.raises(InputError, match="no layer has the shape that this network's has"):
        take_weights(other, Start(path, facts), now, objective("multilabel"), None)


def config_of(folder: Path, model: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a configuration of sequences that start from a network."""
    (folder / "a.fa").write_text(">x\nACGTACGTACGTACGTACGT\n")
    files = [{"path": str(folder / "a.fa"), "labels": {"a": 1}}]
    first = {"sequences": files, "split": {"strategy": "random"}, "model": model}
    return {"results": str(folder / "results"), "experiments": {"sequence": {"first": first, **more}}}


def test_a_dry_run_refuses_them(tmp_path: Path) -> None:
    _, path, _ = make(tmp_path, "deepbind")

    def refused(match: str, **model: Any) -> None:
        with pytest.raises(InputError, match=r"experiments\.sequence\.first\.model\.weights: .*" + match):
            preflight(config_of(tmp_path, {"weights": str(path)} | model))

    preflight(config_of(tmp_path, {"weights": str(path)}))
    preflight(config_of(tmp_path, {"weights": str(path), "options": {"length": 9}}))  # the head is the same
    preflight(config_of(tmp_path, {"weights": "https://example.org/model.safetensors"}))
    refused("no file 'gone.safetensors'", weights="gone.safetensors")
    refused("this training is of basset", name="basset")
    refused("not a model of convoscope", weights=str(tmp_path / "a.fa"))
    refused("no layer has the shape", options={"length": 9, "filters": 5, "hidden": 3})


def test_a_network_of_another_experiment_of_the_run_is_made_first(tmp_path: Path) -> None:
    config = config_of(tmp_path, {"weights": f"{tmp_path}/results/big/holdout/1/model.safetensors"})
    several = config["experiments"]["sequence"]
    several["big"] = {**several["first"], "model": {"name": "deepbind"}, "seeds": [1]}
    preflight(config)
    several["big"]["model"] = {"name": "basset"}
    with pytest.raises(InputError, match=r"model\.name of big is basset, here it is deepbind"):
        preflight(config)
    several["first"]["model"] = {"weights": f"{tmp_path}/results/first/holdout/1/model.safetensors"}
    with pytest.raises(InputError, match="a network of this experiment itself"):
        preflight(config)


def test_images_need_a_network_on_images(tmp_path: Path) -> None:
    _, path, _ = make(tmp_path, "residual")
    problems = Problems()
    for weights in (path, make(tmp_path, "deepbind")[1]):
        images = {"simulate": {}, "model": {"name": "residual", "weights": str(weights)}}
        config = load_config({"experiments": {"image": {"cells": images}}})
        check_weights(problems, "cells", config.experiments.image["cells"], config)
    assert [line.partition(": give")[0] for line in problems.lines] == [
        f"cells.model.weights: {weights}: a deepbind; this training is of residual"
    ]


def test_a_search_of_architectures_has_no_weights_to_start_from() -> None:
    search = {"ranges": {"model.name": {"choice": ["residual", "lenet"]}}, "trials": 2}
    images = {"simulate": {}, "model": {"name": "residual", "weights": "a.safetensors"}, "search": search}
    with pytest.raises(InputError, match=r"search\.ranges\.model\.name: model\.weights are of one"):
        load_config({"experiments": {"image": {"cells": images}}})
