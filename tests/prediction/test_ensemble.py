import numpy as np
import pytest
import torch

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.models import build
from convoscope.nn import detectors
from convoscope.prediction import ensemble

FACTS = {
    "architecture": "deepbind",
    "options": {"filters": 4, "length": 6},
    "channels": 4,
    "space": [20],
    "labels": ["a", "b"],
    "modality": "sequence",
    "task": "multilabel",
    "alphabet": "dna",
    "unknown": "uniform",
}


def make(path, seed=1, **changes):
    facts = {**FACTS, **changes}
    torch.manual_seed(seed)
    network = build("deepbind", 4, facts["space"], len(facts["labels"]), facts["options"])
    modelfile.save(path, network.eval(), facts)
    return path


def test_scores_are_those_of_each_network(tmp_path):
    paths = [make(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)]
    both = ensemble.load(paths)
    codes = np.random.default_rng(1).integers(0, 4, (7, 20)).astype(np.uint8)
    found = ensemble.scores(both, codes)
    assert found.shape == (2, 7, 2)
    for number, path in enumerate(paths):
        network, _ = modelfile.load(path)
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(codes).long(), 4).float().transpose(1, 2)
        np.testing.assert_allclose(found[number], network(one_hot).detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(ensemble.predictions(both, found), 1 / (1 + np.exp(-found)), atol=1e-6)


@pytest.mark.parametrize("both_strands", [False, True])
@pytest.mark.parametrize(("options", "looked_up"), [
    *(({"strands": strands}, True) for strands in ("single", "max", "mean", "filter")),
    ({"hidden": 0, "length": 8}, True), ({"knots": 3}, False), ({"pool": "max+average"}, False),
])  # fmt: skip
def test_letters_are_looked_up_where_the_best_match_alone_is_kept(
    network, layer_by_layer, monkeypatch, options, looked_up, both_strands
):
    monkeypatch.setattr(detectors, "PIECE", 1000)
    networks = ensemble.load([network(seed, options={"filters": 4, "length": 6, **options}) for seed in (1, 2)])
    draw, tried = np.random.default_rng(1), []
    in_pieces = ensemble.in_pieces
    monkeypatch.setattr(ensemble, "in_pieces", lambda *given: tried.append(1) or in_pieces(*given))
    for codes, known in ((draw.integers(0, 4, (7, 20)), True), (draw.integers(0, 15, (7, 20)), False)):
        tried.clear()
        codes[0, 3] = 14  # N
        found, expected = (
            score(networks, codes.astype(np.uint8), both_strands) for score in (ensemble.scores, layer_by_layer)
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)
        assert bool(tried) != (looked_up and known)


@pytest.mark.parametrize("unknown", ["uniform", "zero"])
def test_unknown_letters_without_a_column_of_quarters_are_read_layer_by_layer(network, layer_by_layer, unknown):
    networks, codes = ensemble.load([network(unknown=unknown)]), np.full((1, 20), 14, dtype=np.uint8)
    np.testing.assert_allclose(ensemble.scores(networks, codes), layer_by_layer(networks, codes), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_batches_do_not_matter(tmp_path, monkeypatch, batch):
    both = ensemble.load([make(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)])
    codes = np.random.default_rng(1).integers(0, 4, (7, 20)).astype(np.uint8)
    whole = ensemble.scores(both, codes)
    monkeypatch.setattr(ensemble, "BATCH", batch)
    np.testing.assert_allclose(ensemble.scores(both, codes), whole, atol=1e-6)


def test_both_strands_do_not_depend_on_the_strand(tmp_path):
    path = make(tmp_path / "1.safetensors", options={"filters": 4, "length": 6, "strands": "single"})
    one = ensemble.load([path])
    codes = np.random.default_rng(1).integers(0, 4, (7, 20)).astype(np.uint8)
    other = (3 - codes[:, ::-1]).astype(np.uint8)
    assert not np.allclose(ensemble.scores(one, codes), ensemble.scores(one, other), atol=1e-4)
    np.testing.assert_allclose(ensemble.scores(one, codes, True), ensemble.scores(one, other, True), atol=1e-6)


def test_refusals(tmp_path):
    first = make(tmp_path / "1.safetensors")
    message = r"2\.safetensors: labels \['a', 'c'\], but .*1\.safetensors has \['a', 'b'\]; give one ensemble"
    with pytest.raises(InputError, match=message):
        ensemble.load([first, make(tmp_path / "2.safetensors", labels=["a", "c"])])
    with pytest.raises(InputError, match=r"1\.safetensors: reads sequences; a network for images is needed"):
        ensemble.load_members([first], "cpu", "image", ())
    with pytest.raises(InputError, match="none given"):
        ensemble.load([])
    with pytest.raises(InputError, match=r"\(N, 20\)"):
        ensemble.scores(ensemble.load([first]), np.zeros((1, 19), np.uint8))
    with pytest.raises(InputError, match=r"shape \(20,\); the networks read \(N, 20\)"):
        ensemble.scores(ensemble.load([first]), np.zeros(20, np.uint8))
    single = ensemble.load([make(tmp_path / "3.safetensors", strands="single")])
    with pytest.raises(InputError, match="--both-strands: the networks were trained on data of one strand"):
        ensemble.scores(single, np.zeros((1, 20), np.uint8), True)
    assert ensemble.scores(single, np.zeros((1, 20), np.uint8)).shape == (1, 1, 2)
