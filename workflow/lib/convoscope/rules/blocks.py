"""Blocks of the configuration that each name one file to predict: intervals, sequences, variants; and their genome."""

from collections.abc import Callable
from typing import Any

from convoscope.config import Config
from convoscope.rules.arguments import Arguments
from convoscope.rules.base import Function, Wildcards
from convoscope.rules.files import Files

Words = list[str]
CHOSEN = {  # options by the key that they are taken from, in each section
    "regions": ("center", "center_column", "strand"),
    "records": ("step",),
    "variants": ("mismatch", "ends", "shifts"),
}


class Genomes(Files):
    """Input and params functions on the reference of an experiment."""

    def reference(self, wildcards: Wildcards) -> str | None:
        """Return the name of the reference."""
        return self.sequence[wildcards.experiment].reference

    def genome(self, name: str) -> Function:
        """Return a file of the reference."""
        return lambda wildcards: f"{self.results}/references/{self.reference(wildcards)}/{name}"

    def fasta(self, wildcards: Wildcards) -> str:
        """Return the genome, or the listed sequences in its role."""
        listed = f"{self.results}/{wildcards.experiment}/data/sequences.fa.gz"
        return self.genome("genome.fa.gz")(wildcards) if self.reference(wildcards) else listed

    def aliases(self, wildcards: Wildcards) -> Words:
        """Return the table of the contigs' names elsewhere, if the reference has one."""
        reference = self.reference(wildcards)
        path = self.config.references[reference].aliases if reference else None
        return [self.local(path)] if path else []

    def contigs(self, wildcards: Wildcards) -> Words:
        """Return options of the contigs' names elsewhere; the user's are of the experiment's own reference."""
        experiment = self.sequence[wildcards.experiment]
        own = experiment.reference in (None, self.reference(wildcards))
        pairs = [f"{old}={new}" for old, new in experiment.windows.rename.items()] if own else []
        renamed = self.arguments.option("rename", pairs, wildcards)
        return renamed + self.arguments.option("aliases", self.aliases(wildcards))

    def max_unknown(self, wildcards: Wildcards) -> float:
        """Return the largest share of unknown letters in a window."""
        return self.sequence[wildcards.experiment].windows.max_unknown

    def optional(self, name: str) -> Function:
        """Return an option with the data files that are given for it, or nothing when there are none."""
        return lambda wildcards: self.arguments.option(name, self.given(name)(wildcards), wildcards)


class Blocks(Genomes):
    """The same of the blocks of one section, which may each name a reference."""

    def __init__(self, section: str, config: Config, arguments: Arguments | None = None) -> None:
        super().__init__(config, arguments)
        self.section = section

    def names(self, having: str = "path") -> Words:
        """Return the names of all blocks in which a key is set."""
        every = [block for one in self.sequence.values() for block in getattr(one, self.section).items()]
        return sorted({name for name, block in every if getattr(block, having)})

    def block(self, wildcards: Wildcards) -> Any:
        """Return the block that a job is about."""
        return getattr(self.sequence[wildcards.experiment], self.section)[wildcards.block]

    def reference(self, wildcards: Wildcards) -> str | None:
        """Return the name of the block's own reference, else of the experiment's."""
        return getattr(self.block(wildcards), "reference", None) or super().reference(wildcards)

    def file(self, key: str = "path") -> Callable[[Wildcards], Words]:
        """Return the file that a block names by a key, if it does."""
        return lambda wildcards: [self.local(path) for path in [getattr(self.block(wildcards), key)] if path]

    def options(self, wildcards: Wildcards) -> Words:
        """Return the options that a block sets."""
        return self._options({key: getattr(self.block(wildcards), key) for key in CHOSEN[self.section]}, wildcards)

    def _options(self, values: dict[str, Any], wildcards: Wildcards) -> Words:
        """Return several options as words."""
        return [word for item in values.items() for word in self.arguments.option(*item, wildcards)]

    def info(self, wildcards: Wildcards) -> Words:
        """Return the option of the INFO fields that a block on variants names."""
        block = self.block(wildcards)
        fields = dict.fromkeys([block.measured, block.outcome, *block.covariates])
        return self.arguments.option("info", [name for name in fields if name], wildcards)

    def sites(self, wildcards: Wildcards) -> Words:
        """Return the options of the sites in whose windows variants are scored, or nothing."""
        windows = self.sequence[wildcards.experiment].windows
        given = {
            "center": windows.center,
            "center_column": windows.center_column,
            "strand": self.block(wildcards).strand,
        }
        files = self.file("sites")(wildcards)
        return self._options({"sites": files, **given}, wildcards) if files else []
