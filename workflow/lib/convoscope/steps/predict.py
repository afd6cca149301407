"""Predict every example of a dataset with one trained network."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch

from convoscope import modelfile
from convoscope.config.base import Device
from convoscope.dataset import load_dataset, require_match, rows, split_names
from convoscope.errors import InputError
from convoscope.files import open_packed, replacing
from convoscope.modality import MODALITIES
from convoscope.options import Input
from convoscope.prediction.views import predict_views
from convoscope.tables import write_table
from convoscope.training.batches import Source, batches_in_order
from convoscope.training.device import choose_device, use_threads
from convoscope.training.objectives import objective

BATCH = 512  # examples encoded at once
PART = 65_536  # examples predicted and written at a time, so that memory does not grow with their number


def predict(
    *,
    model: Input,
    examples: Input,
    codes: Input,
    card: Input,
    device: Device = "auto",
    gpus: int | None = None,
    threads: int = 1,
    average_views: bool = False,
    splits: list[Literal["train", "validation", "test"]] | None = None,
    predictions: Path,
) -> None:
    """Predict the examples of a dataset with one trained network.

    The rows say which split an example belongs to in the network's fold.

    Parameters
    ----------
    splits
        Predict the examples of these splits of the network's fold alone, not all examples.
    average_views
        Average over the symmetries of the data: eight flips and turns of an image.
    predictions
        Table to write, gzipped: example, split, label, prediction.
    """
    use_threads(threads)
    place = torch.device(choose_device(device, gpus))
    network, metadata = modelfile.load(model, str(place))
    dataset = load_dataset(examples, codes, card)
    modelfile.check_metadata(model, metadata, ["fold"])
    require_match(model, metadata, dataset.card, dataset.codes)
    modality, task = MODALITIES[metadata["modality"]], objective(metadata["task"])
    encode = modality.encode(metadata, place)
    read = modality.read(dataset.codes, dataset.table, metadata)
    views = modality.views if average_views else modality.views[:1]
    fold = metadata["fold"]
    names = split_names(dataset.table, dataset.card, fold)
    wanted = rows(dataset, fold, splits) if splits else np.arange(len(names))
    if not len(wanted):
        raise InputError(f"--splits: {examples} has no example in {' or '.join(splits or [])} of fold {fold}")
    with replacing(predictions) as [scratch], open_packed(scratch) as text:
        for start in range(0, len(wanted), PART):
            numbers = wanted[start : start + PART]
            source = Source(read, numbers, dataset.labels[numbers])
            mean = [
                predict_views(network, encode(batch), views, task.predict)
                for batch, _ in batches_in_order(source, BATCH, place)
            ]
            wide = pd.DataFrame(np.concatenate(mean), columns=metadata["labels"])
            wide.insert(0, "id", dataset.table["id"].to_numpy()[numbers])
            wide.insert(1, "split", names[numbers])
            long = wide.melt(["id", "split"], var_name="label", value_name="prediction")
            write_table(long, text, 8, header=not start)
