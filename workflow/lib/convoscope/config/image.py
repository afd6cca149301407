"""Sections of experiments on images of cells."""

import logging
import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from convoscope.config.base import ClassTask, Count, Form, Name, RowOf, Section, Seed, Share, T, require, require_kind
from convoscope.config.learning import Evaluation, Model, Training
from convoscope.config.search import SANITY, Search, require_searchable
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES, NORMALISATIONS
from convoscope.config.tasks import TASKS
from convoscope.models import IMAGES

log = logging.getLogger(__name__)
AROUND = 64  # pixels per side of crops around a place, where no size is given
GROUP_SIZE = 20  # cells that a group needs so that its own brightness is known well enough to normalise by it
# Scopes of normalisation that are no column of groups.
AUTO, CROP, TRAINING = "auto", "crop", "training"
# Columns of crops.tsv that are the workflow's own.
# Columns of the table of predicted cells, before those of labels.
PREDICTED_CELLS = ("line", "cell", "image", "mask", "object", "x", "y", "status", "called", "confidence")
RESERVED_CELLS = ("id", "image", "x", "y", "status", "group", "fold")


class CellSimulation(Section):
    """Cells with a known truth: plates, proteins of twelve localisations, fields, two channels."""

    proteins: Count = Field(5, description="proteins per localisation, each on every plate")
    plates: Count = Field(3, description="plates, each with its own illumination, gain and focus")
    fields: Count = Field(1, description="fields per protein and plate")
    cells: Count = Field(12, description="cells per field")
    size: int = Field(64, ge=24, le=256, description="pixels per side of a crop")
    wrong: Share = Field(0.03, description="share of cells with a wrong label, as hand-made tables have them")
    seed: Seed = Field(1, description="seed of the simulation")


class Cells(Section):
    """The table of cells and how its images are cut: one row per cell."""

    path: str = Field(description="tab-separated table with a header, one row per cell; plain or gzipped")
    folder: str | None = Field(None, description="folder that image names start from; the table's own when absent")
    form: Form = Field(
        "crops", description="what `images` are: ready crops, or whole fields with centres, boxes or label masks"
    )
    id: str = Field("cell", description="column of the cell's name, unique")
    images: list[str] = Field(
        ["image"],
        min_length=1,
        description="column of the image; several columns where each channel is a file. "
        "In a file of several images, `#` and number from 0, or name, of one: `plate.ome.tif#2`",
    )
    x: str = Field("x", description="centres: column of the centre, pixels from the left edge")
    y: str = Field("y", description="centres: column of the centre, pixels from the top edge")
    box: Annotated[list[str], Field(min_length=4, max_length=4)] = Field(
        ["left", "top", "right", "bottom"], description="boxes: columns of the half-open box, in pixels"
    )
    mask: str = Field("mask", description="masks: column of the label image")
    object: str = Field("object", description="masks: column of the cell's value in the label image")


class FurtherCells(Cells):
    """Cells without labels to predict; the keys of `cells`, and what else is to be known of them."""

    channels: list[Name] = Field(
        [],
        description="names of the images' channels in their order, where it is not that of the experiment; the "
        "experiment's are taken by name, others are left out",
    )
    pixel_size: float | None = Field(
        None, gt=0, description="micrometres per pixel of these images; refused where `crops.pixel_size` is another"
    )
    group_size: Count = Field(
        GROUP_SIZE,
        description="cells that a group needs where intensities are normalised by group; smaller ones are dropped",
    )
    keep: list[str] = Field([], description="columns of the table to repeat in the predictions")
    formats: list[Literal["csv", "geojson", "napari"]] = Field(
        [],
        description="further files of the predictions: `csv` for CellProfiler, R and Excel, `geojson` for QuPath and "
        "`napari` (points), both one file per image",
    )


class Crops(Section):
    """How cells become crops of equal size at the depth of the camera."""

    size: int | None = Field(
        None,
        ge=8,
        le=1024,
        description=f"pixels per side; when absent that of ready crops, and {AROUND} around centres, boxes and objects",
    )
    channels: list[Name] = Field([], description="names of the channels in their order; c1, c2, … when empty")
    projection: Literal["max", "mean", "middle"] | None = Field(
        None, description="z-stacks: brightest, mean or middle plane; refused when absent"
    )
    pixel_size: float | None = Field(
        None, gt=0, description="micrometres per pixel, kept in the model files for those who predict other cells"
    )
    border: Literal["pad", "drop"] = Field("pad", description="cells nearer to the edge than half a crop: pad or drop")
    isolate: bool = Field(False, description="masks: set what belongs to other objects to the background")
    saturated: Share = Field(0.25, description="drop a crop with a larger share of pixels at the camera's maximum")
    max_dropped: Share = Field(
        0.2, description="stop when a larger share of the cells is dropped, of all or of one class"
    )

    @model_validator(mode="after")
    def channels_differ(self) -> "Crops":
        """Every channel has a name of its own, by which other images are read."""
        return require(self, len(set(self.channels)) == len(self.channels), "channels: a name stands twice")


class Normalise(Section):
    """From camera counts to numbers about 0, fitted without ever reading a test label or test statistics."""

    strategy: Annotated[str, RowOf(NORMALISATIONS)] = Field("log", description="; ".join(NORMALISATIONS.values()))
    scope: str = Field(
        AUTO,
        description="what the statistics are taken from: `crop` (each alone), `training` (the training split), or a "
        "column such as `plate`: each of its groups alone, without labels. `auto`: short trainings of every fold try "
        f"`training` and each column of `groups` whose groups all have {GROUP_SIZE} cells, and the best on the fold's "
        "validation split is taken",
    )

    @property
    def column(self) -> str | None:
        """Return the column of groups that is written as the scope, if one is."""
        return None if self.scope in (AUTO, CROP, TRAINING) else self.scope


class CellSplit(Section):
    """Which cells train, which stop the training, which test: never one group on two sides."""

    strategy: Annotated[str, RowOf(CELL_SPLIT_STRATEGIES)] = Field(
        "grouped", description="one split, k folds, or a column of the table with train, validation, test"
    )
    by: list[str] = Field([], description="columns whose groups stay together; each cell is its own when empty")
    column: str = Field("split", description="given: the column")
    folds: int = Field(5, ge=3, le=100, description="grouped_folds: number of folds")
    validation_share: float = Field(0.15, gt=0, lt=0.5, description="grouped: share for validation")
    test_share: float = Field(0.25, gt=0, lt=0.5, description="grouped: share for test")
    seed: Seed = Field(1, description="seed of the assignment")


class Interpretation(Section):
    """What is shown of the first network: filters, patches, maps."""

    units: Count = Field(6, description="maps of the first and of the last layer whose strongest patches are shown")
    scanned: Count = Field(1500, description="training cells that are searched for them")
    cells: Count = Field(6, description="number of classes for which one cell is explained")
    steps: Count = Field(120, description="steps of gradient ascent to the image that raises the score of each class")
    untrained: Count = Field(20, description="untrained networks that filters and classic kernels are compared with")
    seed: Seed = Field(1, description="seed of all that is drawn")


class ImageExperiment(Section):
    """One question on cells: crops, split, network, filters."""

    cells: Cells | None = Field(None, description="the table of cells")
    simulate: CellSimulation | None = Field(None, description="simulate cells instead of reading them")
    labels: list[str] = Field(
        ["label"],
        min_length=1,
        description="one column of classes (multiclass), or columns of 0 and 1 (multilabel)",
    )
    task: ClassTask = Field("multiclass", description="kind of labels")
    groups: list[Name] = Field([], description="what cells have in common, as columns: protein, plate, well, field")
    crops: Crops = Field(Crops(), description="size, borders, channels")
    normalise: Normalise = Field(Normalise(), description="intensities")
    split: CellSplit = Field(CellSplit(), description="training, validation, test")
    ladder: list[str] = Field(
        [],
        description="columns, or `cell`: the first seed's network is also trained and tested under these splits",
    )
    model: Model = Field(Model(name="residual"), description="network")
    training: Training = Field(Training(), description="optimisation")
    search: Search | None = Field(None, description="settings that are chosen on validation before the final training")
    seeds: list[Seed] = Field([1], min_length=1, description="one network per seed; their mean is the prediction")
    average_views: bool = Field(True, description="predict the mean over the eight flips and quarter turns")
    evaluation: Evaluation = Field(Evaluation(), description="intervals and baselines")
    sanity: bool = Field(False, description=SANITY)
    interpretation: Interpretation = Field(Interpretation(), description="filters, patches, maps; formerly `seeing`")
    onnx: bool = Field(True, description="also write every network as ONNX, checked against its own scores")
    further_cells: dict[Name, FurtherCells] = Field(
        {}, description="cells without labels to predict with the trained networks, by name"
    )

    @model_validator(mode="before")
    @classmethod
    def old_key(cls, content: Any) -> Any:
        """Read ``interpretation`` under its old name ``seeing``, for one release."""
        if not isinstance(content, dict) or "seeing" not in content:
            return content
        require(None, "interpretation" not in content, "seeing: the old name of interpretation; give only the new one")
        log.warning("config: seeing: this key is now called interpretation; the old name ends with the next release")
        return {"interpretation" if key == "seeing" else key: value for key, value in content.items()}

    @model_validator(mode="after")
    def consistent(self) -> "ImageExperiment":
        """One source of cells, and columns that are named where they are used."""
        require(self, (self.cells is None) != (self.simulate is None), "give either cells or simulate")
        require_kind(self, self.model.name, IMAGES, "images")
        far = self.training.shift_refusal(self.crops.size or (self.simulate.size if self.simulate else None))
        require(self, not far, far)
        require(self, len(set(self.seeds)) == len(self.seeds), "seeds: a seed stands twice; each seed is one network")
        require(
            self,
            not TASKS[self.task].exclusive or len(self.labels) == 1,
            "labels: multiclass takes one column of classes; multilabel takes several",
        )
        columns = [*self.split.by, *(name for name in self.ladder if name != "cell")]
        columns += [self.normalise.column] if self.normalise.column else []
        columns += [self.given_split] if self.given_split else []
        unknown = sorted(set(columns) - set(self.groups))
        require(self, not unknown, f"groups: {', '.join(unknown)} is used but not listed; list it under groups")
        return require_free(self, self.groups, self.labels)

    @model_validator(mode="after")
    def further_cells_fit(self) -> "ImageExperiment":
        """Cells to predict have what their files and the networks need."""
        for name, cells in self.further_cells.items():
            key = f"further_cells.{name}"
            located = cells.form != "crops" or not {"geojson", "napari"} & set(cells.formats)
            require(self, located, f"{key}.formats: ready crops have no place in an image; csv alone")
            isolated = cells.form == "masks" or not self.crops.isolate
            require(self, isolated, f"{key}.form: {cells.form}; crops.isolate needs label images here too, form masks")
            alike = same_scale(cells.pixel_size, self.crops.pixel_size)
            require(self, alike, f"{key}.pixel_size: {cells.pixel_size}; crops.pixel_size is {self.crops.pixel_size}")
        return self

    @model_validator(mode="after")
    def searchable(self) -> "ImageExperiment":
        """Every value that a search may draw is allowed."""
        return require_searchable(self)

    @property
    def folds(self) -> list[str]:
        """Names of the trainings that together predict every test example."""
        several = CELL_SPLIT_STRATEGIES[self.split.strategy].folds
        return [str(number) for number in range(self.split.folds)] if several else ["holdout"]

    @property
    def given_split(self) -> str | None:
        """Return the column that names the split of each cell, where the table gives it."""
        return self.split.column if CELL_SPLIT_STRATEGIES[self.split.strategy].given else None

    @property
    def all_folds(self) -> list[str]:
        """The same, and those of the ladder."""
        return [*self.folds, *(f"by.{name}" for name in self.ladder)]

    def crops_spec(self, cells: Cells) -> "CropsSpec":
        """Return what the verb ``crops`` needs, of a table of cells."""
        return CropsSpec(cells=cells, crops=self.crops, labels=self.labels, groups=self.groups, task=self.task)

    def further_spec(self, cells: FurtherCells) -> "CropsSpec":
        """Return the same of cells to predict: no labels, and the one group that intensities are normalised by."""
        column = self.normalise.column
        crops = self.crops.model_copy(update={"channels": cells.channels or self.crops.channels})
        return CropsSpec(cells=cells, crops=crops, labels=[], groups=[column] if column else [])


class CropsSpec(Section):
    """What the verb ``crops`` needs of an experiment."""

    cells: Cells = Field(description="the table of cells")
    crops: Crops = Field(Crops(), description="size, borders, channels")
    labels: list[str] = Field(["label"], description="columns of the labels; none for cells to predict")
    groups: list[Name] = Field([], description="columns that say what cells have in common")
    task: ClassTask = Field("multiclass", description="kind of labels")

    @model_validator(mode="after")
    def names_free(self) -> "CropsSpec":
        """Columns of the table do not take the place of those of crops.tsv, nor of each other."""
        return require_free(self, self.groups, self.labels)


def same_scale(first: float | None, second: float | None) -> bool:
    """Tell whether two sizes of pixels agree within a hundredth, or one of them is not known.

    >>> same_scale(0.65, 0.652), same_scale(0.65, 0.325), same_scale(None, 0.65)
    (True, False, True)
    """
    return first is None or second is None or math.isclose(first, second, rel_tol=0.01)


def require_free(section: T, groups: list[str], labels: list[str]) -> T:
    """Refuse columns that would take the place of those of crops.tsv, or of each other."""
    columns = [*groups, *labels]
    taken = sorted(set(columns) & set(RESERVED_CELLS))
    require(section, not taken, f"{', '.join(taken)}: reserved for a column of crops.tsv; rename it in the table")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    return require(section, not twice, f"{', '.join(twice)}: named twice in groups and labels; name each column once")
