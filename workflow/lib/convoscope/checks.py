"""What each section of the configuration says, compared with the files and the references that it names."""

import re
from pathlib import Path

from convoscope.config import Config, ImageExperiment, SequenceExperiment, Variants
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.sites import Center, check_sites
from convoscope.sequence.vcf import open_vcf

RELEASE = re.compile(r"JASPAR\d{4}")
SCANNED = 200_000_000  # bytes up to which a local FASTA is read for its names


def is_address(path: str) -> bool:
    """Tell whether a path is fetched from elsewhere."""
    return "://" in path and not path.startswith("file://")


def check_first_rows(where: str, given: str, needs_score: bool = False, center: Center = "summit") -> None:
    """Read the first rows of a site file, where it is here: columns, integers, scores."""
    path = Path(given.removeprefix("file://"))
    if path.is_file():
        try:
            check_sites(path, needs_score, center)
        except InputError as error:
            raise InputError(f"config: {where}: {error}") from None


def check_site_files(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of every site file."""
    for label, sites in experiment.sites.items():
        scored = sites.min_score is not None or sites.value == "score"
        check_first_rows(f"{key}.sites.{label}.path", sites.path, scored, experiment.windows.center)


def check_chromosomes(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Compare named chromosomes with the reference, where its names can be known already."""
    if experiment.reference is None:
        return
    known = chromosome_names(config, experiment.reference)
    named = {"tracks.contigs": experiment.tracks, "hits.contigs": experiment.hits}
    wanted = {option: section.contigs for option, section in named.items() if section}
    if experiment.split.strategy == "chromosomes":
        wanted |= {"split.validation": experiment.split.validation, "split.test": experiment.split.test}
    for option, names in wanted.items():
        for name in names:
            if known and name not in known:
                shown = ", ".join(known[:30]) + (", …" if len(known) > 30 else "")
                raise InputError(
                    f"config: {key}.{option}: no chromosome {name!r} in {experiment.reference}; it has {shown}"
                )


def check_variants(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Compare what is said of variants with the references, the networks' alphabet, and the file where it is here."""
    for name, variants in experiment.variants.items():
        where = f"config: {key}.variants.{name}"
        check_reference(where, variants.reference or experiment.reference, config)
        if experiment.alphabet != "dna":
            raise InputError(f"{where}: variants are of DNA; the experiment reads {experiment.alphabet}")
        window, path = experiment.windows.length, Path(variants.path.removeprefix("file://"))
        for shift in variants.shifts if experiment.sites else []:
            if not 0 <= window // 2 - shift < window:
                raise InputError(f"{where}.shifts: {shift}; windows of {window} would not hold the variant")
        if path.is_file():
            check_info(where, variants, path)


def check_maps(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of further windows to map."""
    if experiment.maps and experiment.maps.bed:
        check_first_rows(f"{key}.maps.bed", experiment.maps.bed)


def check_records(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look whether further sequences are FASTA, where the file is here."""
    for name, records in experiment.records.items():
        path = Path(records.path.removeprefix("file://"))
        if path.is_file():
            with open_text(path) as stream:
                first = next((line.strip() for line in stream if line.strip()), "")
            if not first.startswith(">"):
                raise InputError(
                    f"config: {key}.records.{name}.path: {path} begins with {first[:20]!r}; FASTA begins with '>'"
                )


def check_reference(where: str, reference: str | None, config: Config) -> None:
    """Refuse a genome that the configuration does not name."""
    if reference not in config.references:
        known = ", ".join(config.references) or "none"
        raise InputError(f"{where}.reference: {reference or 'none'}; a block under references; known: {known}")


def check_regions(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look for the genome of further intervals, and read their first rows."""
    for name, regions in experiment.regions.items():
        check_reference(f"config: {key}.regions.{name}", regions.reference or experiment.reference, config)
        check_first_rows(f"{key}.regions.{name}.path", regions.path, center=regions.center)


def check_info(where: str, variants: Variants, path: Path) -> None:
    """Look for the fields of INFO that are named in the header of the file."""
    with open_vcf(path) as (header, _):
        wanted = [("measured", variants.measured), ("outcome", variants.outcome)]
        for option, name in [*wanted, *(("covariates", name) for name in variants.covariates)]:
            if name and name not in header.numbers:
                known = ", ".join(header.numbers) or "none"
                raise InputError(f"{where}.{option}: no field {name!r} of INFO in {path}; it has {known}")


def check_cells(key: str, experiment: ImageExperiment) -> None:
    """Compare the columns that an experiment names with the header of its table, where that is here."""
    cells = experiment.cells
    if cells is None or is_address(cells.path):
        return
    with open_text(Path(cells.path.removeprefix("file://"))) as stream:
        header = stream.readline().rstrip("\r\n").split("\t")
    wanted = {"cells.id": [cells.id], "cells.images": cells.images, "labels": experiment.labels}
    for option, names in {**wanted, "groups": experiment.groups}.items():
        for name in names:
            if name not in header:
                raise InputError(
                    f"config: {key}.{option}: no column {name!r} in {cells.path}; it has {', '.join(header)}"
                )


def check_database(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Refuse a database of motifs that is not there, which would only show after the training."""
    database = experiment.motifs.database
    if not RELEASE.fullmatch(database) and not Path(database).is_file():
        raise InputError(
            f"config: {key}.motifs.database: no file {database!r}; a MEME file on this machine, or a release of JASPAR "
            "such as JASPAR2026"
        )


def chromosome_names(config: Config, name: str) -> list[str]:
    """Return the names of a reference's contigs, or nothing when they are not known before it is fetched."""
    reference = config.references[name]
    if reference.simulate:
        return [f"sim{number}" for number in range(1, reference.simulate.chromosomes + 1)]
    sizes = Path(config.results, "references", name, "chrom.sizes")
    if sizes.is_file():
        return [line.split("\t")[0] for line in sizes.read_text().splitlines()]
    for mirror in reference.mirrors:
        path = Path(mirror.removeprefix("file://"))
        if path.is_file() and path.stat().st_size <= SCANNED:
            with open_text(path) as stream:
                return [(line[1:].split() or [""])[0] for line in stream if line.startswith(">")]
    return []


ON_SEQUENCES = (
    check_site_files,
    check_chromosomes,
    check_database,
    check_variants,
    check_regions,
    check_records,
    check_maps,
)
