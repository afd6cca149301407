"""A session of IGV and a track hub of UCSC, read back by their formats."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest


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
