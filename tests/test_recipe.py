"""The recipe: which settings it chooses for which data, and that a key that is written wins."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from convoscope import modelfile
from convoscope.config import ImageExperiment, Model, Training, load_config
from convoscope.config.recipe import EPOCHS, RULES, SIZES, Situation, chosen, complete, negatives_per_positive, summary
from convoscope.dataset import Dataset
from convoscope.errors import InputError
from convoscope.files import write_json
from convoscope.models import SEQUENCES, build, check_options
from convoscope.needs import foreseen
from convoscope.rules.arguments import Arguments
from convoscope.rules.sections import Sections
from convoscope.steps.train import train
from convoscope.tables import write_table
from convoscope.training.situation import ORIENTED, asymmetry, survey

SITES = Situation("site", "deepbind", examples=4400, positives=400, validation=90, window=201)
LISTED = Situation("sequence", "deepbind", examples=900, positives=300, validation=60, window=81)
CELLS = Situation("cell", "residual", 1200, 1200, 300, 64)


def settings(data: Situation, model: dict[str, Any] | None = None, **training: Any) -> dict[str, Any]:
    """Return what the recipe chooses, by the last part of the key."""
    found = chosen(Model(name=data.network, options=model or {}), Training(**training), data)
    return {key.rpartition(".")[2]: value for key, value in found.items()}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SITES, {"knots": 25, "strands": "filter", "shift": 3, "flip": False, "filters": 32, "monitor": "none"}),
        (SITES._replace(strands="single"), {"knots": 25, "strands": "single", "shift": 1, "length": 10, "pool": "max"}),
        (LISTED._replace(strands="single"), {"knots": 0, "strands": "single", "shift": 0, "length": 16}),
        (LISTED, {"knots": 0, "strands": "filter", "shift": 0, "fresh_shuffles": False}),
        (LISTED._replace(oriented=True), {"knots": 25, "strands": "single", "shift": 1, "filters": 64, "epochs": 32}),
        (LISTED._replace(oriented=True, examples=3000), {"epochs": 30, "steps": 5000}),
        (LISTED._replace(shuffled=True), {"fresh_shuffles": True, "knots": 0}),
        (LISTED._replace(window=9), {"length": 9}),
        (SITES._replace(validation=299), {"monitor": "none"}),
        (SITES._replace(validation=300), {"monitor": "metric"}),
        (SITES._replace(network="basset", examples=320), {"steps": 2000, "flip": True, "shift": 3}),
        (SITES._replace(network="basset", examples=64_000), {"steps": 30_000}),
        (LISTED._replace(network="basset", oriented=True), {"flip": False}),
        (CELLS, {"steps": 4000, "shift": 4, "monitor": "none", "learning_rate": 0.003}),
        (CELLS._replace(network="lenet", window=24), {"learning_rate": 0.001, "shift": 2}),
        (CELLS._replace(examples=8000), {"steps": 10_000}),
    ],
)
def test_each_rule(data: Situation, expected: dict[str, Any]) -> None:
    found = settings(data)
    assert {key: found.get(key) for key in expected} == expected
    assert bool(found) == bool(expected)


@pytest.mark.parametrize("size", SIZES[1:])
def test_sizes_change_at_their_own_number_of_positives(size) -> None:
    at, below = (settings(SITES._replace(positives=size.positives - less)) for less in (0, 1))
    assert {name: at[name] for name in size._fields[1:]} == {name: getattr(size, name) for name in size._fields[1:]}
    assert below != at


def test_what_is_written_wins() -> None:
    model, training = Model(options={"knots": 0, "pool": "max"}), Training(learning_rate=0.5, flip=None)
    network, fitted, found = complete(model, training, SITES)
    assert (network.options["knots"], network.options["pool"], fitted.learning_rate, fitted.flip) == (
        0,
        "max",
        0.5,
        None,
    )
    assert not {"model.options.knots", "model.options.pool", "training.learning_rate", "training.flip"} & set(found)
    assert network.options["filters"] == SIZES[0].filters and fitted.steps == SIZES[0].steps


def test_written_epochs_are_not_cut_by_steps() -> None:
    assert complete(Model(), Training(epochs=7), SITES)[1].steps is None
    only_steps = complete(Model(), Training(steps=99), SITES)[1]
    assert (only_steps.steps, only_steps.epochs) == (99, EPOCHS)


@pytest.mark.parametrize("network", SEQUENCES)
@pytest.mark.parametrize("oriented", [False, True])
def test_every_network_takes_what_is_chosen(network, oriented) -> None:
    model, _, _ = complete(Model(name=network), Training(), SITES._replace(network=network, oriented=oriented))
    check_options(network, model.options)
    assert RULES[network]


@pytest.mark.parametrize(
    ("strategy", "positives", "ratio"),
    [("gc_matched", 1, 10), ("gc_matched", 2000, 10), ("gc_matched", 20_000, 1), ("gc_matched", 90_000, 1),
     ("flanks", 100, 1), ("dinucleotide_shuffle", 100, 1), ("gc_matched", 5000, 4)],
)  # fmt: skip
def test_negatives_by_strategy_and_number_of_sites(strategy, positives, ratio) -> None:
    assert negatives_per_positive(strategy, positives) == ratio


def test_the_line_names_facts_and_choices() -> None:
    line = summary({"training.flip": False, "training.weight_decay": 0.3}, LISTED._replace(shuffled=True))
    known = "sequences, 300 training positives, 60 of validation, shuffled negatives"
    assert line == f"{known} → flip false, weight decay 0.3"
    assert summary({}, LISTED).endswith("nothing: every setting is written")


@pytest.mark.parametrize(
    ("variants", "options", "expected"),
    [
        ({}, {}, {}),
        ({"v": {"path": "v.vcf"}}, {}, {"knots": 0}),
        ({"v": {"path": "v.vcf"}}, {"knots": 9}, {"knots": 9}),
        ({"v": {"path": "v.vcf", "sites": "s.bed"}}, {}, {}),
    ],
)
def test_networks_that_score_variants_around_them_know_no_position(variants, options, expected) -> None:
    block = {"reference": "g", "sites": {"A": {"path": "a.bed"}}, "variants": variants, "model": {"options": options}}
    content = {"references": {"g": {"mirrors": ["g.fa"]}}, "experiments": {"sequence": {"e": block}}}
    assert load_config(content).experiments.sequence["e"].model.options == expected


@dataclass
class Job:
    """What a params function sees."""

    experiment: str = "e"


def test_verbs_get_only_what_is_written() -> None:
    files = [{"path": f"{name}.fa", "labels": {"y": value}} for value, name in enumerate("ab")]
    content = {"sequences": files, "training": {"epochs": 7}}
    config = load_config({"experiments": {"sequence": {"e": content}}})
    sections = Sections(config, Arguments("results"))
    assert (sections.training(Job()), sections.model(Job())) == ('{"epochs": 7}', "{}")
    assert '"ask_strand": true' in sections.encode(Job())


def one_split(motif_at: int | None, positives: int = 200) -> tuple[pd.DataFrame, np.ndarray, dict[str, Any]]:
    """Make sequences of 40 letters, half of them positive, with a motif at one place or on either strand anywhere."""
    draw = np.random.default_rng(1)
    codes = draw.integers(0, 4, (2 * positives, 40)).astype(np.uint8)
    word = np.array([0, 0, 2, 1, 3, 1, 0], dtype=np.uint8)
    for row in range(positives):
        place = draw.integers(0, 33) if motif_at is None else motif_at
        found = word if motif_at is not None or row % 2 else 3 - word[::-1]
        codes[row, place : place + 7] = found
    fold = np.where(np.arange(2 * positives) % 4 == 0, "validation", "train")
    table = pd.DataFrame(
        {"id": [f"s{row}" for row in range(2 * positives)], "origin": "given", "parent": "", "fold": fold}
    )
    table["y"] = (np.arange(2 * positives) < positives).astype(float)
    card = {
        "labels": ["y"], "modality": "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform",
        "strands": "both", "direction": "forward", "ask_strand": True, "window": 40,
        "folds": {"holdout": {"train": ["train"], "validation": ["validation"], "test": []}},
    }  # fmt: skip
    return table, codes, card


@pytest.mark.parametrize(("place", "oriented"), [(None, False), (10, True)])
def test_positives_that_are_oriented_are_noticed(place, oriented) -> None:
    table, codes, card = one_split(place)
    data = Dataset(table, codes, table[["y"]].to_numpy(np.float32), card)
    found = survey(data, "holdout", "deepbind")
    assert found == Situation("sequence", "deepbind", 300, 150, 50, 40, oriented=oriented)
    said = survey(data._replace(card=card | {"ask_strand": False}), "holdout", "deepbind")
    assert not said.oriented


def test_validation_and_other_labels_do_not_decide_the_orientation() -> None:
    table, codes, card = one_split(10)
    table.loc[table["fold"] == "train", "y"] = 0.0
    assert not survey(Dataset(table, codes, table[["y"]].to_numpy(np.float32), card), "holdout", "deepbind").oriented


def test_asymmetry_is_about_one_by_chance() -> None:
    draw = np.random.default_rng(3)
    for count in (60, 2000):
        codes = draw.integers(0, 4, (count, 101)).astype(np.uint8)
        assert 0.7 < asymmetry(codes, 3 - codes[:, ::-1]) < 1.3 < ORIENTED


def train_in(folder: Path, training: Training) -> None:
    """Train a network on `one_split`; write all files into a folder."""
    table, codes, card = one_split(10)
    write_table(table, folder / "e.tsv", None)
    np.save(folder / "c.npy", codes)
    write_json(folder / "card.json", card)
    train(
        examples=folder / "e.tsv", codes=folder / "c.npy", card=folder / "card.json", fold="holdout", seed=1,
        model=Model(options={"filters": 4}), training=training, device="cpu",
        trained=folder / "m.safetensors", history=folder / "h.tsv",
    )  # fmt: skip


def test_a_shift_out_of_the_inputs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^training\.shift: 40, but inputs are 40 long"):
        train_in(tmp_path, Training(epochs=1, shift=40))
    assert not (tmp_path / "m.safetensors").exists()


def test_the_model_file_carries_what_was_chosen(tmp_path: Path) -> None:
    train_in(tmp_path, Training(epochs=1))
    facts = modelfile.describe(tmp_path / "m.safetensors")
    chosen_options = {
        "length": 10,
        "strands": "single",
        "pool": "max",
        "knots": 25,
        "hidden": 0,
        "dropout": 0.3,
    }
    assert facts["options"] == {"filters": 4, "activation": "relu", **chosen_options}
    assert facts["recipe"].startswith("sequences, 150 training positives, 50 of validation, oriented → length 10, ")
    assert "filters" not in facts["recipe"] and "epochs" not in facts["recipe"]
    assert facts["situation"]["oriented"] and facts["training"]["epochs"] == 1
    assert facts["training"]["learning_rate"] == 0.003
    build("deepbind", 4, (40,), 1, facts["options"])


def test_the_steps_of_images_are_foreseen_for_the_plan() -> None:
    experiment = ImageExperiment.model_validate({"simulate": {}})
    model, training = foreseen.settings(experiment, {"examples": 2000, "positions": 64.0 * 64})
    assert (model.name, training.steps, training.batch_size, training.shift) == ("residual", 4000, 16, 4)
