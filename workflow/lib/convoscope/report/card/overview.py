"""What the first page of the report says of one experiment: its verdict, what speaks against it, its steps, methods."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from convoscope.report.card.cautions import cautions
from convoscope.report.card.facts import Facts
from convoscope.report.summary import summary_row, verdict_of
from convoscope.report.wording import fold_name, fold_order, method_name, metric_name, number

Values = Mapping[str, Any]
UNSAID = ("devices", "threads", "precision")  # settings of a training that the methods leave out
SENTENCES = {
    "ahead": "Better than {baseline} by {size} {metric} [{bounds}]",
    "behind": "Worse than {baseline} by {size} {metric} [{bounds}]",
    "undecided": "Not to be told from {baseline}: difference {size} {metric} [{bounds}]",
    "": "{metric} {reached}; there is no interval of a difference to a baseline",
}


def overview(facts: Facts, values: Values, filters: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Return the content of ``overview.json``.

    Parameters
    ----------
    facts, values
        Of the model card.
    filters
        Functions of its templates.
    """
    environment = _environment(tuple(filters.items()))
    verdict = _verdict(facts)
    content = {**values, **verdict, "counted_folds": _by_fold(facts), "settings": _settings(values)}
    parts = environment.get_template(f"{facts.card['modality']}.md.j2")
    named = {**content, **vars(parts.make_module(dict(content)))}  # and what the template sets itself
    written = {name: _block(parts, name, named) for name in ("input", "split", "negatives", "use")}
    whole = {**content, **{f"{name}_words": text for name, text in written.items()}}
    filled = environment.get_template("overview.txt.j2")
    steps = {name: _block(filled, name, whole) for name in ("examples", "splitting", "training", "testing", "reading")}
    return {
        "name": facts.name,
        "modality": facts.card["modality"],
        **verdict,
        "cautions": [caution._asdict() for caution in cautions(facts, values)],
        "steps": steps,
        "use": written["use"],
        "methods": " ".join(_block(filled, "methods", whole).split()),
    }


@functools.cache
def _environment(filters: tuple[tuple[str, Callable[..., Any]], ...]) -> Environment:
    """Return what compiles the templates, each of them once, with filters that put no marks into the text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=False, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {**dict(filters), "code": str, "cell": str, "table": lambda *_: ""}
    return environment


def _block(template: Any, name: str, values: Values) -> str:
    """Return one block of a template, in one line."""
    return " ".join("".join(template.blocks[name](template.new_context(dict(values)))).split())


def _by_fold(facts: Facts) -> dict[str, int]:
    """Return how many examples train, validate and test, or are in each of several folds."""
    counts = facts.card["counts"]
    return {fold_name(fold): int(counts[fold]["examples"]) for fold in fold_order(list(counts))}


def _settings(values: Values) -> dict[str, Any]:
    """Return the settings of the training that were in use, without those that a search chose."""
    hidden = (*UNSAID, *values["searched"])
    return {key: value for key, value in values["training"].items() if value and key not in hidden}


def _verdict(facts: Facts) -> dict[str, str]:
    """Return whether the networks beat the best baseline: a word, a sentence, and what they reach."""
    row = summary_row(facts.metrics, facts.histories)
    word = verdict_of(*(_float(row[name]) for name in ("difference_low", "difference_high")))
    sign = -1 if word == "behind" else 1
    size, *bounds = (sign * _float(row[f"difference{part}"]) for part in ("", "_low", "_high"))
    low, high = sorted(bounds)
    reached = f"{number(row['value'])} [{number(row['low'])} to {number(row['high'])}]"
    baseline = _baseline(str(row["baseline"]), facts.spec)
    sentence = SENTENCES[word].format(
        baseline=baseline, size=number(size), metric=metric_name(row["metric"]), reached=reached,
        bounds=f"{number(low)} to {number(high)}",
    )  # fmt: skip
    return {
        "verdict": word,
        "sentence": sentence,
        "metric": metric_name(row["metric"]),
        "reached": reached,
        "baseline": baseline,
        "baseline_reached": number(row["baseline_value"]),
        "tested": f"{int(row['test']):,}",
    }


def _float(value: Any) -> float:
    """Return a figure that may be unknown."""
    return float("nan") if value is None else float(value)


def _baseline(method: str, spec: Values) -> str:
    """Return the name of a baseline, that of words with their length."""
    return f"{spec['evaluation']['kmer']}-mers" if method == "kmer" else method_name(method)
