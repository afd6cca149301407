"""Failed jobs under ``--retries``: which are tried again, with what, and what is left of the attempts."""

import os
import subprocess
from pathlib import Path

import pytest
from small_run import environment

from convoscope.attempts import refused

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
# A rule that counts its attempts and then does what a script says.
RULES = """
import sys
sys.path.insert(0, {library!r})
from snakemake.logging import logger
from convoscope import attempts
attempts.watch(logger, workflow)
rule step:
    output: "out/{{name}}"
    log: "logs/{{name}}.log"
    resources: mem_mb=lambda wildcards, attempt: 100 * attempt
    shell: "echo {{resources.mem_mb}} >>tries.{{wildcards.name}}; bash step.sh {{wildcards.name}} 2>{{log}}"
"""
REFUSED = "python -m convoscope download --url gone --file x"
KILLED = "kill -9 $$"
FAILING = """
from convoscope import __main__ as command
def fail(**given):
    raise {error}
command.load_verb = lambda name: fail
command.sys.exit(command.main(["download", "--url", "a", "--file", "b"]))
"""


def failing(error: str) -> str:
    """Return a script in which a verb meets an error."""
    return f"python - <<'END'\n{FAILING.format(error=error)}\nEND\n"


def snakemake(folder: Path, *words: str, script: str) -> str:
    """Run the rule with two retries; it must fail. Return what Snakemake said."""
    library = str(ROOT / "workflow" / "lib")
    (folder / "Snakefile").write_text(RULES.format(library=library))
    (folder / "step.sh").write_text(script)
    done = subprocess.run(
        ["python", "-m", "snakemake", "--cores", "2", "--retries", "2", *words],
        cwd=folder,
        env=environment() | {"PYTHONPATH": library},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout + done.stderr


def tries(folder: Path, name: str) -> list[int]:
    """Return the memory that every attempt was given."""
    return [int(line) for line in (folder / f"tries.{name}").read_text().split()]


def logs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "logs").iterdir())


def test_refused_input_is_not_tried_again_but_by_the_next_run(tmp_path: Path) -> None:
    said = snakemake(tmp_path, "out/a", script=REFUSED)
    assert tries(tmp_path, "a") == [100]
    assert "refused already; not tried again" in said
    assert "gone: no such file" in (tmp_path / "logs" / "a.log").read_text()
    assert logs(tmp_path) == ["a.log"]
    snakemake(tmp_path, "out/a", script=REFUSED)
    assert tries(tmp_path, "a") == [100, 100]


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        (KILLED, ""),
        (failing("MemoryError()"), "ERROR: memory: not enough"),
        (failing("OSError(116, 'Stale file handle', 'x')"), "ERROR: x: Stale file handle; this may pass"),
        (failing("ValueError('a defect')"), "ValueError: a defect"),
    ],
    ids=["killed", "out of memory", "a network file system", "a defect"],
)
def test_other_ends_are_tried_again_with_more_memory_and_keep_their_logs(
    tmp_path: Path, script: str, kept: str
) -> None:
    snakemake(tmp_path, "out/a", script=script)
    assert tries(tmp_path, "a") == [100, 200, 300]
    assert logs(tmp_path) == ["a.attempt1.log", "a.attempt2.log", "a.log"]
    assert all(kept in (tmp_path / "logs" / name).read_text() for name in logs(tmp_path))


def test_a_refusal_ends_its_own_job_alone(tmp_path: Path) -> None:
    script = f"if [ $1 = a ]; then {REFUSED}; else {KILLED}; fi"
    snakemake(tmp_path, "out/a", "out/b", "--keep-going", script=script)
    assert (tries(tmp_path, "a"), tries(tmp_path, "b")) == ([100], [100, 200, 300])


def test_a_log_of_an_earlier_run_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text("ERROR: a: 1; 2 is allowed\n")
    os.utime(tmp_path / "logs" / "a.log", (1e9, 1e9))
    assert refused(tmp_path / "logs" / "a.log", 0)
    assert not refused(tmp_path / "logs" / "a.log", 2e9)
