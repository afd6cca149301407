"""The index of a small report."""

from pathlib import Path

import pytest
from small_report import CAPTIONS, make_overviews, make_report

from convoscope.__main__ import main


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for a small report."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def report(results: Path) -> dict[str, Path]:
    """Return the files of a small report by the words that the index is given; not to be changed."""
    return make_report(results)


@pytest.fixture(scope="module")
def index(results: Path, report: dict[str, Path]) -> Path:
    """Return the index of a small report."""
    words = [f"{item}={path}" for item, path in report.items()]
    target = results / "index.html"
    given = ["--files", *words, "--captions", str(CAPTIONS), "--overviews", *make_overviews(results)]
    assert main(["report-index", *given, "--index", str(target)]) == 0
    return target
