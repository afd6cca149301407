"""The jobs that Snakemake plans, read from its dry run."""

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from convoscope.errors import InputError

BLOCK = re.compile(r"^(?:local)?(?:rule|checkpoint) (\S+):\n((?:    .*\n)+)", re.MULTILINE)


class Job(NamedTuple):
    """One planned job: its rule, wildcards, files and CPU threads."""

    rule: str
    wildcards: dict[str, str]
    inputs: list[str]
    outputs: list[str]
    threads: int


def read_jobs(text: str) -> list[Job]:
    r"""Return the jobs in what a dry run prints, without the rule that only asks for files.

    >>> text = "rule cut:\n    input: a, b\n    output: c\n    wildcards: experiment=e\n    threads: 2\n"
    >>> read_jobs(text)
    [Job(rule='cut', wildcards={'experiment': 'e'}, inputs=['a', 'b'], outputs=['c'], threads=2)]
    """
    jobs = []
    for rule, block in BLOCK.findall(text):
        facts = dict(line.strip().partition(": ")[::2] for line in block.splitlines())
        if "output" in facts:
            wildcards = dict(pair.split("=", 1) for pair in _words(facts.get("wildcards", "")))
            files = _words(facts.get("input", "")), _words(facts["output"])
            jobs.append(Job(rule, wildcards, *files, int(facts.get("threads", 1))))
    return jobs


def _words(listed: str) -> list[str]:
    """Split a list as Snakemake prints it."""
    return listed.split(", ") if listed else []


def plan_jobs(snakefile: Path, configfiles: Iterable[Path], cores: int, targets: Sequence[str] = ()) -> list[Job]:
    """Return the jobs that a configuration leaves to be run, in an order in which they can run.

    Raises
    ------
    InputError
        If Snakemake cannot plan, with the last line that it says.
    """
    command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(snakefile), "--dry-run"]
    command += ["--cores", str(cores), "--configfile", *map(str, configfiles)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise InputError(f"snakemake: plans nothing ({said[-1].strip() if said else done.returncode}); see --dry-run")
    return read_jobs(done.stdout + done.stderr)
