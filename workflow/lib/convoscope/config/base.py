"""What every section of the configuration is made of: strict blocks, names, checks with readable messages."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from convoscope.config.tasks import TASKS
from convoscope.errors import NAME

T = TypeVar("T")
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Column = Annotated[int, Field(ge=1)] | Annotated[str, StringConstraints(min_length=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # what torch, numpy and scikit-learn all take

# Rows of ALPHABETS and of the policies on ambiguous letters.
AlphabetName = Literal["dna", "rna", "protein"]
Unknown = Literal["zero", "uniform"]
# What keys of the configuration and options of the command line choose from.
Device = Literal["auto", "cpu", "cuda"]
Launcher = Literal["own", "slurm"]  # who starts the processes that train one network together
Center = Literal["summit", "midpoint"]
SiteStrand = Literal["ignore", "site"]
Mismatch = Literal["error", "skip", "swap"]
Ends = Literal["pad", "drop"]
Form = Literal["crops", "centres", "boxes", "masks"]


@dataclass(frozen=True)
class RowOf:
    """Annotation of a text that has to be the name of a row of a table, of one that fits."""

    table: Mapping[str, Any]
    fits: Callable[[Any], bool] = lambda row: True

    @property
    def names(self) -> list[str]:
        """Return what is allowed."""
        return [name for name, row in self.table.items() if self.fits(row)]

    def check(self, value: str) -> str:
        """Refuse a name without a row, in the words that pydantic has for literals."""
        if value not in self.names:
            *others, last = [repr(name) for name in self.names]
            expected = f"{', '.join(others)} or {last}" if others else last
            raise PydanticKnownError("literal_error", {"expected": expected})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"enum": self.names, "type": "string"}


TaskName = Annotated[str, RowOf(TASKS)]
ClassTask = Annotated[str, RowOf(TASKS, lambda task: task.binary)]

# Names of columns and keys besides those of labels: the average over labels, the columns of predictions, all together.
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

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
