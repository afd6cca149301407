"""What a run will cost, step by step, before it runs."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from convoscope.config import Config
from convoscope.needs.amounts import Amounts
from convoscope.needs.jobs import Job
from convoscope.needs.resources import job_amounts, row_of
from convoscope.needs.table import NEEDS

SHARED = "all"  # stands for the experiment of references and of tables over all experiments
# Folders of an experiment that have one for each block, and the section of the blocks.
BLOCKS = {"regions": "regions", "records": "records", "variants": "variants", "cells": "further_cells"}
START = 0.7  # seconds that Snakemake takes for a job besides its command, measured as in the table


class Row(NamedTuple):
    """One step of one experiment: all its jobs together; memory is that of the largest."""

    experiment: str
    step: str
    jobs: int
    examples: int
    written_mb: float
    memory_mb: int
    cpu_seconds: float
    elapsed_seconds: float


class Estimate(NamedTuple):
    """What one job will need."""

    job: Job
    experiment: str
    step: str
    amounts: Amounts
    memory: float
    seconds: float
    written: float


def wildcards_of(job: Job, config: Config) -> dict[str, str]:
    """Return the wildcards of a job, and those that its rule has in its name: they are the folders of its files."""
    if job.wildcards:
        return job.wildcards
    first, *others = [_below(path, config.results) for path in (*job.outputs, *job.inputs)]
    if first[0] == "references":
        return {"reference": first[1]}
    if first[0] not in config.experiments.sequence | config.experiments.image:
        return {}
    of_blocks = (found for found in (first, *others) if len(found) > 3 and found[1] in BLOCKS)
    block = next(({"kind": BLOCKS[found[1]], "block": found[2]} for found in of_blocks), {})
    return {"experiment": first[0], **block}


def _below(path: str, results: str) -> tuple[str, ...]:
    """Return the folders and the name of a file below the results.

    >>> _below("out/yeast/variants/own/scores.tsv.gz", "out")
    ('yeast', 'variants', 'own', 'scores.tsv.gz')
    """
    return Path(path).parts[len(Path(results).parts) :]


def estimate(jobs: Iterable[Job], config: Config, count: Callable[..., Amounts] = job_amounts) -> list[Estimate]:
    """Return what each job will need.

    Parameters
    ----------
    jobs
        The jobs of a dry run.
    config
        The configuration.
    count
        As `job_amounts`: how much there is of everything in a job.
    """
    found = []
    for job in jobs:
        step = row_of(job.rule)
        need, wildcards = NEEDS[step], wildcards_of(job, config)
        amounts = count(config, need, wildcards)
        experiment = wildcards.get("experiment", SHARED)
        values = (need.memory.at(amounts), need.seconds.at(amounts), need.written.at(amounts))
        found.append(Estimate(job, experiment, step, amounts, *values))
    return found


def schedule(estimates: Sequence[Estimate], cores: int) -> list[tuple[float, float]]:
    """Return when each job begins and ends, in seconds, if every job that is ready starts as soon as it has its cores.

    Jobs come in an order in which they can run.

    >>> first = Job("a", {}, [], ["x"], 1)
    >>> jobs = [first, Job("b", {}, ["x"], ["y"], 1), Job("b", {}, ["x"], ["z"], 1)]
    >>> each = [Estimate(job, "e", "s", {}, 1.0, 2 - START, 0.0) for job in jobs]
    >>> [[(round(a), round(b)) for a, b in schedule(each, cores)] for cores in (1, 2)]
    [[(0, 2), (2, 4), (4, 6)], [(0, 2), (2, 4), (2, 4)]]
    """
    made: dict[str, float] = {}
    free = [0.0] * max(1, cores)
    times = []
    for one in estimates:
        threads = min(one.job.threads, len(free))
        taken = [heapq.heappop(free) for _ in range(threads)]
        begin = max([*taken, *(made.get(path, 0.0) for path in one.job.inputs)])
        end = begin + START + one.seconds / threads
        for _ in taken:
            heapq.heappush(free, end)
        made.update(dict.fromkeys(one.job.outputs, end))
        times.append((begin, end))
    return times


def plan_rows(estimates: Sequence[Estimate], cores: int) -> tuple[list[Row], Row]:
    """Return a row for every step of every experiment, in the order in which they run, and their total."""
    times = schedule(estimates, cores)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(estimates):
        groups.setdefault((one.experiment, one.step), []).append(number)
    rows = [_row(*key, [(estimates[n], times[n]) for n in numbers]) for key, numbers in groups.items()]
    return rows, _row(SHARED, "total", list(zip(estimates, times, strict=True)))


def _row(experiment: str, step: str, members: Sequence[tuple[Estimate, tuple[float, float]]]) -> Row:
    """Sum up some jobs; their time is from the beginning of the first to the end of the last."""
    jobs = [one for one, _ in members]
    begins, ends = zip(*(times for _, times in members), strict=True) if members else ((0.0,), (0.0,))
    return Row(
        experiment,
        step,
        len(jobs),
        round(max((one.amounts.get("rows") or one.amounts.get("examples", 0.0) for one in jobs), default=0.0)),
        round(sum(one.written for one in jobs), 2),
        round(max((one.memory for one in jobs), default=0.0)),
        round(sum(one.seconds for one in jobs), 1),
        round(max(ends) - min(begins), 1),
    )


HEADINGS = {
    "experiment": "experiment",
    "step": "step",
    "jobs": "jobs",
    "examples": "examples",
    "written_mb": "disk (MB)",
    "memory_mb": "memory (MB)",
    "cpu_seconds": "CPU (s)",
    "elapsed_seconds": "elapsed (s)",
}
TEXT = 2  # columns that hold words


def render(rows: Sequence[Row], total: Row, cores: int) -> str:
    """Return the plan as a table for the eye, and what it comes to."""
    lines = [list(HEADINGS.values()), *([_shown(value) for value in row] for row in [*rows, total])]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = [
        "  ".join(word.ljust(width) if place < TEXT else word.rjust(width) for place, (word, width) in
                  enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines
    ]  # fmt: skip
    words = (
        f"{total.jobs} jobs on {cores} core{'s' * (cores > 1)}: {_time(total.elapsed_seconds)}, "
        f"{_time(total.cpu_seconds)} CPU, {total.written_mb:,.0f} MB on disk, at most {total.memory_mb:,} MB in a job"
    )
    return "\n".join([*table, "", words]) + "\n"


def _shown(value: str | float) -> str:
    """Return a value of the table as text."""
    return (
        value if isinstance(value, str) else f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    )


def _time(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> _time(90), _time(3600 * 30)
    ('90 s', '30.0 h')
    """
    unit, name = next((one for one in ((3600, "h"), (60, "min")) if seconds >= 2 * one[0]), (1, "s"))
    return f"{seconds / unit:.{0 if unit == 1 else 1}f} {name}"
