import gc
import gzip

import numpy as np
import pandas as pd
import pysam
import pytest
import torch

from convoscope import __version__, modelfile
from convoscope.files import digest
from convoscope.models import build
from convoscope.prediction.variants import scoring

#         12345678901234567890123456789012345678901234567890
CONTIG = "ACGTTGCATCAGGATCCTAAGCTTACGGATTACAGGCATTCGATCGGTAA"
HEADER = """\
##fileformat=VCFv4.2
##INFO=<ID=EFF,Number=A,Type=Float,Description="effect">
##INFO=<ID=DB,Number=0,Type=Flag,Description="known">
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
# One of everything. On the reference the contig is called chr1.
EVERYTHING = """\
1 10 same C T . PASS EFF=0.5;DB
1 10 same C T . PASS EFF=0.5;DB
1 10 same CAG C,CTAG,TAG,* . . EFF=1,2,3,4
1 10 . c t,g . . .
1 11 . A <DEL>,<INS:ME>,C . . .
1 12 . G G]1:40],. . . .
1 12 . G . . . .
1 13 . N A . . .
1 14 . A N,AR . . .
1 0 . N A . . .
1 50 . A AGG . . .
1 51 . A C . . .
1 20 . A C,AACGTACGTACGTACGTACGTA . . .
1 30 . C G . . .
MT 2 . C G . . .
nine 2 . C G . . .
1 10 . A- G . . .
1 10 . C C . . .
"""


def vcf_text(rows, header=HEADER):
    return header + COLUMNS + "".join("\t".join(line.split()) + "\n" for line in rows.splitlines())


def make_model(path, seed=1, **changes):
    facts = {
        "architecture": "deepbind", "options": {"filters": 4, "length": 6}, "channels": 4, "space": [20],
        "labels": ["a+b", "a-b"], "modality": "sequence", "task": "multilabel", "alphabet": "dna",
        "unknown": "uniform", **changes,
    }  # fmt: skip
    torch.manual_seed(seed)
    network = build("deepbind", facts["channels"], facts["space"], len(facts["labels"]), facts["options"])
    modelfile.save(path, network.eval(), facts)
    return path


@pytest.fixture
def given(tmp_path):
    """Two networks, a genome without an index, and the options that every call needs."""
    (tmp_path / "genome.fa").write_text(f">chr1 of many\n{CONTIG[:25].lower()}\n{CONTIG[25:]}\n>chrM\nACGTACGTAC\n")
    (tmp_path / "in.vcf").write_text(vcf_text(EVERYTHING))
    models = [make_model(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)]
    return {
        "--models": models, "--genome": [tmp_path / "genome.fa"], "--vcf": [tmp_path / "in.vcf"],
        "--device": ["cpu"], "--mismatch": ["skip"], "--scores": [tmp_path / "out" / "scores.tsv.gz"],
        "--annotated": [tmp_path / "out" / "annotated.vcf.gz"], "--dropped": [tmp_path / "out" / "dropped.tsv"],
    }  # fmt: skip


def words(given, **changes):
    options = {**given, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    return ["predict-variants", *(word for name, value in options.items() for word in (name, *value))]


def read(path):
    return pd.read_csv(path, sep="\t", dtype={"chrom": str, "id": str}, keep_default_na=False, na_values=[""])


def outputs(given):
    return tuple(read(given[name][0]) for name in ("--scores", "--dropped"))


def unpacked(path):
    return gzip.decompress(path.read_bytes()).decode()


def alleles_in(path):
    rows = [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]
    return [(row, number) for row, fields in enumerate(rows, start=1)
            for number in ([0] if fields[4] == "." else range(1, fields[4].count(",") + 2))]  # fmt: skip


def test_every_allele_is_scored_or_dropped(given, run):
    run(*words(given, info=["EFF", "DB"]))
    scores, dropped = outputs(given)
    keys = [*zip(scores["row"], scores["allele"], strict=True), *zip(dropped["row"], dropped["allele"], strict=True)]
    assert sorted(keys) == alleles_in(given["--vcf"][0])
    assert list(scores.columns[:14]) == [
        "row", "allele", "chrom", "pos", "id", "ref", "alt", "padded",
        "a+b:ref", "a+b:alt", "a+b:difference", "a+b:log_odds", "a+b:largest", "a+b:spread",
    ]  # fmt: skip
    assert list(scores.columns[-2:]) == ["info:EFF", "info:DB"]
    reasons = dict(zip(zip(dropped["row"], dropped["allele"], strict=True), dropped["reason"], strict=True))
    assert reasons == {
        (3, 4): "allele * is missing because of a deletion that begins before",
        (5, 1): "symbolic allele without a sequence",
        (5, 2): "symbolic allele without a sequence",
        (6, 1): "breakend",
        (6, 2): "no alternative allele",
        (7, 0): "no alternative allele",
        (9, 1): "ALT has ambiguous letters",
        (9, 2): "ALT has ambiguous letters",
        (10, 1): "position is beyond the contig's ends",
        (12, 1): "position is beyond the contig's ends",
        (13, 2): "allele of 21 letters is longer than the window of 20",
        (14, 1): f"REF is not what the reference has: {CONTIG[29]}",
        (16, 1): "contig is not in the reference",
        (17, 1): "REF is not a sequence of DNA letters",
        (18, 1): "ALT equals REF",
    }


def test_rows_are_told_by_number_not_by_name(given, run):
    run(*words(given, info=["EFF", "DB"]))
    scores, _ = outputs(given)
    first, second = scores[scores["row"] == 1].iloc[0], scores[scores["row"] == 2].iloc[0]
    assert first.drop("row").equals(second.drop("row"))  # a duplicate is scored like the first
    assert (first["info:EFF"], first["info:DB"]) == (0.5, 1)
    assert scores.loc[scores["row"] == 3, "info:EFF"].tolist() == [1, 2, 3]  # a value per allele
    # Lower case is the same variant, row 8 says N for G.
    np.testing.assert_array_equal(
        scores[(scores["row"] == 4) & (scores["allele"] == 1)].filter(like=":d").to_numpy(),
        scores[scores["row"] == 1].filter(like=":d").to_numpy(),
    )
    assert scores.loc[scores["row"] == 8, "padded"].tolist() == [0]
    assert scores.loc[scores["row"] == 11, "padded"].tolist() == [10]
    assert scores.loc[scores["row"] == 15, "padded"].tolist() == [10]  # 9 before and 1 behind the ten of chrM


def test_the_copy_is_the_file_with_more_in_it(given, run, caplog):
    caplog.set_level("INFO")
    run(*words(given))
    assert "contigs under another name in the reference: 1 = chr1, MT = chrM" in caplog.text
    assert "dropped, REF is not what the reference has: 1" in caplog.text
    lines = unpacked(given["--annotated"][0]).splitlines()
    body = [line.split("\t") for line in lines if not line.startswith("#")]
    original = [line.split("\t") for line in given["--vcf"][0].read_text().splitlines() if not line.startswith("#")]
    assert [line[:7] for line in body] == [line[:7] for line in original]
    assert all(new[7].startswith(old[7]) or old[7] == "." for new, old in zip(body, original, strict=True))
    text = "\n".join(line for line in lines if line.startswith("##"))
    assert "ALT - REF" in text and f'##convoscopeVersion="{__version__}"' in text
    assert all(f"sha256:{digest(path)}" in text for path in given["--models"])
    assert "##contig=<ID=1,length=50>" in text and "##contig=<ID=nine>" in text
    # Two labels differ in a sign that INFO does not allow.
    assert "ID=CONVOSCOPE_a_b_DIFFERENCE," in text and "ID=CONVOSCOPE_a_b_2_DIFFERENCE," in text

    scores, _ = outputs(given)
    old = pysam.set_verbosity(0)
    with pysam.VariantFile(str(given["--annotated"][0])) as content:
        for row, record in enumerate(content, start=1):
            several = record.info.get("CONVOSCOPE_a_b_2_DIFFERENCE", ())
            for number, value in enumerate(several, start=1):
                found = scores.loc[(scores["row"] == row) & (scores["allele"] == number), "a-b:difference"].tolist()
                assert found == pytest.approx([] if value is None else [value], rel=1e-4, abs=1e-9)
    pysam.set_verbosity(old)
    assert not given["--annotated"][0].with_name("annotated.vcf.gz.tbi").exists()  # the rows are not sorted


def test_garbage_is_not_looked_for_in_what_is_loaded_while_variants_are_scored(given, run, monkeypatch):
    frozen, original = [], scoring.score_chunk
    monkeypatch.setattr(scoring, "score_chunk", lambda *chunk: frozen.append(gc.get_freeze_count()) or original(*chunk))
    run(*words(given))
    assert min(frozen) > 1000
    assert not gc.get_freeze_count()


def test_sorted_files_get_an_index_and_lose_an_old_one(given, run, tmp_path):
    path, index = tmp_path / "sorted.vcf", given["--annotated"][0].with_name("annotated.vcf.gz.tbi")
    path.write_text(vcf_text("1 0 . N A . . .\n1 10 . C T . . .\n1 20 . A C . . .\nMT 2 . C G . . .\n"))
    run(*words(given, vcf=[path]))
    with pysam.VariantFile(str(given["--annotated"][0])) as content:
        assert [record.pos for record in content.fetch("1", 5, 15)] == [10]
        assert [record.pos for record in content.fetch("MT")] == [2]
    run(*words(given))
    assert not index.exists()
    for pos, kinds in ((1 << 29, {".csi"}), ((1 << 29) - 1, {".tbi"}), (9_999_999_999, set())):
        path.write_text(vcf_text(f"1 10 . C T . . .\n1 {pos} . C T . . .\n"))
        run(*words(given, vcf=[path]))
        assert {one.suffix for one in index.parent.iterdir()} & {".tbi", ".csi"} == kinds


def test_annotating_an_annotated_file_again_changes_nothing(given, run, tmp_path):
    run(*words(given))
    first = unpacked(given["--annotated"][0])
    again = tmp_path / "again" / "annotated.vcf.gz"
    run(*words(given, vcf=given["--annotated"], annotated=[again]))
    assert unpacked(again) == first


@pytest.mark.parametrize("way", ["gzip", "bgzip", "bcf"])
def test_packed_files_give_the_same_scores(given, run, tmp_path, way):
    rows = "\n".join(line for line in EVERYTHING.splitlines() if "A-" not in line and " . . . ." not in line)
    plain = tmp_path / "clean.vcf"
    # pysam writes END of symbolic alleles into BCF and needs it declared.
    end = '##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
    plain.write_text(vcf_text(rows, HEADER + end + "".join(f"##contig=<ID={name}>\n" for name in ("1", "MT", "nine"))))
    run(*words(given, vcf=[plain], info=["EFF"]))
    expected = outputs(given)
    path = tmp_path / "packed"
    if way == "gzip":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif way == "bgzip":
        pysam.tabix_compress(str(plain), str(path))
    else:
        with (
            pysam.VariantFile(str(plain)) as source,
            pysam.VariantFile(str(path), "wb", header=source.header) as target,
        ):
            for record in source:
                target.write(record)
    run(*words(given, vcf=[path], info=["EFF"]))
    for one, other in zip(expected, outputs(given), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_file_without_records(given, run, tmp_path, caplog):
    (tmp_path / "none.vcf").write_text(vcf_text(""))
    run(*words(given, vcf=[tmp_path / "none.vcf"]))
    assert f"{tmp_path / 'none.vcf'}: no record, so nothing is scored" in caplog.messages
    scores, dropped = outputs(given)
    assert (len(scores), len(dropped)) == (0, 0)
    with pysam.VariantFile(str(given["--annotated"][0])) as content:
        assert not list(content)


def test_a_file_without_a_usable_record_is_refused(given, refuse, tmp_path):
    (tmp_path / "few.vcf").write_text(
        vcf_text("1 10 . C . . . .\nelsewhere 10 . C G . . .\nelsewhere 11 . C G . . .\n")
    )
    said = refuse(*words(given, vcf=[tmp_path / "few.vcf"]))
    assert "few.vcf: no allele can be scored: 2 contig is not in the reference, 1 no alternative allele; give" in said
    assert not any(path.exists() for path in (given["--scores"][0], given["--annotated"][0], given["--dropped"][0]))


def test_shifts_average_and_find_the_largest(given, run):
    run(*words(given, shifts=["-3", "0", "5"]))
    several, _ = outputs(given)
    single = []
    for shift in ("-3", "0", "5"):
        run(*words(given, shifts=[shift]))
        single.append(outputs(given)[0]["a+b:difference"].to_numpy())
    np.testing.assert_allclose(several["a+b:difference"], np.mean(single, axis=0), atol=1e-6)
    np.testing.assert_allclose(several["a+b:largest"].abs(), np.abs(single).max(axis=0), atol=1e-6)


def test_swap_and_drop(given, run, tmp_path):
    (tmp_path / "one.vcf").write_text(vcf_text("1 12 . A G . . .\n1 12 . G A . . .\n1 2 . C G . . .\n"))
    run(*words(given, vcf=[tmp_path / "one.vcf"], mismatch=["swap"], ends=["drop"]))
    scores, dropped = outputs(given)
    assert (scores["row"].tolist(), scores["ref"].tolist()) == ([1, 2], ["A", "G"])
    # Only what the reference has is scored in arrays; the two ways round differently.
    np.testing.assert_allclose(scores["a+b:difference"].iloc[0], -scores["a+b:difference"].iloc[1], atol=1e-8)
    assert dropped["reason"].tolist() == ["window reaches over the end of the contig"]


REFUSALS = [
    ({"mismatch": ["error"]}, r"in\.vcf: record 14 (line 18): 1:30: REF C: REF is not what the reference has: T; give"),
    ({"mismatch": ["ignore"]}, "--mismatch: 'ignore'; one of error, skip, swap"),
    ({"ends": ["cut"]}, "--ends: 'cut'; one of pad, drop"),
    ({"shifts": ["0", "11"]}, "--shifts: 11; windows of 20 hold their variant from -9 to 10"),
    ({"shifts": []}, "--shifts: []"),
    ({"info": ["P"]}, "no field 'P' of INFO in the header; it has EFF, DB"),
    ({"models": []}, "--models: none given"),
    ({"models": ["gone.safetensors"]}, "gone.safetensors: no such file"),
    ({"vcf": ["gone.vcf"]}, "gone.vcf: no such file"),
    ({"genome": ["gone.fa"]}, "gone.fa: no such file"),
    ({"scores": ["scores.tsv"]}, "scores.tsv: is written compressed; give it a name that ends in .gz"),
    ({"scores": ["x.vcf.gz"], "annotated": ["x.vcf.gz"]}, "--scores and --annotated: both are x.vcf.gz"),
    ({"vcf": ["/dev/null"]}, "/dev/null: a pipe or device"),
    ({"annotated": ["copy.vcf"]}, "copy.vcf: is written compressed; give it a name that ends in .vcf.gz"),
]


@pytest.mark.parametrize(("change", "line"), REFUSALS)
def test_bad_options_are_one_line_and_leave_nothing(given, refuse, tmp_path, monkeypatch, change, line):
    monkeypatch.chdir(tmp_path)
    assert line.replace("\\", "") in refuse(*words(given, **change))
    assert not list(tmp_path.glob("out/*"))


def test_other_networks_are_refused(given, refuse, tmp_path):
    rna = make_model(tmp_path / "rna.safetensors", alphabet="rna")
    assert "--models: read rna" in refuse(*words(given, models=[rna]))
    other = make_model(tmp_path / "other.safetensors", labels=["a"])
    assert "give one ensemble" in refuse(*words(given, models=[*given["--models"], other]))


def test_bad_files_are_one_line_and_leave_nothing(given, refuse, run, tmp_path):
    good = gzip.compress(given["--vcf"][0].read_bytes())
    bad = {
        "cut.vcf.gz": good[: len(good) // 2],
        "empty.vcf": b"",
        "empty.vcf.gz": gzip.compress(b""),
        "genome.vcf": given["--genome"][0].read_bytes(),
        "short.vcf": given["--vcf"][0].read_bytes()[:-20],
        "binary.vcf": bytes(range(256)),
        "model.vcf": given["--models"][0].read_bytes(),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        assert name in refuse(*words(given, vcf=[tmp_path / name]))
        assert not list(tmp_path.glob("out/*"))
    (tmp_path / "bad.fa").write_text("no fasta")
    assert "bad.fa: not FASTA" in refuse(*words(given, genome=[tmp_path / "bad.fa"]))
    (tmp_path / "bad.fa").write_text(f">chr1\n{CONTIG[:14]}X{CONTIG[15:]}\n")
    assert "bad.fa: line 2: 'X' in a sequence; a genome has the letters ACGT" in refuse(
        *words(given, genome=[tmp_path / "bad.fa"])
    )
    # What was there before stays whole.
    run(*words(given))
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    refuse(*words(given, mismatch=["error"]))
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_elements_of_the_assay_in_one_command(given, run, data, tmp_path):
    """A slice of a saturation mutagenesis on real elements: rows in are rows out."""
    folder, path = data / "mpra", tmp_path / "slice.vcf"
    with gzip.open(folder / "satmut_local.vcf.gz", "rt") as stream:
        lines = stream.readlines()
    rows = [line for line in lines if not line.startswith("#")]
    path.write_text("".join([line for line in lines if line.startswith("#")] + rows[::100]))
    elements = folder / "elements_GRCh38.fa"
    run(*words(given, vcf=[path], genome=[elements], mismatch=["error"], info=["EFF"]))
    scores, dropped = outputs(given)
    assert len(rows) == 39_170
    assert len(scores) + len(dropped) == len(rows[::100])
    assert scores["chrom"].nunique() == 29
    assert scores["info:EFF"].notna().all()


def test_memory_does_not_grow_with_the_file(given, run, tmp_path, monkeypatch):
    """No more records are held at once than a chunk has, however many there are."""
    held = []
    original = scoring.score_chunk
    monkeypatch.setattr(scoring, "ALLELES", 100)
    monkeypatch.setattr(
        scoring, "score_chunk", lambda records, *rest: held.append(len(records)) or original(records, *rest)
    )
    (tmp_path / "many.vcf").write_text(vcf_text("1 10 . C T,* . . .\n" * 2_000))
    run(*words(given, vcf=[tmp_path / "many.vcf"]))
    assert (sum(held), max(held)) == (2_000, 50)
