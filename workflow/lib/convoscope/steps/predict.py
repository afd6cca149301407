"""Predict every example of a dataset with one trained network."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from convoscope import modelfile
from convoscope.dataset import load, split_names
from convoscope.files import replacing
from convoscope.modality import MODALITIES, Encode
from convoscope.training.batches import Source
from convoscope.training.device import choose_device
from convoscope.training.fit import infer
from convoscope.training.tasks import TASKS


def predict(
    *,
    model: Path,
    examples: Path,
    codes: Path,
    card: Path,
    device: str = "auto",
    gpus: int | None = None,
    threads: int = 1,
    average_views: bool = False,
    predictions: Path,
) -> None:
    """Predict every example with one trained network; the rows tell its split as the model's fold sees it.

    ``average_views`` averages the predictions over the symmetries of the data: eight flips and turns of an image.
    """
    torch.set_num_threads(threads)
    place = torch.device(choose_device(device, gpus))
    network, metadata = modelfile.load(model, str(place))
    dataset = load(examples, codes, card)
    modality, task = MODALITIES[metadata["modality"]], TASKS[metadata["task"]]
    encode = modality.encode(metadata, place)
    read = modality.read(dataset.codes, dataset.table, metadata)
    source = Source(read, dataset.table.index.to_numpy(), dataset.labels)
    passes = []
    for view in modality.views if average_views else modality.views[:1]:
        scores, _ = infer(network, source, compose(view, encode), place)
        passes.append(task.predict(scores).numpy())
    wide = pd.DataFrame(np.mean(passes, axis=0), columns=metadata["labels"])
    wide.insert(0, "id", dataset.table["id"])
    wide.insert(1, "split", split_names(dataset, metadata["fold"]))
    long = wide.melt(["id", "split"], var_name="label", value_name="prediction")
    with replacing(predictions) as [scratch]:
        long.to_csv(scratch, sep="\t", index=False, float_format="%.8g", compression={"method": "gzip", "mtime": 0})


def compose(outer: Encode, inner: Encode) -> Encode:
    """Return the function that applies the inner one first."""
    return lambda codes: outer(inner(codes))
