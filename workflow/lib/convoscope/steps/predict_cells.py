"""Verb ``predict-cells``: trained networks on cells without labels; every row is predicted or dropped."""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from convoscope.artifacts import read_metrics
from convoscope.config.base import Device, Form
from convoscope.config.image import CropsSpec, FurtherCells
from convoscope.dataset import load_codes
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.image.cells import CellTable, read_cells, read_columns
from convoscope.image.crops import Box
from convoscope.image.losses import KEPT, dropped_cells_table, read_lines
from convoscope.image.store import Store
from convoscope.interpretation.attribution.activations import embedding
from convoscope.modality import MODALITIES
from convoscope.modelfile.onnxfile import Exchanged
from convoscope.options import Input
from convoscope.prediction import calls, exchange
from convoscope.prediction import cells as cellular
from convoscope.prediction.cell_table import columns, counts, described, first, refuse_names, write_csv
from convoscope.scratch import mark
from convoscope.steps.crops import cut_into
from convoscope.tables import write_table
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)
Writers = dict[Path, Callable[[Path], None]]


class Cut(NamedTuple):
    """Cells of a table that were cut: their rows, what became of each, their crops and groups."""

    table: CellTable
    fates: pd.DataFrame  # (N,) status x y of every row of the table
    kept: np.ndarray  # (n,) rows of the table that have a crop
    codes: np.ndarray  # (n, channels, size, size), memory-mapped
    groups: pd.DataFrame  # (n, columns) the columns by which intensities are normalised


def predict_cells(
    *, models: list[Input], cells: Input, form: Form | None = None, spec: FurtherCells | None = None,
    metrics: Input | None = None, one_view: bool = False, device: Device = "auto", gpus: int | None = None,
    threads: int = 1, predictions: Path, dropped: Path, csv: Path | None = None,
    embeddings: Path | None = None, geojson: Path | None = None, napari: Path | None = None,
) -> None:  # fmt: skip
    """Predict every cell of a table, cut and normalised as in the training.

    Probabilities are averaged over eight views and all networks. The table has one row per cell in the order of the
    given one: its line, name, images and place, what it is called and with which probability, and for each label the
    mean over the networks and their standard deviation (``<label>:spread``).

    Parameters
    ----------
    cells
        Table with a row per cell; labels are not needed.
    form
        Kind of the images; as --spec says when not given, or crops.
    spec
        Columns of the table, and what the images hold: a block of further_cells in config/README.md.
    metrics
        Metrics of the networks, metrics.json; its temperature and thresholds are used for calls.
    one_view
        Predict cells as they lie, without averaging over flips and quarter turns.
    predictions
        Table to write; comma-separated if its name has .csv, gzipped if it ends in .gz.
    csv
        The same table to write comma-separated, for CellProfiler, R or Excel.
    embeddings
        File to write with what the last layer of the first network gives for every cell, .npz.
    geojson
        Folder to write with a file per image for QuPath; or the .geojson of a single image.
    napari
        Folder to write with a table of points per image for napari; or the .csv of a single image.
    """
    use_threads(threads)
    classifier = cellular.load_classifier(models, choose_device(device, gpus), average_views=not one_view)
    use = _settings(cells, form, spec)
    _refuse_outputs(classifier, use, {"geojson": geojson, "napari": napari}, embeddings)
    way = calls.calling(read_metrics(metrics) if metrics else {}, classifier.facts, str(metrics))
    with _cut_cells(cells, classifier, use, predictions.parent) as cut:
        rows = _usable_rows(cut, classifier, use)
        lost = _lost_rows(cells, cut, use)
        classifier = cellular.fit_groups(classifier, cut.codes, rows, cut.groups)
        mean, spread = _predict_rows(classifier, cut, rows)
        called = calls.call(mean, classifier.facts[0]["task"], classifier.labels, way)
        kept = read_columns(cells, use.keep) if use.keep else pd.DataFrame()
        places = described(cut.table, cut.fates, cut.kept[rows], kept)
        table = pd.concat([places, called, columns(classifier.labels, mean, spread)], axis=1)
        writers: Writers = {
            predictions: partial(write_csv, table, predictions),
            dropped: partial(write_table, lost),
        }
        writers |= {csv: partial(write_csv, table, csv)} if csv else {}
        writers |= {embeddings: partial(_write_embeddings, classifier, cut, rows)} if embeddings else {}
        writers |= _by_image(table, cut, rows, use, classifier.labels, {"geojson": geojson, "napari": napari})
        with replacing(*writers) as scratch:
            for path, write in zip(scratch, writers.values(), strict=True):
                write(path)
    _say(classifier, cut, use, metrics)


def _settings(cells: Path, form: Form | None, spec: FurtherCells | None) -> FurtherCells:
    """Return how the table is read: as specified, in the form that the command line names."""
    use = (spec or FurtherCells(path=str(cells))).model_copy(update={"path": str(cells)})
    return use.model_copy(update={"form": form}) if form else use


def _refuse_outputs(
    classifier: cellular.Classifier, use: FurtherCells, located: Mapping[str, Path | None], embeddings: Path | None
) -> None:
    """Refuse columns that would stand twice, and files that these cells or networks cannot give."""
    refuse_names(classifier.labels, use.keep)
    wanted = [f"--{option}" for option, path in located.items() if path]
    if wanted and use.form == "crops":
        raise InputError(f"{wanted[0]}: ready crops have no place in a larger image; give centres, boxes or masks")
    if embeddings and isinstance(classifier.networks[0], Exchanged):
        raise InputError("--embeddings: an ONNX file gives scores only, not layers; give model.safetensors")


@contextmanager
def _cut_cells(cells: Path, classifier: cellular.Classifier, use: FurtherCells, folder: Path) -> Iterator[Cut]:
    """Cut every cell of a table into a file that lives as long as the block, in the folder of the results."""
    spec = cellular.cutting_spec(classifier.facts[0], use).model_copy(update={"groups": classifier.groups})
    kind = cellular.image_kind(classifier.facts[0], use)
    table = read_cells(cells, spec)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=mark(), dir=folder) as scratch:
        path = Path(scratch, "codes.npy")
        with Store(path, len(table.ids)) as store:
            fates = cut_into(store, table, Path(use.folder) if use.folder else cells.parent, spec, kind)
            kept = np.flatnonzero(fates["status"].isin(KEPT))
            if len(kept):
                store.close_up()
        shape = (0, kind.channels, *classifier.facts[0]["space"])
        codes = load_codes(path) if len(kept) else np.zeros(shape, kind.dtype)
        yield Cut(table, fates, kept, codes, table.described.iloc[kept].reset_index(drop=True))


def _usable_rows(cut: Cut, classifier: cellular.Classifier, use: FurtherCells) -> np.ndarray:
    """Return the crops that can be predicted; those of small groups get their reason."""
    usable = np.ones(len(cut.kept), dtype=bool)
    for column in classifier.groups:
        reasons = cellular.small_groups(cut.groups[column].to_numpy(object), use.group_size, column)
        small = reasons != ""
        cut.fates.loc[cut.kept[small], "status"] = reasons[small]
        usable &= ~small
    return np.flatnonzero(usable)


def _lost_rows(cells: Path, cut: Cut, use: FurtherCells) -> pd.DataFrame:
    """Return the rows that are not predicted, with their text; raise if no cell could be predicted."""
    lost = dropped_cells_table(cut.table, cut.fates["status"], CropsSpec(cells=use, labels=[]))
    if len(lost) == len(cut.fates):
        raise InputError(f"{cells}: no cell can be predicted: {counts(lost)}, such as line {first(lost)}")
    return read_lines(cells, lost)


def _predict_rows(classifier: cellular.Classifier, cut: Cut, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over the networks, ``(rows, labels)`` each."""
    mean, spread = (np.empty((len(rows), len(classifier.labels)), dtype=np.float32) for _ in range(2))
    done = 0
    with tqdm(total=len(rows), desc="cells", unit=" cells", file=sys.stderr, leave=False, disable=None) as bar:
        for part, middle, deviation in cellular.predict_crops(classifier, cut.codes, cut.groups, rows):
            mean[done : done + len(part)], spread[done : done + len(part)] = middle, deviation
            done += len(part)
            bar.update(len(part))
    return mean, spread


def _by_image(
    table: pd.DataFrame, cut: Cut, rows: np.ndarray, use: FurtherCells, labels: list[str],
    located: Mapping[str, Path | None],
) -> Writers:  # fmt: skip
    """Return what writes the cells of every image, by file."""
    several = table.groupby("image", sort=False).indices
    chosen = cut.table.places.iloc[cut.kept[rows]].reset_index(drop=True)
    boxes = chosen[list(Box._fields)] if use.form == "boxes" else pd.DataFrame(index=table.index)
    folder = Path(use.folder) if use.folder else Path(use.path).parent

    def write_geojson(numbers: np.ndarray, path: Path) -> None:
        part = table.iloc[numbers]
        shapes = exchange.geometries(pd.concat([part, boxes.iloc[numbers]], axis=1), use.form, folder)
        path.write_text(exchange.collection(part, shapes, labels), encoding="utf-8")

    def write_points(numbers: np.ndarray, path: Path) -> None:
        write_csv(exchange.points(table.iloc[numbers].reset_index(drop=True)), Path("points.csv"), path)

    writers: Writers = {}
    for (option, suffix), write in {("geojson", ".geojson"): write_geojson, ("napari", ".csv"): write_points}.items():
        given = located[option]
        if given:
            files = exchange.targets(given, [str(name) for name in several], suffix, f"--{option}")
            writers |= {files[str(name)]: partial(write, np.asarray(numbers)) for name, numbers in several.items()}
    return writers


def _write_embeddings(classifier: cellular.Classifier, cut: Cut, rows: np.ndarray, path: Path) -> None:
    """Write ``cells (n, units)`` of the first network and ``ids (n,)``, as the verb ``embed`` does."""
    facts, network = classifier.facts[0], classifier.networks[0]
    modality = MODALITIES["image"]
    read, encode = modality.read(cut.codes, cut.groups, facts), modality.encode(facts, classifier.device)
    parts = [
        embedding(network, encode(torch.from_numpy(read(part)).to(classifier.device))).astype(np.float32)
        for part in np.split(rows, range(cellular.BATCH, len(rows), cellular.BATCH))
    ]
    ids = cut.table.ids.to_numpy(str)[cut.kept[rows]]
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, cells=np.concatenate(parts), ids=ids)


def _say(classifier: cellular.Classifier, cut: Cut, use: FurtherCells, metrics: Path | None) -> None:
    """Log what was taken for granted, and how many cells were predicted and dropped."""
    facts = classifier.facts[0]
    given = use.channels or facts["channel_names"]
    log.info(
        "channels: images are read as %s; the networks read %s", ", ".join(given), ", ".join(facts["channel_names"])
    )
    if use.pixel_size is None or facts.get("crops", {}).get("pixel_size") is None:
        log.info("pixel size: not known of images or models, and taken to be that of the training")
    for column in classifier.groups:
        log.info("normalise: every %s by its own cells here, whatever the training had", column)
    if "crops" not in facts:
        log.info("crops: the models do not say how theirs were cut; borders are padded, neighbours kept")
    if not metrics:
        log.info("calls: without --metrics there is no temperature, and thresholds are one half")
    lost = cut.fates[~cut.fates["status"].isin(KEPT)].rename(columns={"status": "reason"})
    tally = f"; dropped: {counts(lost)}" if len(lost) else ""
    log.info("cells: %s predicted%s", f"{len(cut.fates) - len(lost):,}", tally)
