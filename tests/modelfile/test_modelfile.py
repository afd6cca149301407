import errno
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import torch as tensors

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.models import IMAGES, MODELS, all_options, build, option_names
from convoscope.scratch import scratch_of

METADATA: dict[str, Any] = {
    "architecture": "deepbind",
    "options": {"filters": 2, "length": 5},
    "channels": 4,
    "space": [20],
    "labels": ["a"],
    "task": "multilabel",
    "modality": "sequence",
    "alphabet": "dna",
    "unknown": "uniform",
}


@pytest.fixture
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build("deepbind", 4, (20,), 1, METADATA["options"]).eval()


def test_a_model_comes_back_as_it_was(network: torch.nn.Module, tmp_path: Path) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    again, metadata = modelfile.load(tmp_path / "m.safetensors")
    example = torch.rand(3, 4, 20)
    assert metadata == {**METADATA, "strands": "both", "direction": "forward"} and not again.training
    assert torch.equal(network(example), again(example))


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        ({"alphabet": "rna"}, ("single", "forward")),  # as files were before strands were noted
        ({"strands": "single"}, ("single", "forward")),
        ({"strands": "single", "direction": "site"}, ("single", "site")),
        ({"alphabet": "rna", "strands": "both", "direction": "forward"}, ("both", "forward")),
    ],
)
def test_strands_and_direction_are_known_of_every_file(
    network: torch.nn.Module, tmp_path: Path, noted: dict[str, str], found: tuple[str, str]
) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, {**METADATA, **noted})
    facts = modelfile.describe(tmp_path / "m.safetensors")
    assert (facts["strands"], facts["direction"]) == found


@pytest.mark.parametrize(
    ("name", "then"), [("residual", {"size": 5}), ("lenet", {"first": "paper"}), ("deepyeast", {"first": "paper"})]
)
def test_files_that_keep_given_options_alone_have_the_first_layer_of_their_time(
    tmp_path: Path, name: str, then: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    few = {"filters": [4, 6, 8]} if name != "lenet" else {}
    older = build(name, 1, (32, 32), 1, {**few, **then}).eval()
    image = {"modality": "image", "channel_names": ["c1"], "dtype": "uint8", "normalise": {"scope": "crop"}}
    facts = {**METADATA, **image, "architecture": name, "options": few, "channels": 1, "space": [32, 32]}
    modelfile.save(tmp_path / "m.safetensors", older, facts)
    again, metadata = modelfile.load(tmp_path / "m.safetensors")
    crops = torch.rand(3, 1, 32, 32)
    torch.testing.assert_close(again(crops), older(crops))
    assert metadata["options"] == {**few, **then}


@pytest.mark.parametrize("name", MODELS)
def test_all_options_build_the_network_that_the_given_ones_do(name: str) -> None:
    space = (64, 64) if name in IMAGES else (600,)
    given: dict[str, Any] = {}
    whole = all_options(name, given)
    assert list(whole) == option_names(name) and json.loads(json.dumps(whole)) == whole
    states = []
    for options in (given, whole):
        torch.manual_seed(3)
        states.append(build(name, 4, space, 2, options).state_dict())
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())


def test_a_full_disk_is_an_error_that_says_so(network: torch.nn.Module, tmp_path: Path) -> None:
    scratch_of(tmp_path / "m.safetensors").symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:
        modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(b"no model")
    with pytest.raises(InputError, match=r"m\.safetensors: not a model of convoscope"):
        modelfile.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize("name", METADATA)
def test_every_missing_fact_is_named(network: torch.nn.Module, tmp_path: Path, name: str) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, {key: METADATA[key] for key in METADATA if key != name})
    for read in (modelfile.describe, modelfile.load):
        with pytest.raises(InputError, match=rf"m\.safetensors: not a model of convoscope \(metadata: .*{name}"):
            read(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alphabet": "klingon"}, "metadata: alphabet: Input should be 'dna', 'rna' or 'protein'"),
        ({"labels": []}, "metadata: labels"),
        ({"labels": "ab"}, "metadata: labels: should be a list"),
        ({"space": [0]}, "metadata: space.0"),
        ({"modality": "image"}, "metadata: no channel_names"),
        ({"architecture": "alexnet"}, "unknown model 'alexnet'"),
        ({"options": {"filters": "two"}}, "do not fit the architecture"),
        ({"options": {"filters": 10**9}}, "option filters 1000000000 does not fit"),
        ({"labels": ["a", "a"]}, "metadata: labels: one is there twice"),
        ({"label_scale": {"offset": [0.0], "scale": [0.0]}}, "metadata: label_scale.scale.0"),
        ({"label_scale": {"offset": [0.0, 1.0], "scale": [1.0]}}, "metadata: label_scale: not an offset"),
        ({"fold": 3}, "metadata: fold"),
        ({"options": {"filters": 3}}, "do not fit the architecture"),
        ({"labels": ["a", "b"]}, "do not fit the architecture"),
    ],
)
def test_facts_that_are_wrong(network: torch.nn.Module, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA | change)
    with pytest.raises(InputError) as caught:
        modelfile.load(tmp_path / "m.safetensors")
    assert str(caught.value).startswith(f"{tmp_path / 'm.safetensors'}: ") and message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_metadata_that_are_no_block(network: torch.nn.Module, tmp_path: Path, text: str) -> None:
    tensors.save_file(network.state_dict(), tmp_path / "m.safetensors", metadata={modelfile.KEY: text})
    with pytest.raises(InputError, match=r"m\.safetensors: not a model of convoscope"):
        modelfile.load(tmp_path / "m.safetensors")


def test_facts_that_only_a_caller_needs(network: torch.nn.Module, tmp_path: Path) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    with pytest.raises(InputError, match=r"metadata: no fold"):
        modelfile.describe(tmp_path / "m.safetensors", ["fold"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(network: torch.nn.Module, tmp_path: Path, value: float) -> None:
    name, weight = next(iter(network.named_parameters()))
    weight.data.view(-1)[0] = value
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    with pytest.raises(InputError, match=rf"m\.safetensors: {name} is not finite; train again"):
        modelfile.load(tmp_path / "m.safetensors")


def test_a_model_is_as_readable_as_any_other_file(network: torch.nn.Module, tmp_path: Path) -> None:
    modelfile.save(tmp_path / "m.safetensors", network, METADATA)
    (tmp_path / "other").touch()
    assert (tmp_path / "m.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode
