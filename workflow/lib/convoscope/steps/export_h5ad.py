"""Verb ``export-h5ad``: predictions of examples as a file of AnnData."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope import __version__
from convoscope.config.tasks import TASKS
from convoscope.dataset import read_card, split_names
from convoscope.evaluation.collect import read_predictions, to_matrix
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.prediction.h5ad import Annotated, write_h5ad
from convoscope.prediction.projection import principal
from convoscope.report.arrays import read_arrays
from convoscope.tables import find_rows, read_table

SPLITS = ("test", "validation", "train")  # the first that an example has in any fold counts


def export_h5ad(
    *, examples: Input, card: Input, predictions: Input, embeddings: Input | None = None, h5ad: Path
) -> None:
    """Write predictions of all examples as AnnData: windows or cells by labels.

    A row is an example with its columns of the table of examples. X holds the prediction of the networks that had it
    in their test split, or else in their validation split, and is NaN where all of them trained on it; the column
    "split" says which. Layers: "label", what is known of it, and "spread", the standard deviation over networks.

    Parameters
    ----------
    predictions
        Predictions averaged over the networks, of the verb evaluate.
    embeddings
        Embeddings of cells, of the verb embed: "embedding", "X_pca" and, if it is there, "X_umap" in obsm.
    h5ad
        File to write, .h5ad.
    """
    content = read_card(card, "task", "folds")
    labels = content["labels"]
    table = read_table(examples, "examples", ["id"], labels).set_index("id")
    predicted = read_predictions(predictions)
    values, spread = (_held_out(predicted, name, table.index, labels) for name in ("prediction", "spread"))
    truth = table[labels].to_numpy(np.float32)
    splits = np.stack([split_names(table, content, fold) for fold in predicted["fold"].unique()])
    rows = table.drop(columns=labels).assign(split=[_split(one) for one in splits.T])
    if TASKS[content["task"]].exclusive:
        rows = rows.assign(**{"class": _classes(truth, labels), "called": _classes(values, labels)})
    annotated = Annotated(
        X=values, obs=rows, var=pd.DataFrame(index=pd.Index(labels)), layers={"label": truth, "spread": spread},
        obsm=_embedded(embeddings, table.index) if embeddings else {},
        uns={"convoscope": __version__, "task": content["task"], "output": TASKS[content["task"]].output},
    )  # fmt: skip
    with replacing(h5ad) as [scratch]:
        write_h5ad(scratch, annotated)


def _held_out(predicted: pd.DataFrame, column: str, ids: pd.Index, labels: list[str]) -> np.ndarray:
    """Return a column of the table of predictions as ``(ids, labels)``: of tests or else of validations, or NaN."""
    found = np.full((len(ids), len(labels)), np.nan, dtype=np.float32)
    for split in SPLITS[1::-1]:
        part = predicted[predicted["split"] == split]
        values = to_matrix(part[["id", "label"]].assign(prediction=part[column]), ids, labels)
        np.copyto(found, values, where=~np.isnan(values), casting="same_kind")
    return found


def _split(names: np.ndarray) -> str:
    """Return the split that says most of an example, of those that it has in the folds; empty for none.

    >>> _split(np.array(["train", "test", "validation"])), _split(np.array([""]))
    ('test', '')
    """
    return next((split for split in SPLITS if split in names), "")


def _classes(values: np.ndarray, labels: list[str]) -> pd.Categorical:
    """Return the label with the largest value of each row ``(n, labels)``; missing where none is known.

    >>> list(_classes(np.array([[0.1, 0.9], [np.nan, np.nan]]), ["a", "b"]))
    ['b', nan]
    """
    known = ~np.isnan(values).all(axis=1)
    best = np.nan_to_num(values, nan=-1).argmax(axis=1)
    names = [labels[place] if there else None for place, there in zip(best, known, strict=True)]
    return pd.Categorical(names, categories=labels)


def _embedded(path: Path, ids: pd.Index) -> dict[str, np.ndarray]:
    """Return what the last layer sees of every example and projections of it, NaN for examples that it lacks."""
    arrays = read_arrays(path, "embeddings")
    places = find_rows(pd.Series(arrays["ids"], name="id"), ids.to_series(), str(path))
    projected = {"embedding": arrays["cells"], "X_pca": principal(arrays["cells"].astype(np.float64))[0]}
    projected |= {"X_umap": arrays["umap"]} if "umap" in arrays else {}
    found = {}
    for name, values in projected.items():
        found[name] = np.full((len(ids), values.shape[1]), np.nan, dtype=np.float32)
        found[name][places] = values
    return found
