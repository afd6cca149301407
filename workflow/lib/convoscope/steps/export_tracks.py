"""Verb ``export-tracks``: a session of IGV and a track hub of UCSC."""

from pathlib import Path

import pandas as pd

from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.prediction.browsers import Layer, igv_session, track_hub, word
from convoscope.sequence.bigbed import genes_to_bed, sites_to_bed, write_bigbed
from convoscope.sequence.contigs import Contigs, contigs_of_options
from convoscope.sequence.sites import read_sites
from convoscope.sequence.usable_regions import read_sizes
from convoscope.tables import read_table


def export_tracks(
    *,
    name: str,
    assembly: str,
    genome: Input,
    tracks: Input | None = None,
    sites: list[Input] | None = None,
    hits: Input | None = None,
    variants: list[Input] | None = None,
    genes: Input | None = None,
    sizes: Input | None = None,
    rename: list[str] | None = None,
    aliases: Input | None = None,
    intervals: Path | None = None,
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
    genes
        Genes of the reference, genes.tsv.
    sizes
        Contigs of the genome with their lengths, chrom.sizes.
    intervals
        Folder to write with sites, motif instances and genes as bigBed, which hub and session then show; without it
        the session shows BED files and the hub none. It needs --sizes.
    session
        Session to write, XML.
    hub
        Hub to write, hub.txt.
    """
    layers = [Layer(f"{path.stem} predicted", path, "bigWig") for path in sorted(tracks.glob("*.bw"))] if tracks else []
    beds = [Layer(f"sites of {path.name.split('.')[0]}", path, "bed") for path in sites or []]
    beds += [Layer("motif instances", hits, "bed")] if hits else []
    last = [Layer(f"variants {path.parent.name}", path, "vcf") for path in variants or []]
    content: dict[Path, pd.DataFrame] = {}
    if intervals is not None:
        if sizes is None:
            raise InputError("--sizes: missing; --intervals needs the lengths of contigs")
        intervals.mkdir(parents=True, exist_ok=True)
        contigs = contigs_of_options(read_sizes(sizes), rename, aliases)
        beds, content = _as_bigbed(beds, genes, contigs, intervals)
    with replacing(session, hub, *content) as [first, second, *files]:
        for file, rows in zip(files, content.values(), strict=True):
            write_bigbed(file, rows, contigs.sizes)
        first.write_text(igv_session(genome, [*layers, *beds, *last], session.parent), encoding="utf-8")
        second.write_text(track_hub(name, assembly, [*layers, *beds, *last], hub.parent), encoding="utf-8")


def _as_bigbed(
    beds: list[Layer], genes: Path | None, contigs: Contigs, folder: Path
) -> tuple[list[Layer], dict[Path, pd.DataFrame]]:
    """Return layers of bigBed in place of those of BED, and of genes, with the rows of each; none of empty files."""
    found = [
        (Layer(bed.name, bed.path, "intervals"),
         sites_to_bed(read_sites(bed.path, may_be_empty=True), contigs, str(bed.path)))
        for bed in beds
    ]  # fmt: skip
    if genes is not None:
        table = read_table(genes, "genes", ["chrom", "start", "end", "strand", "name", "exons"])
        found.append((Layer("genes", genes, "genes"), genes_to_bed(table)))
    layers: list[Layer] = []
    content: dict[Path, pd.DataFrame] = {}
    for number, (layer, rows) in enumerate(found, start=1):
        if len(rows):
            path = folder / f"{word(layer.name)}.bb"
            path = folder / f"{path.stem}_{number}.bb" if path in content else path
            layers.append(layer._replace(path=path))
            content[path] = rows
    return layers, content
