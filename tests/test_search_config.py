"""The section ``search``: what is refused before the first job, each in one line with its dotted name."""

from typing import Any

import pytest

from convoscope.config import load_config
from convoscope.errors import InputError

RATE = {"training.learning_rate": {"low": 0.0005, "high": 0.05, "log": True}}
INPUTS = {"sequence": {"sequences": [{"path": "a.fa", "labels": {"a": 1}}]}, "image": {"simulate": {}}}


def load(kind: str = "sequence", **changes: Any) -> Any:
    """Check an experiment with a search."""
    return load_config({"experiments": {kind: {"e": {**INPUTS[kind], **changes}}}}).experiments


def ranges(**given: Any) -> dict[str, Any]:
    return {"search": {"ranges": {key.replace("__", "."): value for key, value in given.items()}}}


@pytest.mark.parametrize("kind", list(INPUTS))
def test_a_search_is_accepted_and_absent_by_default(kind: str) -> None:
    experiment = getattr(load(kind, search={"ranges": RATE}), kind)["e"]
    assert (experiment.search.trials, experiment.search.sizes) == (30, [30])
    assert getattr(load(kind), kind)["e"].search is None


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            ranges(training__learning_rte=RATE["training.learning_rate"]),
            "e.search.ranges.training.learning_rte: cannot be searched; did you mean training.learning_rate?",
        ),
        (ranges(training__monitor={"choice": ["loss"]}), "e.search.ranges.training.monitor: cannot be searched"),
        (ranges(training__devices={"choice": [1, 2]}), "e.search.ranges.training.devices: cannot be searched"),
        (ranges(split__seed={"low": 1, "high": 2}), "e.search.ranges.split.seed: cannot be searched"),
        (ranges(), "e.search.ranges: Dictionary should have at least 1 item"),
        ({"search": {"ranges": RATE, "trails": 3}}, "e.search.trails: unknown key; did you mean trials?"),
        (ranges(training__momentum={"low": 0.9}), "e.search.ranges.training.momentum: give low and high, or choice"),
        (ranges(training__momentum={"low": 0.9, "high": 0.5}), "e.search.ranges.training.momentum: low 0.9, high 0.5"),
        (ranges(training__momentum={"low": 0, "high": 0.5, "log": True}), "momentum: low 0.0 with log; more than 0"),
        (ranges(training__momentum={"choice": [0.5], "log": True}), "momentum: log and integer are for numbers"),
        (ranges(training__shift={"low": 0.5, "high": 2, "integer": True}), "shift: low 0.5, high 2.0 with integer"),
        (
            ranges(training__momentum={"low": 0.9, "high": 1.2}),
            "e: search.ranges.training.momentum: momentum: Input should be less than 1; found 1.2",
        ),
        (ranges(training__batch_size={"low": 8, "high": 64}), "should be a valid integer; found 8.0"),
        (ranges(training__optimizer={"choice": ["sgd", "adam"]}), "Input should be 'adamw' or 'sgd'; found 'adam'"),
        (ranges(model__options__filtrs={"choice": [8]}), "unknown option 'filtrs'; deepbind takes filters, length"),
        (
            ranges(model__options__dropout={"low": 0, "high": 1}),
            "e: search.ranges.model.options.dropout: model.options.dropout: Input should be less than 1; found 1.0",
        ),
        (ranges(model__name={"choice": ["deepbind", "lenet"]}), "search.ranges.model.name: model.name: lenet does not"),
        (
            ranges(model__name={"choice": ["deepbind", "basset"]}, model__options__length={"choice": [8]}),
            "search.ranges.model.options.length: model.options: unknown option 'length'; basset takes filters",
        ),
        (
            {"strands": "single", **ranges(model__options__strands={"choice": ["single", "max"]})},
            "search.ranges.model.options.strands: model.options.strands: max reads the reverse complement",
        ),
        ({"search": {"ranges": RATE, "rungs": [4, 4]}}, "e.search: rungs: [4, 4]; each later than the one before"),
        ({"search": {"ranges": RATE, "rungs": [2, 30]}}, "e: search.rungs: [30] with training.epochs 30; earlier ones"),
    ],
)  # fmt: skip
def test_one_line_says_what_is_wrong(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        load(**changes)
    [found] = str(refused.value).splitlines()
    assert found.startswith("config: experiments.sequence.e") and line in found
