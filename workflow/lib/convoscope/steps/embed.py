"""What the last dense layer of a network sees of every cell, and on average of every group."""

from pathlib import Path

import numpy as np
import torch

from convoscope import modelfile
from convoscope.dataset import load_dataset, require_match
from convoscope.files import replacing
from convoscope.interpretation.attribution.activations import embedding
from convoscope.modality import MODALITIES
from convoscope.nn.pieces import piece_size
from convoscope.options import Input
from convoscope.prediction.projection import umap_points
from convoscope.training.device import use_threads


def embed(*, model: Input, examples: Input, codes: Input, card: Input, threads: int = 1, embeddings: Path) -> None:
    """Write what the last layer of a network gives for every cell, and its mean over groups.

    Parameters
    ----------
    embeddings
        File to write, .npz: cells (cells, units), ids (cells,), for every grouping column its names and means, and
        umap (cells, 2) where umap-learn is installed.
    """
    use_threads(threads)
    network, metadata = modelfile.load(model)
    data = load_dataset(examples, codes, card)
    require_match(model, metadata, data.card, data.codes)
    modality = MODALITIES[metadata["modality"]]
    read = modality.read(data.codes, data.table, metadata)
    encode = modality.encode(metadata, torch.device("cpu"))
    inputs = lambda rows: encode(torch.from_numpy(read(rows)))  # noqa: E731
    rows = np.arange(len(data.table))
    size = piece_size(network, tuple(inputs(rows[:1]).shape[1:]))
    parts = [embedding(network, inputs(part)) for part in np.split(rows, rows[size::size])]
    cells = np.concatenate(parts).astype(np.float32)
    arrays = {"cells": cells, "ids": data.table["id"].to_numpy(str)}
    points = umap_points(cells)
    arrays |= {} if points is None else {"umap": points}
    for column in data.card.get("groups", []):
        arrays |= _group_means(cells, data.table[column].to_numpy(str), column)
    with replacing(embeddings) as [scratch], scratch.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def _group_means(cells: np.ndarray, groups: np.ndarray, column: str) -> dict[str, np.ndarray]:
    """Return ``<column>:names (groups,)`` and ``<column>:means (groups, units)``.

    >>> found = _group_means(np.array([[1.0], [3.0], [5.0]]), np.array(["b", "b", "a"]), "plate")
    >>> found["plate:names"].tolist(), found["plate:means"].tolist()
    (['a', 'b'], [[5.0], [2.0]])
    """
    names, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.zeros((len(names), cells.shape[1]))
    np.add.at(sums, numbers, cells)
    return {f"{column}:names": names, f"{column}:means": (sums / sizes[:, None]).astype(np.float32)}
