"""Write a configuration for data in a folder; `make yeast`, `deepbind`, `fasta` and `cells` call it.

Each command prints YAML: what the named example leaves open is where the files lie on this machine.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from convoscope.draft import safe_name
from convoscope.errors import InputError
from convoscope.image.columns import read_columns

EXAMPLES = Path(__file__).parent
TABLES = ("cells.tsv", "cells.csv")
YEAST_FACTORS = ("Reb1", "Abf1", "Rap1", "Cbf1", "Fkh1")


class MissingError(Exception):
    """A file or folder that is not there."""


def there(path: Path) -> str:
    """Return an existing file's absolute path."""
    if not path.is_file():
        raise MissingError(f"{path}: no such file")
    return str(path.resolve())


def example(name: str) -> dict[str, Any]:
    """Read one of the example configurations."""
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def yeast(data: Path) -> dict[str, Any]:
    """Point the yeast example at ``sacCer3.fa.gz``, ``blacklist.bed`` and ``peaks/<factor>.bed`` of a folder."""
    config = example("yeast-chipexo.yaml")
    config["results"] = "results/yeast"
    config["references"]["sacCer3"] = {"mirrors": [there(data / "sacCer3.fa.gz")]}
    for experiment in config["experiments"]["sequence"].values():
        experiment["windows"]["blacklist"] = there(data / "blacklist.bed")
        for factor, sites in experiment["sites"].items():
            sites["path"] = there(data / "peaks" / f"{factor}.bed")
    return config


def deepbind(data: Path, name: str = "deepbind.yaml") -> dict[str, Any]:
    """Make one experiment of every pair ``<name>_AC.seq.gz``, ``<name>_B.seq.gz`` in a folder."""
    config = example(name)
    template = config["experiments"]["sequence"].pop("template")
    for train in sorted(data.glob("*_AC.seq.gz")):
        pair = train.name.removesuffix("_AC.seq.gz")
        files = [train, data / f"{pair}_B.seq.gz"]
        given = [{**shared, "path": there(file)} for shared, file in zip(template["sequences"], files, strict=True)]
        key = pair.split("_")[0] if pair.split("_")[0] not in config["experiments"]["sequence"] else pair
        config["experiments"]["sequence"][safe_name(key)] = {**template, "sequences": given}
    if not config["experiments"]["sequence"]:
        raise MissingError(f"{data}: no file *_AC.seq.gz in this folder")
    return config


def fasta(positive: Path, negative: Path) -> dict[str, Any]:
    """Make one cross-validated experiment of two FASTA files."""
    config = example("fasta.yaml")
    template = config["experiments"]["sequence"].pop("template")
    files = [positive, negative]
    given = [{**shared, "path": there(file)} for shared, file in zip(template["sequences"], files, strict=True)]
    config["experiments"]["sequence"][safe_name(positive.name.split(".")[0])] = {**template, "sequences": given}
    return config


def cells(data: Path, label: str, group: str) -> dict[str, Any]:
    """Make one cross-validated experiment of ``cells.tsv``, or ``cells.csv``, in a folder, its groups kept together.

    The size of the crops is left open, so that it is that of the images.
    """
    config = example("cells.yaml")
    experiment = config["experiments"]["image"].pop("template")
    table = next((data / name for name in TABLES if (data / name).is_file()), data / TABLES[0])
    experiment["cells"]["path"] = there(table)
    experiment.update(labels=[label], groups=[group])
    rows = labelled_groups(table, label, group)
    experiment["split"].update(by=[group], folds=fitting_folds(rows, experiment["split"]["folds"]))
    config["experiments"]["image"][safe_name(data.resolve().name)] = experiment
    return config


def labelled_groups(table: Path, label: str, group: str) -> list[tuple[str, str]]:
    """Return label and group of every cell of a table that has both."""
    columns = read_columns(table, list(dict.fromkeys([label, group])))
    pairs = zip(columns[label], columns[group], strict=True)
    found = [(str(name), str(value)) for name, value in pairs if name and value]
    if not found:
        raise MissingError(f"{table}: no cell has a {label} and a {group}")
    return found


def fitting_folds(rows: list[tuple[str, str]], most: int) -> int:
    """Return as many folds as every class has groups, three at least: with fewer groups the workflow says why not."""
    groups = defaultdict(set)
    for label, group in rows:
        groups[label].add(group)
    return max(3, min([most, *(len(values) for values in groups.values())]))


COMMANDS = {
    "yeast": (yeast, ["DATA"]),
    "deepbind": (deepbind, ["DATA"]),
    "deepbind-search": (lambda data: deepbind(data, "deepbind-search.yaml"), ["DATA"]),
    "fasta": (fasta, ["POSITIVE", "NEGATIVE"]),
    "cells": (cells, ["DATA", "LABEL", "GROUP"]),
}


def main() -> int:
    """Print the configuration, or one line of what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("paths", nargs="*")
    given = parser.parse_args()
    make, names = COMMANDS[given.command]
    paths = [path for path in given.paths if path]
    if len(paths) != len(names):
        usage = " ".join(f"{name}=<path>" for name in names)
        sys.stderr.write(
            f"ERROR: make {given.command}: {len(paths)} path(s) given; call it as make {given.command} {usage}\n"
        )
        return 2
    try:
        config = make(Path(paths[0]), *(paths[1:] if given.command == "cells" else map(Path, paths[1:])))
    except (MissingError, InputError) as error:
        sys.stderr.write(f"ERROR: make {given.command}: {error}\n")
        return 2
    sys.stdout.write(yaml.safe_dump(config, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
