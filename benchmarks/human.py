"""Run the workflow on a genome of the size of the human one, and write what every job took: `human.py <folder>`.

The table `benchmarks/human.tsv` has a row per job: CPU seconds (user and system) and the largest resident memory, as
GNU time sees them around every `python` that a rule starts.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import genome

HERE = Path(__file__).resolve().parent
SITES = 50_000
TARGETS = (
    "results/deepbind/tracks",
    "results/deepbind/metrics.json",
    "results/basset/metrics.json",
)
TIMED = """#!/bin/sh
exec /usr/bin/time --append --output "$TIMES" --format '%U\t%S\t%M\t%C' "$PYTHON" "$@"
"""


def run(folder: Path) -> Path:
    """Make the genome where it is missing, run the workflow to `TARGETS`, and return what GNU time wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "genome.fa").exists():
        genome.main(folder, SITES)
    bin_folder, times = folder / "bin", folder / "times.tsv"
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / "python").write_text(TIMED, encoding="utf-8")
    (bin_folder / "python").chmod(0o755)
    environment = {
        **os.environ,
        "TIMES": str(times),
        "PYTHON": sys.executable,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    command = ["snakemake", "--snakefile", HERE.parent / "Snakefile", "--directory", folder, "--cores", "1",
               "--configfile", HERE / "human.yaml", "--rerun-incomplete", "--show-failed-logs", *TARGETS]  # fmt: skip
    subprocess.run(list(map(str, command)), env=environment, check=True)
    return times


def job_of(command: str) -> str:
    """Return the verb of a command, and of which experiment it is, if of one.

    >>> job_of("python -m convoscope train --trained results/deepbind/holdout/1/model.safetensors")
    'train (deepbind)'
    """
    words = command.split()
    experiment = next((name for name in ("deepbind", "basset") if f"results/{name}/" in command), "")
    return words[words.index("convoscope") + 1] + (f" ({experiment})" if experiment else "")


def main(folder: Path) -> None:
    """Write `human.tsv`: job, CPU seconds, MB."""
    rows = [line.split("\t") for line in run(folder).read_text(encoding="utf-8").splitlines() if "convoscope" in line]
    with open(HERE / "human.tsv", "w", encoding="utf-8") as table:
        table.write("job\tcpu_s\tmemory_mb\n")
        for user, system, memory, command in rows:
            cpu = float(user) + float(system)
            table.write(f"{job_of(command)}\t{cpu:.1f}\t{int(memory) / 1000:.0f}\n")


if __name__ == "__main__":
    shutil.which("snakemake") or sys.exit("snakemake: not found; run make install")
    main(Path(sys.argv[1]).resolve())
