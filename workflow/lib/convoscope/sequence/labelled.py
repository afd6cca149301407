"""From labelled sequences to examples: usable records, names, sequence families, shuffled negatives."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config import SequencesSpec
from convoscope.config.strategies import SPLIT_STRATEGIES
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ILLEGAL, Alphabet, encode_many, lookup, refusal, reverse_complement_codes
from convoscope.sequence.background import one_line
from convoscope.sequence.contradictions import judge_contradictions
from convoscope.sequence.fitting import fit_texts
from convoscope.sequence.negatives import shuffled_rows
from convoscope.sequence.nucleotides import holds_nucleotides
from convoscope.sequence.records import read_labelled_records
from convoscope.sequence.splits import DEALS
from convoscope.sequence.tables import name_rows

UNSAFE = re.compile(r"[^A-Za-z0-9_.+@=-]+")
NAME_LENGTH = 80


def read_all(paths: list[Path], spec: SequencesSpec) -> tuple[pd.DataFrame, list[str]]:
    """Read all files into one table, with ``source`` and ``file`` (its number); return it and the labels' names."""
    if len(paths) != len(spec.sequences):
        raise InputError(
            f"--files: {len(paths)} files; one for each of {len(spec.sequences)} under sequences is needed"
        )
    tables, names = [], []
    strategy = spec.split.strategy
    given = SPLIT_STRATEGIES[strategy].given
    for number, (path, options) in enumerate(zip(paths, spec.sequences, strict=True)):
        where = f"sequences.{number}"
        if given and not (options.split or options.split_column):
            raise InputError(
                f"{where}.split: missing; split.strategy {strategy} needs split or split_column of every file"
            )
        tables.append(read_labelled_records(path, options, where).assign(source=options.path, file=number))
        names += [*options.labels, *options.label_columns, *options.classes]
    names = list(dict.fromkeys(names))
    table = pd.concat(tables, ignore_index=True)
    if given and (table["split"] == "").any():
        row = table[table["split"] == ""].iloc[0]
        raise InputError(
            f"{row['source']}:{row['line']}: no split; split.strategy {strategy} needs one for every record"
        )
    return table, names


def judge_records(
    records: pd.DataFrame, labels: np.ndarray, alphabet: Alphabet, *, any_length: bool = False
) -> np.ndarray:
    """Return why a record cannot be used, ``(N,)`` text, empty where it can.

    Reasons: ``empty``, ``unlabelled``, ``letter`` (outside the alphabet; where) and ``other_length`` (than most,
    unless any length will do).
    """
    reasons = np.full(len(records), "", dtype=object)
    lengths = records["text"].str.len().to_numpy()
    usual = int(pd.Series(lengths[lengths > 0]).mode().max()) if lengths.any() else 0
    for row, text in enumerate(records["text"]):
        if not text:
            reasons[row] = "empty"
        elif np.isnan(labels[row]).all():
            reasons[row] = "unlabelled"
        elif illegal := _illegal_letter(text, alphabet):
            reasons[row] = f"letter: {illegal}"
        elif holds_nucleotides(text, alphabet):
            reasons[row] = "letter: letters of nucleotides alone; set alphabet: dna or rna, or give proteins"
        elif len(text) != usual and not any_length:
            reasons[row] = f"other_length: {len(text)} letters; most have {usual}"
    return reasons


def _illegal_letter(text: str, alphabet: Alphabet) -> str:
    """Describe the first letter that is not of the alphabet; empty where all are."""
    wrong = lookup(alphabet)[np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)] == ILLEGAL
    return refusal(text[int(wrong.argmax())], int(wrong.argmax()), alphabet) if wrong.any() else ""


def unique_names(names: pd.Series) -> list[str]:
    """Return names that are fit for an index and all different: other characters become ``_``, repeats get a number.

    >>> unique_names(pd.Series(["a b", "a b", "a_b.2", "x"]))
    ['a_b', 'a_b.3', 'a_b.2', 'x']
    """
    clean = [(UNSAFE.sub("_", name).strip("_") or "sequence")[:NAME_LENGTH] for name in names]
    taken, used, result = set(clean), set(), []
    number: dict[str, int] = {}
    for name in clean:
        unique = name
        while unique in used or (unique != name and unique in taken):
            number[name] = number.get(name, 1) + 1
            unique = f"{name}.{number[name]}"
        used.add(unique)
        result.append(unique)
    return result


def sequence_families(texts: list[str], names: np.ndarray, alphabet: Alphabet, strands: str) -> np.ndarray:
    """Return for each sequence the name of the first that equals it, on either strand where there are two, ``(N,)``."""
    codes = encode_many(texts, alphabet)
    other = reverse_complement_codes(codes, alphabet) if strands == "both" else codes
    keys = [min(one.tobytes(), two.tobytes()) for one, two in zip(codes, other, strict=True)]
    number, _ = pd.factorize(np.array(keys, dtype=object))
    _, first = np.unique(number, return_index=True)
    return names[first[number]]


def repeats(splits: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return why a record must leave its given split, ``(N,)`` text, empty where it may stay.

    A sequence of the test split is in no other, one of the validation split not in training.
    """
    reasons = np.full(len(splits), "", dtype=object)
    for held, others in (("test", ("train", "validation")), ("validation", ("train",))):
        repeated = np.isin(splits, others) & np.isin(groups, groups[splits == held]) & (reasons == "")
        reasons[repeated] = f"duplicates_{held}_sequence"
    return reasons


def judge_all(records: pd.DataFrame, names: list[str], spec: SequencesSpec, alphabet: Alphabet) -> pd.DataFrame:
    """Return the records with ``reason`` (empty where used), ``id``, ``group`` and ``fold``."""
    labels = records[names].to_numpy(dtype=np.float64)
    reasons = judge_records(records, labels, alphabet, any_length=spec.fit is not None)
    if spec.fit:
        fine = np.flatnonzero(reasons == "")
        texts = records["text"].to_numpy(dtype=object, copy=True)
        texts[fine] = fit_texts(texts[fine].tolist(), spec.fit, alphabet)
        records = records.assign(text=texts)
    result = records.assign(id=unique_names(records["name"]), group="", fold="")
    fine = np.flatnonzero(reasons == "")
    if len(fine):
        ids = result["id"].to_numpy(dtype=object)[fine]
        groups = sequence_families(list(records["text"].iloc[fine]), ids, alphabet, spec.strands)
        given = records["split"].to_numpy(dtype=object)[fine]
        if SPLIT_STRATEGIES[spec.split.strategy].given:
            reasons[fine] = repeats(given, groups)
        left = np.flatnonzero(reasons[fine] == "")
        own = labels[fine[left]]
        reasons[fine[left]] = judge_contradictions(groups[left], own, names, ids[left], spec.contradictions)
        kept = reasons[fine] == ""
        folds = DEALS[spec.split.strategy](groups[kept], labels[fine[kept]], given[kept], spec.split)
        result.loc[fine, "group"] = groups
        result.loc[fine[kept], "fold"] = folds
    return result.assign(reason=reasons)


def _no_rows(positives: pd.DataFrame, ratio: float, seed: int) -> pd.DataFrame:
    """Return the table without its rows."""
    return positives.iloc[:0]


SHUFFLES: dict[str, Callable[[pd.DataFrame, float, int], pd.DataFrame]] = {
    "dinucleotide_shuffle": shuffled_rows,
    "none": _no_rows,
}


def example_rows(records: pd.DataFrame, names: list[str], spec: SequencesSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the used records and their shuffles as windows, and the tally of the shuffles.

    Only a file without a record whose labels are all 0 is given shuffles: others bring their own negatives.
    """
    rows = records.assign(chrom=records["id"], start=0, end=records["text"].str.len(), strand="+")
    rows = rows.assign(origin="given", parent="")
    own = (rows[names] == 0).all(axis=1).groupby(rows["file"]).transform("any")
    negatives, lonely = spec.negatives, rows[~own]
    strategy = negatives.strategy
    extra = SHUFFLES[strategy](lonely, negatives.ratio_for(len(lonely)), negatives.seed).assign(origin=strategy)
    extra[names] = extra[names].where(extra[names].isna(), 0.0)  # a shuffle of what is not known is not known
    extra = extra.assign(id=name_rows(extra))
    return pd.concat([rows, extra], ignore_index=True), one_line(strategy, len(extra), len(extra))
