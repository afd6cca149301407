"""What the JSON files between two steps say: data cards and metrics, checked where they are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from convoscope.config.base import AlphabetName, Count, Share, TaskName, Unknown
from convoscope.config.strands import Direction, Strands
from convoscope.errors import InputError, first_error
from convoscope.files import Block, read_json

Names = Annotated[list[str], Field(min_length=1)]
Estimates = dict[str, dict[str, dict[str, float | None]]]  # label to metric to value, low, high, n, p
LONGEST = 200  # letters of what a damaged file holds in an error
ABSENT: Any = None  # default of a key that a file may lack; as a value it is refused
REMEDY = "remove the file and run again"


class Artifact(BaseModel):
    """A file that one step writes and others read: keys that it has are of these types, and it may have more."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Fold(Artifact):
    """Which values of the column ``fold`` train, validate and test."""

    train: list[str]
    validation: list[str]
    test: list[str]
    column: str = "fold"
    group: str = "group"


class Levels(Artifact):
    """Offset and scale of each channel."""

    offset: Annotated[list[float], Field(min_length=1)]
    scale: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]


class ScopeTrial(Artifact):
    """What a short training with one scope of normalisation reached on the validation split."""

    metric: float | None
    loss: float | None


class FoldNormalisation(Artifact):
    """How the crops of one fold are normalised, and the trials that chose it, by scope."""

    strategy: str
    scope: str
    figures: Levels | dict[str, Levels] | None
    trials: dict[str, ScopeTrial] = {}


class Normalisation(Artifact):
    """How crops are normalised: by statistics of a fold, of groups, or of each crop alone; or as each fold chose."""

    strategy: str
    scope: str
    figures: Levels | dict[str, Levels] | None = None
    folds: dict[str, FoldNormalisation] = ABSENT


class ScopeChoice(Artifact):
    """What the verb ``choose-normalisation`` writes: the scope of one fold, and the trials that chose it."""

    fold: str
    scope: str
    trials: dict[str, ScopeTrial] = {}


class Card(Artifact):
    """What ``card.json`` says of an experiment's examples."""

    labels: Names
    modality: Literal["sequence", "image"] = ABSENT
    task: TaskName = ABSENT
    folds: dict[str, Fold] = ABSENT
    counts: dict[str, dict[str, float]] = ABSENT
    inputs: dict[str, str] = ABSENT
    versions: dict[str, str] = ABSENT
    alphabet: AlphabetName = ABSENT
    unknown: Unknown = ABSENT
    strands: Strands = ABSENT
    direction: Direction = ABSENT
    ask_strand: bool = False
    window: Count = ABSENT
    channel_names: Names = ABSENT
    space: Annotated[list[Count], Field(min_length=1, max_length=2)] = ABSENT
    dtype: Literal["uint8", "uint16"] = ABSENT
    normalise: Normalisation = ABSENT
    groups: list[str] = ABSENT


class Metrics(Artifact):
    """What ``metrics.json`` says of an ensemble and its baselines."""

    task: TaskName
    model: Estimates
    baselines: dict[str, Estimates] = {}
    ceiling: Estimates = {}
    differences: dict[str, Estimates] = {}
    confidence: Share = ABSENT
    bootstrap: Count = ABSENT
    groups: dict[str, int] = {}
    few_groups: list[str] = []
    thresholds: dict[str, dict[str, dict[str, float]]] = {}  # method to label to fold; without calls there is none
    temperatures: dict[str, dict[str, Annotated[float, Field(gt=0)]]] = {}
    overall: Estimates = {}
    votes: dict[str, dict[str, dict[str, float | None] | float | None]] = ABSENT  # group to metric, or its number
    confusion: list[list[int]] = ABSENT


class Caution(Artifact):
    """What speaks against an experiment: the item of the report that shows it, what was found, and what to try."""

    item: str
    found: str
    advice: str


class Overview(Artifact):
    """What ``overview.json`` says of an experiment, for the first page of the report."""

    name: str
    modality: Literal["sequence", "image"]
    verdict: Literal["ahead", "behind", "undecided", ""]
    sentence: str
    cautions: list[Caution]
    steps: dict[str, str]
    use: str
    methods: str


class RankedTrial(Artifact):
    """One trial of a search, with its validation metric or loss; none if it diverged."""

    trial: int
    value: float | None
    settings: dict[str, Any]


class Ranking(Artifact):
    """What ``best.json`` and the rankings of earlier rungs say of a search, from best to worst."""

    ranked: list[RankedTrial]
    rung: int = ABSENT
    epochs: int | None = None
    metric: Literal["metric", "loss"] = ABSENT
    survivors: list[int] = ABSENT


class Choices(Artifact):
    """What ``search/best.json`` says: the trial that every fold chose."""

    folds: dict[str, RankedTrial]
    trials: int = ABSENT


class Trial(RankedTrial):
    """What one trial reached in one rung: value and epochs of every part of the data that validated it."""

    rung: int
    values: dict[str, float | None]
    history: dict[str, list[Annotated[list[float | None], Field(min_length=3, max_length=3)]]]  # epoch, loss, metric


def read_artifact(path: Path, kind: type[Artifact], needed: Sequence[str] = ()) -> dict[str, Any]:
    """Read one JSON file of a kind; a key that it lacks is an `InputError` when it is asked for.

    Parameters
    ----------
    path
        The file.
    kind
        What its keys are.
    needed
        Keys that a caller cannot do without.

    Raises
    ------
    InputError
        With the name of the file, the key and what was found.
    """
    content = read_json(path)
    if not isinstance(content, Block):
        raise InputError(f"{path}: {str(content)[:40]!r}; a block of keys is expected; {REMEDY}")
    for name in needed:
        content[name]
    try:
        kind.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error)[:LONGEST]}; {REMEDY}") from None
    return content


def read_choices(path: Path) -> dict[str, dict[str, Any]]:
    """Read what a search chose: trial, value and settings of every fold."""
    return dict(read_artifact(path, Choices, ["folds"])["folds"])


def read_metrics(path: Path) -> dict[str, Any]:
    """Read ``metrics.json``; a confusion table has a row and a column for every label."""
    content = read_artifact(path, Metrics, ["task", "model"])
    table = content.get("confusion")
    if table and any(len(row) != len(table) for row in table):
        raise InputError(f"{path}: confusion is no square table; {REMEDY}")
    return content


def read_overview(path: Path) -> dict[str, Any]:
    """Read what the first page of the report says of an experiment."""
    return dict(read_artifact(path, Overview, list(Overview.model_fields)))
