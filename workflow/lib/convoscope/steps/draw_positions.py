"""Draw where in the window the motifs fire."""

from pathlib import Path

from convoscope.config import Motifs
from convoscope.config.strands import strand_facts
from convoscope.dataset import read_card
from convoscope.report.gallery import gallery_rows
from convoscope.report.positions import AXIS, POSITIONS, draw_hits, positions_finding, positions_table
from convoscope.report.style import drawing, headline, small_multiples
from convoscope.tables import read_table


def draw_positions(*, positions: Path, matches: Path, filters: Path, card: Path, spec: Motifs, figure: Path) -> None:
    """Draw the hits of the gallery's filters by their place in the window."""
    lengths = read_table(filters, "filters", ("filter", "length")).set_index("filter")["length"]
    every = read_table(matches, "matches", ("filter", "influence", "motif_name", "q_value"))
    shown = gallery_rows(every, lengths.index[lengths > 0])
    content = read_card(card, "window", "alphabet")
    table = positions_table(read_table(positions, "positions", POSITIONS), shown["filter"], content["window"])
    named = shown["filter"].where(
        ~(shown["q_value"] <= spec.q_value), shown["filter"] + " (" + shown["motif_name"] + ")"
    )
    names = dict(zip(shown["filter"], named, strict=True))
    with drawing(figure, max(1.6, 0.9 + 1.75 * -(-len(names) // 4)), table) as canvas:
        headline(canvas, positions_finding(table, names))
        grid = small_multiples(canvas, len(names), 4)
        for (name, title), axes in zip(names.items(), grid, strict=True):
            draw_hits(table[table["filter"] == name], title, axes)
        canvas.supxlabel(AXIS[strand_facts(content)["direction"]], fontsize=9)
        canvas.supylabel("hits (%)", fontsize=9)
