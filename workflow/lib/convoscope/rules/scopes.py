"""Files of the choice of what the intensities of cells are normalised by."""

from functools import cached_property

from convoscope.config.image import AUTO
from convoscope.image.columns import read_header
from convoscope.preflight.given import here
from convoscope.rules.base import Wildcards
from convoscope.rules.files import Files


class Scopes(Files):
    """Input and params functions of the experiments on images whose folds choose their normalisation."""

    @cached_property
    def choosable(self) -> dict[str, list[str]]:
        """Columns of groups that are tried, by experiment; those where there is nothing to try are left out.

        Only columns that all cells to predict have too: a network could not read others. Tables that are not here are
        taken to have none. A column that names the split says nothing of brightness.
        """
        found = {}
        for name, experiment in self.image.items():
            paths = [here(cells.path) for cells in experiment.further_cells.values()]
            headers = [read_header(path) if path else [] for path in paths]
            groups = [column for column in experiment.groups if column != experiment.given_split]
            columns = [column for column in groups if all(column in header for header in headers)]
            if experiment.normalise.scope == AUTO and columns:
                found[name] = columns
        return found

    def columns(self, wildcards: Wildcards) -> list[str]:
        """Return the columns that an experiment tries."""
        return self.arguments.words("columns", self.choosable[wildcards.experiment], wildcards)

    def choices(self, wildcards: Wildcards) -> list[str]:
        """Return what the folds of an experiment choose, those of its ladder too; nothing where nothing is tried."""
        experiment = wildcards.experiment
        folds = self.image[experiment].all_folds if experiment in self.choosable else []
        return [f"{self.results}/{experiment}/data/normalisation/{fold}.json" for fold in folds]
