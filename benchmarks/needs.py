"""Measure what the steps of the workflow need, and compare it with what ``convoscope.needs`` declares.

    python benchmarks/needs.py record FOLDER --configfile FILE…   one line a job: peak memory, CPU time, bytes
    python benchmarks/needs.py fit FOLDER…                        constants of the table, from what was recorded
    python benchmarks/needs.py compare FOLDER…                    declared and measured, a line a step
    python benchmarks/needs.py networks                           what one example costs in each network

``record`` runs Snakemake in FOLDER with a ``python`` on the PATH that starts the real one as its child and keeps what
the system says of it (``wait4``): the largest resident memory, user and system time. Nothing is sampled.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "lib"))

import numpy as np  # noqa: E402
from scipy.optimize import nnls  # noqa: E402

from convoscope.config import load_config  # noqa: E402
from convoscope.needs.jobs import Job, plan_jobs  # noqa: E402
from convoscope.needs.plan import wildcards_of  # noqa: E402
from convoscope.needs.resources import granted_memory, granted_minutes, job_amounts, row_of  # noqa: E402
from convoscope.needs.table import NEEDS, Line  # noqa: E402
from convoscope.steps.plan import read_configurations  # noqa: E402

SHIM = """#!{python}
import json, os, sys
child = os.posix_spawn({python!r}, [{python!r}, *sys.argv[1:]], os.environ)
status, used = os.wait4(child, 0)[1:]
with open({log!r}, "a") as stream:
    row = dict(words=sys.argv[1:], peak=used.ru_maxrss * 1024, seconds=used.ru_utime + used.ru_stime)
    stream.write(json.dumps(row) + "\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def bytes_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else path.stat().st_size


def record(folder: Path, configfiles: list[Path], without: list[str]) -> None:
    """Run the jobs of a configuration in a folder and write ``needs.jsonl``: a line for each."""
    os.chdir(folder)
    jobs = plan_jobs(ROOT / "workflow" / "Snakefile", configfiles, 1)
    jobs = [job for job in jobs if not job.rule.startswith(tuple(without))]
    targets = [job.outputs[0] for job in jobs] if without else []
    with tempfile.TemporaryDirectory() as temporary:
        log, shim = Path(temporary, "log"), Path(temporary, "python")
        log.touch()
        shim.write_text(SHIM.format(python=sys.executable, log=str(log)))
        shim.chmod(0o755)
        command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(ROOT / "workflow" / "Snakefile")]
        command += ["--cores", "1", "--quiet", "--keep-going", "--show-failed-logs", "--configfile"]
        path = f"{temporary}{os.pathsep}{os.environ['PATH']}"
        subprocess.run([*command, *map(str, configfiles)], env={**os.environ, "PATH": path}, check=False)
        seen = [json.loads(line) for line in log.read_text().splitlines()]
    Path("needs.config.json").write_text(json.dumps(read_configurations(configfiles)))
    with open("needs.jsonl", "a") as stream:
        for job in jobs:
            used = next((one for one in seen if job.outputs[0] in one["words"]), None)
            if used is not None and all(Path(path).exists() for path in job.outputs):
                sizes = sum(map(bytes_of, map(Path, job.outputs)))
                row = {**job._asdict(), "peak": used["peak"], "seconds": used["seconds"], "written": sizes}
                row["verb"] = used["words"][2]
                stream.write(json.dumps(row) + "\n")


def recorded(folders: list[Path]) -> dict[str, list[dict]]:
    """Return what was recorded in some folders, by step, each with how much there was of everything."""
    found: dict[str, list[dict]] = {}
    for folder in folders:
        os.chdir(folder)
        config = load_config(json.loads(Path("needs.config.json").read_text()))
        for text in Path("needs.jsonl").read_text().splitlines():
            row = json.loads(text)
            job = Job(*(row[name] for name in Job._fields))
            step = row_of(job.rule)
            amounts = job_amounts(config, NEEDS[step], wildcards_of(job, config))
            found.setdefault(step, []).append({**row, "amounts": amounts, "folder": folder.name})
    return found


VALUES = {"memory": ("peak", 1e6), "seconds": ("seconds", 1), "written": ("written", 1e6)}


def fitted(given: Line, amounts: list[dict], values: np.ndarray) -> str:
    """Return a constant and slopes, none negative, whose relative errors are least; and the largest excess."""
    names = [name for name in given.per if any(one.get(name) for one in amounts)]
    columns = np.array([[1.0, *(one.get(name, 0.0) / 1e6 for name in names)] for one in amounts])
    weights = 1 / np.maximum(values, 0.02)
    found, _ = nnls(columns * weights[:, None], values * weights)
    excess = (values / np.maximum(columns @ found, 1e-9)).max()
    slopes = dict(zip(names, found[1:], strict=True))
    words = [f"{name}={slopes[name]:.3g}" if name in slopes else f"{name}=?" for name in given.per]
    return f"line({', '.join([f'{found[0]:.3g}', *words])})  # largest excess {excess:.2f}"


def fit(folders: list[Path]) -> None:
    """Print the constants of every step, as far as it was recorded; a question mark where an amount was 0."""
    for step, rows in sorted(recorded(folders).items(), key=lambda pair: list(NEEDS).index(pair[0])):
        amounts = [row["amounts"] for row in rows]
        print(f"{step}: {len(rows)} jobs")
        for name, (key, unit) in VALUES.items():
            values = np.array([row[key] for row in rows]) / unit
            print(f"    {name:8}", fitted(getattr(NEEDS[step], name), amounts, values))


COLUMNS = (
    "step", "jobs", "peak_mb", "table_mb", "granted_mb", "granted_by_peak", "cpu_s", "table_s", "minutes",
    "written_mb", "table_written_mb",
)  # fmt: skip


def compare(folders: list[Path]) -> None:
    """Print for every step what was measured, what the table says, and what a job is granted."""
    print("\t".join(COLUMNS))
    for step, rows in sorted(recorded(folders).items(), key=lambda pair: list(NEEDS).index(pair[0])):
        need = NEEDS[step]
        worst = max(rows, key=lambda row: row["peak"] / granted_memory(need, row["amounts"]))
        granted = granted_memory(need, worst["amounts"])
        seconds = sum(row["seconds"] for row in rows), sum(need.seconds.at(row["amounts"]) for row in rows)
        written = sum(row["written"] / 1e6 for row in rows), sum(need.written.at(row["amounts"]) for row in rows)
        minutes = max(granted_minutes(need, row["amounts"]) for row in rows)
        words = [len(rows), worst["peak"] / 1e6, need.memory.at(worst["amounts"]), granted]
        words += [granted * 1e6 / worst["peak"], *seconds, minutes, *written]
        print(step, *(f"{word:.4g}" for word in words), sep="\t")


# The shape of one example at which each network is measured, and a larger one for the weights that it adds.
SHAPES = {
    "deepbind": (101,), "basset": (600,), "deepsea": (500,), "danq": (500,), "tower": (500,), "cnnprom": (251,),
    "lenet": (64, 64), "deepyeast": (64, 64), "residual": (64, 64),
}  # fmt: skip
FEW, MANY = 16, 48  # examples at once, whose difference in memory is that of the examples


def measure_network(name: str, batch: int, train: bool) -> None:
    """Print the largest memory of this process, and the nanoseconds of a position, for one network in one mode."""
    import torch

    from convoscope.models import SEQUENCES, build

    torch.set_num_threads(1)
    channels = 4 if name in SEQUENCES else 2
    network = build(name, channels, SHAPES[name], 5).train(train)
    optimizer = torch.optim.AdamW(network.parameters())
    inputs, seconds = torch.rand(batch, channels, *SHAPES[name]), []
    for _ in range(2):
        began = time.process_time()
        with torch.set_grad_enabled(train):
            scores = network(inputs)
        if train:
            optimizer.zero_grad()
            scores.square().sum().backward()
            optimizer.step()
        seconds.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([peak, 1e9 * min(seconds) / batch / math.prod(SHAPES[name])]))


def networks() -> None:
    """Print what one position of one example costs in each network, and the weights that it adds."""
    from convoscope.models import SEQUENCES, build

    for name, space in SHAPES.items():
        costs = []
        for train in ("train", "predict"):
            command = [sys.executable, __file__, "network", name, train]
            few, many = (
                json.loads(subprocess.run([*command, str(batch)], capture_output=True, check=True).stdout)
                for batch in (FEW, MANY)
            )
            costs += [(many[0] - few[0]) / (MANY - FEW) / math.prod(space), many[1]]
        channels = 4 if name in SEQUENCES else 2
        shapes = space, tuple(2 * side for side in space)
        weights = [sum(one.numel() for one in build(name, channels, shape, 5).parameters()) for shape in shapes]
        dense = (weights[1] - weights[0]) / (math.prod(shapes[1]) - math.prod(shapes[0]))
        words = [costs[0], costs[2], costs[1], costs[3], weights[0] - dense * math.prod(space), dense]
        print(name, *(f"{word:.4g}" for word in words), sep="\t", flush=True)


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("record")
    one.add_argument("folder", type=Path)
    one.add_argument("--configfile", type=lambda path: Path(path).resolve(), nargs="+", required=True)
    one.add_argument("--without", nargs="*", default=[], help="beginnings of names of rules to leave out")
    for name in ("fit", "compare"):
        commands.add_parser(name).add_argument("folders", type=lambda path: Path(path).resolve(), nargs="+")
    commands.add_parser("networks")
    one = commands.add_parser("network")  # what `networks` starts as processes of their own
    one.add_argument("name")
    one.add_argument("mode")
    one.add_argument("batch", type=int)
    given = parser.parse_args()
    table = {
        "record": lambda: record(given.folder, given.configfile, given.without),
        "fit": lambda: fit(given.folders),
        "compare": lambda: compare(given.folders),
        "networks": networks,
        "network": lambda: measure_network(given.name, given.batch, given.mode == "train"),
    }
    table[given.command]()


if __name__ == "__main__":
    main()
