"""What is written is what pyBigWig writes of the same values, and reads."""

import numpy as np
import pyBigWig
import pytest

from convoscope.sequence import bigwig, bigwig_layout, bigwig_writer
from convoscope.sequence.bigwig_trees import check_trees

STEP = 10


def numbers(size, seed, gaps):
    """Return values of the spans of a contig, some NaN."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=-(-size // STEP)).astype(np.float32)
    return np.where(generator.random(len(values)) < gaps, np.nan, values)


def write(path, sizes, values):
    with bigwig.open_bigwig(path, sizes) as track:
        for chrom in bigwig.in_bigwig_order(values):
            bigwig.add_contig(track, chrom, sizes[chrom], values[chrom], STEP, 0)
    check_trees(path)
    return pyBigWig.open(str(path))


def write_with_pybigwig(path, sizes, values):
    with pyBigWig.open(str(path), "w") as track:
        track.addHeader([(chrom, sizes[chrom]) for chrom in bigwig.in_bigwig_order(sizes)])
        for chrom in bigwig.in_bigwig_order(values):
            starts = np.flatnonzero(~np.isnan(values[chrom])) * STEP
            ends = np.minimum(starts + STEP, sizes[chrom])
            track.addEntries(
                [chrom] * len(starts),
                starts.tolist(),
                ends=ends.tolist(),
                values=values[chrom][starts // STEP].tolist(),
            )
    return pyBigWig.open(str(path))


@pytest.mark.parametrize(("contigs", "size", "gaps"), [(1, 300_000, 0.0), (3, 20_003, 0.2), (1100, 59, 0.1)])
def test_pybigwig_reads_what_it_would_have_written(tmp_path, monkeypatch, contigs, size, gaps):
    monkeypatch.setattr(bigwig_writer, "VALUES", 900)
    sizes = {f"c{number}": size + number % 7 for number in range(contigs)} | {"ü": 9, "void": 12}
    values = {chrom: numbers(size, seed, gaps) for seed, (chrom, size) in enumerate(sizes.items()) if chrom != "void"}
    own, other = write(tmp_path / "a.bw", sizes, values), write_with_pybigwig(tmp_path / "b.bw", sizes, values)
    assert own.chroms() == other.chroms()
    for name in ("nBasesCovered", "minVal", "maxVal", "sumData"):
        assert own.header()[name] == pytest.approx(other.header()[name], abs=1), name
    for chrom in list(sizes)[:: max(contigs // 20, 1)]:
        assert own.intervals(chrom) == other.intervals(chrom)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["mean", "min", "max", "coverage", "std"])
def test_zoom_levels_say_what_the_values_do(tmp_path, gaps, kind):
    width = STEP * bigwig_writer.FIRST_ZOOM * bigwig_writer.ZOOM**3
    sizes = {"a": 2 * width, "b": 4 * width}
    track = write(tmp_path / "a.bw", sizes, {chrom: numbers(size, size, gaps) for chrom, size in sizes.items()})
    assert track.header()["nLevels"] == 5
    for bins in (4, 16, 64):  # whole bins of a level, so that nothing is interpolated
        found, exact = (track.stats("b", type=kind, nBins=bins, exact=exact) for exact in (False, True))
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-6)


def test_the_same_values_give_the_same_bytes_at_any_time(tmp_path):
    sizes = {"a": 5003}
    for name in ("a.bw", "b.bw"):
        write(tmp_path / name, sizes, {"a": numbers(5003, 1, 0.1)})
    assert (tmp_path / "a.bw").read_bytes() == (tmp_path / "b.bw").read_bytes()


def test_no_value_at_all(tmp_path):
    track = write(tmp_path / "a.bw", {"a": 50}, {"a": np.full(5, np.nan)})
    assert (track.chroms(), track.intervals("a"), track.header()["nBasesCovered"]) == ({"a": 50}, None, 0)


def test_a_bin_that_goes_on_in_the_next_chunk_is_one():
    fine = np.zeros(6, bigwig_layout.BIN)
    fine["contig"], fine["start"] = [0, 0, 0, 0, 1, 1], [0, 10, 20, 30, 0, 10]
    fine["end"], fine["bases"], fine["low"], fine["high"] = (
        fine["start"] + 10,
        10,
        [3, 1, 2, 5, 4, 6],
        [3, 1, 2, 5, 4, 6],
    )
    whole = np.concatenate(list(bigwig_layout.merged([fine], 40)))
    assert whole[["contig", "start", "end", "bases", "low", "high"]].tolist() == [
        (0, 0, 40, 40, 1, 5),
        (1, 0, 20, 20, 4, 6),
    ]
    for cut in range(1, 6):
        parts = bigwig_layout.merged([fine[:cut], fine[cut:]], 40)
        assert np.concatenate(list(parts)).tolist() == whole.tolist()


@pytest.mark.parametrize("leaves", [1, 256, 257, 256 * 256 + 1])
def test_every_leaf_of_a_tree_is_found_in_order(tmp_path, leaves):
    sizes = {f"{number:06d}": number + 1 for number in range(leaves)}
    path = tmp_path / "a.bw"
    with bigwig.open_bigwig(path, sizes):
        pass
    check_trees(path)
    with pyBigWig.open(str(path)) as track:
        assert track.chroms() == sizes
