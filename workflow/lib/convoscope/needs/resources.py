"""What a rule asks for a job: memory and time from what there is to be done, more at every attempt."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from convoscope.config import Config
from convoscope.needs.amounts import Amounts, of_block, of_experiment, of_reference
from convoscope.needs.counting import SAMPLE
from convoscope.needs.networks import Pace
from convoscope.needs.table import NEEDS, Need

# A job is granted more than what was measured: other versions, other data, other file systems. On a cluster Snakemake
# itself is in the job, with Slurm's plugin twice, 135 MB each.
MEMORY_MARGIN, MEMORY_SPARE = 1.25, 400  # MB
TIME_MARGIN, TIME_SPARE = 4, 10  # minutes; a node's processor may be half as fast, its file system slower
GROWTH = 2  # each attempt after the first
BLOCK_WILDCARDS = ("block", "file", "variants")


def row_of(rule: str) -> str:
    """Return the row of `NEEDS` of a rule: its own, or the longest beginning of its name, as of ``export_onnx_cells``.

    Raises
    ------
    KeyError
        If there is none.

    >>> row_of("train"), row_of("export_onnx_cells"), row_of("draw_layers")
    ('train', 'export_onnx', 'draw')
    """
    found = [name for name in NEEDS if rule == name or rule.startswith(f"{name}_")]
    if not found:
        raise KeyError(f"rule {rule}: no row in NEEDS; measure it with benchmarks/needs.py")
    return max(found, key=len)


def job_amounts(
    config: Config, need: Need, wildcards: Mapping[str, str], sample: int = SAMPLE, pace: Pace | None = None
) -> Amounts:
    """Return how much there is of everything in one job, by the wildcards of its rule."""
    if "experiment" in wildcards:
        kind = wildcards.get("kind") or need.kind
        block = next((wildcards[name] for name in BLOCK_WILDCARDS if name in wildcards), "")
        if kind and block:
            return of_block(config, wildcards["experiment"], kind, block, sample, pace)
        return of_experiment(config, wildcards["experiment"], sample, pace)
    return of_reference(config, wildcards["reference"]) if "reference" in wildcards else {}


def granted_memory(need: Need, amounts: Amounts, attempt: int = 1) -> int:
    """Return the MB that a job is granted."""
    return math.ceil((need.memory.at(amounts) * MEMORY_MARGIN + MEMORY_SPARE) * GROWTH ** (attempt - 1))


def granted_minutes(need: Need, amounts: Amounts, attempt: int = 1) -> int:
    """Return the minutes that a job is granted."""
    return math.ceil((need.seconds.at(amounts) / 60 * TIME_MARGIN + TIME_SPARE) * GROWTH ** (attempt - 1))


def needs(config: Config, gpu: Mapping[str, Any], step: str, **fixed: str) -> dict[str, Callable[..., int] | Any]:
    """Return the resources of a rule: ``mem_mb`` and ``runtime`` as functions that always know a number.

    Parameters
    ----------
    config
        The configuration.
    gpu
        Resources of the steps that can use a GPU.
    step
        Name of the rule, or what its name begins with.
    fixed
        Wildcards that the rule's name has in it.
    """
    need = NEEDS[row_of(step)]

    def amounts(wildcards: Any) -> Amounts:
        return job_amounts(config, need, {**dict(wildcards.items()), **fixed})

    def mem_mb(wildcards: Any, attempt: int) -> int:
        return granted_memory(need, amounts(wildcards), attempt)

    def runtime(wildcards: Any, attempt: int) -> int:
        return granted_minutes(need, amounts(wildcards), attempt)

    return {"mem_mb": mem_mb, "runtime": runtime, **(gpu if need.gpu else {})}
