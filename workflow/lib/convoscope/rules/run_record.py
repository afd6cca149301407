"""What Snakemake knows of a run, for its manifest: the jobs with their commands, the inputs, the versions."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from convoscope import __version__
from convoscope.config import Config
from convoscope.download.addresses import is_address, redact, redacted, redacted_text
from convoscope.preflight import data_files
from convoscope.rules.files import Files

Lookup = Callable[[str], Any]  # a path to Snakemake's record of the job that wrote it, or None


def record_path(results: str) -> str:
    """Return where the record of a run lies: outside the results, since it names files by their place on this machine.

    >>> record_path("results/yeast")
    '.snakemake/convoscope/results-yeast.json'
    """
    return f".snakemake/convoscope/{results.strip('/').replace('/', '-')}.json"


def write_run_record(
    target: Path, config: Config, *, workflow: str, checkout: Path, snakemake: str, lookup: Lookup
) -> int:
    """Write the record of a run, and return its number of jobs.

    Parameters
    ----------
    target
        Where it goes, `record_path`.
    config
        The configuration.
    workflow
        Text of the Snakefile.
    checkout
        Its folder, for the commit that it is at.
    snakemake
        Version of Snakemake.
    lookup
        What Snakemake recorded of the job that wrote a file or a folder.
    """
    versions = {"convoscope": __version__, "Python": platform.python_version(), "Snakemake": snakemake}
    content = {
        "results": config.results,
        "commit": commit_of(checkout),
        "versions": versions,
        "platform": platform.platform(),
        "workflow": workflow,
        "configuration": redact(config.model_dump(mode="json")),
        "inputs": list(inputs(config)),
        "jobs": jobs(Path(config.results), lookup),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return len(content["jobs"])


def commit_of(folder: Path) -> str | None:
    """Return the commit that a folder is at, with ``-dirty`` if its files were edited; None outside of Git."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None


def inputs(config: Config) -> Iterator[dict[str, str]]:
    """Yield every file that the configuration names and that is here: its key, path, and address if it has one."""
    local, known = Files(config).local, set[str]()
    mirrors = (
        (f"references.{name}.mirrors", one) for name, block in config.references.items() for one in block.mirrors
    )
    motifs = (
        (f"experiments.sequence.{name}.motifs.database", block.motifs.database)
        for name, block in config.experiments.sequence.items()
    )
    for key, path in (*data_files(config), *mirrors, *motifs):
        place = local(path)
        if Path(place).is_file() and place not in known:
            known.add(place)
            address = {"address": redacted(path)} if is_address(path) else {}
            yield {"key": key, "path": place, **address}


def jobs(results: Path, lookup: Lookup) -> list[dict[str, Any]]:
    """Return the jobs that wrote what is in a folder, in the order of their starts."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for folder, names, files in os.walk(results):
        names.sort()
        for name in sorted([*names, *files]):
            path = str(Path(folder, name))
            record = lookup(path)
            if record is None or not record.rule:
                continue
            command = redacted_text(record.shellcmd or "")
            first = {"rule": record.rule, "command": command, "inputs": sorted(record.input or []), "outputs": []}
            job = found.setdefault((record.rule, record.shellcmd or path), first)
            job["outputs"].append(path)
            # Snakemake notes the times of each output of a job.
            job["started"] = min(job.get("started", record.starttime), record.starttime)
            job["ended"] = max(job.get("ended", record.endtime), record.endtime)
    return sorted(found.values(), key=lambda job: (job["started"] or 0, job["rule"], job["outputs"]))
