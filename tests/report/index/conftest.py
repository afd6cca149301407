"""The index of a small report."""

from pathlib import Path

import pytest
from small_report import CAPTIONS, make_overviews, make_report

from convoscope.__main__ import main


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the index of a small report."""
    folder = tmp_path_factory.mktemp("results")
    words = [f"{item}={path}" for item, path in make_report(folder).items()]
    target = folder / "index.html"
    given = ["--files", *words, "--captions", str(CAPTIONS), "--overviews", *make_overviews(folder)]
    assert main(["report-index", *given, "--index", str(target)]) == 0
    return target
