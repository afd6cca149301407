import numpy as np
import pandas as pd
import pyBigWig
import pytest

from convoscope.prediction import resuming, tracks


def letters(length, seed):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


CONTIGS = {"chr2": letters(301, 1), "chr10": letters(140, 2), "short": letters(19, 3), "gap": "N" * 50}


@pytest.fixture
def given(network, reference, tmp_path):
    return ["--models", network(1), network(2), "--genome", reference(CONTIGS), "--folder", tmp_path / "out"]


def read(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_one_file_per_label(run, given, tmp_path):
    run("predict-genome", *given, "--step", 7, "--threads", 2)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.bw", "b%2Fc%20d.bw"]
    with pyBigWig.open(str(tmp_path / "out" / "a.bw")) as track:
        assert track.chroms() == {name: len(text) for name, text in CONTIGS.items()}
        assert track.intervals("short") is None
        assert track.intervals("gap") is None
        assert track.intervals("chr10")[0][:2] == (7, 14)
        assert len(track.intervals("chr2")) == tracks.spans_of(301, 20, 7).several
    assert not list(tmp_path.glob(".unfinished*"))


def test_networks_that_know_the_strand_give_a_track_per_strand(run, network, reference, tmp_path, caplog):
    (tmp_path / "sites.bed").write_text("".join(f"chr2\t{p}\t{p + 1}\tx\t0\t{s}\n" for p in (105, 45) for s in "+-"))
    given = ["--models", network(1, strands="single", direction="site"), "--genome", reference(CONTIGS)]
    with caplog.at_level("INFO"):
        run("predict-genome", *given, "--folder", tmp_path / "out")
    assert "the networks know the strand: one track per label and strand" in caplog.text
    assert "know position" not in caplog.text
    names = [f"{label}.{strand}.bw" for label in ("a", "b%2Fc%20d") for strand in ("minus", "plus")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    run("predict-bed", *given, "--bed", tmp_path / "sites.bed", "--predictions", tmp_path / "p.tsv", "--dropped",
        tmp_path / "d.tsv")  # fmt: skip
    table = pd.read_csv(tmp_path / "p.tsv", sep="\t")
    for label, file in (("a", "a"), ("b/c d", "b%2Fc%20d")):
        for strand, name in (("+", "plus"), ("-", "minus")):
            with pyBigWig.open(str(tmp_path / "out" / f"{file}.{name}.bw")) as track:
                found = [track.values("chr2", place, place + 1)[0] for place in (105, 45)]
            np.testing.assert_allclose(found, table.loc[table["strand"] == strand, label], atol=1e-5)


def test_networks_that_know_position_need_every_centre(run, network, reference, tmp_path, caplog):
    given = ["--models", network(1, options={"length": 6, "knots": 3}), "--genome", reference(CONTIGS)]
    with caplog.at_level("INFO"):
        run("predict-genome", *given, "--folder", tmp_path / "out", "--step", 1)
        assert "know position" not in caplog.text
        run("predict-genome", *given, "--folder", tmp_path / "out", "--step", 2)
    assert "know position: sites between the windows score less; a step of 1 reads every centre" in caplog.text


def test_without_an_index_and_from_plain_text_the_bytes_are_the_same(run, given, tmp_path):
    run("predict-genome", *given)
    first = read(tmp_path / "out")
    run("predict-genome", *given[:3], "--genome", tmp_path / "genome.fa", "--folder", tmp_path / "out")
    assert read(tmp_path / "out") == first


def test_a_killed_run_goes_on_and_gives_the_same_bytes(run, given, tmp_path, monkeypatch):
    monkeypatch.setattr(resuming, "SHORT", 20)
    run("predict-genome", *given)
    whole = read(tmp_path / "out")
    real, seen = resuming.predict_contig, []

    def counting(networks, contig, settings):
        seen.append(contig.where.split(": ")[1])
        return real(networks, contig, settings)

    def failing(networks, contig, settings):
        if "chr10" in contig.where:
            raise KeyboardInterrupt
        return counting(networks, contig, settings)

    from convoscope.__main__ import main

    other = [*given[:-1], tmp_path / "again"]
    monkeypatch.setattr(resuming, "predict_contig", failing)
    assert main(["predict-genome", *map(str, other)]) == 130
    assert not (tmp_path / "again").exists()
    monkeypatch.setattr(resuming, "predict_contig", counting)
    run("predict-genome", *other)
    assert seen == ["chr2", "chr10", "gap"]
    assert read(tmp_path / "again") == whole
    seen.clear()
    monkeypatch.setattr(resuming, "predict_contig", failing)
    assert main(["predict-genome", *map(str, other)]) == 130
    monkeypatch.setattr(resuming, "predict_contig", counting)
    run("predict-genome", *other, "--step", 20)  # another question: nothing of the first is used
    assert seen == ["chr2", "chr2", "chr10", "gap"]


def test_short_contigs_go_on_where_a_killed_run_stopped(run, given, tmp_path, monkeypatch):
    monkeypatch.setattr(resuming, "STRETCH", 300)
    run("predict-genome", *given)
    whole, other = read(tmp_path / "out"), [*given[:-1], tmp_path / "again"]
    real, seen = resuming.predict_joined, []

    def failing(networks, contigs, settings):
        if seen:
            raise KeyboardInterrupt
        seen.append([contig.where.split(": ")[1] for contig in contigs])
        return real(networks, contigs, settings)

    from convoscope.__main__ import main

    monkeypatch.setattr(resuming, "predict_joined", failing)
    assert main(["predict-genome", *map(str, other)]) == 130
    monkeypatch.setattr(resuming, "predict_joined", lambda *given: seen.append(given[1]) or real(*given))
    run("predict-genome", *other)
    assert (seen[0], len(seen), len(seen[1])) == (["chr2"], 2, 2)
    assert read(tmp_path / "again") == whole


def test_chosen_contigs(run, refuse, given, tmp_path, caplog):
    with caplog.at_level("INFO"):
        run("predict-genome", *given, "--contigs", "10", "short")
    assert "1 contigs are too short for a window of 20 at a step of 10 and get no value: short" in caplog.text
    with pyBigWig.open(str(tmp_path / "out" / "a.bw")) as track:
        assert track.intervals("chr2") is None
        assert track.intervals("chr10")
    assert "--contigs: 'chr3' is not in the reference; it has chr2, chr10" in refuse(
        "predict-genome", *given, "--contigs", "chr3"
    )
    assert "no contig holds a window of 20 letters" in refuse("predict-genome", *given, "--contigs", "short")
    assert "no contig holds a window of 20 letters at a step of 99999" in refuse(
        "predict-genome", *given, "--step", 99999
    )


def test_a_genome_without_one_usable_window_gives_empty_tracks(run, given, tmp_path):
    run("predict-genome", *given, "--contigs", "gap")
    with pyBigWig.open(str(tmp_path / "out" / "a.bw")) as track:
        assert track.intervals("gap") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--step", "0"], "--step 0"),
        (["--max-unknown", "2"], "--max-unknown 2"),
        (["--models"], "--models: none given"),
        (["--genome", "none.fa"], "none.fa: no such file"),
    ],
)
def test_refusals(refuse, given, changes, said):
    assert said in refuse("predict-genome", *given, *changes)
