"""Fixtures shared by all tests."""

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_run import make_finished, once, plan_default
from warm_python import ALL, TORCH, keep_operators, warm_python

from convoscope.__main__ import main

ROOT = Path(__file__).parents[1]
# Set by pytest, by torch's compiler and by scikit-learn, the last two where they are imported.
OF_LIBRARIES = {"PYTEST_CURRENT_TEST", "TORCHINDUCTOR_CACHE_DIR", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}


def pytest_configure() -> None:
    """Start the servers of ``python`` processes where several processes of pytest can share them: before those."""
    for kind in (ALL, TORCH):
        warm_python(kind)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Fork the processes of pytest, which import all libraries and the package, from the server that has done so."""
    for spec in specs:
        spec.python = str(warm_python() / "worker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, so that no process ends with one of them while others are idle."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.fixture(autouse=True)
def kept_environment() -> Iterator[None]:
    """Refuse a test that leaves a variable of the environment changed: tests run in no fixed order."""
    before = _environment()
    yield
    after = _environment()
    os.environ.update(before)
    for name in after.keys() - before.keys():
        del os.environ[name]
    assert after == before


def _environment() -> dict[str, str]:
    """Return the environment without what pytest, torch and scikit-learn keep there for themselves."""
    own = ("PYTEST_CURRENT_TEST", "TORCHINDUCTOR_CACHE_DIR", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")
    return {name: value for name, value in os.environ.items() if name not in own}


@pytest.fixture
def data() -> Path:
    """Folder of real data sets, given by CONVOSCOPE_DATA; tests that need it skip without it."""
    folder = Path(os.environ.get("CONVOSCOPE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set CONVOSCOPE_DATA")
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of pytest share, for what is made ``once``."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def finished(shared: Path) -> Path:
    """Folder of a small run of the workflow that has finished, made once; not to be changed."""
    return once(shared / "small_run", make_finished)


@pytest.fixture(scope="session")
def planned(shared: Path) -> str:
    """What Snakemake says of a dry run of the default configuration without GPUs."""
    return (once(shared / "default_run", plan_default) / "said").read_text()


@pytest.fixture
def run() -> Callable[..., None]:
    """Call a verb as the command line does; it must succeed."""

    def call(*arguments: object) -> None:
        assert main([str(argument) for argument in arguments]) == 0

    return call


@pytest.fixture(scope="session")
def warm_program() -> str:
    """A ``python`` whose ``-m …`` is forked from a process that has imported the libraries."""
    return str(warm_python() / "python")


@pytest.fixture(scope="session")
def torch_program() -> str:
    """A ``python`` whose ``-c …`` is forked from a process that has imported torch and nothing else."""
    return str(warm_python(TORCH) / "python")


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch, warm_program: str) -> None:
    """Let the package start its processes with such a ``python``."""
    monkeypatch.setattr(sys, "executable", warm_program)


@pytest.fixture(scope="session")
def modisco_from_cache() -> None:
    """Let modisco-lite read what `make install` compiled, as it does in a process without threads: xdist has one."""
    from modiscolite import precompile

    for kernel, _ in itertools.chain(*precompile._kernels()):
        kernel.enable_caching()


@pytest.fixture
def few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibrate names of motifs by an eighth of the usual comparisons, where their number is not what is tested."""
    monkeypatch.setattr("convoscope.interpretation.motifs.tomtom.CALIBRATION", 750)
    monkeypatch.setattr("convoscope.interpretation.motifs.calibration.WEAK", 8)


@pytest.fixture(scope="session")
def operators_read_once() -> None:
    """Let torch's exporter keep what it reads of its library of operators, two fifths of an export."""
    keep_operators()


@pytest.fixture
def drawing() -> Callable[..., list[object]]:
    """Return the words of the verb draw for some items, from the paths of their artifacts."""

    def words(figures: dict[str, Path], spec: str = "", **files: Path | list[Path] | None) -> list[object]:
        lists = {name: path if isinstance(path, list) else [path] for name, path in files.items() if path is not None}
        given = [f"{name}={path}" for name, paths in lists.items() for path in paths]
        section = ["--spec", spec] if spec else []
        return ["draw", "--item", *figures, "--files", *given, *section, "--figure", *figures.values()]

    return words


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Call a verb that must refuse its input; return the one line that it prints."""

    def call(*arguments: object) -> str:
        assert main([str(argument) for argument in arguments]) == 2
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ERROR: ")]
        assert len(lines) == 1
        return lines[0]

    return call
