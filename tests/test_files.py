import bz2
import errno
import gzip
import hashlib
import io
import json
import lzma
import os
import zipfile
from contextlib import nullcontext

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.files import digest, is_gzip, open_bytes, open_packed, open_text, read_json, replacing, write_json


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestReplacing:
    def test_moves_all_files_when_the_block_ends(self, tmp_path):
        first, second = tmp_path / "new" / "a.tsv", tmp_path / "b.svg.gz"
        with replacing(first, second) as [one, two]:
            assert (one.suffix, two.suffixes, one.parent) == (".tsv", [".svg", ".gz"], first.parent)
            one.write_text("1")
            two.write_text("2")
            assert not first.exists()
        assert (first.read_text(), second.read_text()) == ("1", "2")
        assert names(tmp_path) == ["b.svg.gz", "new"]

    @pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, InputError])
    def test_failure_leaves_the_old_content_and_nothing_else(self, tmp_path, failure):
        target = tmp_path / "a.tsv"
        target.write_text("old")
        with pytest.raises(failure), replacing(target, tmp_path / "b.tsv") as [scratch, other]:
            scratch.write_text("new")
            other.write_text("half")
            raise failure("x")
        assert names(tmp_path) == ["a.tsv"]
        assert target.read_text() == "old"

    def test_folders_and_targets_that_stand_twice_are_refused(self, tmp_path):
        (tmp_path / "old").write_text("old")
        for wrong, said in ((tmp_path, "is a folder"), (tmp_path / "old", "would be written twice")):
            with pytest.raises(InputError, match=said), replacing(tmp_path / "old", wrong):
                pass
        assert names(tmp_path) == ["old"] and (tmp_path / "old").read_text() == "old"

    def test_full_disk_is_named_by_its_folder(self, tmp_path):
        with pytest.raises(OSError, match="No space left") as caught, replacing(tmp_path / "a") as [scratch]:
            scratch.write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert caught.value.filename == str(tmp_path)
        assert caught.value.errno == errno.ENOSPC
        assert names(tmp_path) == []

    def test_error_that_names_its_file_keeps_it(self, tmp_path):
        with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "a"):
            (tmp_path / "missing").read_text()
        assert caught.value.filename == str(tmp_path / "missing")

    def test_scratch_index_of_a_scratch_file_is_the_scratch_file_of_the_index(self, tmp_path):
        # pysam names an index after its file; the verb reference relies on this law.
        with replacing(tmp_path / "g.fa.gz", tmp_path / "g.fa.gz.fai") as [fasta, fai]:
            assert fasta.with_name(fasta.name + ".fai") == fai
            fasta.touch()
            fai.touch()


class TestOpen:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("compress", [gzip.compress, bytes])
    def test_text_of_any_line_end_plain_or_gzipped(self, tmp_path, end, compress):
        path = tmp_path / "no_suffix"
        path.write_bytes(compress("\ufeffaä{0}b{0}".replace("{0}", end).encode()))
        with open_text(path) as stream:
            assert stream.read() == "aä\nb\n"

    def test_bytes_stay_as_they_are(self, tmp_path):
        path = tmp_path / "a"
        path.write_bytes(gzip.compress(b"\xff\r\n") + gzip.compress(b"2"))
        with open_bytes(path) as stream:
            assert stream.read() == b"\xff\r\n2"

    def test_empty_file_is_empty_text(self, tmp_path):
        (tmp_path / "a").touch()
        with open_text(tmp_path / "a") as stream:
            assert stream.read() == ""

    @pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: raw[:40] + b"\0\0\0\0" + raw[44:]])
    def test_damaged_gzip_is_refused_while_reading(self, tmp_path, damage):
        path = tmp_path / "a.gz"
        path.write_bytes(damage(gzip.compress(os.urandom(1000).hex().encode())))
        with pytest.raises(InputError, match=r"a.gz: gzip stream is truncated or damaged"), open_text(path) as stream:
            stream.read()

    def test_binary_is_refused(self, tmp_path):
        path = tmp_path / "a.bin"
        path.write_bytes(b"ok\n\xff")
        said = r"a.bin: not text \(invalid start byte at byte 3\)"
        with pytest.raises(InputError, match=said), open_text(path) as stream:
            list(stream)

    def test_missing_file_and_folder_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="missing: no such file"), open_text(tmp_path / "missing"):
            pass
        with pytest.raises(InputError, match="is a folder"), open_text(tmp_path):
            pass

    def test_file_missing_inside_the_block_is_not_blamed_on_the_open_one(self, tmp_path):
        (tmp_path / "there").write_text("x")
        with pytest.raises(FileNotFoundError) as caught, open_text(tmp_path / "there"):
            (tmp_path / "missing").read_text()
        assert caught.value.filename.endswith("missing")

    def test_gzip_is_told_by_content(self, tmp_path):
        (tmp_path / "a.gz").write_text("plain")
        (tmp_path / "b").write_bytes(gzip.compress(b""))
        assert [is_gzip(tmp_path / "a.gz"), is_gzip(tmp_path / "b")] == [False, True]


class TestPacked:
    def test_round_trip_keeps_line_ends(self, tmp_path):
        with open_packed(tmp_path / "a.gz") as text:
            text.write("é\tb\r\n1\n")
        assert gzip.decompress((tmp_path / "a.gz").read_bytes()).decode() == "é\tb\r\n1\n"

    def test_bytes_tell_neither_name_nor_time(self, tmp_path, monkeypatch):
        for seconds, name in ((1e9, "a.gz"), (2e9, "another.tsv.gz")):
            monkeypatch.setattr("time.time", lambda seconds=seconds: seconds)
            with open_packed(tmp_path / name) as text:
                text.write("same")
        assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "another.tsv.gz").read_bytes()


class TestJson:
    def test_round_trip_keeps_order_and_letters(self, tmp_path):
        path = tmp_path / "new" / "a.json"
        write_json(path, {"b": [1, 0.5], "a": "ä"})
        assert list(read_json(path).items()) == [("b", [1, 0.5]), ("a", "ä")]
        assert path.read_text(encoding="utf-8") == '{\n  "b": [\n    1,\n    0.5\n  ],\n  "a": "ä"\n}\n'

    def test_broken_json_is_refused_with_its_place(self, tmp_path):
        (tmp_path / "a.json").write_text('{"a": ')
        with pytest.raises(InputError, match=r"a.json: not JSON \(Expecting value: line 1 column 7"):
            read_json(tmp_path / "a.json")

    @pytest.mark.parametrize("number", ["NaN", "-Infinity"])
    def test_what_is_no_number_is_not_read_either(self, tmp_path, number):
        (tmp_path / "a.json").write_text(f'{{"a": {number}}}')
        with pytest.raises(InputError, match=f"a.json: not JSON .{number} is no number"):
            read_json(tmp_path / "a.json")

    def test_not_a_number_is_never_written(self, tmp_path):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(tmp_path / "a.json", {"a": float("nan")})
        assert names(tmp_path) == []

    def test_same_content_is_the_same_bytes(self, tmp_path):
        for name in ("a", "b"):
            write_json(tmp_path / name, json.loads('{"x": {"z": 1, "y": null}}'))
        assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_digest_of_known_text(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1, and RFC 1321, appendix A.5
    assert digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(tmp_path / "a", "md5") == "900150983cd24fb0d6963f7d28e17f72"
    (tmp_path / "b").write_bytes(os.urandom(300_000))
    assert digest(tmp_path / "b") == hashlib.sha256((tmp_path / "b").read_bytes()).hexdigest()


def zipped(content, *others):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("../a.txt", content)
        for name in others:
            archive.writestr(name, content)
    return sink.getvalue()


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zip": zipped}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("content", [b"", b"a\tb\n" * 30_000])
def test_compressed_files_are_known_by_their_content(tmp_path, kind, content):
    path = tmp_path / "plain.txt"
    path.write_bytes(PACKERS[kind](content))
    with open_bytes(path) as stream:
        assert stream.read() == content
    with open_text(path) as text:
        assert [line.encode() for line in text] == content.splitlines(keepends=True)
    assert not list(tmp_path.parent.rglob("a.txt"))  # nothing is unpacked to disk


@pytest.mark.parametrize("kind", PACKERS)
def test_compressed_files_that_are_not_whole_are_one_line(tmp_path, kind):
    content, path = np.random.default_rng(1).bytes(90_000), tmp_path / "a"
    whole = PACKERS[kind](content)
    for damaged in (whole[:-30], whole[: len(whole) // 2], whole[:40_000] + bytes(64) + whole[40_064:]):
        path.write_bytes(damaged)
        said = pytest.raises(InputError, match=rf"a: {kind} stream is truncated or damaged")
        with said, open_bytes(path) as stream:
            stream.read()


@pytest.mark.parametrize(
    ("others", "said"),
    [(["__MACOSX/._a.txt"], None), (["b"], r"a zip of 2 files \(\.\./a\.txt, b\); one file is read"), ([], "password")],
)
def test_a_zip_of_one_file_is_read(tmp_path, others, said):
    content = bytearray(zipped(b"x", *others))
    if said == "password":
        content[content.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match=said) if said else nullcontext(), open_bytes(tmp_path / "a.zip") as stream:
        assert stream.read() == b"x"


@pytest.mark.parametrize(("largest", "said"), [(400_000, None), (399_999, "expands more than 3-fold")])
def test_a_file_that_expands_without_end_is_refused(tmp_path, monkeypatch, largest, said):
    path = tmp_path / "a.bz2"
    path.write_bytes(bz2.compress(bytes(400_000)))
    monkeypatch.setattr("convoscope.files.LARGE", largest)
    monkeypatch.setattr("convoscope.files.MOST_EXPANDED", 3)
    with pytest.raises(InputError, match=said) if said else nullcontext(), open_text(path) as stream:
        assert len(stream.read()) == 400_000
