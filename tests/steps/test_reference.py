import functools
import gzip
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import threading

import pysam
import pytest
from Bio import SeqIO

FASTA = b">a first\nACGTNN\nNacgt\n>b\nTTTT\n"
FILES = ["chrom.sizes", "gaps.bed", "genome.fa.gz", "genome.fa.gz.fai", "genome.fa.gz.gzi", "provenance.json"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve(monkeypatch):
    """Serve a folder from the loopback interface; give its address back."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = []

    def start(folder):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.fa.gz"
    path.write_bytes(gzip.compress(FASTA, mtime=0))
    return path


def options(folder, mirrors, **spec):
    outputs = {"fasta": FILES[2], "sizes": FILES[0], "gaps": FILES[1], "provenance": FILES[5]}
    paths = [part for option, name in outputs.items() for part in (f"--{option}", folder / name)]
    return ["reference", "--spec", json.dumps({"mirrors": [str(mirror) for mirror in mirrors], **spec}), *paths]


def left(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_files_by_hand(run, source, tmp_path):
    out = tmp_path / "out"
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    run(*options(out, ["/nowhere.fa", source], sha256=sha256))
    assert left(out) == FILES
    assert (out / "chrom.sizes").read_text() == "a\t11\nb\t4\n"
    assert (out / "gaps.bed").read_text() == "a\t4\t7\n"
    assert gzip.decompress((out / "genome.fa.gz").read_bytes()) == b">a first\nACGTNNNacgt\n>b\nTTTT\n"
    assert json.loads((out / "provenance.json").read_text()) == {
        "mirror": str(source), "sha256": sha256, "size": source.stat().st_size, "contigs": 2, "length": 15,
    }  # fmt: skip
    with pysam.FastaFile(str(out / "genome.fa.gz")) as opened:
        assert opened.fetch("a", 3, 9) == "TNNNac"


def test_second_run_gives_the_same_bytes(run, source, tmp_path):
    for name in ("one", "two"):
        run(*options(tmp_path / name, [source]))
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(FASTA, mtime=0)[:-9], "{source}: gzip stream is truncated"),
        (b"a\tb\n", r"{source}: not FASTA: begins with 'a\tb'"),
        (FASTA + b">a\nA\n", "{source}: line 6: a second record 'a'"),
        (b"", "{source}: no record"),
    ],
)
def test_bad_content_is_one_line_that_names_the_mirror_and_leaves_nothing(refuse, source, tmp_path, content, said):
    source.write_bytes(content)
    assert refuse(*options(tmp_path / "out", [source])).startswith(f"ERROR: {said.format(source=source)}")
    assert left(tmp_path / "out") == []


def test_bad_content_keeps_an_older_reference(run, refuse, source, tmp_path):
    run(*options(tmp_path / "out", [source]))
    source.write_bytes(b">a\nA-\n")
    refuse(*options(tmp_path / "out", [source]))
    assert left(tmp_path / "out") == FILES
    assert (tmp_path / "out" / "chrom.sizes").read_text() == "a\t11\nb\t4\n"


@pytest.mark.parametrize(("algorithm", "digits"), [("sha256", 64), ("md5", 32)])
def test_wrong_checksum_says_mirror_expected_and_found(refuse, source, tmp_path, algorithm, digits):
    said = refuse(*options(tmp_path / "out", [source], **{algorithm: "0" * digits}))
    found = hashlib.new(algorithm, source.read_bytes()).hexdigest()
    assert f"{source}: wrong {algorithm}: expected {'0' * digits}, found {found}" in said
    assert ".fetched" not in said
    assert left(tmp_path / "out") == []


def test_simulated_reference_is_for_another_verb(refuse, tmp_path):
    said = refuse("reference", "--spec", '{"simulate": {}}', *options(tmp_path, ["x"])[3:])
    assert "made by the verb simulate" in said


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounting a small disk needs root")
def test_disk_full_while_recompressing(refuse, tmp_path):
    # 150 kB gzipped, so the fetched file fits and what is made of it does not.
    letters = "".join("ACGT"[byte % 4] for byte in os.urandom(600_000))
    (tmp_path / "in.fa.gz").write_bytes(gzip.compress(f">a\n{letters}\n".encode(), mtime=0))
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        said = refuse(*options(disk, [tmp_path / "in.fa.gz"]))
        assert said == f"ERROR: {disk}: No space left on device; free some space and run again"
        assert left(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.data
def test_yeast_over_http(run, serve, data, tmp_path):
    source = data / "yeast" / "sacCer3.fa.gz"
    address = serve(source.parent)
    checksum = hashlib.sha256(source.read_bytes()).hexdigest()
    run(*options(tmp_path / "out", [f"{address}/missing.fa.gz", f"{address}/sacCer3.fa.gz"], sha256=checksum))
    with gzip.open(source, "rt") as stream:
        sizes = {record.id: len(record) for record in SeqIO.parse(stream, "fasta")}
    found = [line.split("\t") for line in (tmp_path / "out" / "chrom.sizes").read_text().splitlines()]
    assert {name: int(length) for name, length in found} == sizes
    facts = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert (facts["mirror"], facts["contigs"], facts["length"]) == (f"{address}/sacCer3.fa.gz", 17, 12_157_105)
