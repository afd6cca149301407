"""What experiments on listed sequences leave out, and classes by name."""

from typing import Any

import pytest
from pydantic import ValidationError

from convoscope.config import SequenceExperiment


def listed(**content: Any) -> SequenceExperiment:
    """Return an experiment on listed sequences."""
    return SequenceExperiment.model_validate({"model": {"name": "deepbind"}, **content})


POSITIVE, NEGATIVE = {"path": "p.fa", "labels": {"y": 1}}, {"path": "n.fa", "labels": {"y": 0}}


@pytest.mark.parametrize(
    ("files", "negatives", "split", "task"),
    [
        ([POSITIVE, NEGATIVE], "none", "random", "multilabel"),
        ([POSITIVE], "dinucleotide_shuffle", "random", "multilabel"),
        ([POSITIVE | {"split": "train"}, NEGATIVE | {"split": "test"}], "none", "given", "multilabel"),
        ([POSITIVE | {"split": "train"}, NEGATIVE], "none", "random", "multilabel"),
        ([{"path": "t.csv", "label_columns": {"y": "y"}, "split_column": "part"}], "none", "given", "multilabel"),
        ([{"path": "t.csv", "label_column": "kind", "classes": ["1", "NA"]}], "none", "random", "multiclass"),
    ],
)
def test_what_lists_of_sequences_leave_out(files: list[dict[str, Any]], negatives: str, split: str, task: str) -> None:
    experiment = listed(sequences=files)
    assert (experiment.negatives.strategy, experiment.split.strategy, experiment.task) == (negatives, split, task)
    chosen = listed(sequences=files, negatives={"ratio": 2.0}, split={"seed": 9})
    assert (chosen.negatives.strategy, chosen.negatives.ratio, chosen.split.seed) == (negatives, 2.0, 9)
    assert listed(sequences=files, task="regression", split={"strategy": "random_folds"}).folds == list("01234")


def test_a_reference_has_blocks_unless_chromosomes_are_named() -> None:
    genomic: dict[str, Any] = {"reference": "g", "sites": {"a": {"path": "a.bed"}}}
    assert listed(**genomic).split.strategy == "blocks"
    assert listed(**genomic).negatives.strategy == "gc_matched"
    named = {"validation": ["I"], "test": ["II"]}
    assert listed(**genomic, split=named).split.strategy == "chromosomes"
    with pytest.raises(ValidationError, match="strategy: blocks takes no names under validation and test"):
        listed(**genomic, split={"strategy": "blocks", **named})
    with pytest.raises(ValidationError, match=r"fit is for sequences; windows\.length"):
        listed(**genomic, fit={})


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"label_column": "kind"}, "label_column and classes: .* go together"),
        ({"classes": ["a"]}, "label_column and classes"),
        ({"label_column": "kind", "classes": ["a", "b", "a"]}, "classes: one stands twice"),
        ({"label_column": "kind", "classes": [12]}, "valid string"),
    ],
)
def test_classes_are_named_as_text_once(file: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        listed(sequences=[{"path": "t.csv", **file}])


def test_classes_are_labels_in_their_order() -> None:
    file = {"path": "t.csv", "label_column": "kind", "classes": ["b", "a"]}
    assert listed(sequences=[POSITIVE, file], task="multilabel").labels == ["y", "b", "a"]
