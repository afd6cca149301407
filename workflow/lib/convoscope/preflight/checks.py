"""What each section of the configuration says, compared with the files and the references that it names.

A check records every problem that it finds in `Problems`, so that one start tells all of them. Files that are fetched
from elsewhere are not here yet: they are read by the first job that needs them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from convoscope.config import Config, Motifs, SequenceExperiment
from convoscope.errors import InputError, Problems
from convoscope.files import open_text
from convoscope.preflight.genomes import check_first_rows, check_site_contigs, known_contigs
from convoscope.preflight.given import READ_WHOLE, check_reference, here
from convoscope.preflight.variants import check_covariates, check_variants
from convoscope.preflight.weights import check_weights
from convoscope.sequence.choices import Choices, site_choices
from convoscope.sequence.contigs import Contigs, match_contigs, require_contigs

if TYPE_CHECKING:
    import pandas as pd


def _check_site_files(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of every site file, compare their strands with what is read, and open every signal."""
    contigs = known_contigs(problems, key, experiment, config)
    for label, sites in experiment.sites.items():
        wanted, is_whole = list[str](), False
        if path := here(sites.path):
            with problems.at(f"{key}.sites.{label}.path"):
                from convoscope.sequence.sites import CHECKED_ROWS, check_sites

                rows = check_sites(path, site_choices(sites, experiment.windows))
                _check_strand(rows, path, experiment)
                wanted, is_whole = check_site_contigs(path, rows, contigs), len(rows) < CHECKED_ROWS
        if sites.bigwig and (path := here(sites.bigwig)):
            with problems.at(f"{key}.sites.{label}.bigwig"):
                _check_bigwig(path, contigs, wanted, is_whole)


def _check_strand(sites: "pd.DataFrame", path: Path, experiment: SequenceExperiment) -> None:
    """Refuse the first rows of a file whose strands are open, or where all rows lack the one that they need."""
    from convoscope.sequence.orientation import check_strands, refuse_open_strand
    from convoscope.sequence.sites import CHECKED_ROWS

    if experiment.strand_open:
        refuse_open_strand(sites, str(path))
    if len(sites) < CHECKED_ROWS:  # else later rows may have a strand
        check_strands(sites, str(path), experiment.direction, "windows.strand:")


def _check_bigwig(path: Path, contigs: Contigs, wanted: list[str], is_whole: bool) -> None:
    """Open a bigWig and compare its contigs and their lengths with the reference's.

    ``wanted`` are the contigs of its label's sites, of all of them if ``is_whole``, else of the first ones.
    """
    from convoscope.sequence.bigwig import reading
    from convoscope.sequence.signal import track_names

    with reading(path, "value: bigwig needs one") as track:
        if contigs.sizes and is_whole:
            track_names(track, wanted, contigs, path)
        elif contigs.sizes:
            match_contigs(track.chroms(), contigs, str(path), lengths=track.chroms(), used=wanted)


def _check_regions_given(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of the files of regions: to avoid, to take negatives from, to map."""
    contigs = known_contigs(problems, key, experiment, config)
    given = {
        "windows.blacklist": experiment.windows.blacklist,
        "negatives.path": experiment.negatives.path,
        "maps.bed": experiment.maps and experiment.maps.bed,
    }
    for option, path in given.items():
        if path:
            where, may_be_empty = f"{key}.{option}", option == "windows.blacklist"
            check_first_rows(problems, where, path, contigs, Choices("midpoint"), may_be_empty)


def _check_chromosomes(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
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


def _check_records(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look whether further sequences are FASTA, where the file is here."""
    for name, records in experiment.records.items():
        if path := here(records.path):
            with problems.at(f"{key}.records.{name}.path"):
                _check_fasta(path)


def _check_fasta(path: Path) -> None:
    """Refuse a file that does not begin with a FASTA record."""
    with open_text(path) as stream:
        first = next((line.strip() for line in stream if line.strip()), "")
    if not first.startswith(">"):
        raise InputError(f"{path} begins with {first[:20]!r}; FASTA begins with '>'")


def _check_regions(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look for the genome of further intervals, and read their first rows."""
    for name, regions in experiment.regions.items():
        check_reference(problems, f"{key}.regions.{name}", regions.reference or experiment.reference, config)
        contigs = known_contigs(problems, key, experiment, config, regions.reference)
        choices = Choices(regions.center, regions.center_column)
        check_first_rows(problems, f"{key}.regions.{name}.path", regions.path, contigs, choices)


def _check_motifs(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the database of motifs, and look for the label of TF-MoDISco: both are needed after the training."""
    database, taxa = experiment.motifs.database, experiment.motifs.taxa
    if database != Motifs().database:
        with problems.at(f"{key}.motifs.database"):
            _check_database(database)
    if taxa and Path(database).is_file():
        with problems.at(f"{key}.motifs.taxa"):
            raise InputError(f"{', '.join(taxa)}; a file has no taxa, leave them out")
    label = experiment.modisco.label if experiment.modisco else None
    if label is not None and label not in experiment.labels:
        with problems.at(f"{key}.modisco.label"):
            raise InputError(f"{label!r}; one of {', '.join(experiment.labels)}")


def _check_database(database: str) -> None:
    """Read a file of motifs, or look for a release of JASPAR."""
    import pyjaspar

    from convoscope.interpretation.motifs.motif_files import parse_motifs

    if Path(database).is_file():
        with open_text(Path(database)) as stream:
            parse_motifs(stream.read(), database)
    elif database not in pyjaspar.jaspar_releases:
        known = ", ".join(pyjaspar.jaspar_releases)
        raise InputError(f"no file {database!r}; a file of motifs on this machine, or a release of JASPAR: {known}")


def _check_sequences(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read every file of labelled sequences that is here and not large."""
    for number, options in enumerate(experiment.sequences):
        path = here(options.path)
        if path and path.stat().st_size <= READ_WHOLE:
            with problems.at(key):
                from convoscope.sequence.records import read_labelled_records

                read_labelled_records(path, options, f"sequences.{number}")


ON_SEQUENCES = (
    _check_site_files,
    _check_regions_given,
    _check_chromosomes,
    _check_motifs,
    _check_sequences,
    check_variants,
    check_covariates,
    check_weights,
    _check_regions,
    _check_records,
)
