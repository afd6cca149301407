import struct

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.sequence import twobit
from convoscope.sequence.genome import bgzip, chrom_sizes, index, indexed, read_letters
from convoscope.sequence.twobit import contig_sizes, is_twobit, read_contigs

RANDOM = np.random.default_rng(4)
CONTIGS = {
    "chr1": "".join(RANDOM.choice(list("ACGTacgtNn"), 2_053)),
    "chrÄ": "TCAG",
    "edge": "NNNN" + "acg" * 5 + "NN",
    "one": "g",
}


def runs(flags):
    edges = np.flatnonzero(np.diff(np.array([0, *flags, 0])))
    return edges[::2], edges[1::2] - edges[::2]


def write_twobit(path, contigs, order="<", version=0):
    """Write .2bit base by base, as the format's description says."""
    records = []
    for letters in contigs.values():
        upper = letters.upper()
        parts = [struct.pack(order + "I", len(letters))]
        for flags in ([letter == "N" for letter in upper], [letter.islower() for letter in letters]):
            starts, lengths = runs(flags)
            parts += [struct.pack(order + "I", len(starts)), starts.astype(order + "u4"), lengths.astype(order + "u4")]
        codes = ["TCAG".index(letter) if letter != "N" else 0 for letter in upper] + [0, 0, 0]
        packed = [64 * a + 16 * b + 4 * c + d for a, b, c, d in zip(*(codes[k::4] for k in range(4)), strict=False)]
        records.append(b"".join([*map(bytes, parts), bytes(4), bytes(packed)]))
    width = 8 if version else 4
    offset = 16 + sum(1 + len(name.encode()) + width for name in contigs)
    head = struct.pack(order + "IIII", 0x1A412743, version, len(contigs), 0)
    for name, record in zip(contigs, records, strict=True):
        head += bytes([len(name.encode())]) + name.encode() + struct.pack(order + ("Q" if version else "I"), offset)
        offset += len(record)
    path.write_bytes(head + b"".join(records))
    return path


def read(path):
    return {name: letters.decode() for name, letters in read_contigs(path)}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("piece", [4, 1024, 1 << 20])
def test_letters_masks_and_unknown_bases_are_those_of_the_fasta(tmp_path, monkeypatch, order, version, piece):
    monkeypatch.setattr(twobit, "PIECE", piece)
    path = write_twobit(tmp_path / "a.fa", CONTIGS, order, version)
    assert is_twobit(path)
    assert read(path) == CONTIGS
    assert contig_sizes(path) == {name: len(text) for name, text in CONTIGS.items()}


def test_by_hand(tmp_path):
    # 5 bases: T C A G, then C; the second is unknown, the last two are masked.
    blocks = struct.pack("<IIIIII", 1, 1, 1, 1, 3, 2)
    record = struct.pack("<I", 5) + blocks + bytes(4) + bytes([0b00011011, 0b01000000])
    path = tmp_path / "a.2bit"
    path.write_bytes(struct.pack("<IIII", 0x1A412743, 0, 1, 0) + b"\x01x" + struct.pack("<I", 22) + record)
    assert read(path) == {"x": "TNAgc"}


@pytest.mark.parametrize(
    ("size", "start", "length", "whole"), [(5, 3, 2, True), (5, 4, 2, False), (5, 5, 0, True), (5, 0, 6, False)]
)
def test_stretches_lie_within_their_contig(tmp_path, size, start, length, whole):
    record = struct.pack("<IIIIII", size, 1, start, length, 0, 0) + bytes(2)
    path = tmp_path / "a.2bit"
    path.write_bytes(struct.pack("<IIII", 0x1A412743, 0, 1, 0) + b"\x01x" + struct.pack("<I", 22) + record)
    if whole:
        assert read(path) == {"x": "T" * start + "N" * length}
    else:
        with pytest.raises(InputError, match="truncated or damaged"):
            read(path)


def test_a_later_version_is_refused(tmp_path):
    path = write_twobit(tmp_path / "a.2bit", {"one": "ACGT"}, version=1)
    content = path.read_bytes()
    path.write_bytes(content[:4] + struct.pack("<I", 2) + content[8:])
    with pytest.raises(InputError, match="truncated or damaged"):
        contig_sizes(path)


def test_two_contigs_of_one_name_are_refused(tmp_path):
    path = tmp_path / "a.2bit"
    path.write_bytes(struct.pack("<IIII", 0x1A412743, 0, 2, 0) + 2 * (b"\x01x" + struct.pack("<I", 28)) + bytes(16))
    with pytest.raises(InputError, match="truncated or damaged"):
        contig_sizes(path)


def test_a_genome_of_it_is_that_of_the_fasta(tmp_path):
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{text}\n" for name, text in CONTIGS.items()))
    packed = write_twobit(tmp_path / "packed", CONTIGS)
    assert bgzip(packed, tmp_path / "p.fa.gz") == bgzip(tmp_path / "g.fa", tmp_path / "g.fa.gz")
    assert (tmp_path / "p.fa.gz").read_bytes() == (tmp_path / "g.fa.gz").read_bytes()
    index(tmp_path / "p.fa.gz")
    with indexed(packed) as fasta:
        assert chrom_sizes(fasta) == {name: len(text) for name, text in CONTIGS.items()}
        assert read_letters(fasta, ["chr1"], [2_000], [2_053]) == [CONTIGS["chr1"][2_000:]]


def test_what_is_not_whole_is_refused_or_right(tmp_path):
    whole = write_twobit(tmp_path / "whole", CONTIGS).read_bytes()
    path, refused = tmp_path / "a.2bit", 0
    for cut in [*range(4, 200), len(whole) - 1]:
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"a\.2bit: truncated or damaged \.2bit; fetch"):
            read(path)
    for at in range(4, 60):
        path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
        try:
            read(path)
        except InputError:
            refused += 1
    assert refused > 20
    for content in (b"", b">a\nACGT\n", b"\x43\x27\x41"):
        path.write_bytes(content)
        assert not is_twobit(path)
