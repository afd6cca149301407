"""What every section of the configuration is made of: strict blocks, names, checks with readable messages."""

from collections.abc import Collection
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Column = Annotated[int, Field(ge=1)] | Annotated[str, StringConstraints(min_length=1)]
Count = Annotated[int, Field(ge=1)]
# Rows of TASKS, ALPHABETS and of the policies on ambiguous letters.
Task = Literal["multilabel", "multiclass", "regression", "poisson"]
AlphabetName = Literal["dna", "rna", "protein"]
Unknown = Literal["zero", "uniform"]

# Names of columns and keys beside those of labels: the average over labels, the columns of predictions, all together.
NO_LABEL = (
    "mean", "all", "examples", "split", "label", "prediction", "line", "record", "name", "window_start", "info",
)  # fmt: skip


def require(section: T, holds: bool, message: str) -> T:
    """Return the section, or refuse it with a message that pydantic prefixes with the key."""
    if not holds:
        raise ValueError(message)
    return section


def require_kind(section: T, name: str, known: Collection[str], data: str) -> T:
    """Refuse a network that reads another kind of data than the experiment has."""
    message = f"model.name: {name} does not read {data}; one of {', '.join(known)}"
    return require(section, name in known, message)


class Section(BaseModel):
    """A block of the configuration; unknown keys are errors and values are never coerced from text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
