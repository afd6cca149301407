"""Where the CPU seconds of a run go: ``steps.py FOLDER``, behind ``needs.py record FOLDER --configfile FILE``.

One line a verb: its jobs, their CPU seconds, and how many of these are Python and the libraries that it imports. These
are measured by processes that import and do nothing else.
"""

import json
import os
import statistics
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "workflow" / "lib"
VERB = "from convoscope.__main__ import load_verb; load_verb({!r}); {}"
# What verbs import only when they need it, as they do in most runs.
LATER = {
    "draw": "import convoscope.report.style, fontTools.subset",
    "export-onnx": "import torch._dynamo, onnxscript, onnxruntime",
    "interpret-images": "import captum.attr",
    "match": "import pyjaspar",
    "modisco": "import modiscolite, pyjaspar",
    "recovery": "import pyjaspar",
}


def cpu_of(verb: str) -> float:
    """Return the CPU seconds of one process that imports what a verb does."""
    code = VERB.format(verb, LATER.get(verb, ""))
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", code], {**os.environ, "PYTHONPATH": str(LIBRARY)})
    used = os.wait4(child, 0)[2]
    return used.ru_utime + used.ru_stime


def main(folder: Path) -> None:
    """Print the table, the dearest verb first, and its sum."""
    rows = [json.loads(line) for line in (folder / "needs.jsonl").read_text().splitlines()]
    spent: dict[str, list[float]] = {}
    for row in rows:
        if row["rule"] != "run_record":  # which Snakemake writes itself, for the verb manifest to read
            spent.setdefault(row["verb"], []).append(row["seconds"])
    starts = {verb: statistics.median(cpu_of(verb) for _ in range(3)) for verb in spent}
    lines = [(verb, len(jobs), sum(jobs), len(jobs) * starts[verb]) for verb, jobs in spent.items()]
    lines.sort(key=lambda line: -line[2])
    print("verb", "jobs", "cpu_s", "start_s", sep="\t")
    for verb, *numbers in [*lines, ("all", *(sum(column) for column in list(zip(*lines, strict=True))[1:]))]:
        print(verb, *(f"{number:.4g}" for number in numbers), sep="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
