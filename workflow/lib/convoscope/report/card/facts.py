"""The contents of the files that a model card is written from, and the values that its templates name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import CROP, TRAINING
from convoscope.config.strands import strand_facts
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES, NEGATIVE_STRATEGIES, SPLIT_STRATEGIES
from convoscope.config.tasks import TASKS, headline
from convoscope.models.symmetry import knows_strand
from convoscope.prediction.notices import card_sentences
from convoscope.reasons import DELIBERATE, kinds
from convoscope.report.card.performance import behind_baseline, calibration_rows, label_rows, overall_rows
from convoscope.report.counts import counts_frame
from convoscope.report.html import integer, probability
from convoscope.report.measures import MEAN, chief_metrics, verdict_finding
from convoscope.report.wording import fold_name, fold_order, method_name, metric_name, number

# Columns of the tables that a card is written from.
LAYERS = ("layer", "parameters", "multiply_adds")
HISTORY = ("epoch", "seconds", "device")
MATCHES = ("filter", "motif_id", "motif_name", "q_value")
AUDIT = ("verdict", "check", "subject", "finding")

SCOPE_WORDS = {CROP: "each crop alone", TRAINING: "by the training split"}
FEW_POSITIVES = 50  # test examples of a class, below which one more or less right moves the figures
GAP = 0.05  # expected calibration error worth a warning
VERDICTS = {"leak": "The audit found a leak", "look": "The audit asks for a look"}


class ModelFile(NamedTuple):
    """One file of a network; ``name`` is its path below the experiment's folder."""

    name: str
    size: int
    sha256: str


class Facts(NamedTuple):
    """Everything that the card of one experiment is written from.

    ``spec`` is the experiment's configuration, ``networks`` the metadata of every ``model.safetensors``; ``dropped``
    holds the reasons of input rows that were not used. ``matches`` and ``audit`` are None where the data has none,
    ``search``, what was chosen in every fold, where there was none.
    """

    name: str
    card: Mapping[str, Any]
    spec: Mapping[str, Any]
    metrics: Mapping[str, Any]
    networks: Sequence[Mapping[str, Any]]
    files: Sequence[ModelFile]
    layers: pd.DataFrame
    histories: Sequence[pd.DataFrame]
    examples: pd.DataFrame
    dropped: pd.Series
    simulated: bool
    matches: pd.DataFrame | None = None
    audit: pd.DataFrame | None = None
    search: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def labels(self) -> list[str]:
        """Names of the outputs."""
        return list(self.card["labels"])

    @property
    def both_strands(self) -> bool:
        """Whether a sequence and its reverse complement get one score: all layers, or the first, are in BothStrands."""
        return any("network" in str(layer).split(".") for layer in self.layers["layer"])


def _values_by_fold(examples: pd.DataFrame, column: str) -> list[tuple[str, list[str]]]:
    """Return of every fold, in reading order, the distinct values of a column of the examples that are in no other."""
    pairs = examples[["fold", column]].astype(str).drop_duplicates()
    own = pairs[~pairs[column].duplicated(keep=False)]
    return [
        (fold_name(fold), _natural(own.loc[own["fold"] == fold, column])) for fold in fold_order(list(pairs["fold"]))
    ]


def _natural(values: pd.Series) -> list[str]:
    """Sort names so that numbers in them count: chr2 before chr10."""
    keys = values.str.replace(r"\d+", lambda found: found[0].zfill(12), regex=True)
    return list(values.iloc[np.argsort(keys.to_numpy(), kind="stable")])


def _contigs(examples: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return the contigs of every fold; nothing for sequences without a place, or where folds share contigs."""
    if "chrom" not in examples or not examples["chrom"].astype(str).any():
        return []
    found = _values_by_fold(examples, "chrom")
    return found if all(values for _, values in found) else []


def _sequence_values(facts: Facts) -> dict[str, Any]:
    """Return what the templates name for networks on sequences alone."""
    first, places, strands = facts.networks[0], _contigs(facts.examples), strand_facts(facts.card)
    folds = {str(network["fold"]) for network in facts.networks}
    split = facts.spec["split"]
    return {
        "split_words": SPLIT_STRATEGIES[split["strategy"]].words.format(**split),
        "ratio": facts.spec["negatives"]["ratio"] or _ratio(facts.examples, facts.spec["negatives"]["strategy"]),
        "negatives": NEGATIVE_STRATEGIES[facts.spec["negatives"]["strategy"]].words,
        "strands": (strands["strands"], strands["direction"]),
        "contigs": places,
        "seen": [contig for fold, names in places if fold != "test" for contig in names],
        "notices": card_sentences(first),
        # The networks read one strand of DNA where both mean the same.
        "one_of_two_strands": facts.card["alphabet"] == "dna"
        and not (knows_strand(first) or facts.both_strands or first.get("situation", {}).get("oriented")),
        # Of the weights' paths, understood by the shell and Python alike.
        "pattern": f"{folds.pop() if len(folds) == 1 else '[0-9]*'}/*/model.safetensors",
    }


def _ratio(examples: pd.DataFrame, strategy: str) -> float:
    """Return how many negatives a strategy found per example that is not one of them."""
    found = int((examples["origin"] == strategy).sum()) if "origin" in examples else 0
    return found / max(len(examples) - found, 1)


def _image_values(facts: Facts) -> dict[str, Any]:
    """Return what the templates name for networks on images alone."""
    split, chosen = facts.spec["split"], _normalisations(facts)
    scopes = {one["scope"]: len(one["figures"]) for one in chosen.values()}
    words = [SCOPE_WORDS.get(scope, f"each {scope} alone") for scope in scopes]
    strategy = CELL_SPLIT_STRATEGIES[split["strategy"]]
    unit = f", by {' and '.join(split['by'])}" if split["by"] and not strategy.given else ""
    return {
        "split_words": strategy.words.format(**split) + unit,
        "groups_of_folds": _values_by_fold(facts.examples, "group") if split["by"] else [],
        "normalised": " or ".join(words) + (", as each fold chose" if len(words) > 1 else ""),
        "grouped": {scope: known for scope, known in scopes.items() if scope not in SCOPE_WORDS},
        "trials": _trials_table(chosen),
        "watched": metric_name(headline(facts.metrics["task"])),
    }


def _normalisations(facts: Facts) -> dict[str, Mapping[str, Any]]:
    """Return how the crops of every fold are normalised, from the metadata of its networks."""
    return {str(network["fold"]): network["normalise"] for network in facts.networks}


def _trials_table(chosen: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return by fold what short trainings by each scope reached on validation; no row where none was tried."""
    rows = [
        {"fold": fold, **{scope: _reached(one) for scope, one in own["trials"].items()}, "taken": own["scope"]}
        for fold, own in chosen.items()
        if own.get("trials")
    ]
    return pd.DataFrame(rows)


KINDS: dict[str, Callable[[Facts], dict[str, Any]]] = {"sequence": _sequence_values, "image": _image_values}


def _reached(trial: Mapping[str, float | None]) -> str:
    """Write what a short training reached: its loss, and in brackets its metric."""
    return f"{number(trial['loss'])} ({number(trial['metric'])})"


def _data_values(facts: Facts) -> dict[str, Any]:
    """Return the counts of examples, how many input rows were not used, and how the networks were trained."""
    ordered = {fold: facts.card["counts"][fold] for fold in fold_order(list(facts.card["counts"]))}
    counts = counts_frame(ordered).set_index("fold").rename(index=fold_name).T
    written = counts.map(lambda value: integer(value) if value == round(value) else f"{value:,.4g}")
    left_out = int(kinds(facts.dropped).isin(DELIBERATE).sum())
    epochs = [int(history["epoch"].max()) for history in facts.histories if len(history)] or [0]
    return {
        "counts": written.rename_axis(index="count", columns=None).reset_index(),
        "lost": len(facts.dropped) - left_out,
        "left_out": left_out,
        "epochs": list(dict.fromkeys([min(epochs), max(epochs)])),
        "spent": sum(float(history["seconds"].sum()) for history in facts.histories),
        "devices": sorted({str(device) for history in facts.histories for device in history["device"].dropna()}),
    }


def _performance_values(facts: Facts) -> dict[str, Any]:
    """Return the metrics of the test split as tables, and in a sentence."""
    metrics, chief = facts.metrics, chief_metrics(facts.metrics["task"])[0]
    few = [label for label in metrics["few_groups"] if label != MEAN] or metrics["few_groups"]
    return {
        "finding": verdict_finding(metrics),
        "chief": metric_name(chief),
        "groups": f"{min(metrics['groups'].values())} groups" if metrics["groups"] else "groups",
        "baselines": [method_name(name) for name in metrics.get("baselines", {})],
        "performance": label_rows(metrics),
        "overall": overall_rows(metrics),
        "calibration": calibration_rows(metrics),
        "not_ahead": behind_baseline(metrics, facts.labels),
        "few_groups": few,
        "least_groups": min((metrics["groups"][label] for label in few), default=0),
    }


def _probability_values(facts: Facts) -> dict[str, Any]:
    """Return what limits the use of probabilities; nothing of measured labels."""
    if not TASKS[facts.card["task"]].binary:
        return {"few_positives": [], "calibration_error": "", "positives": ""}
    counts = facts.card["counts"]
    tested = [fold for fold in counts if fold not in ("train", "validation")]
    few = {label: sum(counts[fold][label] for fold in tested) for label in facts.labels}
    error = facts.metrics.get("overall", {}).get("model", {}).get("ece", {}).get("value")
    shares = [_positive_share(counts, label) for label in facts.labels]
    least, most = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return {
        "few_positives": [f"{label} ({int(count)})" for label, count in few.items() if count < FEW_POSITIVES],
        "calibration_error": number(error) if error is not None and error > GAP else "",
        "positives": least if max(shares) - min(shares) < 0.01 else f"{least} to {most}",
    }


def _positive_share(counts: Mapping[str, Mapping[str, float]], label: str) -> float:
    """Return the share of an output's positives among all examples of the data; NaN without examples."""
    total = sum(fold["examples"] for fold in counts.values())
    return sum(fold[label] for fold in counts.values()) / total if total else float("nan")


def _motif_values(facts: Facts) -> dict[str, Any]:
    """Return the known motifs that learned ones (of a ``matches.tsv``: filters) resemble, one row per known motif."""
    if facts.matches is None:
        return {}
    known = facts.matches[facts.matches["q_value"] <= facts.spec["motifs"]["q_value"]]
    rows = []
    for (name, matrix), part in known.groupby(["motif_name", "motif_id"], sort=False):
        filters = int(part["filters"].sum()) if "filters" in part else len(part)
        row = {"motif": name, "matrix": matrix, "filters": filters, "q": probability(part["q_value"].min())}
        if "reproducible" in part:
            row["reproducible"] = "yes" if (part["reproducible"] == "yes").any() else "no"
        rows.append(row)
    what = "motifs" if "filters" in facts.matches else "filters"
    return {"resembling": len(known), "learned": what, "motifs": pd.DataFrame(rows)}


def _warnings(facts: Facts) -> list[tuple[str, dict[Any, Any]]]:
    """Return what the audit found, leaks first, each row with its words."""
    if facts.audit is None:
        return []
    rows = facts.audit.to_dict("records")
    return [(words, row) for verdict, words in VERDICTS.items() for row in rows if row["verdict"] == verdict]


def _searched(facts: Facts) -> list[str]:
    """Return the keys of the section ``training`` that a search chose."""
    keys = facts.spec["search"]["ranges"] if facts.search else []
    return [str(key).removeprefix("training.") for key in keys if str(key).startswith("training.")]


def card_values(facts: Facts) -> dict[str, Any]:
    """Return everything that the templates of a card name: the files' contents and what follows from them."""
    own = {
        "first": facts.networks[0],
        "task": TASKS[facts.card["task"]],
        "both_strands": facts.both_strands,
        "work": facts.layers[["parameters", "multiply_adds"]].sum(),
        "folds": list(dict.fromkeys(str(network["fold"]) for network in facts.networks)),
        "training": facts.networks[0].get("training", facts.spec["training"]),
        "recipes": list(dict.fromkeys(network["recipe"] for network in facts.networks if "recipe" in network)),
        "warnings": _warnings(facts),
        "searched": _searched(facts),
    }
    parts = (_data_values, _performance_values, _probability_values, _motif_values, KINDS[facts.card["modality"]])
    return facts._asdict() | own | {name: value for part in parts for name, value in part(facts).items()}
