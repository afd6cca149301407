"""All that is known about single windows, each for one label: mutations, indels, attributions by several methods."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from convoscope.config.uses import Maps
from convoscope.errors import InputError
from convoscope.interpretation.attribution.contributions import AttributionSettings, Contributions, contributions
from convoscope.interpretation.attribution.motif_instances import Hit
from convoscope.interpretation.attribution.mutagenesis import (
    Changes,
    deletions,
    insertions,
    map_heights,
    mutation_map,
    substitutions,
)
from convoscope.prediction.ensemble import Ensemble, predictions, scores

logger = logging.getLogger(__name__)
Arrays = dict[str, np.ndarray]
PREDICTIONS = ("id", "fold", "split", "label", "prediction")  # columns of predictions.tsv.gz
EVERY = ""  # the fold of windows that all networks map


def highest_windows(predicted: pd.DataFrame, windows: pd.DataFrame, labels: Sequence[str], count: int) -> pd.DataFrame:
    """Return the test windows with the highest prediction of each label: ``id fold label prediction``.

    All first ones come before all second ones, so that the first rows show as many labels as there are. Windows of one
    label do not overlap: two maps of one site tell no more than one.

    Parameters
    ----------
    predicted
        Columns ``id fold split label prediction``.
    windows
        Columns ``id chrom start end``.
    labels
        In the order wanted.
    count
        Windows per label.
    """
    tested = predicted[(predicted["split"] == "test") & predicted["label"].isin(list(labels))]
    placed = tested.merge(windows[["id", "chrom", "start", "end"]], on="id")
    ordered = placed.sort_values("prediction", ascending=False, kind="stable")
    parts = [apart(ordered[ordered["label"] == label], count) for label in labels]
    chosen = pd.concat(parts).assign(place=[place for place, part in enumerate(parts) for _ in range(len(part))])
    chosen = chosen.assign(rank=chosen.groupby("place").cumcount()).sort_values(["rank", "place"])
    return chosen[["id", "fold", "label", "prediction"]].reset_index(drop=True)


def apart(windows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first windows ``chrom start end`` that overlap none before them, at most ``count``."""
    kept: list[int] = []
    places = list(zip(windows["chrom"], windows["start"], windows["end"], strict=True))
    for number, (chrom, start, end) in enumerate(places):
        if len(kept) == count:
            break
        if all(chrom != other or end <= first or last <= start for other, first, last in map(places.__getitem__, kept)):
            kept.append(number)
    return windows.iloc[kept]


def for_every_label(names: Sequence[str], codes: np.ndarray, ensemble: Ensemble) -> tuple[pd.DataFrame, np.ndarray]:
    """Return windows outside of the data, each for every label, as `highest_windows` does; and their codes.

    Parameters
    ----------
    names
        One for each window.
    codes
        ``(N, L)``.
    ensemble
        All of its members map them: the ``fold`` is empty.
    """
    mean = predictions(ensemble, scores(ensemble, codes)).mean(0)
    wide = pd.DataFrame(mean, columns=ensemble.labels).assign(
        id=list(names), fold=EVERY, kind="bed", row=range(len(codes))
    )
    long = wide.melt(["id", "fold", "kind", "row"], var_name="label", value_name="prediction")
    return long.drop(columns="row"), codes[long["row"]]


def _of_labels(changes: Changes, rows: np.ndarray, targets: np.ndarray) -> Changes:
    """Return for each map its window's changes of its label, with a last axis of one label."""
    wild = changes.wild[rows, targets][:, None]
    return Changes(wild, *(found[rows, ..., targets][..., None] for found in changes[1:]))


def map_windows(
    ensemble: Ensemble, codes: np.ndarray, labels: Sequence[str], thresholds: np.ndarray, spec: Maps
) -> Arrays:
    """Compute the maps of windows, each for one label.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Windows ``(M, L)``; one that is mapped for several labels stands there several times.
    labels
        The label of each, ``(M,)``.
    thresholds
        Score of each label of the ensemble above which a mutation map shows changes, ``(labels,)``.
    spec
        What is asked for.

    Returns
    -------
    dict
        All with the first axis M: ``wild`` (raw score), ``change`` and ``spread`` ``(M, letters, L)`` of
        substitutions, ``map`` (DeepBind's), ``heights (M, L)``; with indels ``deletion (M, L)`` and
        ``insertion (M, letters, L)``; for each method that explains these networks ``actual:<method> (M, L)``,
        ``full:<method> (M, letters, L)``, and ``gap:<method>``, ``difference:<method>`` ``(M,)``.
    """
    windows, rows = np.unique(codes, axis=0, return_inverse=True)
    targets = np.array([ensemble.labels.index(label) for label in labels], dtype=int)
    found = _of_labels(substitutions(ensemble, windows), rows, targets)
    limits = thresholds[targets].reshape(-1, 1, 1, 1)
    maps = mutation_map(found.wild, found.change, limits)
    arrays = {"wild": found.wild, "change": found.change, "spread": found.spread, "map": maps}
    arrays["heights"] = map_heights(maps)
    if spec.indels:
        arrays["deletion"] = _of_labels(deletions(ensemble, windows), rows, targets).change
        arrays["insertion"] = _of_labels(insertions(ensemble, windows), rows, targets).change
    arrays = {name: values[..., 0] for name, values in arrays.items()}
    settings = AttributionSettings(spec.steps, spec.references, spec.seed)
    for method in spec.methods:
        try:
            arrays |= _explain(ensemble, codes, np.array(labels), method, settings)
        except InputError as error:
            logger.info("%s is left out: %s", method, error)
    return arrays


def _explain(
    ensemble: Ensemble, codes: np.ndarray, labels: np.ndarray, method: str, settings: AttributionSettings
) -> Arrays:
    """Return the contributions by one method for windows of several labels, each field ``<field>:<method>``.

    Parameters
    ----------
    ensemble, codes, method, settings
        As of `contributions`.
    labels
        The label of each window ``(M,)``.
    """
    arrays: Arrays = {}
    for label in dict.fromkeys(labels.tolist()):
        rows = np.flatnonzero(labels == label)
        found = contributions(ensemble, codes[rows], label, method, settings)
        for field, values in zip(Contributions._fields, found, strict=True):
            name = f"{field}:{method}"
            arrays.setdefault(name, np.empty((len(labels), *values.shape[1:]), dtype=np.float32))[rows] = values
    return arrays


def together(parts: Sequence[tuple[np.ndarray, Arrays]]) -> Arrays:
    """Join the arrays of groups of windows, given with their row numbers, in the order of the rows."""
    if not parts:
        return {}
    order = np.argsort(np.concatenate([rows for rows, _ in parts]), kind="stable")
    names = [name for name in parts[0][1] if all(name in arrays for _, arrays in parts)]
    return {name: np.concatenate([arrays[name] for _, arrays in parts])[order] for name in names}


def describe_maps(windows: pd.DataFrame, arrays: Arrays, hits: Sequence[Sequence[Hit]]) -> pd.DataFrame:
    """Add to the rows of mapped windows what is found: score, highest letter, the motif that it is of, all motifs.

    Parameters
    ----------
    windows
        One row per map.
    arrays
        Of `map_windows`.
    hits
        Named motifs of each window.
    """
    heights = arrays["heights"]
    best, tallest = heights.argmax(1), heights.max(1)
    owner = [
        next((hit.name for hit in found if tall > 0 and hit.start <= place < hit.end), "")
        for found, place, tall in zip(hits, best, tallest, strict=True)
    ]
    listed = ["; ".join(f"{hit.name} {hit.start}-{hit.end} {hit.strand}" for hit in found) for found in hits]
    highest = pd.array([place if tall > 0 else pd.NA for place, tall in zip(best, tallest, strict=True)], dtype="Int64")
    columns = {"score": arrays["wild"], "highest": highest, "height": tallest, "motif": owner, "motifs": listed}
    gaps = {name.replace(":", "_"): values for name, values in arrays.items() if name.startswith("gap:")}
    return windows.assign(**columns, **{name: values for name, values in gaps.items() if np.isfinite(values).all()})


def columns_of(windows: pd.DataFrame, codes: np.ndarray, hits: Sequence[Sequence[Hit]]) -> Arrays:
    """Return the facts about mapped windows, besides their maps, as arrays.

    Parameters
    ----------
    windows
        One row per map: ``id label kind prediction``.
    codes
        ``(M, L)``.
    hits
        Named motifs of each window; all of them as ``hit:map`` (the row) and ``hit:<field>`` of `Hit`.
    """
    flat = [(number, *hit) for number, found in enumerate(hits) for hit in found]
    table = pd.DataFrame(flat, columns=["map", *Hit._fields])
    kinds = {"map": int, "start": int, "end": int, "name": str, "strand": str, "p_value": float}
    marked: Arrays = {f"hit:{name}": table[name].to_numpy().astype(kind) for name, kind in kinds.items()}
    names = {name: windows[name].to_numpy().astype(str) for name in ("id", "label", "kind")}
    return {**names, "prediction": windows["prediction"].to_numpy(float), "codes": codes, **marked}
