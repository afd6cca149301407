"""What the examples of the public functions find in their folder: ``model.safetensors`` and ``motifs.meme``."""

from pathlib import Path

import pytest

MEME = """MEME version 4

ALPHABET= ACGT

MOTIF MA0265.3 ABF1
letter-probability matrix: alength= 4 w= 2
0 0.75 0.25 0
1 0 0 0
"""


@pytest.fixture(autouse=True)
def example_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give examples that name such a file a folder with a small network for windows of 20 letters, and one motif."""
    source = "".join(one.source for one in request.node.dtest.examples)
    if "model.safetensors" not in source and "motifs.meme" not in source:
        return
    from convoscope import modelfile
    from convoscope.models import build

    options = {"filters": 4, "length": 6, "strands": "single"}
    facts = {"architecture": "deepbind", "options": options, "channels": 4, "space": [20], "labels": ["bound"]}
    kind = {"modality": "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform"}
    modelfile.save(tmp_path / "model.safetensors", build("deepbind", 4, [20], 1, options).eval(), facts | kind)
    (tmp_path / "motifs.meme").write_text(MEME)
    monkeypatch.chdir(tmp_path)
