"""Everything that can be refused before the first job: the configuration, its files, its chromosomes."""

import logging
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from convoscope.config import Config, Reference, load_config
from convoscope.download.addresses import FETCHED, is_address, redacted
from convoscope.errors import InputError, Problems
from convoscope.files import open_text
from convoscope.preflight.checks import ON_SEQUENCES
from convoscope.preflight.genomes import check_genes
from convoscope.preflight.images import check_cells, check_further_cells
from convoscope.preflight.weights import check_weights, networks_made

log = logging.getLogger(__name__)
SHOWN = 8  # keys of many


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
        With a line for every problem: the dotted key, what was found and what is allowed. Keys come first; what
        they name is looked at when all keys are right.
    """
    problems = Problems()
    for file in files:
        with problems.at("config"):
            _refuse_repeated_keys(Path(file))
    problems.refuse()
    config = load_config(content)
    _check_paths(problems, config)
    for name, experiment in config.experiments.sequence.items():
        for check in ON_SEQUENCES:
            check(problems, f"config: experiments.sequence.{name}", experiment, config)
    for name in config.references:
        check_genes(problems, name, config)
    for name, images in config.experiments.image.items():
        check_cells(problems, f"config: experiments.image.{name}", images)
        check_further_cells(problems, f"config: experiments.image.{name}", images)
        check_weights(problems, f"config: experiments.image.{name}", images, config)
    problems.refuse()
    report_left(problems.left)
    return config


def report_left(places: list[str]) -> None:
    """Log in one line what only the jobs can check, for want of a library here; nothing where there is nothing."""
    keys = list(dict.fromkeys(place.removeprefix("config: ") for place in places))
    if keys:
        named = ", ".join(keys[:SHOWN]) + (f", … ({len(keys)} in all)" if len(keys) > SHOWN else "")
        log.warning("config: left to the jobs, because a library that reads it is not installed here: %s", named)


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the compiled one is faster
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


def _refuse_repeated_keys(path: Path) -> None:
    """Read a YAML file only to see that no block has a key twice, such as two labels of the same name."""
    with open_text(path) as stream:
        try:
            yaml.load(stream, StrictLoader)
        except yaml.YAMLError as error:
            raise InputError(f"{path}: not YAML ({' '.join(str(error).split())})") from None


def _check_paths(problems: Problems, config: Config) -> None:
    """Refuse paths that Snakemake would take for patterns, addresses that nothing can fetch, and missing files."""
    genomes = (
        (f"references.{name}.mirrors", mirror) for name, one in config.references.items() for mirror in one.mirrors
    )
    for key, path in (*data_files(config), *genomes):
        with problems.at(f"config: {key}"):
            _refuse_path(path)
    for key, path in _local_files(config):
        with problems.at(f"config: {key}"):
            if not Path(path).is_file():
                raise InputError(f"no file {path!r}; give a file, or an address with https:// or ftp://")


def _refuse_path(path: str) -> None:
    """Refuse a path with braces, and an address of a kind that is not fetched."""
    if {"{", "}"} & set(path):
        raise InputError(f"{redacted(path)!r}; a path without braces (in addresses write %7B and %7D)")
    if is_address(path) and not _is_usable(path):
        raise InputError(f"{redacted(path)!r}; an address with {', '.join(FETCHED)}, or a local path")


def _is_usable(address: str) -> bool:
    """Tell whether an address names a machine, and a way to fetch that is known."""
    try:
        parts = urlsplit(address)
        return parts.scheme in FETCHED and bool(parts.hostname) and parts.port != 0
    except ValueError:  # what is behind the colon is no port: a password that holds a slash, perhaps
        return False


def addresses(config: Config) -> list[str]:
    """Return every address of a data file in the configuration; mirrors have a rule of their own."""
    return sorted({path for _, path in data_files(config) if is_address(path)})


def mirrors(config: Config) -> list[str]:
    """Return every mirror of a reference in the configuration."""
    return [mirror for reference in config.references.values() for mirror in reference.mirrors]


def data_files(config: Config) -> Iterator[tuple[str, str]]:
    """Yield key and path of every data file that is named, but mirrors."""
    for name, experiment in config.experiments.sequence.items():
        key = f"experiments.sequence.{name}"
        for label, sites in experiment.sites.items():
            yield f"{key}.sites.{label}.path", sites.path
            if sites.bigwig:
                yield f"{key}.sites.{label}.bigwig", sites.bigwig
        for number, file in enumerate(experiment.sequences):
            yield f"{key}.sequences.{number}.path", file.path
        if experiment.model.weights:
            yield f"{key}.model.weights", experiment.model.weights
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
            if variants.sites:
                yield f"{key}.variants.{file_name}.sites", variants.sites
            if variants.covariate_table:
                yield f"{key}.variants.{file_name}.covariate_table", variants.covariate_table
    for name, reference in config.references.items():
        if reference.aliases:
            yield f"references.{name}.aliases", reference.aliases
        if reference.genes:
            yield f"references.{name}.genes", reference.genes
    for name, image in config.experiments.image.items():
        if image.model.weights:
            yield f"experiments.image.{name}.model.weights", image.model.weights
        if image.cells:
            yield f"experiments.image.{name}.cells.path", image.cells.path
        for file_name, cells in image.further_cells.items():
            yield f"experiments.image.{name}.further_cells.{file_name}.path", cells.path


def _local_files(config: Config) -> Iterator[tuple[str, str]]:
    """Yield key and path of every file that must already be on this machine."""
    made = {path for name, reference in config.references.items() for path in simulated_files(config, name, reference)}
    made |= set(networks_made(config))
    for key, path in data_files(config):
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
