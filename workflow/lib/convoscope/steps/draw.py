"""Draw figures and pages of the report."""

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from convoscope.artifacts import read_metrics
from convoscope.dataset import read_card
from convoscope.errors import InputError
from convoscope.evaluation.collect import read_predictions
from convoscope.options import read_section, refuse_shared_paths
from convoscope.report.items import ARTIFACTS, ITEMS, reads
from convoscope.tables import read_table

Files = dict[str, list[Path]]  # by the name of their artifact
Found = dict[str, Any]  # contents that are read already, by the same names
EPILOG = "\n".join(
    ["items, and the files that they are drawn from:"]
    + [f"  {name}: {item.title} ({', '.join(item.reads)})" for name, item in ITEMS.items()]
    + ["files:", *(f"  {name}: {artifact.help}" for name, artifact in ARTIFACTS.items())]
)


def draw(*, item: list[str], files: list[str], spec: str = "{}", figure: list[Path]) -> None:
    """Draw items of the report, each into a file of its own.

    Parameters
    ----------
    item
        What to draw; several items are drawn from the same files.
    files
        NAME=PATH of every file that the items are drawn from; where there is one for each network or split, its name
        is given several times.
    spec
        Section of the configuration that the items need.
    figure
        File to write for each item; the table of a figure goes to the same name with .tsv.
    """
    for name in item or [""]:
        if name not in ITEMS:
            raise InputError(f"--item: {name!r}; one of {', '.join(ITEMS)}")
    if len(figure) != len(item):
        raise InputError(f"--figure: {len(figure)} files for {len(item)} items; give one each")
    given = parse_files(files, reads(item))
    refuse_shared_paths({**given, "figure": figure})
    drawers = {name: load_drawer(name) for name in item}
    for name, drawer in drawers.items():
        require_files(name, drawer, given)
    found = read_files(given)
    for (name, drawer), path in zip(drawers.items(), figure, strict=True):
        options = {artifact: found[artifact] for artifact in ITEMS[name].reads if artifact in found}
        with naming(given):
            drawer(path, **options, **read_spec(name, drawer, spec))


def parse_files(files: list[str], known: list[str]) -> Files:
    """Return paths by artifact, in the order in which artifacts are read.

    Raises
    ------
    InputError
        If one is not written ``NAME=PATH``, its name is not ``known``, or there is no such file.
    """
    found: Files = {name: [] for name in known}
    for text in files:
        name, _, path = text.partition("=")
        if name not in known or not path:
            raise InputError(f"--files: {text!r}; NAME=PATH with one of {', '.join(known)}")
        if not Path(path).exists():
            raise InputError(f"{path}: no such file; give the path of a readable file")
        found[name].append(Path(path))
    for name, paths in found.items():
        if len(paths) > 1 and not ARTIFACTS[name].named:
            raise InputError(f"--files: {len(paths)} files for {name}; give one")
    return {name: paths for name, paths in found.items() if paths}


def load_drawer(name: str) -> Callable[..., None]:
    """Import ``report/<item>.py`` and return its function ``draw``."""
    return import_module(f"convoscope.report.{name}").draw


def require_files(name: str, drawer: Callable[..., None], given: Files) -> None:
    """Refuse an item without its files; those with a default in the signature of its function may be missing."""
    parameters = inspect.signature(drawer).parameters
    for artifact in ITEMS[name].reads:
        if artifact not in given and parameters[artifact].default is inspect.Parameter.empty:
            raise InputError(f"--files: no {artifact}; {name} is drawn from {', '.join(ITEMS[name].reads)}")


def read_spec(name: str, drawer: Callable[..., None], spec: str) -> dict[str, Any]:
    """Return the section that an item needs, checked as its function is annotated; nothing where it needs none."""
    if not ITEMS[name].spec:
        return {}
    return {"spec": read_section(typing.get_type_hints(drawer)["spec"], "--spec")(spec)}


@contextmanager
def naming(given: Files) -> Iterator[None]:
    """Name the file in a refusal of its content: items know contents by the name of the artifact only."""
    try:
        yield
    except InputError as error:
        name, colon, rest = str(error).partition(":")
        raise InputError(f"{given[name][0] if name in given else name}{colon}{rest}") from None


def read_files(given: Files) -> Found:
    """Return the content of every file, or of all files of an artifact by their names."""
    found: Found = {}
    for name, paths in given.items():
        contents = {path_name(path, ARTIFACTS[name].named): read_file(name, path, found) for path in paths}
        if len(contents) < len(paths):
            raise InputError(f"--files: {len(paths)} files for {name}, but only {len(contents)} names of their folders")
        found[name] = contents if ARTIFACTS[name].named else next(iter(contents.values()))
    return found


def path_name(path: Path, folders: int) -> str:
    """Return the names of the last few folders of a path.

    >>> path_name(Path("results/yeast/holdout/3/history.tsv"), 2)
    'holdout.3'
    """
    return ".".join(path.absolute().parts[-1 - folders : -1])


def read_file(name: str, path: Path, found: Found) -> Any:
    """Return the content of one file of an artifact."""
    artifact = ARTIFACTS[name]
    reader = READERS.get(artifact.kind)
    return reader(path, found) if reader else read_table(path, artifact.kind, artifact.columns)


def read_examples(path: Path, found: Mapping[str, Any]) -> Any:
    """Read the table of examples; a card tells which columns are labels."""
    return read_table(
        path, "examples", ARTIFACTS["examples"].columns, found["card"]["labels"] if "card" in found else ()
    )


READERS: dict[str, Callable[[Path, Mapping[str, Any]], Any]] = {
    "card": lambda path, found: read_card(path),
    "metrics": lambda path, found: read_metrics(path),
    "examples": read_examples,
    "predictions": lambda path, found: read_predictions(path),
}
