"""Verb ``plan``: what a run will cost, before it runs."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from convoscope.config import Config
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.needs.amounts import Amounts
from convoscope.needs.jobs import plan_jobs
from convoscope.needs.plan import Row, estimate, plan_rows, render
from convoscope.needs.resources import job_amounts
from convoscope.needs.table import Need
from convoscope.needs.timing import paces
from convoscope.options import Input
from convoscope.preflight import preflight
from convoscope.training.device import choose_device

WORKFLOW = Path(__file__).parents[3] / "Snakefile"  # of a checkout
WHOLE = -1  # files are read to their end


def plan(*, configfile: list[Input], cores: int = 1, snakefile: Input | None = None, table: Path | None = None) -> None:
    """Say what a run will cost, step by step, before it runs.

    These are jobs, examples, bytes, memory and time of what is left to be run. Times are for this machine, on which the
    networks are timed for a few steps.

    Parameters
    ----------
    configfile
        Configuration files as for Snakemake: of several, the later ones win.
    cores
        Cores that the run will have.
    snakefile
        The workflow; that of the checkout when not given.
    table
        Table to write, .tsv, with the columns that are shown.
    """
    if cores < 1:
        raise InputError(f"--cores {cores}; 1 or more")
    workflow = snakefile or WORKFLOW
    if not workflow.is_file():
        raise InputError(f"{workflow}: no such file; give the workflow's Snakefile with --snakefile")
    config = preflight(read_configurations(configfile), configfile)
    jobs = plan_jobs(workflow, configfile, cores)
    trained = sorted({job.wildcards["experiment"] for job in jobs if job.rule == "train"})
    known = paces(config, trained, choose_device(config.device, None))

    def count(config: Config, need: Need, wildcards: Mapping[str, str]) -> Amounts:
        """Count as rules do, but every row, and with the networks' own pace."""
        return job_amounts(config, need, wildcards, WHOLE, known.get(wildcards.get("experiment", "")))

    rows, total = plan_rows(estimate(jobs, config, count), cores)
    sys.stdout.write(render(rows, total, cores))
    if table is not None:
        with replacing(table) as [scratch]:
            lines = ["\t".join(Row._fields), *("\t".join(map(str, row)) for row in [*rows, total])]
            scratch.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_configurations(files: list[Path]) -> dict[str, Any]:
    """Read configuration files and merge them, block by block, as Snakemake does.

    Raises
    ------
    InputError
        If one is not YAML, or no block of keys.
    """
    merged: dict[str, Any] = {}
    for file in files:
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: not YAML ({' '.join(str(error).split())})") from None
        if not isinstance(content, dict):
            raise InputError(f"{file}: {type(content).__name__}; a block of keys, such as results: results")
        _merge(merged, content)
    return merged


def _merge(block: dict[str, Any], further: dict[str, Any]) -> None:
    """Put the keys of one block into another."""
    for key, value in further.items():
        if isinstance(value, dict) and isinstance(block.get(key), dict):
            _merge(block[key], value)
        else:
            block[key] = value
