"""The experiments of a configuration as the rules of the workflow ask for them."""

from collections.abc import Callable, Iterable
from typing import Any

from convoscope.config import Config, ImageExperiment, SequenceExperiment, Simulation
from convoscope.rules.arguments import Arguments

Wildcards = Any  # Snakemake's: an attribute for each
Function = Callable[[Wildcards], Any]


def any_of(names: Iterable[str]) -> str:
    r"""Return a regular expression for exactly these names; one that matches nothing when there are none.

    >>> any_of(["a.b", "c+"]), any_of([])
    ('a\\.b|c\\+', '$^')
    """
    return "|".join(name.replace(".", r"\.").replace("+", r"\+") for name in names) or "$^"


class Experiments:
    """The experiments of a configuration by kind of data, and what they have in common."""

    def __init__(self, config: Config, arguments: Arguments | None = None) -> None:
        self.config = config
        self.arguments = arguments or Arguments(config.results)
        self.results = config.results
        self.sequence = config.experiments.sequence
        self.image = config.experiments.image
        self.all: dict[str, SequenceExperiment | ImageExperiment] = {**self.sequence, **self.image}

    @property
    def genomic(self) -> list[str]:
        """Names of the experiments on a reference."""
        return [name for name, experiment in self.sequence.items() if experiment.reference]

    def simulated(self, name: str) -> bool:
        """Tell whether the data of an experiment are simulated, so that the truth is known."""
        if name in self.image:
            return self.image[name].simulate is not None
        reference = self.sequence[name].reference
        return reference is not None and self.config.references[reference].simulate is not None

    def ceiling(self, name: str) -> Simulation | None:
        """Return the simulation of an experiment whose best possible score is known: of peaks that it made."""
        experiment = self.sequence.get(name)
        if experiment is None or not self.simulated(name) or experiment.task != "multilabel":
            return None
        folder = f"{self.results}/references/{experiment.reference}/sites"
        own = all(
            one.path == f"{folder}/{label}.bed" and one.model_fields_set == {"path"}
            for label, one in experiment.sites.items()
        )
        simulation = self.config.references[str(experiment.reference)].simulate
        return simulation if own and experiment.alphabet == "dna" else None

    def rungs(self, name: str) -> dict[str, str]:
        """Return an experiment's folders by what its splits keep together: cells alone, its own, the rest."""
        if name not in self.image:
            return {}
        experiment = self.image[name]
        own = " and ".join(experiment.split.by) or "cell"
        found = {rung: f"{name}/by.{rung}" for rung in experiment.ladder}
        easiest = {rung: path for rung, path in found.items() if rung == "cell"}
        return {**easiest, own: name, **found}
