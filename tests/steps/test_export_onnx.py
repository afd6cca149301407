import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.__main__ import main
from convoscope.files import write_json
from convoscope.modelfile import onnxfile
from convoscope.models import build
from convoscope.prediction import ensemble

pytestmark = pytest.mark.usefixtures("operators_read_once")
CARD: dict[str, Any] = {
    "modality": "sequence",
    "alphabet": "dna",
    "unknown": "uniform",
    "window": 30,
    "task": "multilabel",
    "labels": ["a", "b"],
    "folds": {"holdout": {"train": ["train"], "validation": ["validation"], "test": ["test"]}},
}


@pytest.fixture
def experiment(tmp_path: Path) -> list[Any]:
    """Options of the verb for two networks on 40 random windows."""
    return write_experiment(tmp_path)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an experiment whose networks are exported, and of what was logged; not to be changed."""
    folder = tmp_path_factory.mktemp("exported")
    handler = logging.FileHandler(folder / "log.txt")
    log = logging.getLogger("convoscope")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    assert main(["export-onnx", *map(str, write_experiment(folder))]) == 0
    log.setLevel(logging.NOTSET)
    log.removeHandler(handler)
    handler.close()
    return folder


def write_experiment(tmp_path: Path) -> list[Any]:
    codes = np.random.default_rng(1).integers(0, 4, (40, 30)).astype(np.uint8)
    np.save(tmp_path / "codes.npy", codes)
    table = pd.DataFrame({"id": [f"w{row}" for row in range(40)], "fold": "test", "a": 0.0, "b": 1.0})
    table.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    write_json(tmp_path / "card.json", CARD)
    metadata = {**CARD, "architecture": "deepbind", "options": {"filters": 3, "length": 5}, "fold": "holdout"}
    for seed in (1, 2):
        torch.manual_seed(seed)
        network = build("deepbind", 4, (30,), 2, metadata["options"]).eval()
        facts = {**metadata, "channels": 4, "space": [30], "seed": seed}
        modelfile.save(tmp_path / str(seed) / "model.safetensors", network, facts)
    given = ["--models", *(tmp_path / str(seed) / "model.safetensors" for seed in (1, 2))]
    for option, name in {"examples": "windows.tsv", "codes": "codes.npy", "card": "card.json"}.items():
        given += [f"--{option}", tmp_path / name]
    return [*given, "--onnx", tmp_path / "1" / "model.onnx", tmp_path / "2" / "model.onnx"]


def test_every_network_gets_its_file_and_its_line(exported: Path) -> None:
    lines = (exported / "log.txt").read_text().splitlines()
    assert len(lines) == 2 and all("largest difference as ONNX" in line and "40 examples" in line for line in lines)
    codes = np.load(exported / "codes.npy")
    kinds = [[exported / str(seed) / f"model.{kind}" for seed in (1, 2)] for kind in ("safetensors", "onnx")]
    expected, found = (ensemble.scores(ensemble.load(paths), codes) for paths in kinds)
    assert np.abs(expected[0] - expected[1]).max() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert [modelfile.describe(path)["seed"] for path in kinds[1]] == [1, 2]


def test_wrong_scores_are_refused_and_nothing_is_written(
    experiment: list[Any], refuse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxfile, "TOLERANCE", -1.0)
    assert "1/model.safetensors: its scores as ONNX differ by" in refuse("export-onnx", *experiment)
    assert not list(tmp_path.rglob("*.onnx"))


def test_a_network_of_other_data_is_refused(experiment: list[Any], refuse: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.zeros((40, 31), dtype=np.uint8))
    write_json(tmp_path / "card.json", CARD | {"window": 31})
    line = refuse("export-onnx", *experiment)
    assert "1/model.safetensors: window 30; this data has 31, and needs its own networks" in line
    assert not list(tmp_path.rglob("*.onnx"))


def test_an_onnx_file_is_not_exported_again(experiment: list[Any], exported: Path, refuse: Any, tmp_path: Path) -> None:
    (tmp_path / "old.onnx").write_bytes((exported / "1" / "model.onnx").read_bytes())
    again = [tmp_path / "old.onnx" if value == experiment[1] else value for value in experiment]
    assert "give model.safetensors" in refuse("export-onnx", *again)


def test_variants_are_scored_alike_from_copied_files_alone(
    exported: Path, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    letters = "".join("ACGT"[code] for code in np.load(exported / "codes.npy").ravel()[:200])
    (alone / "genome.fa").write_text(f">c\n{letters}\n")
    lines = [f"c\t{place}\t.\t{letters[place - 1]}\t{'CA'[letters[place - 1] == 'C']}" for place in (50, 100, 150)]
    head = "##fileformat=VCFv4.2\n##contig=<ID=c>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (alone / "v.vcf").write_text(head + "".join(f"{line}\t.\t.\t.\n" for line in lines))
    monkeypatch.chdir(alone)
    for kind in ("onnx", "safetensors"):
        (alone / f"m.{kind}").write_bytes((exported / "1" / f"model.{kind}").read_bytes())
        run(
            "predict-variants", "--models", f"m.{kind}", "--genome", "genome.fa", "--vcf", "v.vcf",
            "--scores", f"{kind}.tsv.gz", "--annotated", f"{kind}.vcf.gz", "--dropped", f"{kind}.tsv",
        )  # fmt: skip
    found, expected = (pd.read_csv(f"{kind}.tsv.gz", sep="\t") for kind in ("onnx", "safetensors"))
    assert len(found) == 3 and found["a:difference"].abs().min() > 0
    pd.testing.assert_frame_equal(found, expected, atol=1e-5, rtol=0)
