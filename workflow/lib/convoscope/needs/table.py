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


# A training: its batch with all gradients, a batch of validation examples, weights with the optimiser's moments and the
# copies that are kept of the best epoch, the table of examples and their labels.
TRAINING = line(511, batch=1, validated=1, weights=40, examples=720, outputs=5, processes=515e6)
# Networks that are loaded and predict batches.
PREDICTING = {"inferred": 1.0, "all_weights": 8.0}

NEEDS = {
    # references
    "download": Need(line(100), line(1), line(1)),
    "download_reference": Need(line(95, longest=10), line(1, bases=0.08), line(0, bases=0.31)),
    "genes": Need(line(120), line(2), line(1)),
    "simulate": Need(line(99, bases=24.3), line(0.9, bases=0.5), line(0.01, bases=0.37)),
    # examples
    "windows": Need(
        line(176, bases=0.3, examples=2900),
        line(1.3, bases=0.03, examples=60, outputs=1.7),
        line(0, examples=70, outputs=4),
    ),
    "sequences": Need(
        line(180, values=20, examples=2000), line(1.5, values=1), line(0, values=0.3, examples=60, outputs=4)
    ),
    "encode": Need(line(245, values=5.7, outputs=13), line(3.5, values=0.12, outputs=1), line(0, values=1)),
    "export_one_hot": Need(line(151, values=10.6), line(0.8, values=0.085), line(0, values=16)),
    "simulate_cells": Need(line(112), line(1, values=0.42), line(0, values=2)),
    "crops": Need(line(112), line(1, values=0.02), line(0, values=2)),
    "split_cells": Need(line(272, values=3.2), line(2.6, values=0.01), line(0, examples=100, outputs=4)),
    "choose_normalisation": Need(TRAINING, line(5, chosen=1.1), line(0, values=2, weights=12), gpu=True),
    "audit": Need(line(180, values=10), line(2, values=0.2), line(0)),
    # networks
    "train": Need(TRAINING, line(5, trained=1.1), line(0.01, weights=4), gpu=True),
    "search_data": Need(line(370, values=2, outputs=200), line(3, values=1), line(0, values=1, examples=90, outputs=4)),
    "search_trial": Need(TRAINING, line(5, tried=1.1), line(0.1), gpu=True),
    "search_rank": Need(line(300), line(2), line(0)),
    "search_table": Need(line(330), line(2), line(0.1)),
    "layers": Need(line(300, weights=8), line(2.4), line(0)),
    "predict": Need(
        line(368, inferred=1, weights=8, part=90, examples=300),
        line(3, predicted=1, outputs=3),
        line(0, outputs=13),
        gpu=True,
    ),
    "export_onnx": Need(
        line(520, inferred=0.5, weights=16), line(7, networks=1e6), line(0.01, networks=2e4, all_weights=4)
    ),
    "export_h5ad": Need(line(105, outputs=150), line(1, outputs=4), line(0, examples=80, outputs=13)),
    "export_tracks": Need(line(135, examples=500), line(1.6, examples=10), line(0.1)),
    "embed": Need(line(370, inferred=0.7, weights=8), line(3, passed=1), line(0, examples=300)),
    # evaluation
    "baselines": Need(
        line(240, letters=55, pixels=3, outputs=100),
        line(3, letters=0.8, labelled_letters=0.12, split_pixels=0.7),
        line(0, outputs=11),
    ),
    "evaluate": Need(line(179, scores=525), line(2.4, resampled=0.19), line(0.1, outputs=9)),
    "permute_labels": Need(line(120, examples=500, outputs=40), line(1.5, outputs=1), line(0, examples=90, outputs=4)),
    "shuffle_inputs": Need(line(120, values=2), line(1, values=0.1, examples=20), line(0, values=1)),
    "sanity_table": Need(line(120), line(1), line(0)),
    # interpretation
    "motifs": Need(line(316, values=88, inferred=1, all_weights=8), line(2.4, read=0.77), line(0.1)),
    "match": Need(line(540), line(8), line(0.01)),
    "recovery": Need(line(430), line(4), line(0)),
    "pairs": Need(line(480, **PREDICTING), line(4, paired=1), line(0)),
    "hits": Need(line(157, longest=10.6), line(1, bases=0.03), line(0)),
    "modisco": Need(line(600, **PREDICTING), line(60), line(0.1)),
    "maps": Need(line(580, **PREDICTING), line(7, mapped=1), line(0.1, labels=5e4)),
    "map_recovery": Need(line(372, **PREDICTING), line(2.5, recovered=0.15), line(0)),
    "interpret_images": Need(line(440, inferred=1, weights=8), line(15), line(3)),
    # predictions
    "tracks": Need(
        line(446, contig_scores=27, all_weights=8), line(2.7, scanned=0.2), line(0, values_along=5), gpu=True
    ),
    "regions": Need(
        line(440, rows=500, **PREDICTING), line(3.7, scored=1, rows=500), line(0, rows=80), kind="regions", gpu=True
    ),
    "records": Need(
        line(456, rows=500, **PREDICTING), line(3.7, scored=1, rows=500), line(0, rows=80), kind="records", gpu=True
    ),
    "further_cells": Need(
        line(370, rows=500, **PREDICTING), line(8, scored=1), line(0, rows=320), kind="further_cells", gpu=True
    ),
    "variants": Need(
        line(380, rows=500, **PREDICTING), line(3, scored=1, rows=1000), line(0, rows=260), kind="variants", gpu=True
    ),
    "variant_recovery": Need(line(195), line(1.5), line(0), kind="variants"),
    "variant_letters": Need(line(420, rows=500, **PREDICTING), line(6), line(0), kind="variants"),
    "second": Need(line(474, rows=5000), line(9, rows=12000), line(0, rows=25), kind="variants"),
    # report
    "draw": Need(line(165, outputs=95, row_scores=300), line(2.2), line(0.3)),
    "draw_data": Need(line(250, outputs=95), line(13), line(7.5)),
    "draw_interpretation": Need(line(210, outputs=95), line(16), line(7)),
    "draw_maps": Need(line(485, outputs=95), line(16), line(5.5)),
    "draw_motifs": Need(line(390), line(14), line(5)),
    "draw_performance": Need(line(210, outputs=95), line(18, labels=9e5), line(6)),
    "draw_variants": Need(line(285, rows=500, row_scores=300), line(14), line(2.5), kind="variants"),
    "model_card": Need(line(125), line(1.6), line(0.02)),
    "experiment": Need(line(0), line(0), line(0)),  # only names what belongs together
    "experiment_row": Need(line(116), line(1.4), line(0)),
    "landing_table": Need(line(116), line(1.4), line(0)),
    "report_index": Need(line(200), line(2.5), line(6)),
    "score_table": Need(line(88), line(0.8), line(0)),
    "manifest": Need(line(95), line(3), line(0)),
    "run_record": Need(line(95), line(1), line(0)),
}
