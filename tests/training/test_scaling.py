"""Measured labels are learned in the unit of the training split and predicted in their own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from convoscope import modelfile
from convoscope.config import Training
from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.evaluation.baselines import predict_baseline
from convoscope.modelfile import onnxfile
from convoscope.models import IMAGES, MODELS, build
from convoscope.prediction import ensemble
from convoscope.training.objectives import objective
from convoscope.training.scaling import COUNTS, VALUES, LabelScale, check_precision, fit_scale, restore

NAN = float("nan")
SMALL: dict[str, dict[str, Any]] = {
    "basset": {"filters": [8], "lengths": [9], "pools": [3], "hidden": [8]},
    "deepsea": {"filters": [8], "lengths": [8], "pools": [4], "hidden": [8], "dropout": [0.2]},
    "danq": {"filters": 4, "units": 4, "hidden": 8},
    "tower": {"filters": 4, "blocks": 1, "strands": "mean"},
    "deepyeast": {"filters": [4], "repeats": [1], "hidden": [4]},
    "residual": {"filters": [4], "blocks": [1]},
}


def test_scales_by_hand() -> None:
    labels = np.array([[10.0, NAN, 0.0], [20.0, 2e-6, 0.0], [30.0, 4e-6, 8.0], [NAN, NAN, NAN]])
    values, counts = (fit_scale(labels, ["a", "b", "c"], scaling) for scaling in (VALUES, COUNTS))
    assert values is not None and counts is not None
    np.testing.assert_allclose(values.offset, [20, 3e-6, 8 / 3])
    np.testing.assert_allclose(values.scale, [np.sqrt(200 / 3), 1e-6, np.sqrt(128 / 9)])
    assert counts.offset.tolist() == [0, 0, 0]
    np.testing.assert_allclose(counts.scale, [20, 3e-6, 8 / 3])
    reduced = values.reduce(labels)
    assert reduced.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(reduced), np.isnan(labels))
    np.testing.assert_allclose([np.nanmean(reduced, axis=0), np.nanstd(reduced, axis=0)], [[0] * 3, [1] * 3], atol=1e-6)


def test_one_wrong_value_does_not_set_the_scale_unless_it_alone_varies() -> None:
    clean = np.random.default_rng(1).normal(50, 3, (400, 1))
    damaged = np.where(np.arange(400)[:, None] == 7, 1e6, clean)
    scales = [fit_scale(labels, ["a"], VALUES) for labels in (clean, damaged)]
    np.testing.assert_allclose(np.ravel(scales[1]), np.ravel(scales[0]), rtol=0.02)
    rare = np.where(np.arange(400)[:, None] == 7, 8.0, 0.0)
    np.testing.assert_allclose(np.ravel(fit_scale(rare, ["a"], VALUES)), [rare.mean(), rare.std()])
    np.testing.assert_allclose(np.ravel(fit_scale(rare, ["a"], COUNTS)), [0, rare.mean()])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([5.0, 5.0, NAN], "label b: 5 in all 2 training examples"),
        ([NAN, 5.0, NAN], "label b: 5 in all 1 training examples"),
        ([NAN, NAN, NAN], "label b: unknown in all 3 training examples"),
        ([1e9, 1e9 + 64, 1e9 - 64], r"label b: values about 1e\+09 vary by 52, too little for single precision"),
        ([1e-36, 2e-36, 4e-36], "label b: values of a scale of 1.2.*e-36; give them in another unit"),
    ],
)
def test_labels_that_cannot_be_learned(values: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_scale(np.array([[0, 1, 2], values]).T, ["a", "b"], VALUES)


def test_the_narrowest_spread_that_is_accepted() -> None:
    step = float(np.finfo(np.float32).eps)
    for spread in (1000 * step, 999 * step):
        labels = np.array([[1 - spread], [1 + spread]])
        if spread == 1000 * step:
            assert fit_scale(labels, ["a"], VALUES) is not None
        else:
            with pytest.raises(InputError, match="too little for single precision"):
                fit_scale(labels, ["a"], VALUES)


@pytest.mark.parametrize("limit", [1e-30, 1e30])
def test_scales_lie_within_their_limits(limit: float) -> None:
    with pytest.raises(InputError, match=r"label a: values of a scale of .*; give them in another unit"):
        check_precision("a", 0.0, limit)
    check_precision("a", 0.0, limit * (1 + 1e-9) if limit < 1 else limit * (1 - 1e-9))


@pytest.mark.parametrize(("scaling", "scale"), [(None, LabelScale(np.ones(1), np.full(1, 2.0))), (VALUES, None)])
def test_networks_without_a_scale_stay(scaling: Any, scale: Any) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(2, 1))
    before = {name: values.clone() for name, values in network.state_dict().items()}
    restore(network, scaling, scale)
    assert all((network.state_dict()[name] == values).all() for name, values in before.items())


def test_the_last_of_several_layers_is_changed() -> None:
    layers = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)]
    first, last = (layer.weight.detach().clone() for layer in layers)
    bias = layers[1].bias.detach().clone()
    restore(torch.nn.Sequential(*layers), VALUES, LabelScale(np.array([5.0, -1.0]), np.array([2.0, 4.0])))
    assert (layers[0].weight == first).all()
    assert torch.equal(layers[1].weight, last * torch.tensor([[2.0], [4.0]]))
    assert torch.equal(layers[1].bias, bias * torch.tensor([2.0, 4.0]) + torch.tensor([5.0, -1.0]))


def test_classes_have_no_scale() -> None:
    assert [name for name, task in TASKS.items() if task.scaling is None] == ["multilabel", "multiclass"]
    assert fit_scale(np.zeros((3, 1)), ["a"], None) is None


@pytest.mark.parametrize(
    ("name", "task"), [*((name, "regression") for name in MODELS), ("deepbind", "poisson"), ("lenet", "poisson")]
)
def test_every_network_scores_in_the_unit_of_the_label(name: str, task: str) -> None:
    torch.manual_seed(2)
    channels, space = (2, (32, 32)) if name in IMAGES else (4, (60,))
    network = build(name, channels, space, 2, SMALL.get(name, {})).eval()
    inputs, predict = torch.rand(5, channels, *space), objective(task).predict
    scale = LabelScale(np.array([0.0, -3.0] if task == "regression" else [0.0, 0.0]), np.array([2e-6, 5e4]))
    before = predict(network(inputs)).detach().double().numpy()
    restore(network, objective(task).scaling, scale)
    after = predict(network(inputs)).detach().numpy()
    np.testing.assert_allclose((after - scale.offset) / scale.scale, before, atol=1e-4)


@pytest.fixture(scope="module")
def sequences() -> tuple[np.ndarray, np.ndarray]:
    """Codes of 160 sequences of 30 letters, and how many letters in ten are G or C."""
    generator = np.random.default_rng(3)
    strong = generator.random((160, 30)) < generator.random((160, 1))
    codes = np.where(strong, generator.integers(1, 3, strong.shape), 3 * generator.integers(0, 2, strong.shape))
    return codes.astype(np.uint8), strong.sum(axis=1) / 3


class Experiment:
    """A folder with the data of one regression, and the verbs that train and predict."""

    def __init__(self, folder: Path, codes: np.ndarray, labels: dict[str, np.ndarray], task: str, run: Any) -> None:
        self.folder, self.run = folder, run
        folder.mkdir()
        np.save(folder / "codes.npy", codes)
        fold = np.array(["train"] * 5 + ["validation", "test", "train"])[np.arange(len(codes)) % 8]
        table = pd.DataFrame({"id": [f"s{row}" for row in range(len(codes))], "fold": fold} | labels)
        table.to_csv(folder / "windows.tsv", sep="\t", index=False)
        folds = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
        card = {"modality": "sequence", "alphabet": "dna", "unknown": "uniform", "task": task, "folds": folds}
        (folder / "card.json").write_text(json.dumps(card | {"labels": list(labels), "window": codes.shape[1]}))
        files = {"examples": "windows.tsv", "codes": "codes.npy", "card": "card.json"}
        self.data = [part for option, name in files.items() for part in (f"--{option}", folder / name)]

    def train(self, seed: int = 1) -> Path:
        path = self.folder / f"{seed}.safetensors"
        settings = Training(epochs=4, learning_rate=0.03, batch_size=16).model_dump_json()
        network = '{"name": "deepbind", "options": {"filters": 4, "length": 2, "pool": "max+average", "dropout": 0}}'
        self.run(
            "train", *self.data, "--fold", "holdout", "--seed", seed, "--device", "cpu", "--model", network,
            "--training", settings, "--trained", path, "--history", self.folder / "history.tsv",
        )  # fmt: skip
        return path

    def predict(self, model: Path) -> np.ndarray:
        """Return the predictions ``(examples, labels)`` of the verb."""
        path = self.folder / "predictions.tsv.gz"
        self.run("predict", "--model", model, *self.data, "--device", "cpu", "--predictions", path)
        table = pd.read_csv(path, sep="\t")
        return table.pivot(index="id", columns="label", values="prediction").loc[table["id"].unique()].to_numpy()


TRANSFORMS = {"coverage": (30000, 20000), "tiny": (0, 1e-6), "far from zero": (-4000, 1)}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_affine_change_of_the_labels_is_one_of_the_predictions(
    name: str, tmp_path: Path, sequences: tuple[np.ndarray, np.ndarray], run: Any
) -> None:
    codes, counts = sequences
    shift, factor = TRANSFORMS[name]
    noise = np.random.default_rng(4).normal(0, 0.1, len(codes))
    labels = {"y": counts + noise, "z": np.where(np.arange(len(codes)) % 3 == 0, np.nan, noise)}
    plain = Experiment(tmp_path / "plain", codes, labels, "regression", run)
    changed = Experiment(tmp_path / "changed", codes, labels | {"y": shift + factor * labels["y"]}, "regression", run)
    first, second = (one.predict(one.train()) for one in (plain, changed))
    assert first[:, 0].std() > 1
    np.testing.assert_allclose((second[:, 0] - shift) / factor, first[:, 0], atol=2e-3)
    np.testing.assert_allclose(second[:, 1], first[:, 1], atol=2e-3)
    histories = [pd.read_csv(tmp_path / kind / "history.tsv", sep="\t") for kind in ("plain", "changed")]
    for column in ("loss", "metric"):
        np.testing.assert_allclose(histories[1][column], histories[0][column], atol=2e-3)


@pytest.mark.parametrize("factor", [1e-4, 3000.0])
def test_counts_of_any_size_are_learned_alike(
    factor: float, tmp_path: Path, sequences: tuple[np.ndarray, np.ndarray], run: Any
) -> None:
    codes, counts = sequences
    plain = Experiment(tmp_path / "plain", codes, {"y": counts}, "poisson", run)
    changed = Experiment(tmp_path / "changed", codes, {"y": factor * counts}, "poisson", run)
    first, second = (one.predict(one.train()) for one in (plain, changed))
    np.testing.assert_allclose(second, factor * first, rtol=1e-4)
    assert first.mean() == pytest.approx(counts.mean(), rel=0.3)


def test_the_scale_is_that_of_the_training_split_alone(
    tmp_path: Path, sequences: tuple[np.ndarray, np.ndarray], run: Any
) -> None:
    codes, counts = sequences
    held = np.isin(np.arange(len(codes)) % 8, (5, 6))
    one = Experiment(tmp_path / "one", codes, {"y": np.where(held, 1e6 * counts, counts)}, "regression", run)
    found = modelfile.describe(one.train())["label_scale"]
    assert found["offset"] == [pytest.approx(counts[~held].mean())]
    assert found["scale"] == [pytest.approx(counts[~held].std())]


def test_members_of_different_scales_are_averaged_in_the_label_s_unit(
    tmp_path: Path, sequences: tuple[np.ndarray, np.ndarray], run: Any
) -> None:
    codes, counts = sequences
    near = Experiment(tmp_path / "near", codes, {"y": counts}, "regression", run)
    far = Experiment(tmp_path / "far", codes, {"y": 500 + 100 * counts}, "regression", run)
    paths = [near.train(seed=1), far.train(seed=2)]
    expected = np.stack([near.predict(paths[0]), near.predict(paths[1])])
    both = ensemble.load(paths)
    raw = ensemble.scores(both, codes)
    np.testing.assert_allclose(ensemble.predictions(both, raw), expected, rtol=1e-5, atol=1e-5)
    assert expected[0].mean() == pytest.approx(5, abs=1) and expected[1].mean() == pytest.approx(1000, abs=100)


@pytest.mark.usefixtures("operators_read_once")
def test_onnx_gives_values_in_the_label_s_unit(
    tmp_path: Path, sequences: tuple[np.ndarray, np.ndarray], run: Any
) -> None:
    codes, counts = sequences
    one = Experiment(tmp_path / "one", codes, {"y": 3e-7 * counts}, "regression", run)
    weights, exchanged = one.train(), tmp_path / "model.onnx"
    run("export-onnx", "--models", weights, *one.data, "--onnx", exchanged)
    foreign = onnxfile.Exchanged("model", exchanged.read_bytes()).session
    inputs = np.eye(4, dtype=np.float32)[codes].transpose(0, 2, 1)
    [found] = foreign.run([onnxfile.OUTPUT], {onnxfile.INPUT: inputs})
    np.testing.assert_allclose(found, one.predict(weights), atol=1e-11)
    assert found.mean() == pytest.approx(3e-7 * counts.mean(), rel=0.3)
    assert onnxfile.units(modelfile.describe(exchanged)).tolist() == pytest.approx([3e-7 * counts.std()], rel=0.1)


@pytest.mark.parametrize(("shift", "factor"), [(30000, 20000), (0, 1e-6), (-5, -2)])
def test_baselines_follow_an_affine_change_too(shift: float, factor: float) -> None:
    generator = np.random.default_rng(6)
    features = generator.normal(size=(90, 5)).astype(np.float32)
    labels = features[:, :1] + generator.normal(size=(90, 1))
    split = (np.arange(50), np.arange(50, 70))
    tables = [features, sp.csr_array(features)]
    first, second = (
        predict_baseline(tables, given, *split, "regression") for given in (labels, shift + factor * labels)
    )
    np.testing.assert_allclose((second - shift) / factor, first, atol=1e-4)
