"""What every step of the workflow needs: memory, time and disk, each a constant and a slope for every amount.

All numbers are measured: ``python benchmarks/needs.py record`` runs configurations of several sizes and keeps what the
system says of every job, ``fit`` prints the constants that are below. They hold for the largest of what was measured,
without margins; `convoscope.needs.resources` adds these.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Line(NamedTuple):
    """A constant, and what each unit of an amount adds to it, in millionths of the constant's unit.

    Amounts are those of `convoscope.needs.amounts`.
    """

    base: float
    per: Mapping[str, float]

    def at(self, amounts: Mapping[str, float]) -> float:
        """Return the value for some amounts; those that a job does not have are 0.

        >>> line(100, sites=50).at({"sites": 2e6, "bases": 7})
        200.0
        """
        return self.base + sum(slope * amounts.get(name, 0.0) for name, slope in self.per.items()) / 1e6


def line(base: float, **per: float) -> Line:
    """Return a constant and its slopes."""
    return Line(base, per)


class Need(NamedTuple):
    """What one job of a step needs.

    ``memory``: MB, and bytes per unit. ``seconds``: of one CPU thread, and microseconds per unit. ``written``: MB, and
    bytes per unit. ``kind``: the section whose blocks each have a job. ``gpu``: the step can use one.
    """

    memory: Line
    seconds: Line
    written: Line
    kind: str = ""
    gpu: bool = False


NEEDS = {
    # references
    "download": Need(line(100), line(1), line(1)),
    "download_reference": Need(line(110, bases=1.0), line(2, bases=0.3), line(0, bases=0.3)),
    "simulate": Need(line(90, bases=2.0), line(1, bases=1), line(0, bases=0.3)),
    # examples
    "windows": Need(
        line(170, sites=500, examples=500, bases=1), line(1.3, examples=20), line(0, examples=90, outputs=4)
    ),
    "sequences": Need(line(170, values=10), line(1.5, values=1), line(0, values=0.4, examples=90, outputs=4)),
    "encode": Need(line(240, examples=500, values=1), line(2, values=0.1), line(0, values=1)),
    "export_one_hot": Need(line(150, values=1), line(0.8, values=0.1), line(0, values=16)),
    "simulate_cells": Need(line(150), line(2, values=1), line(0, values=2)),
    "crops": Need(line(150, values=4), line(2, values=0.1), line(0, values=2)),
    "split_cells": Need(line(400, values=4), line(3, values=0.1), line(0, examples=200)),
    "audit": Need(line(180, values=4), line(2, values=0.1), line(0)),
    # networks
    "train": Need(
        line(515, batch=1, examples=500, outputs=40, processes=515e6), line(5, trained=1), line(0.1), gpu=True
    ),
    "search_data": Need(line(370, values=2, outputs=200), line(3, values=1), line(0, values=1, examples=90, outputs=4)),
    "search_trial": Need(line(515, batch=1, examples=500, outputs=40), line(5, tried=1), line(0.1), gpu=True),
    "search_rank": Need(line(300), line(2), line(0)),
    "search_table": Need(line(330), line(2), line(0.1)),
    "layers": Need(line(300), line(2), line(0)),
    "predict": Need(
        line(370, inferred=1, examples=500, outputs=40), line(3, predicted=1, outputs=3), line(0, outputs=20), gpu=True
    ),
    "export_onnx": Need(line(505), line(6), line(0.1)),
    "embed": Need(line(400, inferred=1), line(3, predicted=0.2), line(0, examples=300)),
    # evaluation
    "baselines": Need(line(180, values=20), line(2, values=5), line(0, outputs=30)),
    "evaluate": Need(line(170, scores=300), line(2, resampled=1), line(0, outputs=10)),
    "permute_labels": Need(line(120, examples=500, outputs=40), line(1.5, outputs=1), line(0, examples=90, outputs=4)),
    "shuffle_inputs": Need(line(120, values=2), line(1, values=0.1, examples=20), line(0, values=1)),
    "sanity_table": Need(line(120), line(1), line(0)),
    # interpretation
    "motifs": Need(line(320, values=4), line(2, read=0.3), line(0.1)),
    "match": Need(line(540), line(8), line(0.1)),
    "recovery": Need(line(430), line(3), line(0)),
    "pairs": Need(line(470), line(3, paired=1), line(0)),
    "hits": Need(line(160, longest=10), line(1, bases=1), line(0)),
    "modisco": Need(line(600), line(30), line(0)),
    "maps": Need(line(570), line(7, mapped=0.3), line(0.1)),
    "map_recovery": Need(line(370), line(3, recovered=0.3), line(0)),
    "interpret_images": Need(line(500), line(20), line(1)),
    # predictions
    "tracks": Need(line(450, contig_scores=40), line(3, scanned=0.3), line(0, values_along=2), gpu=True),
    "regions": Need(line(440, rows=500), line(3.5, scored=1), line(0, rows=100), kind="regions", gpu=True),
    "records": Need(line(455, rows=500), line(3.5, scored=1), line(0, rows=100), kind="records", gpu=True),
    "further_cells": Need(line(455, rows=500), line(3.5, scored=8), line(0, rows=100), kind="further_cells", gpu=True),
    "variants": Need(line(380, rows=500), line(3.5, scored=1), line(0, rows=100), kind="variants", gpu=True),
    "variant_recovery": Need(line(100, rows=500), line(0.6), line(0), kind="variants"),
    "second": Need(line(475, rows=500), line(10), line(0, rows=100), kind="variants"),
    # report
    "draw": Need(line(150, outputs=100), line(2), line(0.3)),
    "draw_tracks": Need(line(190), line(3.5), line(0.3)),
    "draw_gallery": Need(line(350), line(4.5), line(1.5)),
    "model_card": Need(line(125), line(1.3), line(0.02)),
    "experiment": Need(line(0), line(0), line(0)),
    "experiment_row": Need(line(116), line(1), line(0)),
    "landing_table": Need(line(116), line(1), line(0)),
    "manifest": Need(line(95), line(3), line(0)),
    "run_record": Need(line(95), line(1), line(0)),
    "score_table": Need(line(88), line(0.7), line(0)),
}
