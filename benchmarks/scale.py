"""How CPU time and memory grow with what `growth.py` lists: `scale.py measure <folder>`, `scale.py draw`.

`measure` writes `benchmarks/scale.tsv`; a point that is there already is not measured again. `draw` makes the picture
and the tables of `docs/scale.md` of that table and of `benchmarks/human.tsv`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from growth import MEASURES, STEPS, VERBS, prepare

HERE = Path(__file__).resolve().parent
ACROSS = 3  # panels next to each other
COLUMNS = ["what", "number", "cpu_s", "memory_mb"]
TABLE, PAGE, PICTURE = HERE / "scale.tsv", HERE.parent / "docs/scale.md", HERE.parent / "docs/scale.svg"


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
    """Yield the column, what grows, and its points in order: rows of CPU time with the memory below."""
    names = measured(table)
    for start in range(0, len(names), ACROSS):
        for column in ("cpu_s", "memory_mb"):
            for what in names[start : start + ACROSS]:
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

        shown = list(panels(table))
        figure = Figure(figsize=(WIDTH, 2.4 * len(shown) / ACROSS), layout="constrained")
        axes = figure.subplots(-(-len(shown) // ACROSS), ACROSS, squeeze=False).ravel()
        for axis, (column, what, points) in zip(axes, shown, strict=False):
            numbers, costs = points["number"].to_numpy(float), points[column].to_numpy(float)
            axis.loglog(numbers, costs, "o-", color=BLUE, markersize=4)
            axis.loglog(numbers[-2:], costs[-1] * numbers[-2:] / numbers[-1], "--", color=MUTED, linewidth=1)
            axis.set_ylim(min(costs) / 3, max(costs) * 3)
            axis.minorticks_off()
            axis.set_xticks(numbers, [short(number) for number in numbers])
            ends = [min(costs), max(costs)] if max(costs) > 1.5 * min(costs) else [max(costs)]
            axis.set_yticks(ends, [f"{cost:,.0f}" for cost in ends])
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
