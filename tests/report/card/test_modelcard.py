"""The card holds the figures of the files, and nothing is missing that a kind of experiment does not have."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import yaml

from convoscope import modelfile
from convoscope.__main__ import VERBS, load_verb
from convoscope.artifacts import read_overview
from convoscope.config import Split, load_config
from convoscope.config.image import CellSplit
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES, NEGATIVE_STRATEGIES, SPLIT_STRATEGIES
from convoscope.files import digest, write_json
from convoscope.models import all_options, build
from convoscope.nn.layers import LayerRow, layer_table
from convoscope.options import build_parser
from convoscope.report.card import write_card
from convoscope.report.card.cautions import cautions
from convoscope.report.card.facts import KINDS, Facts, ModelFile, card_values

FIGURES = {"value": 0.912, "low": 0.834, "high": 0.956, "n": 40}
NONE = {"value": None, "low": None, "high": None, "n": 40}
METRICS = {"multilabel": ("auroc", "auprc", "brier"), "multiclass": ("auroc", "auprc", "brier"),
           "regression": ("pearson", "spearman", "mse"), "poisson": ("pearson", "spearman", "mse")}  # fmt: skip
KINDS_OF_SPEC = {
    "sequence": {"sequences": [{"path": "a.fa", "labels": {"a": 1}}], "negatives": {"strategy": "none"},
                 "split": {"strategy": "random"}, "model": {"name": "deepbind"}, "seeds": [1]},
    "image": {"cells": {"path": "cells.tsv"}, "groups": ["plate"], "split": {"by": ["plate"]},
              "model": {"name": "residual"}},
}  # fmt: skip
CARDS = {
    "sequence": {"alphabet": "dna", "unknown": "uniform", "window": 40},
    "image": {"channel_names": ["red", "green"], "space": [16, 16], "dtype": "uint16",
              "normalise": {"strategy": "standard", "scope": "plate", "figures": {"p1": {}, "p2": {}}}},
}  # fmt: skip
FACTS = ("task", "alphabet", "unknown", "channel_names", "dtype", "normalise")  # that a model file keeps of a card
BUILT = {"sequence": ("deepbind", 4, (40,)), "image": ("residual", 2, (16, 16))}


def spec_of(kind: str, **changes: Any) -> dict[str, Any]:
    """Return a configuration with all its defaults."""
    whole = load_config({"experiments": {kind: {"mine": KINDS_OF_SPEC[kind] | changes}}})
    return getattr(whole.experiments, kind)["mine"].model_dump(mode="json")


def network_of(kind: str, labels: list[str], options: dict[str, Any]) -> tuple[torch.nn.Module, dict[str, Any]]:
    name, channels, space = BUILT[kind]
    small = {"residual": {"filters": [4, 4], "blocks": [1, 1]}, "deepbind": {"filters": 3, "length": 5}}[name] | options
    network = build(name, channels, space, len(labels), small).eval()
    metadata = {"architecture": name, "options": all_options(name, small), "channels": channels, "space": list(space)}
    return network, metadata | {"labels": labels, "modality": kind, "fold": "holdout", "seed": 1}


def make(
    kind: str = "sequence", task: str = "multilabel", labels: tuple[str, ...] = ("a", "b"), **changes: Any
) -> Facts:
    """Return the facts of a small experiment; ``changes`` replace fields, ``options`` those of the network."""
    several = list(labels)
    network, metadata = network_of(kind, several, changes.pop("options", {}))
    counts = {fold: {"examples": 40} | dict.fromkeys(several, 10.5 if task == "regression" else 10) for fold in
              ("train", "validation", "test")}  # fmt: skip
    card = CARDS[kind] | {"modality": kind, "task": task, "labels": several, "counts": counts}
    card |= {"inputs": {"a_b.fa": "0" * 64}, "versions": {"convoscope": "1"}}
    metadata |= {name: card[name] for name in FACTS if name in card}
    judged = {label: dict.fromkeys(METRICS[task], FIGURES) for label in several}
    groups = dict.fromkeys(several, 3)
    metrics = {"task": task, "model": judged, "baselines": {}, "differences": {}, "thresholds": {}, "confidence": 0.95}
    table = pd.DataFrame({"id": ["x", "y", "z"], "fold": ["train", "validation", "test"], "group": ["p", "q", "r"]})
    history = pd.DataFrame({"epoch": [1, 2], "seconds": [3.0, 4.0], "device": ["cpu", "cpu"]})
    given = {
        "name": "mine", "card": card, "spec": spec_of(kind), "networks": [metadata | {"versions": {"torch": "9"}}],
        "metrics": metrics | {"bootstrap": 100, "groups": groups, "few_groups": several},
        "files": [ModelFile("holdout/1/model.safetensors", 1234, "f" * 64)], "histories": [history],
        "dropped": pd.Series(["gap", "min_score", "gap"]),
        "layers": pd.DataFrame(layer_table(network, *BUILT[kind][1:]), columns=LayerRow._fields), "examples": table,
        "simulated": False,
    }  # fmt: skip
    return Facts(**(given | changes))


def written(facts: Facts) -> str:
    card = write_card(facts)
    assert card.page.endswith("</html>\n")
    return card.markdown


def limits(facts: Facts) -> list[str]:
    """Return the lines of the card's list of limits."""
    [found] = re.findall(r"\n## Limits\n\n((?:- .*\n)+)\n## ", written(facts))
    return [line.removeprefix("- ") for line in found.splitlines()]


def code_of(facts: Facts, language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)\n```", written(facts), flags=re.DOTALL)
    return found


def test_what_the_recipe_chose_is_one_line_for_folds_that_agree() -> None:
    facts = make("sequence")
    first = facts.networks[0] | {"recipe": "sites, 9 training positives → filters 3", "training": {"steps": 77}}
    text = written(facts._replace(networks=[first, first | {"fold": "1"}, first | {"recipe": "sites, 8 → filters 2"}]))
    assert (
        text.count("recipe: sites, 9 training positives → filters 3.")
        == text.count("recipe: sites, 8 → filters 2.")
        == 1
    )
    assert "steps 77" in text and "recipe:" not in written(facts)


def test_what_a_training_started_from_is_said() -> None:
    facts = make("image")
    start = {"file": "big/model.safetensors", "sha256": "ab" * 32, "taken": 9, "tensors": 10, "fresh": ["scores.bias"],
             "shared_inputs": []}  # fmt: skip
    own = facts._replace(networks=[facts.networks[0] | {"start": start}])
    assert (
        f"Started from the weights of `big/model.safetensors` (sha256 `{'ab' * 6}`): 9 of 10 tensors were taken; "
        "drawn afresh: scores.bias."
    ) in written(own)
    assert not [line for line in limits(own) if "started from" in line] and "Started from" not in written(facts)
    shared = facts._replace(networks=[facts.networks[0] | {"start": start | {"shared_inputs": ["cells.tsv"]}}])
    [line] = [line for line in limits(shared) if "started from" in line]
    assert "had learned from cells.tsv too: if it saw examples that are tested here" in line


def test_what_normalises_is_said_with_the_trials_of_every_fold() -> None:
    facts = make("image")
    assert "; normalised each plate alone (standard)" in written(facts) and "short trainings" not in written(facts)
    tried = {"training": {"metric": 0.75, "loss": 1.0}, "plate": {"metric": None, "loss": None}}
    own = [{"strategy": "log", "scope": "training", "figures": {"offset": [0.0], "scale": [1.0]}, "trials": tried},
           {"strategy": "log", "scope": "plate", "figures": {"p1": {}, "p2": {}}, "trials": tried}]  # fmt: skip
    networks = [facts.networks[0] | {"fold": str(fold), "normalise": one} for fold, one in enumerate(own)]
    card = {**facts.card, "normalise": {"strategy": "log", "scope": "auto", "folds": {}}}
    text = written(facts._replace(networks=networks, card=card))
    assert "; normalised by the training split or each plate alone, as each fold chose (log)" in text
    assert (
        "short trainings: the scope with the smallest loss on the fold's validation split" in text
        and "AUROC in brackets" in text
    )
    rows = [
        re.split(r" *\| *", line.strip("| "))
        for line in text.splitlines()
        if line.startswith(("| fold |", "| 0 |", "| 1 |"))
    ]
    assert rows == [
        ["fold", "training", "plate", "taken"],
        ["0", "1.000 (.750)", "– (–)", "training"],
        ["1", "1.000 (.750)", "– (–)", "plate"],
    ]
    assert (
        "- Crops of a new plate need figures of their own to be normalised: the networks know those of 2 plates only."
        in text
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", METRICS)
@pytest.mark.parametrize("labels", [("a",), ("a_b", "c")])
def test_every_kind_and_task_without_a_baseline(kind: str, task: str, labels: tuple[str, ...]) -> None:
    text = written(make(kind, task, labels))
    assert ".912 (.834–.956)" in text and "There is no baseline to compare with" in text
    assert "1,234" in text and "f" * 64 in text and "`a_b.fa`" in text
    assert (
        "2 input rows could not be used. 1 input row left out: below `min_score`." in text
        and "a single network" in text
    )
    assert "nan" not in text and "None" not in text.replace("none", "")


def test_figures_beside_the_best_baseline_by_value() -> None:
    facts = make()
    figure = {name: {"auroc": FIGURES | {"value": value}} for name, value in (("a", 0.7), ("b", 0.9))}
    gap = {"a": {"auroc": {"value": 0.212, "low": 0.1, "high": 0.3, "p": 0.01}},
           "b": {"auroc": {"value": 0.012, "low": -0.1, "high": 0.2, "p": 0.6}}}  # fmt: skip
    worse = {name: {"auroc": FIGURES | {"value": 0.5}} for name in "ab"}
    metrics = {**facts.metrics, "baselines": {"gc": worse, "kmer": figure}, "differences": {"kmer": gap, "gc": gap}}
    metrics["thresholds"] = {"model": {"a": {"holdout": 0.4321}}}
    facts = facts._replace(metrics=metrics)
    text = written(facts)
    assert "| a | 40 | .912 (.834–.956) | .912 (.834–.956) | k-mers .700 | .212 (.100–.300) | ahead |" in text
    assert "| k-mers .900 | .012 (−.100 to .200) | undecided |" in text
    assert "| a | .912 (.834–.956) | .432 |" in text
    assert "By AUROC the model cannot be told from the best baseline (k-mers) on b." in limits(facts)


def test_figures_that_are_not_defined_are_dashes() -> None:
    facts = make(labels=("a",))
    undefined = {"model": {"a": {"auroc": NONE, "auprc": NONE}}, "groups": {}, "few_groups": []}
    text = written(facts._replace(metrics={**facts.metrics, **undefined}))
    assert "| a | 40 | – | – |" in text


def test_limits_follow_from_the_facts() -> None:
    one = limits(make(options={"strands": "single"}, simulated=True))
    assert one[0].startswith("The data are simulated")
    assert any("`--both-strands`" in line for line in one)
    assert any("as few as 3 groups" in line for line in one)
    assert any("a (10), b (10)" in line for line in one)
    assert any("hold where a label has as many positives as here: 25%" in line for line in one)
    assert not any("strand" in line for line in limits(make()))  # deepbind's default looks at both
    regression = limits(make(task="regression"))
    assert not any("positives" in line for line in regression)
    facts = make()
    folds = [{**facts.networks[0], "fold": str(fold)} for fold in range(2)]
    assert any("seen every example" in line for line in limits(facts._replace(networks=folds)))
    seeds = limits(facts._replace(spec=spec_of("sequence", seeds=[1, 2])))
    assert not any("by chance" in line for line in seeds)


def test_networks_that_know_position_or_strand_say_what_scores_cannot_tell() -> None:
    placed = make(options={"knots": 5})
    [said] = [line for line in limits(placed) if line.startswith("Scores of variants")]
    assert said == (
        "Scores of variants without `--sites` (`variants.<name>.sites`) cannot tell the size and sign of an effect at "
        "a site: the networks know position, and these windows are centred on the variant."
    )
    assert not any("strand" in line for line in limits(placed))
    directed = make(options={"strands": "single"})
    directed = directed._replace(networks=[{**directed.networks[0], "strands": "single", "direction": "site"}])
    lines = limits(directed)
    assert any("the networks know strand, and these windows lie on the forward strand." in line for line in lines)
    assert any("predictions along a genome come once per strand" in line for line in lines)
    assert "--both-strands" not in written(directed) and "both_strands" not in written(directed)
    assert "--sites sites.bed" in written(directed).replace(" \\\n  ", " ")
    assert "--sites" not in written(make()) and not any("Scores of variants" in line for line in limits(make()))


def test_the_audit_and_the_calibration_of_cells() -> None:
    audit = pd.DataFrame({"verdict": ["leak", "fine"], "check": ["copies", "x"], "subject": ["crops", "y"],
                          "finding": ["3 cells", "0"]})  # fmt: skip
    facts = make("image", "multiclass", audit=audit)
    overall = {"model": {"accuracy": FIGURES, "ece": FIGURES | {"value": 0.2}}, "filters": {"accuracy": NONE}}
    facts = facts._replace(metrics={**facts.metrics, "overall": overall})
    found = limits(facts)
    assert "The audit found a leak: copies (crops): 3 cells." in found and not any("(y)" in line for line in found)
    assert any("off by .200 on average" in line for line in found)
    assert any("Crops of a new plate" in line and "2 plates" in line for line in found)
    assert "| CNN | .912 (.834–.956) | .200 (.834–.956) |" in written(facts)


def test_contigs_and_negatives_are_named() -> None:
    sites = {"reference": "g", "sites": {"a": {"path": "a.bed"}}, "sequences": []}
    spec = spec_of("sequence") | sites | {"split": {"strategy": "chromosomes"}}
    spec["negatives"] = {"strategy": "gc_matched", "ratio": 2.0}
    table = pd.DataFrame({"id": list("wxyz"), "chrom": ["chr10", "chr2", "chr3", "chr4"],
                          "fold": ["train", "train", "validation", "test"]})  # fmt: skip
    text = written(make(spec=spec, examples=table))
    assert "(train: chr2, chr10; validation: chr3; test: chr4)" in text and "2 per positive" in text
    assert "(chr2, chr10, chr3) are too good there" in text


@pytest.mark.parametrize("strategy", NEGATIVE_STRATEGIES)
def test_every_source_of_negatives_has_words(strategy: str) -> None:
    spec = spec_of("sequence") | {"negatives": {"strategy": strategy, "ratio": 1.0}}
    assert re.search(rf" Negatives: [A-Za-z ,]+(, 1 per positive)? \(`{strategy}`\)\. ", written(make(spec=spec)))


def test_the_words_of_every_split_fit_its_settings() -> None:
    for table, section in ((SPLIT_STRATEGIES, Split()), (CELL_SPLIT_STRATEGIES, CellSplit())):
        words = [row.words.format(**section.model_dump()) for row in table.values()]
        assert len(set(words)) == len(table) and not any("{" in text for text in words)


def test_the_words_of_a_split_name_what_stays_together() -> None:
    for strategy, by, said in (
        ("grouped", ["protein"], "At random, by protein;"),
        ("grouped", ["protein", "plate"], "At random, by protein and plate;"),
        ("grouped_folds", ["protein"], "In 5 folds, each tested once, by protein;"),
        ("grouped", [], "At random;"),
    ):
        split = {"strategy": strategy, "folds": 5, "by": by}
        assert f"## Data\n\n{said}" in written(make("image", spec=spec_of("image") | {"split": split}))


SPLITS = [("sequence", name) for name in SPLIT_STRATEGIES] + [("image", name) for name in CELL_SPLIT_STRATEGIES]


@pytest.mark.parametrize(("kind", "strategy"), SPLITS)
def test_every_split_has_words(kind: str, strategy: str) -> None:
    split = {"strategy": strategy, "folds": 5, "block": 100_000, "by": [], "column": "side|a"}
    text = written(make(kind, spec=spec_of(kind) | {"split": split}))
    said = text.partition("## Data\n\n")[2].partition("Negatives: ")[0]
    assert said.startswith(("By ", "At random", "In 5 folds", "As ")) and said.endswith(". ")
    assert ("5 folds" in said) == strategy.endswith("folds") and ("100,000 bp" in said) == (strategy == "blocks")
    assert ("`side|a`" in said) == ((kind, strategy) == ("image", "given"))


def test_motifs_are_one_row_each_and_reproducible_where_known() -> None:
    matches = pd.DataFrame({"filter": list("wxyz"), "motif_name": ["CTCF", "CTCF", "E2F", "N"],
                            "motif_id": list("MMEN"), "q_value": [1e-5, 1e-9, 0.01, 0.4]})  # fmt: skip
    text = written(make(matches=matches))
    assert "3 of 4 filters resemble a known motif." in text and "| CTCF | M | 2 | 1.0e−9 |" in text
    known = written(make(matches=matches.assign(reproducible=["no", "yes", "no", "no"])))
    assert "| CTCF | M | 2 | 1.0e−9 | yes |" in known and "| E2F | E | 1 | .010 | no |" in known
    assert "0 of 0 filters" in written(make(matches=matches.head(0)))
    motifs = written(make(matches=matches.assign(filters=[7, 2, 1, 1])))
    assert "3 of 4 motifs resemble a known motif." in motifs and "| CTCF | M | 9 | 1.0e−9 |" in motifs


@pytest.mark.parametrize("kind", KINDS)
def test_commands_and_lines_of_python_work_as_written(kind: str, tmp_path: Path, torch_program: str) -> None:
    facts = make(kind, options={"strands": "single"} if kind == "sequence" else {})
    lines = code_of(facts, "bash").replace(" \\\n", " ").split("\n\n")
    commands = [shlex.split(line.removeprefix("python -m convoscope ")) for line in lines]
    assert len(commands) == {"sequence": 3, "image": 1}[kind]
    for verb, *options in commands:
        assert verb in VERBS
        build_parser(verb, load_verb(verb)).parse_args(options)
    network, metadata = network_of(kind, facts.labels, facts.networks[0]["options"])
    metadata |= facts.card | (
        {"normalise": {"strategy": "standard", "scope": "crop", "figures": {}}} if kind == "image" else {}
    )
    modelfile.save(tmp_path / "holdout" / "1" / "model.safetensors", network, metadata)
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    said = subprocess.run(
        [torch_program, "-c", code_of(facts, "python")],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    ).stdout
    assert said.startswith("['a', 'b'] ")


@pytest.fixture
def given(tmp_path: Path) -> list[Any]:
    """Words of a call of the verb, and its files."""
    facts = make()
    model = tmp_path / "mine" / "holdout" / "1" / "model.safetensors"
    modelfile.save(model, network_of("sequence", facts.labels, {})[0], dict(facts.networks[0]))
    frames = {"windows": facts.examples.assign(a=0.0, b=1.0), "layers": facts.layers, "history": facts.histories[0]}
    frames["dropped"] = pd.DataFrame({"source": ["s"], "line": [1], "label": ["a"], "row": ["r"], "reason": ["short"]})
    for name, frame in frames.items():
        frame.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    write_json(tmp_path / "card.json", facts.card)
    write_json(tmp_path / "metrics.json", facts.metrics)
    return [
        "model-card", "--name", "mine", "--models", model, "--examples", tmp_path / "windows.tsv",
        "--card", tmp_path / "card.json", "--dropped", tmp_path / "dropped.tsv", "--metrics", tmp_path / "metrics.json",
        "--layers", tmp_path / "layers.tsv", "--histories", tmp_path / "history.tsv", "--spec", json.dumps(facts.spec),
        "--markdown", tmp_path / "model_card.md", "--html", tmp_path / "model_card.html",
    ]  # fmt: skip


def test_the_verb_writes_both_from_files(given: list[Any], tmp_path: Path, run: Any) -> None:
    run(*given, "--overview", tmp_path / "overview.json")
    assert read_overview(tmp_path / "overview.json")["name"] == "mine"
    model = given[given.index("--models") + 1]
    text = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert f"| `holdout/1/model.safetensors` | {model.stat().st_size:,} | `{digest(model)}` |" in text
    assert "1 input row could not be used" in text and "2 epochs per network, 7.0 s in all on cpu" in text


def test_the_card_begins_with_metadata_of_the_hugging_face_hub(given: list[Any], tmp_path: Path, run: Any) -> None:
    run(*given)
    _, front, body = (tmp_path / "model_card.md").read_text(encoding="utf-8").split("---\n", 2)
    content = yaml.safe_load(front)
    assert content["library_name"] == "convoscope" and "license" not in content
    assert {"biology", "genomics", "deepbind"} <= set(content["tags"]) and "roc_auc" in content["metrics"]
    assert body.startswith("\n# Model card: mine")
    assert "library_name" not in (tmp_path / "model_card.html").read_text(encoding="utf-8")


def with_option(words: list[Any], option: str, *values: Any) -> list[Any]:
    place = words.index(option)
    return [*words[:place], option, *values, *words[place + 2 :]]


@pytest.mark.parametrize(
    ("option", "column"), [("--layers", "layer"), ("--histories", "epoch"), ("--dropped", "reason")]
)
def test_tables_of_other_verbs_are_refused(
    given: list[Any], tmp_path: Path, refuse: Any, option: str, column: str
) -> None:
    (tmp_path / "other.tsv").write_text("x\ty\n1\t2\n")
    line = refuse(*with_option(given, option, tmp_path / "other.tsv"))
    assert f"other.tsv: no column {column!r}; it has x, y" in line
    assert not (tmp_path / "model_card.md").exists()


def test_networks_of_other_data_are_refused(given: list[Any], tmp_path: Path, refuse: Any) -> None:
    card = json.loads((tmp_path / "card.json").read_text())
    write_json(tmp_path / "card.json", card | {"window": 41})
    assert "model.safetensors: window 40; this data has 41, and needs its own networks" in refuse(*given)
    assert "--models: none given" in refuse(*with_option(given, "--models"))
    assert not (tmp_path / "model_card.md").exists()


@pytest.mark.parametrize("spec", ["{", "{}", "[]", '{"seeds": 1}'])
def test_a_configuration_that_is_none(given: list[Any], tmp_path: Path, refuse: Any, spec: str) -> None:
    assert refuse(*with_option(given, "--spec", spec)).startswith("ERROR: --spec: ")
    assert not (tmp_path / "model_card.md").exists()


def test_settings_that_a_search_chose_take_the_place_of_those_configured() -> None:
    ranges = {"training.learning_rate": {"low": 0.001, "high": 0.1}, "model.options.filters": {"choice": [2, 3]}}
    spec = spec_of("sequence", search={"ranges": ranges, "trials": 12, "method": "sobol"})
    settings = {"training.learning_rate": 0.0123, "model.options.filters": 3}
    search = {"holdout": {"trial": 7, "value": 0.87654, "settings": settings}}
    text = written(make(spec=spec, search=search))
    assert "12 settings were tried (sobol search), and the best by the validation AUROC were taken." in text
    assert "| holdout | 7 | 0.877 | training.learning\\_rate 0.0123, model.options.filters 3 |" in text
    listed = text.split("## Training")[1].split("settings were tried")[0]
    assert "batch size 64" in listed and "learning rate" not in listed
    without = written(make())
    assert "tried" not in without and "learning rate 0.001" in without
    assert text.split("## Performance")[1] == without.split("## Performance")[1]


@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        ({"value": 0.063, "low": 0.049, "high": 0.076}, "Better than 6-mers by .063 AUROC [.049 to .076]"),
        ({"value": -0.063, "low": -0.076, "high": -0.049}, "Worse than 6-mers by .063 AUROC [.049 to .076]"),
        (
            {"value": 0.01, "low": -0.02, "high": 0.04},
            "Not to be told from 6-mers: difference .010 AUROC [−.020 to .040]",
        ),
        (NONE, "AUROC .912 [.834 to .956]; there is no interval of a difference to a baseline"),
    ],
)
def test_the_verdict_is_a_sentence_about_the_best_baseline(gap: dict[str, Any], sentence: str) -> None:
    facts = make(labels=("a",))
    figures = {"gc": {"a": {"auroc": FIGURES | {"value": 0.5}}}, "kmer": {"a": {"auroc": FIGURES | {"value": 0.7}}}}
    gaps = {name: {"a": {"auroc": gap}} for name in figures}
    said = write_card(facts._replace(metrics={**facts.metrics, "baselines": figures, "differences": gaps})).overview
    assert said["sentence"] == sentence and sentence in said["methods"]
    assert said["steps"]["testing"].endswith("best of GC alone, k-mers: .700")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", METRICS)
def test_the_overview_is_whole_for_every_kind_and_task(kind: str, task: str) -> None:
    said = write_card(make(kind, task)).overview
    assert "torch 9" in said["methods"] and f"Labels ({task}): a, b." in said["methods"]
    assert "40 examples in train, 40 examples in validation, 40 examples in test" in said["methods"]
    assert said["steps"]["examples"].startswith("120 examples: ") and said["steps"]["splitting"].endswith("40 test")
    for text in (*said["steps"].values(), said["use"], said["methods"]):
        assert text and not re.search(r"nan|None|[{}`]|\.\.", text)


def test_cautions_follow_from_the_facts_and_say_what_to_try() -> None:
    audit = pd.DataFrame([["leak", "batches", "plate", "x"]], columns=["verdict", "check", "subject", "finding"])
    facts = make("image", "multiclass", audit=audit, simulated=True)
    counts = {fold: {"examples": 40, "a": 100, "b": 10} for fold in ("train", "validation", "test")}
    few = {**facts.metrics, "few_groups": ["a", "b"], "overall": {"model": {"ece": FIGURES, "accuracy": FIGURES}}}
    facts = facts._replace(card={**facts.card, "counts": counts}, metrics=few)
    found = {caution.item: caution for caution in cautions(facts, card_values(facts))}
    assert list(found) == ["audit", "forest", "counts", "dropped", "calibration", "learning", "model_card"]
    assert found["audit"].found == "The audit found a leak: batches (plate)" and "split.by" in found["audit"].advice
    assert found["forest"].found == "Few groups of the test split to resample: 3 for a, b"
    assert found["counts"].found == "Uneven classes: from 30 to 300 examples"
    assert found["dropped"].found == "2 input rows could not be used (40% of them and the examples)"


def test_a_sound_experiment_has_no_cautions() -> None:
    facts = make(spec=spec_of("sequence", seeds=[1, 2]), dropped=pd.Series([], dtype=object))
    counts = {fold: {"examples": 400, "a": 100, "b": 90} for fold in ("train", "validation", "test")}
    facts = facts._replace(card={**facts.card, "counts": counts}, metrics={**facts.metrics, "few_groups": []})
    assert cautions(facts, card_values(facts)) == []
