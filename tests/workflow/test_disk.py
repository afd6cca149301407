"""Verbs that find no room, no right to write or no temporary folder: one line, exit code 2, nothing half-written."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_run import ROOT, Step, command, configuration, environment, steps, write_config, write_inputs

from convoscope.__main__ import main

# The training of an earlier test asks torch to say what is not deterministic.
pytestmark = [
    *(pytest.mark.workflow, pytest.mark.usefixtures("operators_read_once", "few_comparisons")),
    pytest.mark.filterwarnings("ignore:.*deterministic:UserWarning"),
]
RULES = (
    *(
        "download_reference",
        "windows",
        "encode",
        "train",
        "baselines",
        "predict",
        "evaluate",
        "motifs",
        "match",
        "maps",
    ),
    *("tracks", "variants", "draw_performance_one", "export_onnx_one", "experiment_row", "landing_table"),
    *("simulate_cells", "crops", "choose_normalisation", "split_cells"),
)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a file system of 64 kB in memory on a folder, where that is permitted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system with no byte left."""
    with mounted(tmp_path / "full") as folder:
        (folder / "filler").write_bytes(bytes(64 << 10))
        yield folder


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system with a few kilobytes left."""
    with mounted(tmp_path / "small") as folder:
        (folder / "filler").write_bytes(bytes(56 << 10))
        yield folder


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that cannot be written."""
    with mounted(tmp_path / "read_only") as folder:
        (folder / "filler").touch()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder


@pytest.fixture
def behind_a_file(tmp_path: Path) -> Path:
    """A file where a folder is expected."""
    (tmp_path / "file").touch()
    return tmp_path / "file"


def step_of(finished: Path, rule: str) -> Step:
    return next(step for step in steps((finished / "said").read_text()) if step.rule == rule)


def redirected(step: Step, folder: Path) -> list[str]:
    """Return the words of a step that writes its outputs into another folder."""
    own = re.compile("|".join(rf"{re.escape(output)}(?=$|\.)" for output in step.outputs))
    return [own.sub(lambda found: str(folder / Path(found[0]).name), word, count=1) for word in step.words]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("full", "No space left on device; free some space and run again"),
        ("small", "No space left on device; free some space and run again"),
        ("read_only", "Read-only file system"),
        ("behind_a_file", "Not a directory|File exists|is no folder"),
    ],
)
def test_no_place_for_the_outputs_is_one_line(
    finished: Path, request: pytest.FixtureRequest, monkeypatch, capfd, rule: str, place: str, reason: str
) -> None:
    folder = request.getfixturevalue(place)
    before = sorted(folder.iterdir()) if folder.is_dir() else None
    monkeypatch.chdir(finished / "run")
    step = step_of(finished, rule)
    code = main(redirected(step, folder))
    said = [line for line in capfd.readouterr().err.splitlines() if "ERROR" in line or "Traceback" in line]
    if place == "small" and code == 0:
        return  # it fits
    assert (code, len(said)) == (2, 1), said
    assert re.search(reason, said[0]), said
    if before is not None:
        left = {path for path in folder.rglob("*") if path.is_file()} - set(before)
        # Outputs that were whole before the room ended may stay, as may what the next run goes on from.
        names = [path.relative_to(folder) for path in left if ".unfinished-" not in str(path)]
        assert all((folder / name).read_bytes() == whole(finished, step, name).read_bytes() for name in names)


def whole(finished: Path, step: Step, name: Path) -> Path:
    """Return the undisturbed output that a file is, or is in."""
    [output] = [output for output in step.outputs if Path(output).name == name.parts[0]]
    return Path(finished, "run", output, *name.parts[1:])


def test_a_temporary_folder_that_is_gone_is_no_traceback(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(finished / "run")
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "gone"))
    words = redirected(step_of(finished, "tracks"), tmp_path)
    words[words.index("--genome") + 1] = str(finished / "run" / "g.fa")  # it is indexed in a temporary folder
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", None)  # Python then looks for another one
        assert main(redirected(step_of(finished, "download_reference"), tmp_path)) == 0
        patch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        assert main(words) == 2
    said = [line for line in capfd.readouterr().err.splitlines() if "ERROR" in line or "Traceback" in line]
    assert len(said) == 1 and re.match(r"ERROR: .*gone\S*: No such file or directory", said[0]), said
    assert not (tmp_path / "tracks").exists()


@pytest.mark.parametrize(
    ("place", "reason"), [("full", "No space left on device"), ("read_only", "Read-only file system")]
)
def test_a_workflow_without_room_for_results_is_one_line(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, reason: str
) -> None:
    folder = request.getfixturevalue(place) / "results"
    write_inputs(tmp_path)
    write_config(tmp_path, {**configuration(), "results": str(folder)})
    words = command(ROOT, targets=[f"{folder}/references/g/chrom.sizes"])
    for _ in range(2):  # the first leaves no lock behind
        done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True)
        assert done.returncode == 2, done.stderr
        [line] = [line for line in done.stderr.splitlines() if "ERROR" in line or "Traceback" in line]
        assert line == f"ERROR: {folder}: {reason}; results need a folder that can be written"
    assert not [path for path in folder.rglob("*") if path.is_file()]
