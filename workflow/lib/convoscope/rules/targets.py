"""What `rule all` asks for, and what each figure and page of the report is drawn from."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from convoscope.preflight import simulated_files
from convoscope.report.items import ARTIFACTS, ITEMS, Item, file_of
from convoscope.rules.base import Experiments, Function


class Targets(Experiments):
    """The items of `convoscope.report.items` that each experiment has."""

    def features(self, name: str, kind: str = "", block: str = "") -> set[str]:
        """Return what an experiment has, and one block of a section of it, in the words of ``report/items.py``.

        That is the kind of its data, every section that is set, and what is known of simulated data.
        """
        experiment = self.all[name]
        has = {"image" if name in self.image else "sequence", *(key for key, value in experiment if value)}
        if name in self.sequence and self.simulated(name):
            has.add("planted")
        reference = self.config.references.get(getattr(experiment, "reference", None) or "")
        has |= {"genes"} if reference and reference.genes else set()
        if kind:
            settings = getattr(experiment, kind)[block]
            has |= {key for key, value in settings if value}
            own = getattr(settings, "reference", None) in (None, getattr(experiment, "reference", None))
            has |= {"own_genome"} if own else set()
            has |= {"simulated"} if kind == "variants" and self._made_here(name, settings.path) else set()
        return has

    def _made_here(self, name: str, path: str) -> bool:
        """Tell whether a file is one of the experiment's own simulated reference."""
        reference = self.sequence[name].reference
        return reference is not None and path in simulated_files(
            self.config, reference, self.config.references[reference]
        )

    def blocks(self, name: str, item: Item) -> list[tuple[str, str]]:
        """Return section and name of every block for which an experiment has an item; empty words for one of all."""
        found = [(kind, block) for kind in item.per for block in getattr(self.all[name], kind, {})]
        every = found if item.per else [("", "")]
        return [pair for pair in every if set(item.wanted) <= self.features(name, *pair)]

    def artifact(self, name: str) -> Function:
        """Return an input function: the files of an artifact that the experiment has."""
        return lambda wildcards: self.paths(name, wildcards.experiment, dict(wildcards.items()))

    def paths(self, name: str, experiment: str, block: Mapping[str, str]) -> list[str]:
        """Return the files of an artifact that an experiment has; ``block``: ``kind`` and name, where it is of one."""
        path, wanted = ARTIFACTS[name].path, ARTIFACTS[name].wanted
        if not set(wanted) <= self.features(experiment):
            return []
        settings = self.all[experiment]
        known: dict[str, list[Any]] = {
            "examples": ["windows" if experiment in self.sequence else "crops"],
            "reference": [getattr(settings, "reference", None)],
            "fold": settings.folds,
            "seed": settings.seeds,
            "rung": list(self.rungs(experiment).values()),
            "experiment": [experiment],
        }
        return list(_filled(f"{self.results}/{path}", known | {key: [text] for key, text in block.items()}))

    def figures(self, name: str) -> list[str]:
        """Return the figures and pages of one experiment."""
        return [file for _, file in self.shown(name)]

    def shown(self, name: str) -> list[tuple[str, str]]:
        """Return the items of one experiment, each with its figure or page."""
        return [("model_card", "model_card.html")] + [
            (item, file_of(item).format(kind=kind, block=block))
            for item, row in ITEMS.items()
            for kind, block in self.blocks(name, row)
        ]

    def of_index(self) -> dict[str, list[str]]:
        """Return every figure and page of the report, by item."""
        found: dict[str, list[str]] = {"summary": [f"{self.results}/summary.html"]}
        for name in self.all:
            for item, file in self.shown(name):
                found.setdefault(item, []).append(f"{self.results}/{name}/figures/{file}")
        return found

    def of_experiment(self, name: str) -> list[str]:
        """Return every file of one experiment that is asked for."""
        experiment = self.all[name]
        wanted = {
            "data/one_hot.npy": getattr(experiment, "export_one_hot", False),
            "hits.bed.gz": name in self.genomic and getattr(experiment, "hits", None),
            "igv_session.xml": name in self.genomic,
            "embeddings.npz": name in self.image,
            "predictions.h5ad": True,
        }
        files = [f"figures/{figure}" for figure in self.figures(name)]
        files += [file for file, there in wanted.items() if there]
        return [f"{self.results}/{name}/{file}" for file in files]

    def everything(self) -> list[str]:
        """Return every file that `rule all` asks for."""
        files = [file for name in self.all for file in self.of_experiment(name)]
        files += [f"{self.results}/logs/{name}/whole" for name in self.all]
        tables = {
            "index.html": self.all,
            "summary.html": self.all,
            "scores.tsv": self.sequence,
            "cells.tsv": self.image,
        }
        return files + [f"{self.results}/{table}" for table, experiments in tables.items() if experiments]

    def manifest(self) -> list[str]:
        """Return the manifest of everything, if there is anything."""
        return [f"{self.results}/ro-crate-metadata.json"] if self.all else []


def _filled(path: str, values: dict[str, list[Any]]) -> Iterator[str]:
    """Yield a path with every combination of the values of the wildcards in it."""
    there = {key: choices for key, choices in values.items() if f"{{{key}}}" in path}
    for chosen in product(*there.values()):
        yield path.format(**dict(zip(there, chosen, strict=True)))
