import errno
import io
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.sequence import codes as module
from convoscope.sequence import genome
from convoscope.sequence.alphabet import ALPHABETS, decode_many, reverse_complement_codes
from convoscope.sequence.codes import (
    _read_first,
    chunks,
    encode_rows,
    letters,
    sequence_keys,
    window_length,
    write_codes,
    write_one_hot,
)

DNA = ALPHABETS["dna"]


@pytest.fixture
def windows():
    generator = np.random.default_rng(4)
    table = pd.DataFrame({"chrom": generator.choice(["one", "two"], 60), "start": generator.integers(0, 9_000, 60)})
    origin = np.where(np.arange(60) % 3, "site", "dinucleotide_shuffle")
    return table.assign(end=table["start"] + 50, origin=origin, id=[f"w{number}" for number in range(60)])


def one_contig(folder, text):
    """One window of the whole contig, and its FASTA."""
    (folder / "u.fa").write_text(f">c\n{text}\n")
    genome.bgzip(folder / "u.fa", folder / "u.fa.gz")
    genome.index(folder / "u.fa.gz")
    window = pd.DataFrame({"id": ["w"], "chrom": ["c"], "start": [0], "end": [len(text)], "origin": ["site"]})
    return window, folder / "u.fa.gz"


def pairs(code):
    return np.bincount(code[:-1].astype(int) * 16 + code[1:], minlength=256)


def test_codes_are_the_reference_and_shuffles_keep_its_pairs(fasta, windows, tmp_path):
    write_codes(tmp_path / "c.npy", windows, fasta, DNA, seed=1)
    codes = np.load(tmp_path / "c.npy")
    texts = [text.upper() for text in letters(fasta, windows, DNA)]
    assert codes.dtype == np.uint8
    for code, text, origin in zip(decode_many(codes, DNA), texts, windows["origin"], strict=True):
        assert (code == text) == (origin == "site")
    plain = windows.assign(origin="site")
    write_codes(tmp_path / "p.npy", plain, fasta, DNA, seed=1)
    for code, parent in zip(codes, np.load(tmp_path / "p.npy"), strict=True):
        assert np.array_equal(pairs(code), pairs(parent))


def test_shuffles_keep_the_pads_of_their_parents(tmp_path):
    window, fasta = one_contig(tmp_path, "NNNNNACGTTGCAATCGGATCANN")
    write_codes(tmp_path / "c.npy", window.assign(origin="dinucleotide_shuffle"), fasta, DNA, seed=1)
    [text] = decode_many(np.load(tmp_path / "c.npy"), DNA)
    assert (text[:5], text[22:], sorted(text[5:22])) == ("NNNNN", "NN", sorted("ACGTTGCAATCGGATCA"))
    assert text[5:22] != "ACGTTGCAATCGGATCA"


def test_a_wrong_letter_is_named_by_its_row_in_any_chunk(fasta, windows, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10)
    window, wrong = one_contig(tmp_path, "ACGTACUT" + "ACGT" * 98)
    rows = pd.concat([window] * 5, ignore_index=True).assign(start=[200, 300, 0, 100, 0], end=[300, 400, 100, 200, 100])
    with pytest.raises(InputError, match="window c: letter 'U' at position 7"):
        write_codes(tmp_path / "c.npy", rows, wrong, DNA, seed=1, name="abcde".__getitem__)


@pytest.mark.parametrize("size", [50, 120, 700])
def test_chunks_change_nothing(fasta, windows, tmp_path, monkeypatch, size):
    write_codes(tmp_path / "whole.npy", windows, fasta, DNA, seed=1)
    monkeypatch.setattr(module, "CHUNK", size)
    write_codes(tmp_path / "parts.npy", windows, fasta, DNA, seed=1)
    assert (tmp_path / "whole.npy").read_bytes() == (tmp_path / "parts.npy").read_bytes()


@pytest.mark.parametrize(
    ("rows", "length", "bounds"),
    [
        (5, 4, [(0, 2), (2, 4), (4, 5)]),
        (4, 5, [(0, 2), (2, 4)]),
        (3, 11, [(0, 1), (1, 2), (2, 3)]),
        (7, 0, [(0, 7)]),
        (1, 1, [(0, 1)]),
        (0, 4, []),
    ],
)
def test_chunks_by_hand(monkeypatch, rows, length, bounds):
    monkeypatch.setattr(module, "CHUNK", 10)
    assert [(part.start, part.stop) for part in chunks(rows, length)] == bounds


def test_one_length_of_all_windows(windows):
    assert window_length(windows) == 50
    for count, table in ((2, windows.assign(end=windows["end"] + (windows.index > 3))), (0, windows[:0])):
        with pytest.raises(InputError, match=f"windows: {count} lengths of windows; all must have one"):
            window_length(table)


@pytest.mark.parametrize("chunk", [1, 8, 1 << 22])
def test_keys_are_equal_for_one_sequence_on_either_strand(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)
    _, fasta = one_contig(tmp_path, "AACGGGGGCGTTaacg")
    windows = pd.DataFrame({"chrom": "c", "start": [0, 4, 8, 12], "end": [4, 8, 12, 16], "strand": list("+++-")})
    both = sequence_keys(fasta, windows, DNA, "forward", "both")
    assert both[0] == both[2] == both[3] != both[1]
    assert len(both[0]) == 16
    single = sequence_keys(fasta, windows, DNA, "forward", "single")
    assert single[0] == single[3] and len(set(single)) == 3
    site = sequence_keys(fasta, windows, DNA, "site", "single")
    assert site[2] == site[3] and len(set(site)) == 3
    assert len(sequence_keys(fasta, windows[:0], DNA, "forward", "both")) == 0


def test_the_window_with_a_wrong_letter_is_named(tmp_path):
    _, fasta = one_contig(tmp_path, "ACGTACUT")
    windows = pd.DataFrame({"id": list("pq"), "chrom": "c", "start": [0, 4], "end": [4, 8]})
    assert encode_rows(fasta, windows[:1], DNA, "forward", str).tolist() == [[0, 1, 2, 3]]
    with pytest.raises(InputError, match=r"u\.fa\.gz: window q: letter 'U' at position 3"):
        encode_rows(fasta, windows, DNA, "forward", "pq".__getitem__)


def test_one_hot_in_chunks_is_that_of_all_rows(tmp_path, monkeypatch):
    codes = np.random.default_rng(1).integers(0, len(DNA.symbols), (7, 5), dtype=np.uint8)
    write_one_hot(tmp_path / "whole.npy", codes, DNA, "uniform")
    monkeypatch.setattr(module, "CHUNK", 40)  # two rows
    write_one_hot(tmp_path / "parts.npy", codes, DNA, "uniform")
    assert np.load(tmp_path / "whole.npy").shape == (7, 4, 5)
    assert (tmp_path / "whole.npy").read_bytes() == (tmp_path / "parts.npy").read_bytes()


def test_seed_changes_shuffles_alone(fasta, windows, tmp_path):
    for seed in (1, 2):
        write_codes(tmp_path / f"{seed}.npy", windows, fasta, DNA, seed)
    differ = (np.load(tmp_path / "1.npy") != np.load(tmp_path / "2.npy")).any(axis=1)
    assert np.array_equal(differ, windows["origin"] == "dinucleotide_shuffle")


@pytest.mark.parametrize(("unknown", "column"), [("zero", [0, 0, 0, 0]), ("uniform", [0.5, 0, 0.5, 0])])
def test_one_hot_by_hand(tmp_path, unknown, column):
    codes = np.array([[0, 3, DNA.symbols.index("R")]], dtype=np.uint8)
    write_one_hot(tmp_path / "o.npy", codes, DNA, unknown)
    found = np.load(tmp_path / "o.npy")
    assert found.dtype == np.float32
    assert found[0].T.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1], column]


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(fasta, windows, tmp_path):
    full = tmp_path / "c.npy"
    full.symlink_to("/dev/full")
    for write in (
        lambda: write_codes(full, windows, fasta, DNA, seed=1),
        lambda: write_one_hot(full, np.zeros((9, 5000), dtype=np.uint8), DNA, "zero"),
    ):
        with pytest.raises(OSError) as caught:
            write()
        assert caught.value.errno == errno.ENOSPC


def test_arrays_are_written_in_order_and_not_through_a_map(tmp_path):
    # A page of a map that the disk has no room for kills the process; into a pipe nothing can be mapped.
    codes = np.random.default_rng(1).integers(0, 4, (9, 50), dtype=np.uint8)
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor() as pool:
        sent = pool.submit((tmp_path / "pipe").read_bytes)
        write_one_hot(tmp_path / "pipe", codes, DNA, "zero")
        found = np.load(io.BytesIO(sent.result()))
    assert np.array_equal(found.argmax(axis=1), codes)


def test_wrong_letters_name_the_window(fasta, windows, tmp_path):
    with pytest.raises(InputError, match=r"u\.fa\.gz: window w: letter 'U' at position 3; dna letters.*alphabet: rna"):
        write_codes(tmp_path / "c.npy", *one_contig(tmp_path, "ACUG"), DNA, seed=1, name="w".__getitem__)


def test_windows_of_several_lengths_are_refused(fasta, windows, tmp_path):
    windows.loc[3, "end"] += 1
    with pytest.raises(InputError, match="2 lengths"):
        write_codes(tmp_path / "c.npy", windows, fasta, DNA, seed=1)


@pytest.mark.parametrize(
    ("alphabet", "direction", "strand", "expected"),
    [
        ("dna", "forward", "-", "AaCGTNR"),
        ("dna", "site", "+", "AaCGTNR"),
        ("dna", "site", "-", "YNACGtT"),
        ("rna", "forward", ".", "AaCGUNR"),
        ("rna", "site", "+", "AaCGUNR"),
        ("rna", "site", "-", "YNACGuU"),
    ],
)
def test_letters_are_read_in_the_windows_direction(tmp_path, alphabet, direction, strand, expected):
    window, fasta = one_contig(tmp_path, "AaCGTNR")
    assert letters(fasta, window.assign(strand=strand), ALPHABETS[alphabet], direction) == [expected]


def test_codes_of_minus_windows_are_the_reverse_complement(fasta, windows, tmp_path):
    windows = windows.assign(origin="site", strand=np.where(np.arange(60) % 2, "-", "+"))
    for direction in ("forward", "site"):
        write_codes(tmp_path / f"{direction}.npy", windows, fasta, DNA, 1, direction)
    forward, site = (np.load(tmp_path / f"{direction}.npy") for direction in ("forward", "site"))
    assert np.array_equal(site[::2], forward[::2])
    assert np.array_equal(site[1::2], reverse_complement_codes(forward[1::2], DNA))


def test_a_window_without_strand_has_no_direction(fasta, windows):
    windows["strand"] = np.where(windows.index == 3, ".", np.where(windows.index == 7, "", "-"))
    chrom, start = windows.loc[3, ["chrom", "start"]]
    with pytest.raises(InputError, match=rf"window {chrom}:{start}: strand '\.'; \+ or -"):
        letters(fasta, windows, DNA, "site")


@pytest.mark.parametrize(("length", "ends"), [(5, 2), (16, 8), (40, 19), (40, 20)])
def test_of_two_strands_the_one_is_taken_that_comes_first(length, ends):
    complement = np.arange(256, dtype=np.uint8)
    complement[list(b"ACGT")] = list(b"TGCA")
    texts = np.frombuffer(b"ACGT", dtype=np.uint8)[np.random.default_rng(1).integers(4, size=(200, length))]
    texts[:100, length - ends :] = complement[texts[:100, :ends][:, ::-1]]  # ends that read the same on both strands
    others = complement[texts[:, ::-1]]
    first = [bytes(other) < bytes(text) for text, other in zip(texts, others, strict=True)]
    assert _read_first(texts, DNA).tolist() == first
