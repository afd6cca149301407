"""The only definition of the configuration: keys, types, defaults, limits and descriptions.

The JSON schema (``workflow/schemas``) and the table in ``config/README.md`` are generated from these classes.
Every step receives the one section that it needs as JSON, so that a change elsewhere reruns nothing.
"""

from typing import Any

from pydantic import Field, ValidationError, model_validator

from convoscope.config.base import Device, Name, Section, require
from convoscope.config.image import Cells, ImageExperiment, Interpretation
from convoscope.config.learning import Evaluation, Model, Training
from convoscope.config.reference import Reference, Simulation
from convoscope.config.search import Range, Search, with_settings
from convoscope.config.sequence import (
    RESERVED,
    Motifs,
    Negatives,
    SequenceExperiment,
    SequenceFile,
    Sites,
    Split,
    Windows,
)
from convoscope.config.specs import EncodeSpec, SequencesSpec, SplitCellsSpec, WindowsSpec
from convoscope.config.uses import Hits, Maps, Modisco, Pairs, Records, Regions, Tracks, Variants
from convoscope.errors import RESULTS, InputError, error_line

__all__ = [
    "RESERVED",
    "Cells",
    "Config",
    "EncodeSpec",
    "Evaluation",
    "Experiments",
    "Hits",
    "ImageExperiment",
    "Interpretation",
    "Maps",
    "Model",
    "Modisco",
    "Motifs",
    "Negatives",
    "Pairs",
    "Range",
    "Records",
    "Reference",
    "Regions",
    "Search",
    "Section",
    "SequenceExperiment",
    "SequenceFile",
    "SequencesSpec",
    "Simulation",
    "Sites",
    "Split",
    "SplitCellsSpec",
    "Tracks",
    "Training",
    "Variants",
    "Windows",
    "WindowsSpec",
    "known_keys",
    "load_config",
    "with_settings",
]

RESERVED_EXPERIMENTS = ("references", "downloads", "logs")
RESERVED_ENDINGS = (".html", ".json", ".tsv", ".txt")  # of the files next to the folders of experiments


class Experiments(Section):
    """All experiments, by kind of data."""

    sequence: dict[Name, SequenceExperiment] = Field({}, description="experiments on sequences")
    image: dict[Name, ImageExperiment] = Field({}, description="experiments on images of cells")

    @model_validator(mode="after")
    def names_free(self) -> "Experiments":
        """Refuse names of folders and files that the workflow needs for itself."""
        names = sorted({*self.sequence, *self.image})
        taken = [name for name in names if name in RESERVED_EXPERIMENTS or name.endswith(RESERVED_ENDINGS)]
        require(self, not taken, f"{', '.join(taken)}: reserved for what is in the results; choose another name")
        twice = sorted(set(self.sequence) & set(self.image))
        return require(self, not twice, f"{', '.join(twice)}: under sequence and image; each needs its own name")


class Config(Section):
    """The whole configuration."""

    results: str = Field("results", pattern=RESULTS, description="folder of everything that the workflow writes")
    device: Device = Field(
        "auto", description="`cuda` fails at once where there is none; `auto` falls back to the CPU and says so"
    )
    references: dict[Name, Reference] = Field({}, description="genomes by name")
    experiments: Experiments = Field(Experiments(), description="experiments by kind and name")

    @model_validator(mode="after")
    def references_exist(self) -> "Config":
        """Experiments name references that are there."""
        known = ", ".join(self.references) or "none is defined"
        for name, experiment in self.experiments.sequence.items():
            found = experiment.reference is None or experiment.reference in self.references
            require(
                self,
                found,
                f"experiments.sequence.{name}.reference: no reference {experiment.reference!r}; known: {known}",
            )
        return self


def known_keys() -> set[str]:
    """Return the keys of all sections, from which an error proposes one for an unknown key."""
    return {key for section in Section.__subclasses__() for key in section.model_fields}


def load_config(content: dict[str, Any]) -> Config:
    """Check a configuration and fill in its defaults.

    Raises
    ------
    InputError
        With a line for every key that is wrong: its dotted name and what is allowed there.
    """
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        keys = known_keys()
        lines = [f"config: {error_line(problem, keys)}" for problem in error.errors(include_url=False)]
        raise InputError("\n".join(lines)) from None
