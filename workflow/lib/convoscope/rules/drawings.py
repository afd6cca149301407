"""The jobs that draw the report: items of one experiment, or of one block of it, that are drawn together."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

from convoscope.report.items import ITEMS, file_of, reads, written_with
from convoscope.rules.arguments import Words
from convoscope.rules.base import Function
from convoscope.rules.sections import Sections
from convoscope.rules.targets import Targets


class Drawing(NamedTuple):
    """A job that draws ``items`` of an experiment; ``kind`` and ``block`` are empty where they are of no block."""

    job: str
    experiment: str
    kind: str
    block: str
    items: list[str]

    @property
    def name(self) -> str:
        """What the name of the rule ends in.

        >>> Drawing("data", "yeast", "", "", []).name, Drawing("predicted", "yeast", "regions", "own", []).name
        ('data_yeast', 'predicted_yeast.regions.own')
        """
        return f"{self.job}_{'.'.join(filter(None, (self.experiment, self.kind, self.block)))}"

    @property
    def log(self) -> str:
        """Name of the log in the folder of the experiment.

        >>> Drawing("predicted", "yeast", "regions", "own", []).log
        'draw_predicted.regions.own.log'
        """
        return ".".join(filter(None, (f"draw_{self.job}", self.kind, self.block, "log")))

    @property
    def block_of(self) -> dict[str, str]:
        """Section and name of the block, where it is of one."""
        return {"kind": self.kind, "block": self.block} if self.block else {}

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield every item with its figure or page."""
        for item in self.items:
            yield item, file_of(item).format(kind=self.kind, block=self.block)

    def copies(self) -> list[str]:
        """Return what is written next to figures and pages."""
        return [copy for _, file in self.files() for copy in written_with(file)]


class Drawings(Targets):
    """What the rules that draw are given."""

    def jobs(self) -> list[Drawing]:
        """Return every job, in the order of the experiments."""
        found: dict[tuple[str, str, str, str], list[str]] = {}
        for name in self.all:
            for item, row in ITEMS.items():
                for kind, block in self.blocks(name, row):
                    found.setdefault((row.together or item, name, kind, block), []).append(item)
        return [Drawing(*key, items) for key, items in found.items()]

    def inputs(self, drawing: Drawing) -> dict[str, list[str]]:
        """Return the files that a job reads, by the names of their artifacts."""
        return {name: self.paths(name, drawing.experiment, drawing.block_of) for name in reads(drawing.items)}

    def options(self, drawing: Drawing) -> Function:
        """Return a params function: the section that the items need, and the name of their block."""
        spec = next((ITEMS[item].spec for item in drawing.items if ITEMS[item].spec), "")
        sections = Sections(self.config, self.arguments)
        kinds = {"experiment": sections.whole, "block": sections.block(drawing.kind)}
        of = SimpleNamespace(experiment=drawing.experiment, block=drawing.block)
        named = ["--name", drawing.block] if drawing.block else []

        def words(wildcards: object) -> Words:
            return Words([*named, "--spec", kinds.get(spec, sections.one(spec))(of)] if spec else named)

        return words
