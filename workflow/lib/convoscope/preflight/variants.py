"""What an experiment says of variants, compared with their files, the networks and the references."""

from pathlib import Path

from convoscope.config import Config, SequenceExperiment, Variants
from convoscope.errors import InputError, Problems
from convoscope.preflight.given import READ_WHOLE, check_first_rows, check_reference, here
from convoscope.sequence.centers import Choices
from convoscope.sequence.vcf import open_vcf


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


def check_covariates(problems: Problems, key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read every table of covariates that is here and not large."""
    for name, variants in experiment.variants.items():
        path = here(variants.covariate_table) if variants.covariate_table else None
        if path and path.stat().st_size <= READ_WHOLE:
            from convoscope.interpretation.covariates import numbers, read_covariates  # only where there is one

            with problems.at(f"{key}.variants.{name}.covariate_table"):
                for column, values in read_covariates(path).items():
                    numbers(values, f"{path}: {column}")
