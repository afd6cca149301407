"""Verb ``export-tracks``: a session of IGV and a track hub of UCSC."""

from pathlib import Path

from convoscope.files import replacing
from convoscope.options import Input
from convoscope.prediction.browsers import Layer, igv_session, track_hub


def export_tracks(
    *,
    name: str,
    assembly: str,
    genome: Input,
    tracks: Input | None = None,
    sites: list[Input] | None = None,
    hits: Input | None = None,
    variants: list[Input] | None = None,
    session: Path,
    hub: Path,
) -> None:
    """Write a session of IGV and a track hub of UCSC.

    Paths in both start from where they are written, so that the folder of results can be moved or put on a server.

    Parameters
    ----------
    name
        Name of the experiment.
    assembly
        Name of the genome, in the hub that of UCSC's assembly.
    tracks
        Folder with the bigWig of every label.
    sites
        Files of sites, BED and its relatives.
    hits
        Motif instances, hits.bed.gz.
    variants
        Files of annotated variants, annotated.vcf.gz, each named by its folder.
    session
        Session to write, XML.
    hub
        Hub to write, hub.txt.
    """
    layers = [Layer(f"{path.stem} predicted", path, "bigWig") for path in sorted(tracks.glob("*.bw"))] if tracks else []
    layers += [Layer(f"sites of {path.name.split('.')[0]}", path, "bed") for path in sites or []]
    layers += [Layer("motif instances", hits, "bed")] if hits else []
    layers += [Layer(f"variants {path.parent.name}", path, "vcf") for path in variants or []]
    with replacing(session, hub) as [first, second]:
        first.write_text(igv_session(genome, layers, session.parent), encoding="utf-8")
        second.write_text(track_hub(name, assembly, layers, hub.parent), encoding="utf-8")
