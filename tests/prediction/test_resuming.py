"""Finished contigs: kept for the same question only, and predicted once."""

import io

import numpy as np
import pytest

from convoscope.prediction import ensemble, resuming, tracks
from convoscope.prediction.resuming import NOTE, part_contigs, part_of, predict_contigs, prepare, with_progress


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
    monkeypatch.setattr(resuming, "SHORT", 40)
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
    sizes = {"x": 90, "y": 40, "z": 60}
    predict_contigs(networks, fasta, part_contigs(["x", "y", "z"], sizes, tmp_path), sizes, settings)
    assert part_of(tmp_path, "y").read_bytes() == kept
    assert made == [(pytest.approx(190e-6), pytest.approx(40e-6))]
    spans = tracks.spans_of(90, 20, 5, strands)
    assert lengths == pytest.approx([spans.several * 5e-6, tracks.spans_of(60, 20, 5, strands).several * 5e-6])
    found = np.load(part_of(tmp_path, "x"))
    assert (found.dtype, found.shape) == (np.float32, (spans.several, 2 * len(strands)))
    contig = tracks.Contig("x", 90, lambda start, end: LETTERS[start:end])
    expected = np.concatenate([part for part, _ in tracks.predict_contig(networks, contig, settings)])
    np.testing.assert_array_equal(found, expected)


def test_short_contigs_are_one_part_with_their_neighbours(tmp_path, monkeypatch):
    monkeypatch.setattr(resuming, "SHORT", 50)
    monkeypatch.setattr(resuming, "STRETCH", 100)
    sizes = {"a": 49, "b": 49, "c": 49, "d": 3, "long": 50, "e": 1, "longer": 90}
    parts = part_contigs(list(sizes), sizes, tmp_path)
    assert [part.contigs for part in parts] == [["a", "b", "c"], ["d"], ["long"], ["e"], ["longer"]]
    assert [part.joined for part in parts] == [True, True, False, True, False]
    assert len({part.path for part in parts}) == 5
    assert part_contigs(list(sizes), sizes, tmp_path) == parts
    assert part_contigs(["a", "b"], sizes, tmp_path)[0].path != parts[0].path


@pytest.mark.parametrize("strands", [("+",), ("+", "-")])
def test_joined_contigs_have_the_predictions_that_each_has_alone(network, reference, tmp_path, strands):
    generator = np.random.default_rng(3)
    sizes = {f"c{size}": size for size in (30, 19, 20, 33, 1, 75)}
    texts = {
        chrom: "".join(generator.choice(list("ACGTN"), size, p=[0.24] * 4 + [0.04])) for chrom, size in sizes.items()
    }
    networks, settings = ensemble.load([network(1)]), tracks.ScanSettings(3, strands=strands)
    [part] = parts = part_contigs(list(sizes), sizes, tmp_path)
    predict_contigs(networks, reference(texts), parts, sizes, settings)
    several = {chrom: tracks.spans_of(size, 20, 3, strands).several for chrom, size in sizes.items()}
    read = resuming.contig_reader(parts, several)
    assert len(np.load(part.path)) == sum(several.values()) > several["c75"] > 0
    for chrom, text in texts.items():
        contig = tracks.Contig(chrom, len(text), lambda start, end, text=text: text[start:end])
        alone = [values for values, _ in tracks.predict_contig(networks, contig, settings)]
        assert len(read(chrom)) == several[chrom] == sum(map(len, alone))
        if alone:
            np.testing.assert_allclose(read(chrom), np.concatenate(alone), atol=1e-6)
