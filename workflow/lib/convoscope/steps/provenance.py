"""What an experiment was made of, as two pages: its counts and its origins."""

from pathlib import Path

from convoscope.config import SequenceExperiment
from convoscope.figures.frames import counts_frame, provenance_frame
from convoscope.figures.tables import page
from convoscope.files import read_json, replacing


def provenance(*, card: Path, spec: SequenceExperiment, counts: Path, html: Path) -> None:
    """Write examples per split and label, and versions, checksums of all inputs and the whole configuration."""
    content = read_json(card)
    facts = provenance_frame(content, spec.model_dump(mode="json"))
    with replacing(counts, html) as [numbers, origins]:
        numbers.write_text(page(counts_frame(content["counts"]), "counts"), encoding="utf-8")
        origins.write_text(page(facts, "provenance"), encoding="utf-8")
