"""Several trained networks as one classifier of cells, from their files alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn

from convoscope.config.image import CROP, TRAINING, Cells, Crops, CropsSpec, FurtherCells, same_scale
from convoscope.errors import InputError
from convoscope.image import normalise
from convoscope.image.cutting import Kind
from convoscope.modality import MODALITIES, Facts
from convoscope.prediction.ensemble import load_members
from convoscope.prediction.views import predict_views
from convoscope.training.objectives import objective

SHARED = ("modality", "task", "labels", "channel_names", "dtype", "space", "crops")
BATCH = 256  # crops that are encoded at once


class Classifier(NamedTuple):
    """Networks in evaluation mode with the metadata of each; ``views`` is 8, or 1 for the crop as it lies."""

    networks: list[nn.Module]
    facts: list[Facts]
    device: torch.device
    views: int

    @property
    def labels(self) -> list[str]:
        """Names of the outputs, in their order."""
        return list(self.facts[0]["labels"])

    @property
    def groups(self) -> list[str]:
        """Columns by whose groups networks normalise intensities: usually one or none; folds may differ."""
        return list(dict.fromkeys(column for facts in self.facts for column in group_columns(facts)))


def load_classifier(paths: Sequence[Path], device: str = "cpu", *, average_views: bool = True) -> Classifier:
    """Load networks that were trained on the same question about cells.

    Raises
    ------
    InputError
        As `load_members`, and if two were normalised by different strategies. Scopes may differ: folds choose theirs.
    """
    loaded = load_members(paths, device, "image", SHARED)
    first = loaded[0][1]["normalise"]
    for path, (_, facts) in zip(paths, loaded, strict=True):
        own = facts["normalise"]
        if own["strategy"] != first["strategy"]:
            raise InputError(
                f"{path}: normalise {own['strategy']} by {own['scope']}, but {paths[0]} has {first['strategy']} by "
                f"{first['scope']}; give one ensemble"
            )
    count = len(MODALITIES["image"].views) if average_views else 1
    return Classifier([network for network, _ in loaded], [facts for _, facts in loaded], torch.device(device), count)


def group_columns(facts: Facts) -> list[str]:
    """Return the column by whose groups a network normalises intensities, or nothing.

    >>> group_columns({"normalise": {"scope": "plate"}}), group_columns({"normalise": {"scope": "training"}})
    (['plate'], [])
    """
    scope = str(facts["normalise"]["scope"])
    return [] if scope in (CROP, TRAINING) else [scope]


def cutting_spec(facts: Facts, use: FurtherCells) -> CropsSpec:
    """Return how cells are cut for a network: the table as given, the crops as in its training.

    Raises
    ------
    InputError
        If the networks saw cells without their neighbours, and no label images are given; or pixels of another size.
    """
    settings = {name: value for name, value in facts.get("crops", {}).items() if name in Crops.model_fields}
    crops = Crops(**settings, size=facts["space"][0], channels=facts["channel_names"])
    if crops.isolate and use.form != "masks":
        raise InputError(
            f"form: {use.form}; the networks were trained with crops.isolate and need label images, form masks"
        )
    if not same_scale(use.pixel_size, crops.pixel_size):
        raise InputError(
            f"pixel_size: {use.pixel_size} micrometres; those of the training have {crops.pixel_size}: scale the images"
        )
    cells = Cells(**use.model_dump(include=set(Cells.model_fields)))
    return CropsSpec(cells=cells, crops=crops, labels=[], groups=group_columns(facts))


def image_kind(facts: Facts, use: FurtherCells) -> Kind:
    """Return depth, number and order of the channels that images must have for a network.

    Channels of the table are those that ``use`` names; the columns of the images where they have the networks' names;
    or the networks' in their order.

    Raises
    ------
    InputError
        If one is missing, stands twice, or is not in a column of its own where each channel has a file.
    """
    wanted = list(facts["channel_names"])
    named = use.images if len(use.images) > 1 and set(use.images) >= set(wanted) else wanted
    given = list(use.channels or named)
    missing = [name for name in wanted if name not in given]
    if missing or len(set(given)) < len(given):
        problem = f"no {missing[0]}" if missing else "a name stands twice"
        raise InputError(f"channels: {', '.join(given)}: {problem}; the networks read {', '.join(wanted)}")
    if len(use.images) > 1 and len(use.images) != len(given):
        raise InputError(f"images: {len(use.images)} columns; one for each of the channels {', '.join(given)}")
    order = None if given == wanted else tuple(given.index(name) for name in wanted)
    source = "the model" if order is None else "channels"
    return Kind(len(given), np.dtype(facts["dtype"]), source, "that of the training", order)


def small_groups(names: np.ndarray, least: int, column: str) -> np.ndarray:
    """Return for every cell ``(N,)`` why its group cannot be normalised, empty where it has enough cells.

    >>> small_groups(np.array(["p1", "p2", "p1"]), 2, "plate").tolist()
    ['', "small group: plate 'p2' has 1 of at least 2 cells", '']
    """
    _, numbers, sizes = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    counts = sizes[numbers]
    text = [
        f"small group: {column} {name!r} has {count} of at least {least} cells" if count < least else ""
        for name, count in zip(names.tolist(), counts.tolist(), strict=True)
    ]
    return np.array(text, dtype=object)


def fit_groups(classifier: Classifier, codes: np.ndarray, rows: np.ndarray, groups: pd.DataFrame) -> Classifier:
    """Return the classifier with the statistics of new groups, each from its own cells, in place of the training's.

    Parameters
    ----------
    classifier
        The networks; those that are not normalised by group stay as they are.
    codes
        Crops ``(n, channels, size, size)``.
    rows
        Rows to predict.
    groups
        ``n`` rows: the groups of every crop, in the columns of ``classifier.groups``.
    """
    strategy = classifier.facts[0]["normalise"]["strategy"]
    statistics = {
        column: {
            name: normalise.fit_crops(codes, rows[chosen], strategy)
            for name, chosen in normalise.group_rows(groups[column].to_numpy(object)[rows]).items()
        }
        for column in classifier.groups
    }
    own = [
        {**one["normalise"], "figures": statistics.get(one["normalise"]["scope"], one["normalise"]["figures"])}
        for one in classifier.facts
    ]
    facts = [{**one, "normalise": new} for one, new in zip(classifier.facts, own, strict=True)]
    return classifier._replace(facts=facts)


@torch.inference_mode()
def predict_crops(
    classifier: Classifier, codes: np.ndarray, table: pd.DataFrame, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Predict crops, some at a time, as the verb ``predict_crops`` does with each network.

    Parameters
    ----------
    classifier
        The networks.
    codes
        Crops ``(n, channels, size, size)``.
    table
        ``n`` rows, with the column by which intensities are normalised.
    rows
        Rows to predict.

    Yields
    ------
    Row numbers; mean and standard deviation over the networks of the probabilities, ``(batch, labels)`` each.
    """
    modality, task = MODALITIES["image"], objective(classifier.facts[0]["task"])
    reads = [modality.read(codes, table, facts) for facts in classifier.facts]
    encodes = [modality.encode(facts, classifier.device) for facts in classifier.facts]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        found = []
        for network, read, encode in zip(classifier.networks, reads, encodes, strict=True):
            inputs = encode(torch.from_numpy(read(part)).to(classifier.device))
            found.append(predict_views(network, inputs, modality.views[: classifier.views], task.predict))
        yield part, np.mean(found, axis=0), np.std(found, axis=0)
