"""Speed on one GPU: `gpu.py run <folder>`, `gpu.py draw`.

`run` measures all rows on a GPU of the class of H100 or H200, in at most eight minutes, and writes
`benchmarks/gpu.json`. Without a GPU it takes the same steps on little data, says that these are no measurements, and
writes nothing into the tree. `draw` writes the table of `docs/performance.md`.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from speed import fill

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "gpu.json"
REHEARSAL = "rehearsal on a CPU: these are no measurements"


class Aim(NamedTuple):
    """A row of the table: the work, the unit, and what is aimed at."""

    work: str
    unit: str
    aim: str = "–"


ROWS = {
    "copy": Aim("copy within the memory of the GPU, read and written", "GB/s"),
    "matmul": Aim("product of square matrices in bfloat16", "TFLOP/s"),
    "basset": Aim("`train`, basset 600 bp in bfloat16, from codes of a genome and intervals", "sequences/s", "250,000"),
    "busy": Aim("GPU busy in the epochs of that training", "%", "90"),
    "whole": Aim("`windows`, `encode` and `train` together", "sequences/s"),
    "deepyeast": Aim("training of deepyeast 64×64×2: share of the rate of the product above", "%", "60"),
    "trials": Aim("32 × `search-trial`, deepbind 200 bp: at once, against 8 × the time of four in turn", "times", "15"),
    "scan": Aim("`predict-genome`, basset 600 bp, every 50 bp on both strands, 3.1 Gb", "minutes", "less than 5"),
}


class Sizes(NamedTuple):
    """How much work there is, on a GPU or in the rehearsal."""

    contig: int  # bp of each of twelve
    sites: int
    batch: int
    epochs: int
    options: dict[str, Any]  # of Basset; the paper's when empty
    images: int
    side: int  # pixels of an image
    image_batch: int
    trials: int
    alone: int  # trials that run one after another
    matrix: int


GPU = Sizes(12_500_000, 150_000, 2_048, 6, {}, 40_000, 64, 512, 32, 4, 8_192)
SMALL = {"filters": [8, 8, 8], "hidden": [16, 16]}
CPU = Sizes(30_000, 120, 32, 2, SMALL, 10, 16, 8, 2, 1, 128)


class Bench(NamedTuple):
    """Where data lies, the device, and the sizes."""

    folder: Path
    device: str
    sizes: Sizes


def run(folder: Path) -> None:
    """Measure all rows, and keep them if there is a GPU."""
    import gpu_rows
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    real = torch.cuda.is_available()
    bench = Bench(folder, "cuda" if real else "cpu", GPU if real else CPU)
    if not real:
        print(REHEARSAL)
    found: dict[str, float | str] = {"device": torch.cuda.get_device_name() if real else "CPU"}
    for measure in gpu_rows.MEASURES:
        began = time.monotonic()
        found |= measure(bench, found)
        print(f"{measure.__name__}: {time.monotonic() - began:.1f} s", found, flush=True)
    print(table(found))
    if real:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def table(found: dict[str, Any]) -> str:
    """Return the rows in Markdown; those that are missing are unmeasured."""
    lines = [f"| work | aim | {found.get('device', 'measured')} |", "| --- | ---: | ---: |"]
    for name, row in ROWS.items():
        value = f"{found[name]:,.4g} {row.unit}" if found.get(name) is not None else "unmeasured"
        lines.append(f"| {row.work} | {row.aim if row.aim == '–' else f'{row.aim} {row.unit}'} | {value} |")
    return "\n".join(lines)


def draw() -> None:
    """Write the table into the page."""
    fill("gpu", table(json.loads(RESULTS.read_text()) if RESULTS.exists() else {}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", where]:
            run(Path(where).resolve())
        case ["draw"]:
            draw()
        case _:
            sys.exit(__doc__)
