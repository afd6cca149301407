"""Where the files of an experiment are: those that are given, and those that other rules make."""

from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from convoscope.config import Cells
from convoscope.download.addresses import is_address, redacted
from convoscope.download.credentials import identity, sealed
from convoscope.preflight import addresses
from convoscope.rules.base import Experiments, Function, Wildcards


class Files(Experiments):
    """Input functions: paths of an experiment's files."""

    def local(self, path: str) -> str:
        """Return where a file is that may be an address: fetched once, named by the address."""
        if not is_address(path):
            return path.removeprefix("file://")
        # Without the query, which may be longer than a file name, and whatever may be a credential.
        name = Path(urlsplit(redacted(path)).path).name.partition(";")[0][-80:]
        return f"{self.results}/downloads/{identity(path)}-{name}"

    @cached_property
    def downloads(self) -> dict[str, str]:
        """Addresses of all files that are fetched, by their paths."""
        return {self.local(address): address for address in addresses(self.config)}

    def address(self, wildcards: Wildcards) -> str:
        """Return what stands in a command for the address of a file that is fetched."""
        return sealed(self.downloads[f"{self.results}/downloads/{wildcards.file}"])

    def examples_of(self, experiment: str) -> str:
        """Return the table of an experiment's examples, windows or crops."""
        table = "windows.tsv" if experiment in self.sequence else "crops.tsv"
        return f"{self.results}/{experiment}/data/{table}"

    def networks_of(self, experiment: str, name: str) -> list[str]:
        """Return one file of every network of an experiment."""
        one = self.all[experiment]
        return [f"{self.results}/{experiment}/{fold}/{seed}/{name}" for fold in one.folds for seed in one.seeds]

    def examples(self, wildcards: Wildcards) -> str:
        """Return the table of the experiment's examples."""
        return self.examples_of(wildcards.experiment)

    def networks(self, name: str) -> Function:
        """Return one file of every network of the experiment."""
        return lambda wildcards: self.networks_of(wildcards.experiment, name)

    def weights(self, wildcards: Wildcards) -> list[str]:
        """Return the network that an experiment's trainings start from, if there is one."""
        path = self.all[wildcards.experiment].model.weights
        return [self.local(path)] if path else []

    def first_network(self, wildcards: Wildcards) -> str:
        """Return the first network of an experiment."""
        return self.networks("model.safetensors")(wildcards)[0]

    def onnx(self, wildcards: Wildcards) -> list[str]:
        """Return the networks of an experiment as ONNX, if it exports them."""
        return self.networks("model.onnx")(wildcards) if self.all[wildcards.experiment].onnx else []

    def given(self, option: str) -> Function:
        """Return the data files of an experiment on sequences for one option of a verb."""
        return lambda wildcards: self._given(wildcards)[option]

    def all_given(self, wildcards: Wildcards) -> list[str]:
        """Return every data file of an experiment on sequences, for the card's checksums."""
        return [path for paths in self._given(wildcards).values() for path in paths]

    def _given(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Return data files of an experiment by the option of the verb that reads them."""
        experiment = self.sequence[wildcards.experiment]
        found: dict[str, list[str | None]] = {
            "sites": [sites.path for sites in experiment.sites.values()],
            "bigwigs": [sites.bigwig for sites in experiment.sites.values()],
            "blacklist": [experiment.windows.blacklist],
            "negatives_file": [experiment.negatives.path],
            "files": [file.path for file in experiment.sequences],
        }
        return {option: [self.local(path) for path in paths if path] for option, paths in found.items()}

    def mapped_bed(self, wildcards: Wildcards) -> list[str]:
        """Return the BED of further windows to map, if there is one."""
        maps = self.sequence[wildcards.experiment].maps
        return [self.local(maps.bed)] if maps and maps.bed else []

    def cells_section(self, wildcards: Wildcards) -> Cells:
        """Return how the table of cells is read: as configured, or as the simulation writes it."""
        simulated = f"{self.results}/{wildcards.experiment}/simulated/cells.tsv"
        return self.image[wildcards.experiment].cells or Cells(path=simulated, form="centres")

    def cells_table(self, wildcards: Wildcards) -> str:
        """Return the table of cells."""
        return self.local(self.cells_section(wildcards).path)

    def splits(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the metrics under every split of the ladder, by what it keeps together, if single cells are one."""
        found = self.rungs(wildcards.experiment)
        told_apart = "cell" in found and len(found) > 1
        return {split: f"{self.results}/{folder}/metrics.json" for split, folder in found.items()} if told_apart else {}

    def cells_given(self, wildcards: Wildcards) -> str:
        """Return the table of cells, or the folder that the simulation fills."""
        table = self.cells_table(wildcards)
        return str(Path(table).parent) if self.simulated(wildcards.experiment) else table
