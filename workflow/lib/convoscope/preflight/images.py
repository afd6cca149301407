"""What an experiment on images says, compared with its tables of cells and their first images."""

from pathlib import Path

from convoscope.config import Cells, ImageExperiment, Model
from convoscope.config.image import AROUND
from convoscope.errors import InputError, Problems
from convoscope.preflight.given import here

ROOMY, LARGE = 64, 256  # pixels per side: every network fits as it is; building one takes long
TABULATED = 100_000_000  # bytes up to which a table of cells is read before the first job


def check_cells(problems: Problems, key: str, experiment: ImageExperiment) -> None:
    """Read an experiment's table and its first images, where they are here, and build its network for their size."""
    cells = experiment.cells
    if experiment.simulate:
        with problems.at(key):
            _check_network(experiment.model, 2, experiment.crops.size or AROUND)
    path = here(cells.path) if cells else None
    if cells is None or path is None:
        return
    header: list[str] = []
    with problems.at(f"{key}.cells.path"):
        from convoscope.image.columns import read_header

        header = read_header(path)
    wanted = {"cells.id": [cells.id], "cells.images": cells.images, "labels": experiment.labels}
    missing = [
        (option, name)
        for option, names in {**wanted, "groups": experiment.groups}.items()
        for name in names
        if header and name not in header
    ]
    for option, name in missing:
        with problems.at(f"{key}.{option}"):
            raise InputError(f"no column {name!r} in {cells.path}; it has {', '.join(header)}")
    if header and not missing and path.stat().st_size <= TABULATED:
        with problems.at(key):
            from convoscope.image.sample import first_crops

            crops = first_crops(path, experiment.crops_spec(cells), _folder_of(cells, path))
            _check_network(experiment.model, *crops)


def check_further_cells(problems: Problems, key: str, experiment: ImageExperiment) -> None:
    """Try the first images of every table of cells to predict, and compare them with those of the experiment."""
    for name, cells in experiment.further_cells.items():
        path = here(cells.path)
        if path is None or path.stat().st_size > TABULATED:
            continue
        with problems.at(f"{key}.further_cells.{name}"):
            from convoscope.image.columns import read_header
            from convoscope.image.sample import first_crops

            header = dict.fromkeys(read_header(path))
            missing = [column for column in cells.keep if column not in header]
            if missing:
                raise InputError(f"keep: no column {missing[0]!r} in {cells.path}; it has {', '.join(header)}")
            several, size = first_crops(path, experiment.further_spec(cells), _folder_of(cells, path))
            own = _own_crops(experiment)
            if own and not cells.channels and several != own[0]:
                raise InputError(
                    f"images of {several} channels; those of the experiment have {own[0]}: name them in channels"
                )
            if own and cells.form == "crops" and size != own[1]:
                raise InputError(f"crops of {size} pixels; those of the experiment have {own[1]}")


def _folder_of(cells: Cells, path: Path) -> Path:
    """Return the folder that names of images start from."""
    return Path(cells.folder) if cells.folder else path.parent


def _own_crops(experiment: ImageExperiment) -> tuple[int, int] | None:
    """Return channels and size of an experiment's crops, None where its cells are not here or cannot be read."""
    cells = experiment.cells
    path = here(cells.path) if cells else None
    if cells is None or path is None:
        return None
    from convoscope.image.sample import first_crops

    try:
        return first_crops(path, experiment.crops_spec(cells), _folder_of(cells, path))
    except InputError:
        return None  # said by `check_cells`


def _check_network(model: Model, channels: int, size: int) -> None:
    """Refuse a network that is too deep for small crops, or whose options are wrong, by building it."""
    if size < ROOMY or (set(model.options) - {"dropout"} and size <= LARGE):  # which changes no shape
        from convoscope.models import build  # takes seconds, for torch

        build(model.name, channels, (size, size), 2, model.options)
