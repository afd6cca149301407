"""A session of IGV and a track hub of UCSC, read back by their formats."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyBigWig
import pytest

from convoscope.sequence.bigbed import auto_sql


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with tracks, sites, hits, variants with an index and variants without."""
    for name in ("references/g/genome.fa.gz", "e/tracks/CTCF.bw", "e/tracks/a b.bw", "e/hits.bed.gz",
                 "e/variants/v/annotated.vcf.gz", "e/variants/v/annotated.vcf.gz.tbi",
                 "e/variants/w/annotated.vcf.gz"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "CTCF.bed").touch()
    return tmp_path


def export(run: Any, results: Path) -> tuple[ElementTree.Element, list[dict[str, str]]]:
    """Return the session, and the blocks of the hub."""
    one = results / "e"
    variants = [one / "variants" / name / "annotated.vcf.gz" for name in ("v", "w")]
    run("export-tracks", "--name", "e", "--assembly", "sacCer3", "--genome", results / "references/g/genome.fa.gz",
        "--tracks", one / "tracks", "--sites", results / "CTCF.bed", "--hits", one / "hits.bed.gz",
        "--variants", *variants, "--session", one / "igv_session.xml", "--hub", one / "hub.txt")  # fmt: skip
    blocks = (one / "hub.txt").read_text().strip().split("\n\n")
    found = [dict(line.split(" ", 1) for line in block.splitlines()) for block in blocks]
    return ElementTree.parse(one / "igv_session.xml").getroot(), found


def test_the_session_names_files_that_are_there(run: Any, results: Path) -> None:
    session, _ = export(run, results)
    assert session.tag == "Session" and session.get("genome") == "../references/g/genome.fa.gz"
    paths = [one.get("path") for one in session.iterfind("Resources/Resource")]
    assert paths == ["tracks/CTCF.bw", "tracks/a b.bw", "../CTCF.bed", "hits.bed.gz",
                     "variants/v/annotated.vcf.gz", "variants/w/annotated.vcf.gz"]  # fmt: skip
    assert all((results / "e" / str(path)).exists() for path in paths)
    assert [one.get("name") for one in session.iter("Resource")][2:4] == ["sites of CTCF", "motif instances"]


def test_the_hub_holds_what_a_hub_can_hold(run: Any, results: Path) -> None:
    _, (hub, genome, *tracks) = export(run, results)
    assert hub["useOneFile"] == "on" and {"hub", "shortLabel", "longLabel", "email"} <= set(hub)
    assert genome == {"genome": "sacCer3"}
    assert [(one["type"], one["bigDataUrl"]) for one in tracks] == [
        ("bigWig", "tracks/CTCF.bw"),
        ("bigWig", "tracks/a%20b.bw"),
        ("vcfTabix", "variants/v/annotated.vcf.gz"),
    ]
    names = [one["track"] for one in tracks]
    assert len(set(names)) == 3 and all(name.replace("_", "a").isalnum() for name in names)
    assert all(len(one["shortLabel"]) <= 17 for one in tracks)


BED = (
    "c2\t5\t9\tlast\t2000\t-\nc1\t40\t60\tb\t.\t+\nc1\t7\t8\ta\t12.6\t.\nc1\t90\t101\tbeyond\t1\t.\nc3\t1\t2\tx\t1\t.\n"
)
GENES = "chrom\tstart\tend\tstrand\tname\texons\nc1\t10\t90\t-\tA 1\t20-30,12-22,80-90\n"


@pytest.fixture
def intervals(run: Any, results: Path) -> Path:
    """Export sites, genes and an empty file of motif instances as bigBed."""
    (results / "CTCF.bed").write_text(BED)
    (results / "genes.tsv").write_text(GENES)
    (results / "chrom.sizes").write_text("c1\t100\nc2\t10\n")
    one = results / "e"
    run("export-tracks", "--name", "e", "--assembly", "sacCer3", "--genome", results / "references/g/genome.fa.gz",
        "--sites", results / "CTCF.bed", "--hits", one / "hits.bed.gz", "--genes", results / "genes.tsv",
        "--sizes", results / "chrom.sizes", "--intervals", one / "intervals", "--session", one / "igv_session.xml",
        "--hub", one / "hub.txt")  # fmt: skip
    return one / "intervals"


def test_sites_are_bigbed_that_another_library_reads(intervals: Path) -> None:
    with pyBigWig.open(str(intervals / "sites_of_CTCF.bb")) as track:
        assert track.isBigBed() and track.chroms() == {"c1": 100, "c2": 10}
        assert track.entries("c1", 0, 100) == [(7, 8, "a\t13\t."), (40, 60, "b\t0\t+")]
        assert track.entries("c2", 0, 10) == [(5, 9, "last\t1000\t-")]
        assert track.SQL().decode() == auto_sql(6) and "strand" in auto_sql(6) and "thickStart" not in auto_sql(6)


def test_genes_are_bigbed_with_their_exons_joined(intervals: Path) -> None:
    with pyBigWig.open(str(intervals / "genes.bb")) as track:
        [(start, end, rest)] = track.entries("c1", 0, 100)
    assert (start, end) == (12, 90)
    assert rest.split("\t") == ["A_1", "0", "-", "12", "90", "0", "2", "18,10", "0,68"]


def test_session_and_hub_show_sites_and_genes_and_nothing_empty(intervals: Path) -> None:
    folder = intervals.parent
    session = ElementTree.parse(folder / "igv_session.xml").getroot()
    assert [one.get("path") for one in session.iter("Resource")] == ["intervals/sites_of_CTCF.bb", "intervals/genes.bb"]
    hub = (folder / "hub.txt").read_text()
    assert "type bigBed 6\nbigDataUrl intervals/sites_of_CTCF.bb" in hub
    assert "type bigBed 12\nbigDataUrl intervals/genes.bb" in hub
    assert sorted(path.name for path in intervals.iterdir()) == ["genes.bb", "sites_of_CTCF.bb"]


def test_intervals_need_the_lengths_of_contigs(refuse: Any, results: Path) -> None:
    one = results / "e"
    line = refuse("export-tracks", "--name", "e", "--assembly", "g", "--genome", results / "references/g/genome.fa.gz",
                  "--intervals", one / "intervals", "--session", one / "s.xml", "--hub", one / "h.txt")  # fmt: skip
    assert "--sizes: missing" in line and not (one / "s.xml").exists()
