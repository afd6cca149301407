"""Every row of MODELS survives the exchange; what is no such file is refused in one line."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.modelfile import onnxfile
from convoscope.models import IMAGES, MODELS, SEQUENCES, build
from convoscope.nn.convolution import first_correlation
from convoscope.prediction import ensemble

pytestmark = pytest.mark.usefixtures("operators_read_once")
SPACE = {**dict.fromkeys(SEQUENCES, (101,)), **dict.fromkeys(IMAGES, (32, 35))}
CHANNELS = {**dict.fromkeys(SEQUENCES, 4), **dict.fromkeys(IMAGES, 2)}
# Fewer filters where the paper's would make the tests slow; a new row of MODELS needs no entry.
SMALL: dict[str, dict[str, Any]] = {
    "basset": {"filters": [8, 8], "lengths": [9, 5], "pools": [3, 2], "hidden": [16]},
    "cnnprom": {"filters": [8], "lengths": [9], "pools": [2], "hidden": [8]},
    "danq": {"filters": 8, "pool": 25, "units": 4, "hidden": 16},  # three steps: the exporter traces every one
    "deepsea": {"filters": [8, 8], "lengths": [8, 4], "pools": [4, 2], "hidden": [16], "dropout": [0.2, 0.2]},
    "tower": {"filters": 8, "blocks": 2},
    "deepyeast": {"filters": [6, 8], "repeats": [1, 2], "hidden": [16, 12]},
    "residual": {"filters": [6, 8], "blocks": [1, 1]},
}
OPTIONS = [
    ("deepbind", {"strands": "filter", "pool": "max+average", "knots": 5}),
    ("deepbind", {"strands": "single", "hidden": 0}),
    ("danq", {"strands": "max"}),
    ("tower", {"strands": "mean"}),
    ("deepbind", {"activation": "exponential", "knots": 5}),
    ("lenet", {"shrink": 2}),
]
FACTS: dict[str, Any] = {
    "modality": "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform", "strands": "both",
    "direction": "forward",
}  # fmt: skip


def make(name: str, options: dict[str, Any]) -> tuple[nn.Module, dict[str, Any], torch.Tensor]:
    """Return a network whose normalisations have seen examples, its metadata, and input for it."""
    torch.manual_seed(0)
    space = (64, 64) if "shrink" in options else SPACE[name]
    metadata = FACTS | {"architecture": name, "options": SMALL.get(name, {}) | options, "labels": ["a", "b", "c"]}
    metadata |= {"channels": CHANNELS[name], "space": list(space)}
    network = build(name, CHANNELS[name], space, 3, metadata["options"])
    inputs = torch.randn(40, CHANNELS[name], *space)
    with torch.no_grad():
        network.train()(inputs)
    return network.eval(), metadata, inputs


@pytest.fixture(scope="module")
def traces() -> dict[str, Any]:
    """The trace of the network that is written, once it is written."""
    return {}


@pytest.fixture(scope="module")
def written(traces: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One network as both files, in different folders."""
    network, metadata, _ = make("deepbind", {"filters": 4, "length": 6})
    weights, exchanged = (tmp_path_factory.mktemp(kind) / f"model.{kind}" for kind in ("safetensors", "onnx"))
    modelfile.save(weights, network, metadata)
    exchanged.write_bytes(onnxfile.network_to_onnx(network, metadata, traces))
    return weights, exchanged


@pytest.mark.parametrize(("name", "options"), [(name, {}) for name in MODELS] + OPTIONS)
def test_every_network_scores_the_same(name: str, options: dict[str, Any]) -> None:
    network, metadata, inputs = make(name, options)
    again = onnxfile.Exchanged("model.onnx", onnxfile.network_to_onnx(network, metadata))
    gap, scale = onnxfile.largest_difference(network, again, inputs, onnxfile.units(metadata))
    assert gap <= 1e-5 * max(1, scale) and scale > 0
    assert again(inputs[:1]).shape == (1, 3)
    assert again.metadata == metadata


def test_the_same_network_is_the_same_bytes_without_notes_of_the_trace(written: tuple[Path, Path]) -> None:
    network, metadata = modelfile.load(written[0])
    content = onnxfile.network_to_onnx(network, metadata)
    assert content == written[1].read_bytes()
    assert b".py" not in content and b"range_constraints" not in content


def test_networks_built_alike_are_traced_once_and_keep_their_weights(
    written: tuple[Path, Path], traces: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (network, metadata), (other, _) = modelfile.load(written[0]), modelfile.load(written[0])
    with torch.no_grad():
        for values in other.parameters():
            values += 0.1
    monkeypatch.delattr(onnxfile, "_trace")
    second = onnxfile.Exchanged("other", onnxfile.network_to_onnx(other, metadata | {"seed": 2}, traces))
    gap, scale = onnxfile.largest_difference(other, second, torch.randn(9, 4, 101), torch.ones(3))
    assert gap <= 1e-5 * max(1, scale) and second.metadata["seed"] == 2
    assert onnxfile.network_to_onnx(network, metadata, traces) == written[1].read_bytes()
    others = {"architecture": "basset", "options": {}, "channels": 5, "space": [99], "labels": ["a"]}
    for name, value in others.items():
        with pytest.raises(NameError, match="_trace"):
            onnxfile.network_to_onnx(network, metadata | {name: value}, traces)


def test_an_ensemble_of_copied_files_predicts_alike(written: tuple[Path, Path], tmp_path: Path) -> None:
    copied = tmp_path / "given.onnx"
    copied.write_bytes(written[1].read_bytes())
    codes = np.random.default_rng(1).integers(0, 5, (30, 101)).astype(np.uint8)
    of_weights, of_onnx = (ensemble.load([path, path]) for path in (written[0], copied))
    assert of_weights.facts == of_onnx.facts == modelfile.describe(copied)
    expected = ensemble.scores(of_weights, codes, both_strands=True)
    np.testing.assert_allclose(ensemble.scores(of_onnx, codes, both_strands=True), expected, atol=1e-5)
    mixed = ensemble.scores(ensemble.load([written[0], copied]), codes)
    np.testing.assert_allclose(mixed[0], mixed[1], atol=1e-5)


def test_what_needs_layers_or_gradients_asks_for_weights(written: tuple[Path, Path]) -> None:
    network, _ = modelfile.load(written[1])
    example = torch.zeros(1, 4, 101)
    uses = [
        lambda: first_correlation(network),
        lambda: list(network.parameters()),
        lambda: network(example.clone().requires_grad_()),
    ]
    for use in uses:
        with pytest.raises(InputError, match=r"model\.onnx: .*not layers or gradients; give model\.safetensors"):
            use()
    assert not network.training and network.to("cpu").eval() is network


def foreign() -> bytes:
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "graph", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8).SerializeToString()


@pytest.mark.parametrize("content", [b"", b"nothing", foreign()])
def test_damaged_and_foreign_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^\S*m\.onnx: not a model of convoscope \(.*\); give a model\.onnx"):
        modelfile.load(path)


def test_a_truncated_file_is_refused(written: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(written[1].read_bytes()[:-400])
    with pytest.raises(InputError, match="not a model of convoscope"):
        modelfile.describe(tmp_path / "m.onnx")


def test_missing_files_and_other_devices_are_refused(written: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.onnx: no such file"):
        modelfile.load(tmp_path / "none.onnx")
    with pytest.raises(InputError, match=r"runs on the CPU only, not on cuda; give --device cpu"):
        ensemble.load([written[1]], "cuda")


def test_a_difference_is_found_and_refused(written: tuple[Path, Path]) -> None:
    network, again = (modelfile.load(path)[0] for path in written)
    with torch.no_grad():
        network.get_parameter("network.head.scores.bias")[0] += 0.01
    gap, scale = onnxfile.largest_difference(network, again, torch.randn(9, 4, 101), torch.ones(3))
    assert gap == pytest.approx(0.01, rel=1e-3)
    with pytest.raises(InputError, match=r"model: its scores as ONNX differ by 0\.01 where .*nothing was written"):
        onnxfile.check_difference("model", gap, scale)
    onnxfile.check_difference("model", gap, 101.0)
    with pytest.raises(InputError, match="nan"):
        onnxfile.check_difference("model", float("nan"), 1.0)


def test_models_and_targets_come_in_pairs() -> None:
    assert onnxfile.exported_files([Path("a"), Path("b")], [Path("c"), Path("d")])[1] == (Path("b"), Path("d"))
    with pytest.raises(InputError, match="--models: 2 for 1 of --onnx"):
        onnxfile.exported_files([Path("a"), Path("b")], [Path("c")])


def test_who_has_weights_never_imports_onnx(written: tuple[Path, Path], torch_program: str) -> None:
    code = (
        "import sys, pathlib; from convoscope import modelfile; modelfile.load(pathlib.Path(sys.argv[1]));"
        "assert not {name.split('.')[0] for name in sys.modules} & {'onnx', 'onnxruntime', 'onnxscript'}"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([torch_program, "-c", code, written[0]], check=True, env=environment)
