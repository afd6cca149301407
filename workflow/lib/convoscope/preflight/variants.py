"""What an experiment says of variants, compared with their files, the networks and the references."""

from itertools import islice
from pathlib import Path

from convoscope.config import Config, SequenceExperiment, Variants
from convoscope.errors import InputError, Problems
from convoscope.preflight.genomes import check_contigs, check_first_rows, known_contigs
from convoscope.preflight.given import READ_WHOLE, check_reference, here
from convoscope.sequence.choices import Choices
from convoscope.sequence.contigs import NONE, Contigs, contigs_by_name
from convoscope.sequence.vcf import Header, open_vcf, survey_records

CHECKED = 1000  # records


def check_variants(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Compare what is said of variants with the references, the networks' alphabet, and the file where it is here."""
    for name, variants in experiment.variants.items():
        where = f"{key}.variants.{name}"
        check_reference(problems, where, variants.reference or experiment.reference, config)
        with problems.at(where):
            if experiment.alphabet != "dna":
                raise InputError(f"variants are of DNA; the experiment reads {experiment.alphabet}")
        with problems.at(f"{where}.shifts"):
            _check_shifts(variants, experiment)
        contigs = known_contigs(problems, key, experiment, config, variants.reference)
        if path := here(variants.path):
            _check_file(problems, where, variants, path, contigs)
        if variants.sites:
            choices = Choices(experiment.windows.center, experiment.windows.center_column)
            check_first_rows(problems, f"{where}.sites", variants.sites, contigs, choices)


def _check_shifts(variants: Variants, experiment: SequenceExperiment) -> None:
    """Refuse shifts that move a window off its variant."""
    window = experiment.windows.length
    for shift in variants.shifts if experiment.sites else []:
        if not 0 <= window // 2 - shift < window:
            raise InputError(f"{shift}; windows of {window} would not hold the variant")


def _check_file(problems: Problems, where: str, variants: Variants, path: Path, contigs: Contigs) -> None:
    """Read the first records of a file and compare its header and its contigs with what is said of it."""
    header: Header | None = None
    with problems.at(f"{where}.path"):
        with open_vcf(path) as (header, records):
            first = {record.chrom: None for record in islice(records, CHECKED)}
        check_contigs(path, first, lambda: _variant_contigs(path), contigs, header.lengths)
    if header is not None:
        _check_info(problems, where, variants, path, header.numbers)


def _variant_contigs(path: Path) -> list[str]:
    """Return the contigs of all records of a file that is not large, or that has an index."""
    if path.stat().st_size <= READ_WHOLE:
        return survey_records(path).contigs
    import pysam

    try:
        with pysam.TabixFile(str(path)) as content:
            return list(content.contigs)
    except (OSError, ValueError):
        return []


def _check_info(problems: Problems, where: str, variants: Variants, path: Path, numbers: dict[str, str]) -> None:
    """Look for the fields of INFO that are named among those of the header."""
    wanted = [("measured", variants.measured), ("outcome", variants.outcome)]
    for option, name in [*wanted, *(("covariates", name) for name in variants.covariates)]:
        if name and name not in numbers:
            with problems.at(f"{where}.{option}"):
                raise InputError(f"no field {name!r} of INFO in {path}; it has {', '.join(numbers) or 'none'}")


def check_covariates(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read every table of covariates that is here and not large, and look for the variants' contigs in it."""
    for name, variants in experiment.variants.items():
        path = here(variants.covariate_table) if variants.covariate_table else None
        if path and path.stat().st_size <= READ_WHOLE:
            with problems.at(f"{key}.variants.{name}.covariate_table"):
                _check_table(path)
                if vcf := here(variants.path):
                    _check_table_contigs(path, vcf, experiment, config, variants.reference)


def _check_table(path: Path) -> None:
    """Read a table of covariates, and its numbers."""
    from convoscope.interpretation.second_network.covariate_tables import read_covariates
    from convoscope.interpretation.second_network.covariates import numbers

    for column, values in read_covariates(path).items():
        numbers(values, f"{path}: {column}")


def _check_table_contigs(
    path: Path, vcf: Path, experiment: SequenceExperiment, config: Config, other: str | None
) -> None:
    """Compare the contigs of a table of covariates with those of the variants, as the second network will."""
    from convoscope.interpretation.second_network.covariate_tables import read_covariates, rename_covariates

    reference = config.references.get(other or experiment.reference or "")
    rename = experiment.windows.rename if other in (None, experiment.reference) else NONE
    aliases = here(reference.aliases) if reference and reference.aliases else None
    try:
        names = _variant_contigs(vcf)
    except InputError:
        return  # said by `check_variants`
    if names and reference and bool(reference.aliases) == bool(aliases):
        rename_covariates(read_covariates(path), contigs_by_name(names, rename, aliases), str(path))
