"""What an experiment was made of, as two pages: its counts and its origins."""

import json
from pathlib import Path

from convoscope.artifacts import Card, read_artifact
from convoscope.files import replacing
from convoscope.report.frames import counts_frame, provenance_frame
from convoscope.report.pages import page


def provenance(*, card: Path, spec: str, counts: Path, html: Path) -> None:
    """Write examples per split and label; versions, checksums of all inputs and the configuration (given as JSON)."""
    content = read_artifact(card, Card, ["counts"])
    facts = provenance_frame(content, json.loads(spec))
    with replacing(counts, html) as [numbers, origins]:
        numbers.write_text(page(counts_frame(content["counts"]), "counts"), encoding="utf-8")
        origins.write_text(page(facts, "provenance"), encoding="utf-8")
