"""Files of searches of settings and of sanity controls."""

from convoscope.config import Search
from convoscope.rules.base import Function, Wildcards
from convoscope.rules.files import Files

PERMUTED, SHUFFLED = "permuted_labels", "shuffled_inputs"


class Searches(Files):
    """Input and params functions of the search of an experiment, fold by fold."""

    @property
    def names(self) -> list[str]:
        """Names of the experiments with a search."""
        return [name for name, experiment in self.all.items() if experiment.search]

    def _search(self, wildcards: Wildcards) -> Search:
        """Return the section of an experiment that has one."""
        search = self.all[wildcards.experiment].search
        assert search is not None
        return search

    def folder(self, wildcards: Wildcards) -> str:
        """Return the folder of the search of one fold."""
        return f"{self.results}/{wildcards.experiment}/search/{wildcards.fold}"

    def states(self, wildcards: Wildcards) -> str:
        """Return the folder of the trials' states."""
        return f"{self.folder(wildcards)}/states"

    def parts(self, wildcards: Wildcards) -> list[str]:
        """Return the options of the parts that a search makes of the data, or nothing."""
        search = self._search(wildcards)
        option = self.arguments.option
        return [*option("parts", search.folds), *option("seed", search.seed)] if search.folds else []

    def best(self, wildcards: Wildcards) -> list[str]:
        """Return the last ranking of the fold's search, if there is one."""
        return [f"{self.folder(wildcards)}/best.json"] if self.all[wildcards.experiment].search else []

    def earlier(self, wildcards: Wildcards) -> list[str]:
        """Return the ranking of the rung before."""
        rung = int(wildcards.rung)
        return [f"{self.folder(wildcards)}/rung{rung - 1}.json"] if rung else []

    def rung(self, wildcards: Wildcards) -> int:
        """Return the number of the rung of a ranking."""
        last = wildcards.ranking == "best"
        return len(self._search(wildcards).rungs) if last else int(wildcards.ranking.removeprefix("rung"))

    def trials(self, wildcards: Wildcards) -> list[str]:
        """Return what the trials of a ranking reached."""
        rung = self.rung(wildcards)
        size = self._search(wildcards).sizes[rung]
        return [f"{self.folder(wildcards)}/rung{rung}/{place}.json" for place in range(size)]

    def collected(self, wildcards: Wildcards) -> list[str]:
        """Return the collected best settings of all folds, if there was a search."""
        found = self.all[wildcards.experiment].search
        return [f"{self.results}/{wildcards.experiment}/search/best.json"] if found else []

    def _folders(self, wildcards: Wildcards) -> list[str]:
        """Return the folder of every fold of the experiment's own split."""
        one = f"{self.results}/{wildcards.experiment}/search"
        return [f"{one}/{fold}" for fold in self.all[wildcards.experiment].folds]

    def every_ranking(self, wildcards: Wildcards) -> list[str]:
        """Return the rankings of all rungs of all folds."""
        names = [*(f"rung{rung}" for rung in range(len(self._search(wildcards).rungs))), "best"]
        return [f"{folder}/{name}.json" for folder in self._folders(wildcards) for name in names]

    def every_trial(self, wildcards: Wildcards) -> list[str]:
        """Return what the trials of all rungs of all folds reached."""
        sizes = self._search(wildcards).sizes
        return [
            f"{folder}/rung{rung}/{place}.json"
            for folder in self._folders(wildcards)
            for rung, size in enumerate(sizes)
            for place in range(size)
        ]


class Controls(Files):
    """Input functions of the sanity controls of an experiment."""

    kinds = (PERMUTED, SHUFFLED)

    def table(self, wildcards: Wildcards) -> str:
        """Return the examples of a control: permuted ones, or the experiment's."""
        own = f"{self.results}/{wildcards.experiment}/sanity/{PERMUTED}/examples.tsv"
        return own if wildcards.control == PERMUTED else self.examples(wildcards)

    def codes(self, wildcards: Wildcards) -> str:
        """Return the codes of a control: shuffled ones, or the experiment's."""
        folder = f"{self.results}/{wildcards.experiment}"
        return f"{folder}/sanity/{SHUFFLED}/codes.npy" if wildcards.control == SHUFFLED else f"{folder}/data/codes.npy"

    def first_seed(self, name: str) -> Function:
        """Return one file of the first seed's control networks, one for each fold."""

        def find(wildcards: Wildcards) -> list[str]:
            experiment = self.all[wildcards.experiment]
            folder = f"{self.results}/{wildcards.experiment}/sanity/{wildcards.control}"
            return [f"{folder}/{fold}/{experiment.seeds[0]}/{name}" for fold in experiment.folds]

        return find
