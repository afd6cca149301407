"""The public functions: what they give is what the verbs write, and importing the package costs nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from captum.attr import DeepLift

import convoscope
from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.modelfile.onnxfile import network_to_onnx
from convoscope.models import build
from convoscope.prediction import cells

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "pandas", "pydantic", "torch", "matplotlib")
FACTS = {
    "architecture": "deepbind", "options": {"filters": 4, "length": 6, "strands": "single"}, "channels": 4,
    "space": [20], "labels": ["a", "b"], "modality": "sequence", "task": "multilabel", "alphabet": "dna",
    "unknown": "uniform",
}  # fmt: skip
IMAGE = {
    "architecture": "residual", "options": {"filters": [4], "blocks": [1], "size": 5}, "channels": 2, "space": [8, 8],
    "labels": ["x", "y"], "modality": "image", "task": "multiclass", "channel_names": ["DNA", "ER"],
    "dtype": "uint16", "crops": {"border": "pad"},
    "normalise": {"strategy": "standard", "scope": "training", "figures": {"offset": [9.0, 0.0], "scale": [2.0, 4.0]}},
}  # fmt: skip
CROPS = np.random.default_rng(5).integers(0, 60, (60, 2, 8, 8), np.uint16)
BY_PLATE = {"normalise": {"strategy": "standard", "scope": "plate", "figures": {}}}


def random_texts(count, length, seed=1):
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list("ACGT"), length)) for _ in range(count)]


TEXTS = random_texts(5, 20)


@pytest.fixture
def make(tmp_path):
    """Write a network of random weights; keywords replace facts of its file."""

    def save(seed=1, base=FACTS, **changes):
        facts = {**base, **changes}
        torch.manual_seed(seed)
        shape = (facts["channels"], facts["space"], len(facts["labels"]))
        network = build(facts["architecture"], *shape, facts["options"])
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        path = tmp_path / f"network{seed}.safetensors"
        modelfile.save(path, network.eval(), facts)
        return path

    return save


def python(code):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_importing_the_package_imports_nothing_heavy():
    python(f"import sys, convoscope; dir(convoscope); assert not {{*sys.modules}} & {{*{HEAVY}}}")


def test_public_names():
    assert set(convoscope.__all__) <= set(dir(convoscope))
    for name in convoscope.__all__:
        assert ">>> " in getattr(convoscope, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        convoscope.lod  # noqa: B018


def test_types_are_shipped():
    assert "convoscope/py.typed" in (ROOT / "workflow" / "lib" / "MANIFEST").read_text().splitlines()


TEN_LINES = (ROOT / "docs" / "api.md").read_text().split("```python\n")[1].split("```")[0]


def test_training_predicting_and_explaining_in_ten_lines(run, tmp_path, monkeypatch):
    """A network that learned TGACGTCA knows sequences with it, and which letters make it."""
    monkeypatch.chdir(tmp_path)
    for name, motif, seed in (("with", "TGACGTCA", 1), ("without", "", 2)):
        texts = [text[:16] + (motif or text[16:24]) + text[24:] for text in random_texts(300, 40, seed)]
        Path(f"{name}.fa").write_text("".join(f">{name}{number}\n{text}\n" for number, text in enumerate(texts)))
    files = [{"path": f"{name}.fa", "labels": {"bound": value}} for name, value in (("with", 1), ("without", 0))]
    run("sequences", "--files", "with.fa", "without.fa", "--spec", json.dumps({"sequences": files}), "--fasta",
        "genome.fa.gz", "--windows", "windows.tsv", "--dropped", "dropped.tsv", "--negatives", "n.tsv")  # fmt: skip
    run("encode", "--fasta", "genome.fa.gz", "--windows", "windows.tsv", "--inputs", "--spec",
        json.dumps({"labels": ["bound"], "split": {"strategy": "random"}}), "--codes", "codes.npy", "--card",
        "card.json")  # fmt: skip
    plain = random_texts(40, 40, 3)
    found = {"sequences": [text[:10] + "TGACGTCA" + text[18:] for text in plain] + plain}
    assert len([line for line in TEN_LINES.splitlines() if line]) <= 10
    exec(TEN_LINES, found)
    assert not torch.are_deterministic_algorithms_enabled()  # training gives the settings of torch back
    bound, changes = found["table"]["bound"].to_numpy(), found["changes"]
    assert (bound[:40, None] > bound[40:]).mean() > 0.95
    harm = -changes[:40, :, :, 0].min(axis=1).mean(axis=0)
    assert harm[10:18].min() > harm[[*range(10), *range(18, 40)]].max()


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        np.array(TEXTS),
        pd.Series([text.lower() for text in TEXTS]),
        [(f"name {number}", text) for number, text in enumerate(TEXTS)],
        [SeqRecord(Seq(text), id=f"r{number}") for number, text in enumerate(TEXTS)],
        convoscope.encode(TEXTS),
    ],
)
@pytest.mark.parametrize("both_strands", [False, True])
def test_predictions_are_those_of_the_verb(make, run, tmp_path, given, both_strands):
    models = [make(1), make(2)]
    (tmp_path / "in.fa").write_text("".join(f">s\n{text}\n" for text in TEXTS))
    run("predict-fasta", "--models", *models, "--fasta", tmp_path / "in.fa", "--predictions", tmp_path / "p.tsv",
        "--dropped", tmp_path / "d.tsv", *["--both-strands"] * both_strands)  # fmt: skip
    expected = pd.read_csv(tmp_path / "p.tsv", sep="\t").drop(columns=["record", "id", "start", "end"])
    found = convoscope.predict(convoscope.load(models), given, both_strands=both_strands)
    assert found.columns.tolist() == expected.columns.tolist() == ["a", "a:spread", "b", "b:spread"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_rows_are_named_as_the_sequences(make):
    networks = convoscope.load(make())
    assert convoscope.predict(networks, TEXTS).index.tolist() == [0, 1, 2, 3, 4]
    assert convoscope.predict(networks, [("x", TEXTS[0])]).index.tolist() == ["x"]
    assert convoscope.predict(networks, TEXTS[0]).shape == (1, 4)
    assert convoscope.predict(networks, []).shape == (0, 4)


def test_sequences_of_unknown_letters_have_no_prediction(make):
    networks = convoscope.load(make())
    texts = ["N" * 3 + TEXTS[0][3:], "N" * 2 + TEXTS[0][2:]]
    assert convoscope.predict(networks, texts).isna().all(axis=1).tolist() == [True, False]
    assert not convoscope.predict(networks, texts, max_unknown=0.2).isna().any(axis=None)


def test_networks_for_several_lengths_pad_and_crop(make):
    networks = convoscope.load(make(card={"fit": "center"}))
    found = convoscope.predict(networks, ["ACGT", "A" * 9 + TEXTS[0] + "C" * 9, "ANNN"])
    alike = convoscope.predict(networks, ["N" * 8 + "ACGT" + "N" * 8, TEXTS[0]], max_unknown=1)
    np.testing.assert_allclose(found[:2], alike, atol=1e-6)
    assert found.isna().all(axis=1).tolist() == [False, False, True]


def test_onnx_files_predict_alike_and_explain_nothing(make, tmp_path):
    path = make()
    (tmp_path / "model.onnx").write_bytes(network_to_onnx(*modelfile.load(path)))
    exchanged = convoscope.load(str(tmp_path / "model.onnx"))
    same = convoscope.predict(convoscope.load(path), TEXTS)
    np.testing.assert_allclose(convoscope.predict(exchanged, TEXTS), same, atol=1e-5)
    with pytest.raises(InputError, match="an ONNX file gives scores only"):
        convoscope.explainable(exchanged.members[0], 20)


def test_crops(make):
    paths = [make(1, IMAGE), make(2, IMAGE)]
    classifier = convoscope.load(paths)
    found = convoscope.predict(classifier, CROPS)
    (_, mean, spread), *_ = cells.predict_crops(classifier, CROPS, pd.DataFrame(), np.arange(60))
    np.testing.assert_array_equal(found[["x", "y"]], mean)
    np.testing.assert_array_equal(found[["x:spread", "y:spread"]], spread)
    np.testing.assert_allclose(found[["x", "y"]].sum(axis=1), 1, atol=1e-6)
    assert convoscope.predict(classifier, CROPS[:0]).shape == (0, 4)


def test_crops_are_normalised_by_their_own_groups(make):
    classifier = convoscope.load(make(1, IMAGE, **BY_PLATE))
    plates = ["p1"] * 30 + ["p2"] * 30
    shifted = CROPS.copy()
    shifted[30:] += 100
    found = convoscope.predict(classifier, CROPS, groups=plates)
    np.testing.assert_allclose(convoscope.predict(classifier, shifted, groups=plates), found, atol=1e-4)
    assert np.abs(convoscope.predict(classifier, shifted, groups=["p"] * 60) - found).to_numpy().max() > 1e-3


@pytest.mark.parametrize(
    ("changes", "given", "said"),
    [
        ({}, (CROPS[0],), r"crops: uint16 \(2, 8, 8\); the networks read uint16 \(N, 2, 8, 8\)"),
        ({}, (CROPS.astype(float),), "crops: float64"),
        (BY_PLATE, (CROPS,), "groups: none for 60 crops; intensities are normalised by plate"),
        (BY_PLATE, (CROPS, ["p"]), "groups: 1 for 60 crops"),
        (BY_PLATE, (CROPS, ["p", *"q" * 59]), "groups: small group: plate 'p' has 1 of at least"),
        ({}, (CROPS, ["p"] * 60), "groups: given, but these networks are not normalised by groups"),
    ],
)
def test_wrong_crops_are_refused(make, changes, given, said):
    crops, groups = (*given, None)[:2]
    with pytest.raises(InputError, match=said):
        convoscope.predict(convoscope.load(make(1, IMAGE, **changes)), crops, groups=groups)


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (TEXTS[0][1:], {}, "sequence 1: 19 letters; the networks read 20"),
        ([TEXTS[0], "E" * 20], {}, "sequence 2: letter 'E' at position 1; dna letters are"),
        ([TEXTS[0], 5], {}, "sequence 2: int; letters"),
        (None, {}, "sequences: NoneType; letters"),
        (np.zeros((1, 19), int), {}, r"sequences: shape \(1, 19\); the networks read"),
        (np.full((1, 20), 99), {}, "codes: int64 to 99; codes of dna are integers below 15"),
        (np.zeros((1, 20)), {}, "codes: float64"),
        (TEXTS, {"max_unknown": 2}, "max_unknown: 2; a share from 0 to 1"),
    ],
)
def test_wrong_sequences_are_refused(make, given, options, said):
    with pytest.raises(InputError, match=said):
        convoscope.predict(convoscope.load(make()), given, **options)


def test_wrong_files_are_refused(make, tmp_path):
    with pytest.raises(InputError, match="models: none given"):
        convoscope.load([])
    with pytest.raises(InputError, match=r"gone\.safetensors: no such file"):
        convoscope.load(tmp_path / "gone.safetensors")
    with pytest.raises(InputError, match=r"network2\.safetensors: modality 'image', but"):
        convoscope.load([make(1), make(2, IMAGE)])
    with pytest.raises(InputError, match=r"gone\.meme: no such file"):
        convoscope.read_motifs(tmp_path / "gone.meme")


@pytest.mark.parametrize("name", ["dna", "rna", "protein"])
def test_letters_and_codes_are_inverse(name):
    text = {"dna": "ACGTN", "rna": "ACGUN", "protein": "ACDEX"}[name]
    assert convoscope.decode(convoscope.encode(text, name), name) == text
    assert convoscope.decode(convoscope.encode([text, text], name), name) == [text, text]


def test_other_strand_of_letters_and_codes():
    assert convoscope.reverse_complement("aACGR") == "YCGTT"
    assert convoscope.reverse_complement("AACG", "rna") == "CGUU"
    assert convoscope.reverse_complement(np.array([[0, 0, 1]])).tolist() == [[2, 3, 3]]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: convoscope.encode("AC", "latin"), "alphabet: 'latin'; one of dna, rna, protein"),
        (lambda: convoscope.encode("AE"), "letter 'E' at position 2"),
        (lambda: convoscope.encode(["AC", "A"]), "sequence 2: 1 letters"),
        (lambda: convoscope.decode([0, 15]), "codes: int64 to 15; codes of dna are integers below 15"),
        (lambda: convoscope.decode([0, -1]), "codes: int64"),
        (lambda: convoscope.reverse_complement("AC", "protein"), "alphabet: protein has no complement"),
    ],
)
def test_wrong_letters_and_codes_are_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_mutations_are_what_mutants_score(make):
    networks = convoscope.load([make(1), make(2)])
    found = convoscope.mutagenesis(networks, TEXTS[0])
    mutant = TEXTS[0][:7] + "G" + TEXTS[0][8:]
    inputs = networks.encode(torch.from_numpy(convoscope.encode([TEXTS[0], mutant])))
    with torch.no_grad():
        wild, changed = torch.stack([network(inputs) for network in networks.members]).mean(0).numpy()
    np.testing.assert_allclose(found.wild[0], wild, atol=1e-5)
    np.testing.assert_allclose(found.change[0, 2, 7], changed - wild, atol=1e-5)
    assert convoscope.mutagenesis(networks, TEXTS, "deletions").change.shape == (5, 20, 2)
    assert convoscope.mutagenesis(networks, TEXTS[:2], "insertions").change.shape == (2, 4, 20, 2)


def test_wrong_mutations_are_refused(make):
    with pytest.raises(InputError, match="kind: 'swaps'; one of substitutions, deletions, insertions"):
        convoscope.mutagenesis(convoscope.load(make()), TEXTS, "swaps")
    with pytest.raises(InputError, match="networks: read images"):
        convoscope.mutagenesis(convoscope.load(make(1, IMAGE)), TEXTS)


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks:UserWarning", "ignore:Input Tensor:UserWarning")
def test_contributions_add_up_on_the_twin_alone(make):
    """DeepLIFT's contributions sum to the difference of scores (Shrikumar et al. 2017); Captum's on ours do not."""
    networks = convoscope.load(make(options={"filters": 4, "length": 6, "strands": "max"}))
    network = networks.members[0].double()
    inputs = networks.encode(torch.from_numpy(convoscope.encode(TEXTS))).double()
    references = inputs.flip(2).roll(3, 2)
    with torch.no_grad():
        difference = (network(inputs) - network(references))[:, 0]
    gaps = [
        (DeepLift(one).attribute(inputs, references, target=0).sum((1, 2)) - difference).abs().max()
        for one in (convoscope.explainable(network, networks.window), network)
    ]
    assert gaps[0] < 1e-10
    assert gaps[1] > 1e-3


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_tangermeme_attributes_the_twin_as_we_do(make):
    """The twin needs no operations of its own there, and contributions add up; ``tangermeme`` is no dependency."""
    attribute = pytest.importorskip("tangermeme.deep_lift_shap", reason="pip install tangermeme").deep_lift_shap
    networks = convoscope.load(make(options={"filters": 4, "length": 6, "strands": "max"}))
    inputs = networks.encode(torch.from_numpy(convoscope.encode(TEXTS))).double()
    references = inputs.flip(2).roll(3, 2)
    network = networks.members[0].double()
    twin = convoscope.explainable(network, networks.window)
    found = attribute(twin, inputs, references=references[:, None], device="cpu", hypothetical=False)
    with torch.no_grad():
        difference = (network(inputs) - network(references))[:, 0]
    assert (found.sum((1, 2)) - difference).abs().max() < 1e-6


def test_networks_without_a_twin_are_refused():
    network = convoscope.build("danq", 4, [60], 1, {"filters": 6, "units": 4, "hidden": 8})
    with pytest.raises(InputError, match="deeplift: a layer"):
        convoscope.explainable(network, 60)
