"""Where windows lie, which letters they hold, and in which order they come."""

import tracemalloc
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.prediction import ensemble, records, windows
from convoscope.prediction.records import Dropped, FastaRecord, fit_records, predict_records, starts_of
from convoscope.prediction.tracks import ScanSettings
from convoscope.prediction.windows import place_sites, read_codes
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.contigs import Contigs

DNA = ALPHABETS["dna"]


@pytest.mark.parametrize(
    ("center", "strand", "window", "direction", "reason"),
    [
        (2, ".", 5, "forward", ""),  # the first window of the contig
        (1, ".", 5, "forward", "out_of_bounds"),
        (17, ".", 5, "forward", ""),  # and the last one
        (18, ".", 5, "forward", "out_of_bounds"),
        (2, ".", 4, "forward", ""),
        (18, "+", 4, "site", ""),
        (19, "+", 4, "site", "out_of_bounds"),
        (1, "-", 4, "site", ""),
        (0, "-", 4, "site", "out_of_bounds"),
        (10, ".", 5, "site", "no_strand"),
    ],
)
def test_the_first_and_the_last_window_of_a_contig(center, strand, window, direction, reason):
    sites = pd.DataFrame({
        "chrom": ["one"], "start": [center], "end": [center + 1], "center": [center], "midpoint": True,
        "name": ".", "strand": strand, "line": 1,
    })  # fmt: skip
    found = place_sites(sites, Contigs({"one": 20}), window, "in.bed", direction)
    assert found["reason"].tolist() == [reason]
    assert (found["end"] - found["start"]).tolist() == [window]
    assert found["start"].iloc[0] == center - (window - (direction == "site" and strand == "-")) // 2


def test_a_site_that_ends_with_its_contig_is_read_and_one_beyond_it_is_not():
    sites = pd.DataFrame({
        "chrom": ["one", "one", "two"], "start": [10, 10, 0], "end": [20, 21, 1], "center": [15, 15, 0],
        "midpoint": True, "name": ".", "strand": ".", "line": [1, 2, 3],
    })  # fmt: skip
    found = place_sites(sites, Contigs({"one": 20}), 5, "in.bed")
    assert found["reason"].tolist() == ["", "out_of_bounds", "unknown_contig"]


def test_letters_of_another_alphabet_have_code_zero():
    codes, illegal = read_codes(["ACGT", "AEGT", "NRYé"], DNA)
    assert codes[:2].tolist() == [[0, 1, 2, 3], [0, 0, 2, 3]] and codes[2, 3] == 0
    assert illegal.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("length", "step", "expected"),
    [
        (4, 3, []), (5, 3, [0]), (6, 3, [0, 1]), (8, 3, [0, 3]), (9, 3, [0, 3, 4]), (7, 1, [0, 1, 2]),
        (7, 99, [0, 2]), (0, 1, []),
    ],
)  # fmt: skip
def test_the_last_window_ends_with_the_sequence(length, step, expected):
    assert starts_of(length, 5, step).tolist() == expected


@pytest.fixture
def networks(network):
    return ensemble.load([network(1)])


def letters(length, seed=1):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


@pytest.mark.parametrize("batch", [1, 30, 4096])
@pytest.mark.parametrize("stretch", [7, 1 << 20])
def test_windows_come_in_the_order_of_the_records(networks, monkeypatch, batch, stretch):
    monkeypatch.setattr(records, "BATCH", batch)
    monkeypatch.setattr(records, "STRETCH", stretch)
    # 64 windows, from which on a sequence is predicted on its own, are 83 letters.
    sizes = [20, 25, 83, 82, 19, 30, 84, 200, 21]
    given = [FastaRecord(number, f"r{number}", letters(size, number)) for number, size in enumerate(sizes, start=1)]
    found = list(predict_records(networks, given, ScanSettings(1)))
    assert [one.record.number for one in found if isinstance(one, Dropped)] == [5]
    parts = [one for one in found if not isinstance(one, Dropped)]
    several = [size - 19 if size > 19 else 0 for size in sizes]
    assert np.concatenate([part.numbers for part in parts]).tolist() == np.repeat(range(1, 10), several).tolist()
    starts = np.concatenate([part.starts for part in parts])
    assert starts.tolist() == [start for count in several for start in range(count)]
    names = np.concatenate([part.names for part in parts])
    texts = [given[int(name[1:]) - 1].letters[start:][:20] for name, start in zip(names, starts, strict=True)]
    expected = windows.predict_windows(networks, read_codes(texts, DNA)[0], ScanSettings(1))[0]
    np.testing.assert_allclose(np.concatenate([part.mean for part in parts]), expected, atol=1e-5)


@pytest.mark.parametrize("size", [30, 200, 203])
@pytest.mark.parametrize("stretch", [1, 30, 1 << 20])
def test_every_step_and_the_last_window_have_mean_and_spread(network, monkeypatch, size, stretch):
    monkeypatch.setattr(records, "STRETCH", stretch)
    several, text = ensemble.load([network(1), network(2)]), letters(size)
    [*parts] = predict_records(several, [FastaRecord(5, "r", text)], ScanSettings(2))
    numbers, names, starts, mean, spread = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert starts.tolist() == starts_of(size, 20, 2).tolist()
    assert set(numbers) == {5} and set(names) == {"r"} and len(numbers) == len(names) == len(starts)
    codes = read_codes([text[start : start + 20] for start in starts], DNA)[0]
    members = ensemble.predictions(several, ensemble.scores(several, codes))
    np.testing.assert_allclose(mean, members.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(spread, np.abs(members[0] - members[1]) / 2, atol=1e-5)


def test_records_of_a_fasta_file(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text("\n>a first\nAC\ngt\n>\nA\n>c\n")
    assert list(records.read_fasta(path)) == [
        FastaRecord(1, "a", "ACgt"),
        FastaRecord(2, "record2", "A"),
        FastaRecord(3, "c", ""),
    ]
    for text, said in (("\n \n", "is empty"), ("\nACGT" + "A" * 20, "begins with 'ACGT" + "A" * 16 + "'")):
        path.write_text(text)
        with pytest.raises(InputError, match=rf"x\.fa: not FASTA: {said}; records begin with '>'"):
            list(records.read_fasta(path))


@pytest.mark.parametrize(
    ("several", "together"),
    [
        ([20, 19, 1, 5], [20, 20, 5]),  # from 20 windows on, those that wait are predicted
        ([63, 1], [63, 1]),
        ([1, 2, 64, 3], [3, 10, 10, 10, 10, 10, 10, 4, 3]),  # a sequence of 64 windows is predicted in stretches
        ([1, 63, 3], [64, 3]),
    ],
)
def test_so_many_windows_are_predicted_at_once(networks, monkeypatch, several, together):
    monkeypatch.setattr(records, "BATCH", 20)
    monkeypatch.setattr(records, "STRETCH", 10)
    given = [FastaRecord(number, "r", letters(count + 19)) for number, count in enumerate(several)]
    assert [len(part.numbers) for part in predict_records(networks, given, ScanSettings(1))] == together


def test_a_step_beyond_the_stretch_is_one_window(networks, monkeypatch):
    monkeypatch.setattr(records, "STRETCH", 2)
    found = [
        part.starts.tolist() for part in predict_records(networks, [FastaRecord(1, "r", letters(213))], ScanSettings(3))
    ]
    assert found == [[start] for start in (*range(0, 193, 3), 193)]


def test_unknown_letters_up_to_the_share_are_read(networks):
    codes = read_codes([letters(18) + "NN", letters(17) + "NRN"], DNA)[0]
    mean, spread = windows.predict_windows(networks, codes, ScanSettings(1, max_unknown=0.1))
    assert np.isnan(mean).tolist() == [[False, False], [True, True]]
    assert (spread == 0).all()


@pytest.mark.parametrize("batch", [1, 2, 4096])
def test_every_place_is_predicted_once_or_has_a_reason(networks, reference, monkeypatch, batch):
    monkeypatch.setattr(windows, "BATCH", batch)
    contig = letters(20) + "N" * 20 + letters(19, 2) + "E"
    starts = np.array([0, 20, 1, 40])
    places = pd.DataFrame({"chrom": "one", "start": starts, "end": starts + 20, "strand": "."})
    parts = list(windows.predict_places(networks, reference({"one": contig}), places, ScanSettings(1)))
    rows, mean, spread, reasons = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert (len(parts), rows.tolist()) == (-(-4 // batch), [0, 1, 2, 3])
    assert reasons.tolist() == ["", "unknown_letters", "", "letter_not_in_alphabet"]
    expected = windows.predict_windows(networks, read_codes([contig[:20], contig[1:21]], DNA)[0], ScanSettings(1))
    np.testing.assert_allclose(mean[[0, 2]], expected[0], atol=1e-6)
    assert (spread == 0).all()


def test_mean_and_spread_alternate_in_the_table():
    sink, found = StringIO(), (np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]]))
    windows.write_values(sink, {"name": ["x", "y"]}, ["a", "b"], found, header=True)
    windows.write_values(sink, {"name": ["z"]}, ["a", "b"], (found[0][:1], found[1][:1]), header=False)
    assert sink.getvalue() == ("name\ta\ta:spread\tb\tb:spread\nx\t1\t5\t2\t6\ny\t3\t7\t4\t8\nz\t1\t5\t2\t6\n")


def test_records_are_fitted_as_in_the_training(network):
    cropped = ensemble.load([network(1, card={"fit": "start"})])
    texts = ["A" * 10, "a" * 9 + "N", "A" * 8 + "NN", ""]
    found = list(fit_records(cropped, [FastaRecord(n, "r", text) for n, text in enumerate(texts)], 0.1))
    assert [one.reason for one in found if isinstance(one, Dropped)] == ["unknown_letters"]
    assert [len(one.letters) for one in found if not isinstance(one, Dropped)] == [20, 20, 0]
    plain = ensemble.load([network(1)])
    assert [one.letters for one in fit_records(plain, [FastaRecord(1, "r", text) for text in texts], 0.1)] == texts


def test_a_long_record_is_held_as_letters_and_codes_alone(tmp_path):
    lines = 8_000
    (tmp_path / "a.fa").write_text(">a\n" + ("ACGTACGTAC" * 100 + "\n") * lines + ">b\nACGT\n")
    tracemalloc.start()
    record = next(records.read_fasta(tmp_path / "a.fa"))
    codes, _ = read_codes([record.letters], DNA)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert codes.shape == (1, lines * 1000)
    assert most < 2.75 * codes.size  # two bytes a letter, and those of a piece
