"""A small report of two experiments: figures, pages and tables as the workflow writes them."""

from pathlib import Path

import pandas as pd

from convoscope.files import write_json
from convoscope.report.html import probability, table_to_html, whole_page
from convoscope.report.style import drawing, headline, mark_parts

CAPTIONS = Path(__file__).parents[3] / "workflow" / "report"
NAMES = ["CTCF", "GABPA", "HNF1A", "USF1"]
MATCHES = pd.DataFrame(
    {"filter": [f"f{number}" for number in range(40)], "best match": NAMES * 10, "q": [1e-9, 0.5, 0.02, None] * 10}
)


def draw_figure(path: Path, finding: str, rows: int = 30) -> None:
    """Write a figure with clipped lines, markers and text, and its table."""
    table = pd.DataFrame({"x": range(rows), "y": [0.5 * row for row in range(rows)], "name": "USF1"})
    with drawing(path, 3.0, table) as figure:
        headline(figure, finding)
        axes = figure.subplots()
        axes.plot(table["x"], table["y"], marker="o", label="a < b & c")
        axes.set(xlabel="position in the window", ylabel="score (AUROC)")
        axes.legend()


OVERVIEWS = [
    {
        "name": "one", "modality": "sequence", "verdict": "ahead", "sentence": "Better than 6-mers by .063 AUROC",
        "cautions": [{"item": "matches", "found": "Few groups: 7", "advice": "set `split.strategy`"}],
        "steps": {"examples": "60 examples", "splitting": "by <chromosome>", "training": "3 networks",
                  "testing": "AUROC .876", "reading": "4 motifs"},
        "use": "Scoring DNA.", "methods": "3 networks were trained with convoscope 1.",
    },
    {
        "name": "two.cells", "modality": "image", "verdict": "", "sentence": "accuracy .650", "cautions": [],
        "steps": {"examples": "a", "splitting": "b", "training": "c", "testing": "d", "reading": "e"},
        "use": "Classifying crops.", "methods": "A network.",
    },
]  # fmt: skip


def draw_parts(path: Path, finding: str) -> None:
    """Write a figure of two parts, as mutation maps are, and its table."""
    table = pd.DataFrame({"x": range(3000), "y": 1.0})
    with drawing(path, 6.0, table) as figure:
        headline(figure, finding)
        parts = figure.subfigures(2, 1)
        mark_parts(parts)
        for number, part in enumerate(parts):
            part.subplots().plot([0, 1], [number, 1])


def make_overviews(folder: Path) -> list[str]:
    """Write what the first page says of both experiments."""
    paths = [folder / f"{content['name']}.json" for content in OVERVIEWS]
    for path, content in zip(paths, OVERVIEWS, strict=True):
        write_json(path, content)
    return [str(path) for path in paths]


def make_report(folder: Path) -> dict[str, Path]:
    """Write the files of a report; return them by the words that the index is given."""
    one, two = folder / "one" / "figures", folder / "two.cells" / "figures"
    for place in (one, two):
        place.mkdir(parents=True)
    draw_figure(one / "gallery.svg", "The strongest filter is CTCF")
    draw_parts(one / "maps.svg", "Every mutation counts")
    draw_figure(two / "maps.svg", "Nuclei decide")
    (one / "matches.html").write_text(table_to_html(MATCHES, "40 filters & their names", formats={"q": probability}))
    (one / "variants.few.html").write_text(whole_page("Two variants", "<p>a</p>\n<h1>Dropped</h1>\n<p>none</p>\n"))
    (one / "model_card.html").write_text(whole_page("Model card: one", "<h2>What it is</h2>\n<p>A network.</p>\n"))
    (folder / "summary.html").write_text(table_to_html(pd.DataFrame({"experiment": ["one"]}), "Ahead of 6-mers"))
    (folder / "landing.tsv").write_text("experiment\tverdict\none\tahead\n")
    return {
        "matches": one / "matches.html",
        "mutation_maps": one / "maps.svg",
        "image_maps": two / "maps.svg",
        "gallery": one / "gallery.svg",
        "variants_table": one / "variants.few.html",
        "model_card": one / "model_card.html",
        "summary": folder / "summary.html",
    }
