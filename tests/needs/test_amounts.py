"""How much there is of everything, foreseen and counted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convoscope.config import load_config
from convoscope.models import MODELS
from convoscope.needs.amounts import BASES, ROWS, of_block, of_experiment, of_reference
from convoscope.needs.counting import SAMPLE
from convoscope.needs.networks import NETWORKS, Pace, usual_pace
from convoscope.sequence.alphabet import ALPHABETS

PACE = Pace(training=10, forward=2, memory=1000, shown=100, weights=50)


def sequences(folder: Path, **changes: Any) -> Any:
    """Return a configuration with sites on a genome of which 20 rows and 6,000 bases are here."""
    (folder / "a.bed").write_text("".join(f"chr1\t{n}\t{n + 1}\t.\t{n}\n" for n in range(20)))
    (folder / "g.fa").write_text(">chr1\n" + "ACGTAC\n" * 1000)
    experiment = {
        "reference": "g",
        "sites": {"A": {"path": str(folder / "a.bed")}},
        "windows": {"length": 100, "bin": 50},
        "negatives": {"ratio": 3},
        **changes,
    }
    content = {"references": {"g": {"mirrors": [str(folder / "g.fa")]}}, "experiments": {"sequence": {"e": experiment}}}
    return load_config(content)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_windows_are_foreseen_from_sites(tmp_path: Path) -> None:
    found = of_experiment(sequences(tmp_path), "e")
    assert (found["sites"], found["examples"], found["values"], found["bases"]) == (20, 80, 8000, 6000)


def test_sites_below_the_least_score_do_not_count(tmp_path: Path) -> None:
    config = sequences(tmp_path, sites={"A": {"path": str(tmp_path / "a.bed"), "min_score": 15}})
    assert of_experiment(config, "e")["sites"] == 5


def test_what_is_written_is_counted_instead(tmp_path: Path) -> None:
    config = sequences(tmp_path)
    data, genome = tmp_path / "results" / "e" / "data", tmp_path / "results" / "references" / "g"
    data.mkdir(parents=True)
    genome.mkdir(parents=True)
    np.save(data / "codes.npy", np.zeros((33, 100), np.uint8))
    (genome / "chrom.sizes").write_text("chr1\t4000\nchr2\t1000\n")
    found = of_experiment(config, "e")
    assert (found["examples"], found["values"], found["bases"], found["longest"]) == (33, 3300, 5000, 4000)


def test_what_is_fetched_is_assumed() -> None:
    mirrors = {"g": {"mirrors": ["https://host/g.fa.gz"]}}
    sites = {"A": {"path": "https://host/a.bed"}}
    config = load_config(
        {"references": mirrors, "experiments": {"sequence": {"e": {"reference": "g", "sites": sites}}}}
    )
    found = of_experiment(config, "e")
    assert (found["bases"], found["sites"]) == (BASES, ROWS)
    assert of_reference(config, "g")["bases"] == BASES


def test_listed_sequences_have_the_length_of_their_records(tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text("".join(f">{n}\n{'ACGTA' * 8}\n" for n in range(12)))
    (tmp_path / "s.tsv").write_text("sequence\ty\n" + f"{'A' * 40}\t1\n" * 6)
    for name, labels in {"s.fa": {"labels": {"y": 1}}, "s.tsv": {"label_columns": {"y": "y"}}}.items():
        listed = {"sequences": [{"path": str(tmp_path / name), **labels}], "negatives": {"strategy": "none"}}
        found = of_experiment(load_config({"experiments": {"sequence": {"e": listed}}}), "e")
        assert found["positions"] == 40
        assert found["examples"] == pytest.approx(12 if name == "s.fa" else 7)


def test_work_of_the_networks_by_hand(tmp_path: Path) -> None:
    tracks, training = {"step": 10}, {"epochs": 5, "monitor": "none"}
    config = sequences(tmp_path, seeds=[1, 2], tracks=tracks, training=training, regions={"r": {"path": "a.bed"}})
    found = of_experiment(config, "e", pace=PACE)
    assert found["trained"] == pytest.approx(0.7 * 80 * 5 * 10)
    assert found["predicted"] == 80 * 2
    assert found["scanned"] == 600 * 2 * 2  # windows, networks, microseconds
    assert found["mapped"] == 2 * 8 * 100 * 2 * 2  # windows, mutants, networks, microseconds
    block = of_block(config, "e", "regions", "r", SAMPLE, PACE)
    assert (block["rows"], block["scored"]) == (20, 20 * 2 * 2)


def test_a_limit_of_steps_limits_the_epochs(tmp_path: Path) -> None:
    training = {"epochs": 50, "steps": 7, "batch_size": 8, "monitor": "none"}
    found = of_experiment(sequences(tmp_path, training=training), "e", pace=PACE)
    assert found["trained"] == pytest.approx(7 * 8 * 10)


def test_cells_of_a_simulation_and_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "cells.tsv").write_text("cell\timage\tlabel\n" + "a\tb\tc\n" * 9)
    images = {
        "made": {"simulate": {"proteins": 2, "plates": 3, "cells": 4, "size": 32}},
        "given": {"cells": {"path": str(tmp_path / "cells.tsv")}, "crops": {"size": 16, "channels": ["a", "b", "c"]}},
    }
    config = load_config({"experiments": {"image": images}})
    assert of_experiment(config, "made")["values"] == 12 * 2 * 3 * 4 * 2 * 32 * 32
    assert of_experiment(config, "given")["values"] == 9 * 3 * 16 * 16


def test_every_network_has_a_measured_cost_that_grows_with_its_filters() -> None:
    assert set(NETWORKS) == set(MODELS)
    for name, cost in NETWORKS.items():
        usual = usual_pace(name, {}, 50)
        assert usual_pace(name, {"filters": [2 * cost.filters, 3]}, 50).training == pytest.approx(2 * usual.training)
        assert usual.training > usual.forward > 0


def test_letters_are_those_of_the_alphabets() -> None:
    from convoscope.needs.amounts import LETTERS

    assert {name: len(one.letters) for name, one in ALPHABETS.items()} == LETTERS
