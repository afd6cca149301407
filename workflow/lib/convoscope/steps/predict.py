"""Predict every example of a dataset with one trained network."""

from pathlib import Path

import pandas as pd
import torch

from convoscope import modelfile
from convoscope.dataset import load, split_names
from convoscope.files import replacing
from convoscope.modality import MODALITIES
from convoscope.training.batches import Source
from convoscope.training.device import choose_device
from convoscope.training.fit import infer
from convoscope.training.tasks import TASKS


def predict(
    *,
    model: Path,
    windows: Path,
    codes: Path,
    card: Path,
    device: str = "auto",
    gpus: int | None = None,
    threads: int = 1,
    predictions: Path,
) -> None:
    """Predict every example with one trained network; the rows tell its split as the model's fold sees it."""
    torch.set_num_threads(threads)
    place = torch.device(choose_device(device, gpus))
    network, metadata = modelfile.load(model, str(place))
    dataset = load(windows, codes, card)
    encode = MODALITIES[metadata["modality"]].encode(metadata, place)
    every = dataset.table.index.to_numpy()
    source = Source(lambda chosen: dataset.codes[chosen], every, dataset.labels)
    scores, _ = infer(network, source, encode, place)
    wide = pd.DataFrame(TASKS[metadata["task"]].predict(scores).numpy(), columns=metadata["labels"])
    wide.insert(0, "id", dataset.table["id"])
    wide.insert(1, "split", split_names(dataset, metadata["fold"]))
    long = wide.melt(["id", "split"], var_name="label", value_name="prediction")
    with replacing(predictions) as [scratch]:
        long.to_csv(scratch, sep="\t", index=False, float_format="%.8g", compression={"method": "gzip", "mtime": 0})
