"""Rank the trials of one rung of a search."""

from pathlib import Path

from convoscope.artifacts import Trial, read_artifact
from convoscope.config import Search
from convoscope.errors import InputError
from convoscope.files import write_json
from convoscope.options import Input
from convoscope.training.trials import as_ranked, rank_trials, ranking


def search_rank(*, results: list[Input], spec: Search, rung: int, states: Path, ranked: Path) -> None:
    """Rank the trials of one rung of a search by their validation metric, the best first.

    Parameters
    ----------
    results
        What the trials of this rung reached, of the verb search-trial.
    spec
        Section search of the configuration as JSON.
    rung
        Number of the rung, from 0.
    states
        Folder of the states that search-trial writes; those of trials that do not go on are removed.
    ranked
        Ranking to write, JSON. That of the last rung is what the verb train takes as best.
    """
    if rung not in range(len(spec.sizes)) or len(results) != spec.sizes[rung]:
        raise InputError(f"--results: {len(results)} in rung {rung}; the search has {spec.sizes} trials in its rungs")
    trials = [as_ranked(read_artifact(path, Trial, ["trial", "value", "settings"])) for path in results]
    inorder = rank_trials(trials, spec.metric)
    going = [*spec.sizes[1:], 1][rung]
    facts = {"chosen_on": "validation", "metric": spec.metric, "rung": rung, "epochs": [*spec.rungs, None][rung]}
    write_json(ranked, ranking(inorder, going, **facts))
    last = rung == len(spec.rungs)
    kept = set() if last else {one.trial for one in inorder[:going]}
    for path in states.glob("*.ckpt"):
        if int(path.name.partition(".")[0]) not in kept:
            path.unlink(missing_ok=True)
