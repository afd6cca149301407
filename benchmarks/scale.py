"""How CPU time and memory grow with sites, labels, window and contigs: `scale.py measure <folder>`, `scale.py draw`.

`measure` runs single verbs of this checkout on a simulated genome and writes `benchmarks/scale.tsv`; a point that is
there already is not measured again. `draw` makes the picture and the tables of `docs/scale.md` of that table and of
`benchmarks/human.tsv`. The CPU time is user and system of the verb's process, the memory its largest resident set, as
the kernel counts both.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import genome
import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
COLUMNS = ["what", "number", "cpu_s", "memory_mb"]
TABLE, PAGE, PICTURE = HERE / "scale.tsv", HERE.parent / "docs/scale.md", HERE.parent / "docs/scale.svg"
SCALE = 0.02  # of GRCh38's lengths: 62 Mb
BP = 20_000_000  # of a genome that is cut into contigs
SPLIT = {"strategy": "chromosomes", "validation": ["chr1", "chr2", "chr3"], "test": ["chr4", "chr5", "chr6", "chr7"]}
SITES = {"labels": 100_000, "window": 5_000}
STEPS: dict[str, tuple[int, ...]] = {
    "sites": (30_000, 100_000, 300_000, 1_000_000),
    "labels": (10, 100, 1_000),
    "window": (200, 1_000, 5_000),
    "contigs": (1, 1_000, 10_000, 100_000),
}
VERBS = {"sites": "windows", "labels": "windows", "window": "windows, encode", "contigs": "predict-genome"}


class Cost(NamedTuple):
    """What a process took."""

    cpu: float
    memory: float


def verb(folder: Path, *words: object) -> Cost:
    """Run a verb in a folder, and return its CPU seconds and its largest resident set in MB."""
    with open(folder / "log", "wb") as log:
        command = [sys.executable, "-m", "convoscope", *map(str, words)]
        child = subprocess.Popen(command, cwd=folder, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)[:300]}\n{(folder / 'log').read_text(errors='replace')[-400:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def prepare(folder: Path) -> None:
    """Make a small genome and its reference, and a network to predict with."""
    if not (folder / "genome.fa").exists():
        genome.main(folder, 5_000, SCALE)
    if not (folder / "provenance.json").exists():
        verb(folder, "reference", "--spec", '{"mirrors": ["genome.fa"]}', "--fasta", "genome.fa.gz", "--sizes",
             "chrom.sizes", "--gaps", "gaps.bed", "--provenance", "provenance.json")  # fmt: skip
    if not (folder / "model.safetensors").exists():
        windows(folder, {"y": draw_sites(folder, 2_000)}, 101)
        encode(folder, ["y"])
        verb(folder, "train", "--examples", "windows.tsv", "--codes", "codes.npy", "--card", "card.json", "--fold",
             "holdout", "--seed", 1, "--model", '{"name": "deepbind"}', "--training", '{"epochs": 1}', "--device",
             "cpu", "--trained", "model.safetensors", "--history", "history.tsv")  # fmt: skip


def draw_sites(folder: Path, count: int, name: str = "drawn.bed", seed: int = 1) -> str:
    """Write random sites on the small genome; return the file's name."""
    generator = np.random.default_rng(seed)
    names = list(genome.LENGTHS)
    chroms = generator.integers(len(names), size=count)
    lengths = np.array([int(length * SCALE) for length in genome.LENGTHS.values()])
    starts = generator.integers(3_000, lengths[chroms] - 3_000)
    rows = (f"{names[chrom]}\t{start}\t{start + 50}\n" for chrom, start in zip(chroms, starts.tolist(), strict=True))
    (folder / name).write_text("".join(rows), encoding="utf-8")
    return name


def windows(folder: Path, sites: dict[str, str], length: int, negatives: str = "dinucleotide_shuffle") -> Cost:
    """Cut windows; as negatives shuffles, one each, or those of other labels."""
    spec = {
        "sites": {label: {"path": path} for label, path in sites.items()},
        "windows": {"length": length, "bin": 50 + length % 2, "max_dropped": 0.9},
        "negatives": {"strategy": negatives},
        "split": SPLIT,
    }
    return verb(folder, "windows", "--fasta", "genome.fa.gz", "--sizes", "chrom.sizes", "--gaps", "gaps.bed", "--sites",
                *sites.values(), "--spec", json.dumps(spec), "--windows", "windows.tsv", "--dropped", "dropped.tsv",
                "--negatives", "negatives.tsv")  # fmt: skip


def encode(folder: Path, labels: list[str]) -> Cost:
    """Encode the windows."""
    return verb(folder, "encode", "--fasta", "genome.fa.gz", "--windows", "windows.tsv", "--inputs", "chrom.sizes",
                "--spec", json.dumps({"labels": labels, "split": SPLIT}), "--codes", "codes.npy", "--card",
                "card.json")  # fmt: skip


def by_sites(folder: Path, count: int) -> Cost:
    """Cut windows of 200 bp around sites of one label."""
    return windows(folder, {"y": draw_sites(folder, count)}, 200)


def by_labels(folder: Path, count: int) -> Cost:
    """Cut windows around the same number of sites, of more labels."""
    each = SITES["labels"] // count
    files = {f"y{number}": draw_sites(folder, each, f"drawn{number}.bed", number) for number in range(count)}
    return windows(folder, files, 200, "other_labels")


def by_window(folder: Path, length: int) -> Cost:
    """Cut and encode longer windows around the same sites."""
    costs = windows(folder, {"y": draw_sites(folder, SITES["window"])}, length), encode(folder, ["y"])
    return Cost(sum(cost.cpu for cost in costs), max(cost.memory for cost in costs))


def by_contigs(folder: Path, count: int) -> Cost:
    """Predict a genome of one length, cut into more contigs."""
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[np.random.default_rng(1).integers(4, size=BP, dtype=np.uint8)]
    rows = letters.reshape(count, -1)
    with open(folder / "cut.fa", "wb") as fasta:
        for number, row in enumerate(rows):
            fasta.write(b">contig%d\n%s\n" % (number, row.tobytes()))
    return verb(folder, "predict-genome", "--models", "model.safetensors", "--genome", "cut.fa", "--step", 10,
                "--device", "cpu", "--folder", "tracks")  # fmt: skip


MEASURES = {"sites": by_sites, "labels": by_labels, "window": by_window, "contigs": by_contigs}


def measure(folder: Path) -> None:
    """Measure all points that are not in the table yet."""
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder)
    known = read()
    for what, points in STEPS.items():
        for point in points:
            if not ((known["what"] == what) & (known["number"] == point)).any():
                cost = MEASURES[what](folder, point)
                row = pd.DataFrame([[what, point, round(cost.cpu, 1), round(cost.memory)]], columns=COLUMNS)
                known = pd.concat([known, row]) if len(known) else row
                known.to_csv(TABLE, sep="\t", index=False)
                print(what, point, *cost, flush=True)


def read() -> pd.DataFrame:
    """Return what was measured so far."""
    return pd.read_csv(TABLE, sep="\t") if TABLE.exists() else pd.DataFrame(columns=COLUMNS)


def exponent(numbers: np.ndarray, costs: np.ndarray) -> float:
    """Return the exponent of a power law between the two largest points: 1 is linear, what is less is better."""
    (low, high), (small, large) = numbers[-2:], costs[-2:]
    return float(np.log(large / small) / np.log(high / low))


def panels(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the column, what grows, and its points in order."""
    for column in ("cpu_s", "memory_mb"):
        for what in measured(table):
            yield column, what, table[table["what"] == what].sort_values("number")


def measured(table: pd.DataFrame) -> list[str]:
    """Return what has been measured at two points or more, from which a slope follows."""
    return [what for what in STEPS if (table["what"] == what).sum() > 1]


def draw() -> None:
    """Draw the figure, and write the tables into the page."""
    import matplotlib

    from convoscope.report.style import BLUE, MUTED, STYLE, WIDTH

    table = read()
    with matplotlib.rc_context(STYLE):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, 5), layout="constrained")
        axes = figure.subplots(2, len(measured(table)), squeeze=False).ravel()
        for axis, (column, what, points) in zip(axes, panels(table), strict=True):
            numbers, costs = points["number"].to_numpy(float), points[column].to_numpy(float)
            axis.loglog(numbers, costs, "o-", color=BLUE, markersize=4)
            axis.loglog(numbers[-2:], costs[-1] * numbers[-2:] / numbers[-1], "--", color=MUTED, linewidth=1)
            axis.set_ylim(min(costs) / 3, max(costs) * 3)
            axis.minorticks_off()
            axis.set_xticks(numbers, [short(number) for number in numbers])
            shown = [min(costs), max(costs)] if max(costs) > 1.5 * min(costs) else [max(costs)]
            axis.set_yticks(shown, [f"{cost:,.0f}" for cost in shown])
            axis.set_title(f"{VERBS[what]}\nexponent {exponent(numbers, costs):.2f}")
            axis.set(xlabel={"window": "window (bp)"}.get(what, what))
            axis.set_ylabel("CPU (s)" if column == "cpu_s" else "memory (MB)")
        figure.savefig(PICTURE, metadata={"Date": None})
    fill("scale", markdown(table.rename(columns={"what": "grows", "cpu_s": "CPU (s)", "memory_mb": "memory (MB)"})))
    if (HERE / "human.tsv").exists():
        human = pd.read_csv(HERE / "human.tsv", sep="\t")
        fill("human", markdown(human.rename(columns={"cpu_s": "CPU (s)", "memory_mb": "memory (MB)"})))


def short(number: float) -> str:
    """Write a number of a few digits, so that neighbours on an axis do not overlap.

    >>> short(200), short(10_000), short(1_000_000)
    ('200', '10k', '1M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def markdown(table: pd.DataFrame) -> str:
    """Return a table in Markdown; whole numbers with separators."""
    rows = [list(table.columns), ["---"] + ["---:"] * (len(table.columns) - 1)]
    rows += [[f"{cell:,.10g}" if isinstance(cell, float | int) else cell for cell in row] for row in table.to_numpy()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def fill(name: str, content: str) -> None:
    """Replace what is between two comments of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, mark, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}<!-- {name} -->\n\n{content}\n\n{mark}{after}", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", folder]:
            measure(Path(folder).resolve())
        case ["draw"]:
            draw()
        case _:
            sys.exit(__doc__)
