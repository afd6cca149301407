"""What each section of the configuration says, compared with the files and the references that it names.

A check records every problem that it finds in `Problems`, so that one start tells all of them. Files that are fetched
from elsewhere are not here yet: they are read by the first job that needs them.
"""

import re
from pathlib import Path

import pandas as pd

from convoscope.addresses import is_address
from convoscope.config import Cells, Config, ImageExperiment, SequenceExperiment, Variants
from convoscope.errors import InputError, Problems
from convoscope.files import open_text
from convoscope.image.columns import read_header
from convoscope.image.cutting import AROUND
from convoscope.image.sample import check_network, first_crops
from convoscope.sequence.centers import PLAIN, Choices, site_choices
from convoscope.sequence.contigs import Contigs, contigs_of, match_contigs, require_contigs
from convoscope.sequence.orientation import check_strands, refuse_open_strand
from convoscope.sequence.sites import CHECKED_ROWS, check_sites, read_sites
from convoscope.sequence.twobit import contig_names, is_twobit
from convoscope.sequence.vcf import open_vcf

RELEASE = re.compile(r"JASPAR\d{4}")
READ_WHOLE = 10_000_000  # bytes up to which a BED is read whole before the first job
SCANNED = 200_000_000  # bytes up to which a local FASTA is read for its names
TABULATED = 100_000_000  # bytes up to which a table of cells is read before the first job


def here(path: str) -> Path | None:
    """Return the path of a file that is on this machine, None for one that is fetched or missing."""
    local = Path(path.removeprefix("file://"))
    return local if not is_address(path) and local.is_file() else None


def check_first_rows(
    problems: Problems, where: str, given: str, choices: Choices = PLAIN, may_be_empty: bool = False
) -> None:
    """Read the first rows of a site file, where it is here: columns, integers, scores."""
    if path := here(given):
        with problems.at(where):
            check_sites(path, choices, may_be_empty=may_be_empty)


def check_site_files(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of every site file, compare their strands with what is read, and open every signal."""
    for label, sites in experiment.sites.items():
        if path := here(sites.path):
            with problems.at(f"{key}.sites.{label}.path"):
                check_strand(check_sites(path, site_choices(sites, experiment.windows)), path, experiment)
        if sites.bigwig and (path := here(sites.bigwig)):
            with problems.at(f"{key}.sites.{label}.bigwig"):
                check_bigwig(path)


def check_strand(sites: pd.DataFrame, path: Path, experiment: SequenceExperiment) -> None:
    """Refuse the first rows of a file whose strands are open, or where all rows lack the one that they need."""
    if experiment.strand_open:
        refuse_open_strand(sites, str(path))
    if len(sites) < CHECKED_ROWS:  # else later rows may have a strand
        check_strands(sites, str(path), experiment.direction, "windows.strand:")


def check_bigwig(path: Path) -> None:
    """Open a bigWig."""
    from convoscope.sequence.bigwig import reading  # only where there is one: every start reads this module

    with reading(path, "value: bigwig needs one"):
        pass


def check_regions_given(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of the files of regions: to avoid, to take negatives from, to map."""
    given = {
        "windows.blacklist": experiment.windows.blacklist,
        "negatives.path": experiment.negatives.path,
        "maps.bed": experiment.maps and experiment.maps.bed,
    }
    for option, path in given.items():
        if path:
            check_first_rows(problems, f"{key}.{option}", path, Choices("midpoint"), may_be_empty=option != "maps.bed")


def check_chromosomes(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Compare named chromosomes with the reference, where its names can be known already."""
    if experiment.reference is None:
        return
    named = {"tracks.contigs": experiment.tracks, "hits.contigs": experiment.hits}
    wanted = {option: section.contigs for option, section in named.items() if section}
    if experiment.split.strategy == "chromosomes":
        wanted |= {"split.validation": experiment.split.validation, "split.test": experiment.split.test}
    contigs = known_contigs(problems, key, experiment, config)
    for option, names in wanted.items() if contigs.sizes else ():
        with problems.at(f"{key}.{option}"):
            require_contigs(names, contigs, experiment.reference)
    path = here(experiment.maps.bed) if experiment.maps and experiment.maps.bed else None
    if path and contigs.sizes and path.stat().st_size <= READ_WHOLE:
        with problems.at(f"{key}.maps.bed"):
            match_contigs(first_column(path), contigs, str(path))


def first_column(path: Path) -> list[str]:
    """Return the contigs that a BED names; `check_regions_given` says what is wrong with its rows."""
    try:
        return list(read_sites(path, Choices("midpoint"))["chrom"].unique())
    except InputError:
        return []


def known_contigs(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> Contigs:
    """Return the contigs of an experiment's reference with their other names; none where these are not known yet."""
    name = experiment.reference or ""
    names, given = list[str](), config.references[name].aliases
    table = here(given) if given else None
    with problems.at(f"config: references.{name}"):
        names = chromosome_names(config, name)
    with problems.at(key):
        if names and bool(given) == bool(table):
            return contigs_of(dict.fromkeys(names, 0), experiment.windows.rename, table)
    return Contigs({})


def check_variants(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Compare what is said of variants with the references, the networks' alphabet, and the file where it is here."""
    for name, variants in experiment.variants.items():
        where = f"{key}.variants.{name}"
        check_reference(problems, where, variants.reference or experiment.reference, config)
        with problems.at(where):
            if experiment.alphabet != "dna":
                raise InputError(f"variants are of DNA; the experiment reads {experiment.alphabet}")
        with problems.at(f"{where}.shifts"):
            check_shifts(variants, experiment)
        if path := here(variants.path):
            check_info(problems, where, variants, path)
        if variants.sites:
            windows = experiment.windows
            check_first_rows(problems, f"{where}.sites", variants.sites, Choices(windows.center, windows.center_column))


def check_shifts(variants: Variants, experiment: SequenceExperiment) -> None:
    """Refuse shifts that move a window off its variant."""
    window = experiment.windows.length
    for shift in variants.shifts if experiment.sites else []:
        if not 0 <= window // 2 - shift < window:
            raise InputError(f"{shift}; windows of {window} would not hold the variant")


def check_info(problems: Problems, where: str, variants: Variants, path: Path) -> None:
    """Look for the fields of INFO that are named in the header of the file, and read its first record."""
    numbers: dict[str, str] | None = None
    with problems.at(f"{where}.path"), open_vcf(path) as (header, records):
        next(records, None)
        numbers = header.numbers
    if numbers is None:
        return
    wanted = [("measured", variants.measured), ("outcome", variants.outcome)]
    for option, name in [*wanted, *(("covariates", name) for name in variants.covariates)]:
        if name and name not in numbers:
            with problems.at(f"{where}.{option}"):
                raise InputError(f"no field {name!r} of INFO in {path}; it has {', '.join(numbers) or 'none'}")


def check_records(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look whether further sequences are FASTA, where the file is here."""
    for name, records in experiment.records.items():
        if path := here(records.path):
            with problems.at(f"{key}.records.{name}.path"):
                check_fasta(path)


def check_fasta(path: Path) -> None:
    """Refuse a file that does not begin with a FASTA record."""
    with open_text(path) as stream:
        first = next((line.strip() for line in stream if line.strip()), "")
    if not first.startswith(">"):
        raise InputError(f"{path} begins with {first[:20]!r}; FASTA begins with '>'")


def check_reference(problems: Problems, where: str, reference: str | None, config: Config) -> None:
    """Refuse a genome that the configuration does not name."""
    if reference not in config.references:
        known = ", ".join(config.references) or "none"
        with problems.at(f"{where}.reference"):
            raise InputError(f"{reference or 'none'}; a block under references; known: {known}")


def check_regions(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look for the genome of further intervals, and read their first rows."""
    for name, regions in experiment.regions.items():
        check_reference(problems, f"{key}.regions.{name}", regions.reference or experiment.reference, config)
        check_first_rows(
            problems, f"{key}.regions.{name}.path", regions.path, Choices(regions.center, regions.center_column)
        )


def check_cells(problems: Problems, key: str, experiment: ImageExperiment) -> None:
    """Read an experiment's table and its first images, where they are here, and build its network for their size."""
    cells = experiment.cells
    if experiment.simulate:
        with problems.at(key):
            check_network(experiment.model, 2, experiment.crops.size or AROUND)
    path = here(cells.path) if cells else None
    if cells is None or path is None:
        return
    header: list[str] = []
    with problems.at(f"{key}.cells.path"):
        header = read_header(path)
    wanted = {"cells.id": [cells.id], "cells.images": cells.images, "labels": experiment.labels}
    missing = [
        (option, name)
        for option, names in {**wanted, "groups": experiment.groups}.items()
        for name in names
        if header and name not in header
    ]
    for option, name in missing:
        with problems.at(f"{key}.{option}"):
            raise InputError(f"no column {name!r} in {cells.path}; it has {', '.join(header)}")
    if header and not missing and path.stat().st_size <= TABULATED:
        with problems.at(key):
            crops = first_crops(path, experiment.crops_spec(cells), folder_of(cells, path))
            check_network(experiment.model, *crops)


def check_further_cells(problems: Problems, key: str, experiment: ImageExperiment) -> None:
    """Try the first images of every table of cells to predict, and compare them with those of the experiment."""
    for name, cells in experiment.further_cells.items():
        path = here(cells.path)
        if path is None or path.stat().st_size > TABULATED:
            continue
        with problems.at(f"{key}.further_cells.{name}"):
            missing = [column for column in cells.keep if column not in read_header(path)]
            if missing:
                raise InputError(
                    f"keep: no column {missing[0]!r} in {cells.path}; it has {', '.join(read_header(path))}"
                )
            several, size = first_crops(path, experiment.further_spec(cells), folder_of(cells, path))
            own = own_crops(experiment)
            if own and not cells.channels and several != own[0]:
                raise InputError(
                    f"images of {several} channels; those of the experiment have {own[0]}: name them in channels"
                )
            if own and cells.form == "crops" and size != own[1]:
                raise InputError(f"crops of {size} pixels; those of the experiment have {own[1]}")


def folder_of(cells: Cells, path: Path) -> Path:
    """Return the folder that names of images start from."""
    return Path(cells.folder) if cells.folder else path.parent


def own_crops(experiment: ImageExperiment) -> tuple[int, int] | None:
    """Return channels and size of an experiment's crops, None where its cells are not here or cannot be read."""
    cells = experiment.cells
    path = here(cells.path) if cells else None
    if cells is None or path is None:
        return None
    try:
        return first_crops(path, experiment.crops_spec(cells), folder_of(cells, path))
    except InputError:
        return None  # said by `check_cells`


def check_database(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Refuse a database of motifs that is not there, which would only show after the training."""
    database = experiment.motifs.database
    if not RELEASE.fullmatch(database) and not Path(database).is_file():
        with problems.at(f"{key}.motifs.database"):
            raise InputError(
                f"no file {database!r}; a MEME file on this machine, or a release of JASPAR such as JASPAR2026"
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
        path = here(mirror)
        if path and is_twobit(path):
            return contig_names(path)
        if path and path.stat().st_size <= SCANNED:
            with open_text(path) as stream:
                return [(line[1:].split() or [""])[0] for line in stream if line.startswith(">")]
    return []


ON_SEQUENCES = (
    check_site_files,
    check_regions_given,
    check_chromosomes,
    check_database,
    check_variants,
    check_regions,
    check_records,
)
