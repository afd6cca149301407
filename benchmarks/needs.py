"""Measure what the steps of the workflow need, and compare it with what ``convoscope.needs`` declares.

    python benchmarks/needs.py record FOLDER -- SNAKEMAKE ARGUMENTS   one line a job: peak memory, CPU time, bytes
    python benchmarks/needs.py scale FOLDER                           the same of runs of several sizes
    python benchmarks/needs.py fit FOLDER…                            constants of the table, from what was recorded
    python benchmarks/needs.py compare FOLDER…                        declared beside measured, a line a step

``record`` runs Snakemake in FOLDER with a ``python`` on the PATH that starts the real one as its child and keeps what
the system says of it (``wait4``): the largest resident memory, user and system time. Nothing is sampled.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
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
    given = parser.parse_args()
    if given.command == "record":
        record(given.folder, given.configfile, given.without)
    else:
        {"fit": fit, "compare": compare}[given.command](given.folders)


if __name__ == "__main__":
    main()
