"""What is meant where an experiment on sequences does not say: split, negatives and task of lists, place of motifs."""

from collections.abc import Mapping
from typing import Any


def listed_defaults(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections ``split``, ``negatives`` and ``task`` of an experiment as given, with what they leave out.

    ``content`` is not checked yet: whatever is not of the right kind is left for the checks that follow.
    """
    files = [file for file in content["sequences"] if isinstance(file, Mapping)]
    filled: dict[str, Any] = {}
    for key, strategy in (("split", usual_split(files)), ("negatives", usual_negatives(content.get("task"), files))):
        given = content.get(key, {})
        if isinstance(given, Mapping):
            filled[key] = {"strategy": strategy, **given}
    if any(file.get("label_column") for file in files):
        filled["task"] = content.get("task", "multiclass")
    return filled


def usual_split(files: list[Mapping[str, Any]]) -> str:
    """Return ``given`` where every file names its split, else ``random``."""
    named = [bool(file.get("split") or file.get("split_column")) for file in files]
    return "given" if named and all(named) else "random"


def usual_negatives(task: Any, files: list[Mapping[str, Any]]) -> str:
    """Return ``dinucleotide_shuffle`` where a label of 0 and 1 has no 0 in any file, else ``none``.

    >>> positive, negative = {"labels": {"y": 1}}, {"labels": {"y": 0}}
    >>> usual_negatives(None, [positive]), usual_negatives(None, [positive, negative])
    ('dinucleotide_shuffle', 'none')
    """
    if task not in (None, "multilabel") or any(file.get("label_columns") or file.get("label_column") for file in files):
        return "none"
    values: dict[str, set[Any]] = {}
    for file in files:
        labels = file.get("labels")
        for name, value in labels.items() if isinstance(labels, Mapping) else []:
            values.setdefault(name, set()).add(value)
    return "dinucleotide_shuffle" if any(found == {1} for found in values.values()) else "none"


def without_position(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an experiment on sites, not checked yet, whose network knows no position if its variants need that.

    >>> without_position({"sites": {}, "variants": {"v": {"path": "v.vcf"}}})["model"]
    {'options': {'knots': 0}}
    >>> without_position({"sites": {}, "variants": {"v": {"path": "v.vcf", "sites": "s.bed"}}}).get("model")
    """
    variants, model = content.get("variants"), content.get("model", {})
    if not (content.get("sites") is not None and isinstance(variants, Mapping) and isinstance(model, Mapping)):
        return content
    alone = any(isinstance(block, Mapping) and not block.get("sites") for block in variants.values())
    options = model.get("options", {})
    if not alone or model.get("name", "deepbind") != "deepbind" or not isinstance(options, Mapping):
        return content
    return {**content, "model": {**model, "options": {"knots": 0, **options}}}


def without_patterns(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an experiment, not checked yet, without TF-MoDISco where it is not named and data has one strand.

    >>> without_patterns({"alphabet": "rna"})["modisco"], without_patterns({"windows": {"strand": "site"}})["modisco"]
    (None, None)
    >>> without_patterns({"alphabet": "rna", "modisco": {}}), without_patterns({"strands": "both"})
    ({'alphabet': 'rna', 'modisco': {}}, {'strands': 'both'})
    """
    windows = content.get("windows")
    sited = isinstance(windows, Mapping) and windows.get("strand") == "site"
    usual = "single" if sited or content.get("alphabet", "dna") != "dna" else "both"
    single = (content.get("strands") or usual) == "single"
    return {**content, "modisco": None} if single and "modisco" not in content else content
