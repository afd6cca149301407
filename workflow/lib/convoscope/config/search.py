"""Section of a search of settings: which values are tried, how many, and how the best are found on validation."""

import difflib
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from convoscope.config.base import Count, Section, Seed, T, require
from convoscope.config.learning import Model, Training
from convoscope.errors import InputError, first_error
from convoscope.models import check_options

DIGITS = 4  # significant digits of a drawn number, so that it can be copied into a configuration
OPTIONS = "model.options."
# What is no property of the network, or decides how trials are compared.
FIXED = ("devices", "monitor", "precision", "threads")
SANITY = (
    "also train the first seed on permuted labels, and on examples of which only the composition (images: the "
    "intensities) is left: what is better than chance there is no merit of the network"
)
SEARCHED = ("model.name", *(f"training.{name}" for name in Training.model_fields if name not in FIXED))


def _known_key(key: str) -> str:
    """Refuse a key that cannot be searched, and propose the most similar one."""
    if key in SEARCHED or (key.startswith(OPTIONS) and key != OPTIONS):
        return key
    close = difflib.get_close_matches(key, SEARCHED, 1)
    hint = f"did you mean {close[0]}?" if close else f"model.name, {OPTIONS}<option> or training.<key>"
    raise ValueError(f"cannot be searched; {hint}")


class Range(Section):
    """The values that one setting can have: numbers between two ends, or a list."""

    low: float | None = Field(None, description="smallest number")
    high: float | None = Field(None, description="largest number")
    log: bool = Field(False, description="draw the logarithm, so that every factor is equally frequent")
    integer: bool = Field(False, description="draw whole numbers")
    choice: list[Any] = Field(
        [], description="values instead of numbers between two; one that is there twice counts twice"
    )

    @model_validator(mode="after")
    def values_there(self) -> "Range":
        """Either two ends or a list."""
        given = [end for end in (self.low, self.high) if end is not None]
        fits = not given if self.choice else len(given) == 2
        require(self, fits, "give low and high, or choice: [<value>, …]")
        if self.low is None or self.high is None:
            return require(self, not (self.log or self.integer), "log and integer are for numbers between low and high")
        require(self, -math.inf < self.low < self.high < math.inf, f"low {self.low}, high {self.high}; low < high")
        require(self, not self.log or self.low > 0, f"low {self.low} with log; more than 0")
        whole = self.low % 1 == 0 and self.high % 1 == 0
        return require(self, whole or not self.integer, f"low {self.low}, high {self.high} with integer; whole numbers")

    @property
    def ends(self) -> list[Any]:
        """Return values that are allowed if all are: both ends, or the whole list."""
        return list(self.choice) if self.low is None else [self.at(0.0), self.at(1.0)]

    def at(self, share: float) -> Any:
        """Return the value at a share, from 0 to 1, of the range.

        >>> Range(low=0.001, high=0.1, log=True).at(0.5), Range(low=1, high=3, integer=True).at(0.5)
        (0.01, 2)
        >>> [Range(choice=["a", "b"]).at(share) for share in (0, 0.49, 0.5, 1)]
        ['a', 'a', 'b', 'b']
        """
        if self.low is None or self.high is None:
            return self.choice[min(int(share * len(self.choice)), len(self.choice) - 1)]
        low, high = self.low, self.high + self.integer  # each whole number has the numbers up to the next
        value = low * (high / low) ** share if self.log else low + share * (high - low)
        if self.integer:
            return int(min(value, self.high))
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)


class Search(Section):
    """Settings that are tried before the final networks are trained with the best; no test example takes part."""

    ranges: dict[Annotated[str, AfterValidator(_known_key)], Range] = Field(
        min_length=1, description="`model.name`, `model.options.<option>` or `training.<key>` to its values"
    )
    trials: int = Field(30, ge=2, le=10_000, description="number of settings that are tried")
    method: Literal["random", "sobol"] = Field(
        "random", description="draw trials at random, or as a scrambled Sobol sequence, which covers the ranges evenly"
    )
    seed: Seed = Field(1, description="seed of the draw, and of the parts that `folds` makes")
    metric: Literal["metric", "loss"] = Field(
        "metric", description="validation metric by which trials are ranked: the task's, or the loss"
    )
    rungs: list[Count] = Field(
        [],
        description="successive halving: epochs after which only the best 1 / `eta` of the trials go on; all go to "
        "the end when empty",
    )
    eta: int = Field(3, ge=2, description="successive halving: one of this number of trials goes on")
    folds: int | None = Field(
        None,
        ge=2,
        le=20,
        description="parts of the examples that are not tested: every trial is trained once for each "
        "and validated on it, groups together; the split's own validation when absent",
    )

    @model_validator(mode="after")
    def rungs_rise(self) -> "Search":
        """Each rung is later than the one before."""
        rising = all(first < second for first, second in pairwise(self.rungs))
        return require(self, rising, f"rungs: {self.rungs}; each later than the one before")

    @property
    def sizes(self) -> list[int]:
        """Return the number of trials of every rung; the last one is trained to the end.

        >>> Search(ranges={"training.shift": Range(low=0, high=4, integer=True)}, rungs=[2, 8]).sizes
        [30, 10, 3]
        """
        sizes = [self.trials]
        for _ in self.rungs:
            sizes.append(max(1, sizes[-1] // self.eta))
        return sizes


def with_settings(model: Model, training: Training, settings: Mapping[str, Any]) -> tuple[Model, Training]:
    """Return the sections of a network and its training with other values, by dotted key, which count as written.

    Raises
    ------
    ValidationError
        If a value is not allowed.
    """
    content: dict[str, Any] = {
        "model": model.model_dump(exclude_unset=True),
        "training": training.model_dump(exclude_unset=True),
    }
    for key, value in settings.items():
        section, _, name = key.partition(".")
        block = content[section]
        if key.startswith(OPTIONS):
            block, name = block.setdefault("options", {}), key.removeprefix(OPTIONS)
        block[name] = value
    return Model.model_validate(content["model"]), Training.model_validate(content["training"])


def require_searchable(experiment: T) -> T:
    """Return an experiment, or refuse a search in which a value is not allowed or a rung comes after the last epoch."""
    section: Any = experiment
    search: Search | None = section.search
    if search is None:
        return experiment
    late = [rung for rung in search.rungs if rung >= section.training.epochs]
    require(
        experiment, not late, f"search.rungs: {late[:1]} with training.epochs {section.training.epochs}; earlier ones"
    )
    named = "model.name" in search.ranges
    require(experiment, not (named and section.model.weights), "search.ranges.model.name: model.weights are of one")
    names = search.ranges["model.name"].ends if named else [section.model.name]
    for key, one in search.ranges.items():
        for value in one.ends:
            found = _refusal(section, key, value, names)
            require(experiment, not found, f"search.ranges.{key}: {found}")
    return experiment


def _refusal(experiment: Any, key: str, value: Any, names: list[Any]) -> str:
    """Return why a setting of an experiment cannot have a value, "" if it can."""
    try:
        model, training = with_settings(experiment.model, experiment.training, {key: value})
        for name in [model.name] if key == "model.name" else names:
            check_options(name, model.options)
        whole = {name: getattr(experiment, name) for name in type(experiment).model_fields if name != "search"}
        type(experiment).model_validate({**whole, "model": model, "training": training})
    except ValidationError as error:
        return first_error(error)
    except InputError as error:
        return str(error)
    return ""
