"""Finished contigs: kept for the same question only, and predicted once."""

import io

import numpy as np
import pytest

from convoscope.prediction import ensemble, resuming, tracks
from convoscope.prediction.resuming import NOTE, part_of, predict_contigs, prepare, with_progress


def test_finished_contigs_stay_for_the_same_question_only(tmp_path):
    parts = tmp_path / "deep" / "parts"
    prepare(parts, {"step": 1})
    (parts / "a.npy").touch()
    prepare(parts, {"step": 1})
    assert sorted(path.name for path in parts.iterdir()) == ["a.npy", NOTE]
    prepare(parts, {"step": 2})
    assert [path.name for path in parts.iterdir()] == [NOTE]


def test_a_folder_without_its_note_is_emptied(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.npy").touch()
    prepare(tmp_path / "parts", {"step": 1})
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [NOTE]


def test_names_of_contigs_stay_within_the_folder(tmp_path):
    assert part_of(tmp_path, "HLA*01/../x") == tmp_path / "HLA%2A01%2F..%2Fx.npy"


class Bar:
    """What a progress bar was told."""

    def __init__(self):
        self.said = []

    def update(self, amount):
        self.said.append(amount)


def test_the_bar_advances_in_megabases():
    bar = Bar()
    found = list(with_progress(iter([("x", 2_000_000), ("y", 500_000)]), bar))
    assert (found, bar.said) == (["x", "y"], [2.0, 0.5])


LETTERS = "".join(np.random.default_rng(1).choice(list("ACGT"), 90))


@pytest.mark.parametrize("strands", [("+",), ("+", "-")])
def test_only_what_is_missing_is_predicted(network, reference, tmp_path, monkeypatch, strands):
    made, lengths = [], []
    real = resuming.tqdm

    def quiet(**options):
        made.append((options["total"], options["initial"]))
        bar = real(**{**options, "file": io.StringIO()})
        monkeypatch.setattr(bar, "update", lengths.append)
        return bar

    monkeypatch.setattr(resuming, "tqdm", quiet)
    networks = ensemble.load([network(1)])
    fasta = reference({"x": LETTERS, "y": LETTERS[:40], "z": LETTERS[:60]})
    np.save(part_of(tmp_path, "y"), "as it was")
    kept = part_of(tmp_path, "y").read_bytes()
    settings = tracks.ScanSettings(5, strands=strands)
    predict_contigs(networks, fasta, ["x", "y", "z"], settings, tmp_path)
    assert part_of(tmp_path, "y").read_bytes() == kept
    assert made == [(pytest.approx(190e-6), pytest.approx(40e-6))]
    spans = tracks.spans_of(90, 20, 5, strands)
    assert lengths == pytest.approx([spans.several * 5e-6, tracks.spans_of(60, 20, 5, strands).several * 5e-6])
    found = np.load(part_of(tmp_path, "x"))
    assert (found.dtype, found.shape) == (np.float32, (spans.several, 2 * len(strands)))
    contig = tracks.Contig("x", 90, lambda start, end: LETTERS[start:end])
    expected = np.concatenate([part for part, _ in tracks.predict_contig(networks, contig, settings)])
    np.testing.assert_array_equal(found, expected)
