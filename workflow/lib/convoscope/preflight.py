"""Everything that can be refused before the first job: the configuration, its files, its chromosomes."""

import re
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from convoscope.config import Config, ImageExperiment, Reference, SequenceExperiment, Variants, load_config
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.sites import check_sites
from convoscope.sequence.vcf import open_vcf

RELEASE = re.compile(r"JASPAR\d{4}")
SCANNED = 200_000_000  # bytes up to which a local FASTA is read for its names


def preflight(content: dict[str, Any], files: Iterable[str | Path] = ()) -> Config:
    """Check a configuration and all that it points to on this machine.

    Parameters
    ----------
    content
        The merged configuration, as Snakemake has it.
    files
        The configuration files, searched for keys that stand twice.

    Raises
    ------
    InputError
        At the first problem, naming the dotted key and what is allowed.
    """
    for file in files:
        refuse_repeated_keys(Path(file))
    config = load_config(content)
    refuse_braces(config)
    for key, path in local_files(config):
        if not Path(path).is_file():
            raise InputError(f"config: {key}: no file {path!r}; give a file, or an address with https:// or ftp://")
    for name, experiment in config.experiments.sequence.items():
        check_site_files(f"experiments.sequence.{name}", experiment, config)
        check_chromosomes(f"experiments.sequence.{name}", experiment, config)
        check_database(f"experiments.sequence.{name}", experiment)
        check_variants(f"experiments.sequence.{name}.variants", experiment, config)
        check_regions(f"experiments.sequence.{name}.regions", experiment, config)
    for name, images in config.experiments.image.items():
        check_cells(f"experiments.image.{name}", images)
    return config


class StrictLoader(yaml.SafeLoader):
    """YAML in which a key stands once; plain YAML keeps the last and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a repeated key; keys that a merge (``<<``) brings in may be overridden."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                where = f"{key.start_mark.name}:{key.start_mark.line + 1}"
                raise InputError(f"{where}: key {key.value!r} stands twice in one block; give each its own name")
            seen.add(key.value) if key.tag != "tag:yaml.org,2002:merge" else None
        return super().construct_mapping(node, deep)


def refuse_repeated_keys(path: Path) -> None:
    """Read a YAML file only to see that no block has a key twice, such as two labels of the same name."""
    with open_text(path) as stream:
        try:
            yaml.load(stream, StrictLoader)
        except yaml.YAMLError as error:
            raise InputError(f"{path}: not YAML ({' '.join(str(error).split())})") from None


def refuse_braces(config: Config) -> None:
    """Refuse paths that Snakemake would take for patterns with wildcards."""
    mirrors = (
        (f"references.{name}.mirrors", mirror) for name, one in config.references.items() for mirror in one.mirrors
    )
    for key, path in (*experiment_files(config), *mirrors):
        if {"{", "}"} & set(path):
            raise InputError(f"config: {key}: {path!r}; a path without braces (in addresses write %7B and %7D)")


def is_address(path: str) -> bool:
    """Tell whether a path is fetched from elsewhere."""
    return "://" in path and not path.startswith("file://")


def addresses(config: Config) -> list[str]:
    """Return every address of a data file in the configuration; references have mirrors and a rule of their own."""
    return sorted({path for _, path in experiment_files(config) if is_address(path)})


def experiment_files(config: Config) -> Iterator[tuple[str, str]]:
    """Yield key and path of every data file that experiments name."""
    for name, experiment in config.experiments.sequence.items():
        key = f"experiments.sequence.{name}"
        for label, sites in experiment.sites.items():
            yield f"{key}.sites.{label}.path", sites.path
            if sites.bigwig:
                yield f"{key}.sites.{label}.bigwig", sites.bigwig
        for number, file in enumerate(experiment.sequences):
            yield f"{key}.sequences.{number}.path", file.path
        if experiment.windows.blacklist:
            yield f"{key}.windows.blacklist", experiment.windows.blacklist
        if experiment.negatives.path:
            yield f"{key}.negatives.path", experiment.negatives.path
        if experiment.maps and experiment.maps.bed:
            yield f"{key}.maps.bed", experiment.maps.bed
        for kind in ("regions", "records"):
            for file_name, further in getattr(experiment, kind).items():
                yield f"{key}.{kind}.{file_name}.path", further.path
        for file_name, variants in experiment.variants.items():
            yield f"{key}.variants.{file_name}.path", variants.path
            if variants.covariate_table:
                yield f"{key}.variants.{file_name}.covariate_table", variants.covariate_table
    for name, image in config.experiments.image.items():
        if image.cells:
            yield f"experiments.image.{name}.cells.path", image.cells.path


def local_files(config: Config) -> Iterator[tuple[str, str]]:
    """Yield key and path of every file that must already be on this machine."""
    made = {path for name, reference in config.references.items() for path in simulated_files(config, name, reference)}
    for key, path in experiment_files(config):
        if not is_address(path) and path not in made:
            yield key, path.removeprefix("file://")
    for name, reference in config.references.items():
        if reference.mirrors and not any(is_address(mirror) for mirror in reference.mirrors):
            found = [mirror for mirror in reference.mirrors if Path(mirror.removeprefix("file://")).is_file()]
            if not found:
                yield f"references.{name}.mirrors", reference.mirrors[0].removeprefix("file://")


def simulated_sites(config: Config, name: str, reference: Reference) -> list[str]:
    """Return the site files that a simulated reference brings, one per factor."""
    factors = reference.simulate.factors if reference.simulate else {}
    return [f"{config.results}/references/{name}/sites/{factor}.bed" for factor in factors]


def simulated_files(config: Config, name: str, reference: Reference) -> list[str]:
    """Return all files of a simulated reference that experiments may name: sites and variants."""
    own = [f"{config.results}/references/{name}/variants.vcf.gz"] if reference.simulate else []
    return simulated_sites(config, name, reference) + own


def check_site_files(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Read the first rows of every site file that is there: columns, integers, scores."""
    for label, sites in experiment.sites.items():
        path = Path(sites.path.removeprefix("file://"))
        if path.is_file():
            scored = sites.min_score is not None or sites.value == "score"
            try:
                check_sites(path, scored, experiment.windows.center)
            except InputError as error:
                raise InputError(f"config: {key}.sites.{label}.path: {error}") from None


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
        where = f"config: {key}.{name}"
        check_reference(where, variants.reference or experiment.reference, config)
        if experiment.alphabet != "dna":
            raise InputError(f"{where}: variants are of DNA; the experiment reads {experiment.alphabet}")
        window, path = experiment.windows.length, Path(variants.path.removeprefix("file://"))
        for shift in variants.shifts if experiment.sites else []:
            if not 0 <= window // 2 - shift < window:
                raise InputError(f"{where}.shifts: {shift}; windows of {window} would not hold the variant")
        if path.is_file():
            check_info(where, variants, path)


def check_reference(where: str, reference: str | None, config: Config) -> None:
    """Refuse a genome that the configuration does not name."""
    if reference not in config.references:
        known = ", ".join(config.references) or "none"
        raise InputError(f"{where}.reference: {reference or 'none'}; a block under references; known: {known}")


def check_regions(key: str, experiment: SequenceExperiment, config: Config) -> None:
    """Look for the genome of further intervals, and read their first rows where the file is here."""
    for name, regions in experiment.regions.items():
        where, path = f"config: {key}.{name}", Path(regions.path.removeprefix("file://"))
        check_reference(where, regions.reference or experiment.reference, config)
        if path.is_file():
            try:
                check_sites(path, False, regions.center)
            except InputError as error:
                raise InputError(f"{where}.path: {error}") from None


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


def check_database(key: str, experiment: SequenceExperiment) -> None:
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
