import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convoscope.files import replacing
from convoscope.scratch import ABANDONED, is_orphan, mark, scratch_of, sweep_folder, sweep_tree

ROOT = Path(__file__).parents[1]
KILLED = (
    "import os, signal, sys; from pathlib import Path; from convoscope.files import replacing\n"
    "with replacing(Path(sys.argv[1])) as [scratch]:\n"
    "    scratch.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
)


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.fixture
def leave(tmp_path):
    """Write a file in a process that is killed while it writes."""

    def call(target):
        environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
        done = subprocess.run([sys.executable, "-c", KILLED, str(target)], env=environment)
        assert done.returncode == -9
        [orphan] = target.parent.glob(".writing-*")
        return orphan

    return call


def foreign(path, age):
    """Return a scratch file of another machine that was last changed some seconds ago."""
    made = path.with_name(f".writing-00000000-1-{path.name}")
    made.write_text("theirs")
    os.utime(made, (time.time() - age,) * 2)
    return made


def test_the_next_to_write_in_a_folder_removes_what_a_killed_process_left(tmp_path, leave):
    orphan = leave(tmp_path / "a.tsv")
    assert is_orphan(orphan) and names(tmp_path) == [orphan.name]
    with replacing(tmp_path / "b.tsv") as [scratch]:
        assert not orphan.exists()
        scratch.write_text("whole")
    assert names(tmp_path) == ["b.tsv"]


def test_files_of_living_processes_stay(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as other:
        mine, theirs = scratch_of(tmp_path / "a"), tmp_path / mark().replace(f"-{os.getpid()}-", f"-{other.pid}-b")
        for path in (mine, theirs, tmp_path / ".hidden", tmp_path / "writing-1-a"):
            path.write_text("")
            os.utime(path, (0, 0))
        sweep_tree(tmp_path)
        kept = names(tmp_path)
        other.kill()
    assert kept == sorted([mine.name, theirs.name, ".hidden", "writing-1-a"])
    sweep_tree(tmp_path)
    assert theirs.name not in names(tmp_path)


@pytest.mark.parametrize("name", [".writing-00000000-1-a.tsv", ".writing-1-a.tsv", ".writing-x1y2z3.fa"])
def test_files_of_other_machines_are_orphans_after_a_week(tmp_path, name):
    path = tmp_path / name
    for age, gone in ((ABANDONED - 60, False), (ABANDONED + 60, True)):
        path.write_text("")
        os.utime(path, (time.time() - age,) * 2)
        assert is_orphan(path) is gone


def test_a_whole_tree_is_swept_with_folders(tmp_path):
    (tmp_path / "deep" / ".writing-00000000-1-cells" / "more").mkdir(parents=True)
    os.utime(tmp_path / "deep" / ".writing-00000000-1-cells", (0, 0))
    kept = foreign(tmp_path / "deep" / "a", 5)
    foreign(tmp_path / "b", ABANDONED + 60)
    sweep_tree(tmp_path)
    assert names(tmp_path) == sorted(["deep", kept.name])


def test_what_cannot_be_removed_or_does_not_exist_is_no_error(tmp_path, monkeypatch):
    foreign(tmp_path / "a", ABANDONED + 60)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(PermissionError()))
    sweep_tree(tmp_path)
    sweep_folder(tmp_path / "missing")
    assert len(names(tmp_path)) == 1
