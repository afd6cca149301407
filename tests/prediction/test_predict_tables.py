import gzip

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import Seq

from convoscope.prediction import ensemble, records, tracks, windows
from convoscope.sequence.alphabet import ALPHABETS, encode_many


def letters(length, seed):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


CONTIGS = {"chr1": letters(400, 1), "chr2": letters(90, 2) + "N" * 30 + "EE" + letters(50, 3)}
BED = (
    b"#comment\r\n1\t100\t103\r\n1\t200\t210\tx\t0\t-\r\n1\t3\t4\r\n1\t395\t396\r\nchrX\t5\t6\r\n"
    b"chr2\t100\t101\r\nchr2\t125\t126\r\n1\t100\t103\r\n"
)


def expected(networks, texts):
    found = ensemble.predictions(networks, ensemble.scores(networks, encode_many(texts, networks.alphabet)))
    return np.stack([found.mean(0), found.std(0)], axis=-1).reshape(len(texts), -1)


class TestBed:
    @pytest.fixture
    def given(self, network, reference, tmp_path):
        (tmp_path / "in.bed").write_bytes(BED)
        return [
            "--models", network(1), network(2), "--genome", reference(CONTIGS), "--bed", tmp_path / "in.bed",
            "--predictions", tmp_path / "out.tsv", "--dropped", tmp_path / "dropped.tsv",
        ]  # fmt: skip

    @pytest.mark.parametrize("batch", [1, 4096])
    def test_every_row_is_predicted_or_dropped(self, run, given, tmp_path, monkeypatch, caplog, batch):
        monkeypatch.setattr(windows, "BATCH", batch)
        with caplog.at_level("INFO"):
            run("predict-bed", *given)
        found = pd.read_csv(tmp_path / "out.tsv", sep="\t", dtype={"chrom": str})
        assert list(found) == [
            "line",
            "chrom",
            "start",
            "end",
            "name",
            "window_start",
            "a",
            "a:spread",
            "b/c d",
            "b/c d:spread",
        ]
        assert found.drop(columns="name").iloc[:, :5].to_numpy().tolist() == [
            [2, "1", 100, 103, 91], [3, "1", 200, 210, 195], [9, "1", 100, 103, 91]
        ]  # fmt: skip
        assert found["name"].tolist() == [".", "x", "."]
        networks = ensemble.load(given[1:3])
        texts = [CONTIGS["chr1"][start : start + 20] for start in (91, 195, 91)]
        np.testing.assert_allclose(found.iloc[:, 6:], expected(networks, texts), atol=1e-5)
        dropped = pd.read_csv(tmp_path / "dropped.tsv", sep="\t")
        assert dropped[["line", "reason"]].to_numpy().tolist() == [
            [4, "out_of_bounds"], [5, "out_of_bounds"], [6, "unknown_contig"], [7, "unknown_letters"],
            [8, "letter_not_in_alphabet"],
        ]  # fmt: skip
        assert dropped["row"].iloc[0] == "1 3 4"
        assert caplog.text.count("contigs under another name in the reference: 1 = chr1") == 1

    def test_gzip_summits_strands_and_a_genome_without_index(self, run, given, tmp_path):
        peak = "chr1\t100\t200\tx\t5\t.\t1\t1\t1\t30\n"
        (tmp_path / "in.bed").write_bytes(gzip.compress(peak.encode()))
        (tmp_path / "plain.fa").write_text((tmp_path / "genome.fa").read_text().replace("EE", "NN"))
        options = ["--genome", tmp_path / "plain.fa", "--predictions", tmp_path / "o.tsv.gz", "--both-strands"]
        for center, start in (("summit", 120), ("midpoint", 140)):
            run("predict-bed", *given, *options, "--center", center)
            found = pd.read_csv(tmp_path / "o.tsv.gz", sep="\t")
            assert found["window_start"].tolist() == [start]
            networks = ensemble.load(given[1:3])
            codes = encode_many([CONTIGS["chr1"][start : start + 20]], networks.alphabet)
            mean = ensemble.predictions(networks, ensemble.scores(networks, codes, True)).mean(0)
            np.testing.assert_allclose(found[["a", "b/c d"]], mean, atol=1e-5)

    @pytest.mark.parametrize(
        ("direction", "options", "directed"),
        [
            ("site", [], True),
            ("site", ["--strand", "ignore"], False),
            ("forward", ["--strand", "ignore"], False),
            ("forward", ["--strand", "site"], True),
        ],
    )
    def test_intervals_are_read_in_their_direction(self, run, given, network, tmp_path, direction, options, directed):
        given[1:3] = [network(seed, direction=direction, strands="single") for seed in (1, 2)]
        rows = "chr1\t100\t103\tp\t0\t+\nchr1\t100\t103\tm\t0\t-\nchr1\t200\t204\te\t0\t-\nchr1\t200\t204\tn\n"
        (tmp_path / "in.bed").write_text(rows)
        run("predict-bed", *given, *options)
        found = pd.read_csv(tmp_path / "out.tsv", sep="\t", dtype={"name": str})
        # In even windows the centre of what is read from the minus strand is one base further; so is an even site's.
        starts = {"p": 91, "m": 92, "e": 192} if directed else {"p": 91, "m": 91, "e": 192, "n": 192}
        assert dict(zip(found["name"], found["window_start"], strict=True)) == starts
        assert ("strand" in found) == directed
        networks = ensemble.load(given[1:3])
        texts = [CONTIGS["chr1"][start : start + 20] for start in starts.values()]
        if directed:
            assert found["strand"].tolist() == ["+", "-", "-"]
            texts = [texts[0], *(str(Seq(text).reverse_complement()) for text in texts[1:])]
        np.testing.assert_allclose(
            found[["a", "a:spread", "b/c d", "b/c d:spread"]], expected(networks, texts), atol=1e-5
        )
        dropped = pd.read_csv(tmp_path / "dropped.tsv", sep="\t")
        assert dropped[["line", "reason"]].to_numpy().tolist() == ([[4, "no_strand"]] if directed else [])

    def test_minus_strands_without_a_word_on_direction_are_refused(self, refuse, given, network, tmp_path):
        given[1:3] = [network(1, direction="forward", strands="single")]
        (tmp_path / "in.bed").write_text("chr1\t100\t103\tp\t0\t+\nchr1\t100\t103\tm\t0\t-\n")
        assert "in.bed: 1 of 2 rows are on the minus strand, and the networks read" in refuse("predict-bed", *given)

    def test_networks_that_know_position_say_so(self, run, given, network, caplog):
        with caplog.at_level("INFO"):
            run("predict-bed", *given)
            assert "know position" not in caplog.text
            given[1:3] = [network(1, options={"length": 6, "knots": 3})]
            run("predict-bed", *given)
        assert "know position: intervals must be centred as the sites of the training were" in caplog.text

    def test_rna_is_transcribed_from_a_genome(self, run, given, network, tmp_path):
        rna = {"alphabet": "rna", "direction": "site", "strands": "single"}
        given[1:3] = [network(seed, **rna) for seed in (1, 2)]
        (tmp_path / "in.bed").write_text("chr1\t100\t101\tp\t0\t+\nchr1\t100\t101\tm\t0\t-\n")
        run("predict-bed", *given)
        found = pd.read_csv(tmp_path / "out.tsv", sep="\t")
        plus, minus = Seq(CONTIGS["chr1"][90:110]).transcribe(), Seq(CONTIGS["chr1"][91:111]).reverse_complement_rna()
        mean = expected(ensemble.load(given[1:3]), [str(plus), str(minus)])[:, 0]
        np.testing.assert_allclose(found["a"], mean, atol=1e-5)

    def test_strands_that_nothing_has_are_refused(self, refuse, given, network, tmp_path):
        given[1:3] = [network(1, direction="site", strands="single")]
        (tmp_path / "in.bed").write_text("chr1\t100\t103\n")
        assert "in.bed: no row has a strand" in refuse("predict-bed", *given)
        (tmp_path / "in.bed").write_text("chr1\t100\t103\tx\t0\t-\n")
        assert "--both-strands: the networks were trained on data of one" in refuse(
            "predict-bed", *given, "--both-strands"
        )

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "no row"),
            (b"chr1\t1\n", r"in.bed:1: 2 column"),
            (
                b"chrX\t1\t2\nchr1\t0\t1\n",
                "no interval can be predicted: 1 unknown_contig, 1 out_of_bounds, such as line 1",
            ),
            (gzip.compress(BED, mtime=0)[:-9], "truncated"),
        ],
    )
    def test_refusals(self, refuse, given, tmp_path, content, said):
        (tmp_path / "in.bed").write_bytes(content)
        assert said in refuse("predict-bed", *given)
        assert not (tmp_path / "out.tsv").exists()

    def test_contigs_may_be_named_by_the_user_or_a_table(self, run, refuse, given, tmp_path):
        tables = []
        for name, more in (
            ("chr1", []),
            ("one", ["--rename", "one=chr1"]),
            ("CM1.1", ["--aliases", tmp_path / "aliases"]),
        ):
            (tmp_path / "in.bed").write_text(f"{name}\t100\t103\n")
            (tmp_path / "aliases").write_text("chr1\tCM1.1\n")
            run("predict-bed", *given, *more)
            tables.append(pd.read_csv(tmp_path / "out.tsv", sep="\t"))
        assert [table.pop("chrom").tolist() for table in tables] == [["chr1"], ["one"], ["CM1.1"]]
        assert tables[0].equals(tables[1]) and tables[0].equals(tables[2])
        assert "--rename: one: 'chr9' is not in" in refuse("predict-bed", *given, "--rename", "one=chr9")
        assert "in.bed: none of its contigs is in the reference; it has CM1.1," in refuse("predict-bed", *given)

    def test_wrong_options(self, refuse, given):
        assert "--center: 'end'; one of summit, midpoint" in refuse("predict-bed", *given, "--center", "end")
        assert "--strand: '-'; one of ignore, site" in refuse("predict-bed", *given, "--strand=-")
        assert "--max-unknown 7" in refuse("predict-bed", *given, "--max-unknown", "7")


class TestFasta:
    @pytest.fixture
    def call(self, network, tmp_path):
        def arguments(content, **changes):
            (tmp_path / "in.fa").write_bytes(content)
            return [
                "predict-fasta", "--models", network(1, **changes), "--fasta", tmp_path / "in.fa",
                "--predictions", tmp_path / "out.tsv", "--dropped", tmp_path / "dropped.tsv",
            ]  # fmt: skip

        return arguments

    @pytest.mark.parametrize("few", [2, 64])
    @pytest.mark.parametrize("stretch", [30, 1 << 20])
    def test_long_ones_are_tiled_and_short_ones_dropped(self, run, call, tmp_path, monkeypatch, few, stretch):
        monkeypatch.setattr(records, "FEW", few)
        monkeypatch.setattr(records, "STRETCH", stretch)
        long, exact = letters(95, 1), letters(20, 2)
        gap = letters(30, 3) + "n" * 5 + letters(5, 4)
        lines = [">long x", long[:50], long[50:].lower(), ">short", "ACGT", ">", exact, ">empty", ">bad", "AC-GT"]
        arguments = call("\r\n".join([*lines, ">gap", gap, ""]).encode())
        run(*arguments, "--step", 8)
        found = pd.read_csv(tmp_path / "out.tsv", sep="\t")
        starts = [*range(0, 76, 8), 75]  # the last one ends with the record
        rows = [[1, "long", start, start + 20] for start in starts]
        assert found.iloc[:, :4].to_numpy().tolist() == [
            *rows,
            [3, "record3", 0, 20],
            [6, "gap", 0, 20],
            [6, "gap", 8, 28],
        ]
        texts = [*(long[start : start + 20] for start in starts), exact, gap[:20], gap[8:28]]
        np.testing.assert_allclose(found.iloc[:, 4:], expected(ensemble.load([arguments[2]]), texts), atol=1e-5)
        dropped = pd.read_csv(tmp_path / "dropped.tsv", sep="\t")
        assert dropped.to_numpy().tolist() == [
            [2, "short", 0, 4, "shorter_than_window"], [4, "empty", 0, 0, "shorter_than_window"],
            [5, "bad", 0, 5, "letter_not_in_alphabet"], [6, "gap", 16, 36, "unknown_letters"],
            [6, "gap", 20, 40, "unknown_letters"],
        ]  # fmt: skip

    @pytest.mark.parametrize("place", ["start", "center", "end"])
    def test_records_are_fitted_as_those_of_the_training(self, run, call, tmp_path, place):
        short, long = letters(7, 1), letters(33, 2)
        arguments = call(f">s\n{short}\n>l\n{long}\n>n\nACGNNNNN\n".encode(), card={"fit": place})
        run(*arguments, "--max-unknown", 0.5)
        texts = {
            "start": [short + "N" * 13, long[:20]],
            "center": ["N" * 7 + short + "N" * 6, long[6:26]],
            "end": ["N" * 13 + short, long[13:]],
        }[place]
        found = pd.read_csv(tmp_path / "out.tsv", sep="\t")
        assert found.iloc[:, :4].to_numpy().tolist() == [[1, "s", 0, 20], [2, "l", 0, 20]]
        np.testing.assert_allclose(found.iloc[:, 4:], expected(ensemble.load([arguments[2]]), texts), atol=1e-5)
        dropped = pd.read_csv(tmp_path / "dropped.tsv", sep="\t")
        assert dropped.to_numpy().tolist() == [[3, "n", 0, 8, "unknown_letters"]]

    def test_half_a_window_is_the_step_and_gzip_is_read(self, run, call, tmp_path):
        run(*call(gzip.compress(f">a\n{letters(41, 1)}\n".encode())))
        assert pd.read_csv(tmp_path / "out.tsv", sep="\t")["start"].tolist() == [0, 10, 20, 21]

    @pytest.mark.parametrize(("alphabet", "text", "channels"), [("rna", "ACGUN", 4), ("protein", "MKVXW", 20)])
    def test_other_alphabets(self, run, refuse, call, tmp_path, alphabet, text, channels):
        arguments = call(f">a\n{text * 4}\n".encode(), alphabet=alphabet, channels=channels)
        run(*arguments, "--max-unknown", "0.2")
        assert len(pd.read_csv(tmp_path / "out.tsv", sep="\t")) == 1
        assert "--both-strands: the networks were trained on data of one strand" in refuse(*arguments, "--both-strands")

    def test_nucleotides_are_not_read_as_proteins(self, refuse, call):
        arguments = call(b">a\n" + b"ACGT" * 10, alphabet="protein", channels=20)
        assert "nothing can be predicted with windows of 20 letters: 1 nucleotides_for_proteins" in refuse(*arguments)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "in.fa: not FASTA: is empty"),
            (b"\n\nACGT\n", "in.fa: not FASTA: begins with 'ACGT'"),
            (b">a\n", "nothing can be predicted with windows of 20 letters: 1 shorter_than_window"),
            (b">a\n" + b"ACGU" * 5, "1 letter_not_in_alphabet; dna letters are ACGTRYSWKMBDHVN"),
            (gzip.compress(b">a\n" + b"ACGT" * 999, mtime=0)[:-9], "truncated"),
            (b">a\n\xff\xfe\n", "not text"),
        ],
    )
    def test_refusals(self, refuse, call, tmp_path, content, said):
        assert said in refuse(*call(content))
        assert not (tmp_path / "out.tsv").exists()

    def test_step(self, refuse, call):
        assert "--step 0" in refuse(*call(b">a\nA\n"), "--step", "0")


def test_a_network_for_images_is_refused(refuse, network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("genome.fa", "in.bed"):
        (tmp_path / name).touch()
    model = network(1, modality="image", channel_names=["c"], dtype="uint16", normalise={})
    for verb, options in (
        ("predict-bed", ["--genome", "genome.fa", "--bed", "in.bed", "--predictions", "p", "--dropped", "d"]),
        ("predict-fasta", ["--fasta", "genome.fa", "--predictions", "p", "--dropped", "d"]),
        ("predict-genome", ["--genome", "genome.fa", "--folder", "f"]),
    ):
        assert "reads images; a network for sequences is needed" in refuse(verb, "--models", model, *options)


def test_read_codes_against_encode():
    texts = [letters(9, seed) + "ryn" for seed in range(5)]
    codes, illegal = windows.read_codes(texts, ALPHABETS["dna"])
    assert (codes == encode_many(texts, ALPHABETS["dna"])).all()
    assert not illegal.any()


def test_unknown_letters_are_judged_alike_in_windows_and_stretches(network):
    networks = ensemble.load([network(1)])
    text = letters(40, 1)[:15] + "NNR" + letters(40, 2)
    codes = encode_many([text], networks.alphabet)
    settings = tracks.ScanSettings(1)
    shared = tracks.predict_stretch(networks, codes[0], settings)[0]
    several = np.lib.stride_tricks.sliding_window_view(codes[0], 20).copy()
    single = windows.predict_windows(networks, several, settings)[0]
    np.testing.assert_allclose(shared, single, atol=1e-5)
    assert np.isnan(shared[:, 0]).sum() == 16
