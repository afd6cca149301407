"""What every model file says of its network, checked where it is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from convoscope.artifacts import ABSENT, Artifact
from convoscope.config.base import AlphabetName, Count, TaskName, Unknown, require
from convoscope.config.strands import Direction, Strands, strand_facts
from convoscope.errors import InputError, first_error

KEY = "convoscope"  # of the metadata
# What a network of each kind says of its input.
INPUT = {"sequence": ("alphabet", "unknown"), "image": ("channel_names", "dtype", "normalise")}
REMEDY = "give a trained model.safetensors"


class LabelScale(Artifact):
    """Offset and scale of each measured label on the training split; the network's scores are of the labels already."""

    offset: list[float]
    scale: list[Annotated[float, Field(gt=0)]]


class Metadata(Artifact):
    """What every model file says of its network; each kind of input adds the facts of `INPUT`, and training others."""

    architecture: str
    options: dict[str, Any]
    channels: Count
    space: list[Count] = Field(min_length=1, max_length=2)
    labels: list[str] = Field(min_length=1)
    task: TaskName
    modality: Literal["sequence", "image"]
    alphabet: AlphabetName | None = None
    unknown: Unknown | None = None
    strands: Strands | None = None
    direction: Direction | None = None
    channel_names: list[str] = ABSENT
    label_scale: LabelScale = ABSENT
    fold: str = ABSENT
    seed: int = ABSENT
    versions: dict[str, str] = ABSENT

    @model_validator(mode="after")
    def consistent(self) -> "Metadata":
        """Every label has one name, and all have a scale or none."""
        scale = self.label_scale
        require(self, len(set(self.labels)) == len(self.labels), "labels: one is there twice")
        if scale:
            sizes = {len(scale.offset), len(scale.scale)}
            require(self, sizes == {len(self.labels)}, "label_scale: not an offset and a scale for every label")
        return self


def check_metadata(path: Path, content: Any, needed: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a file says of its network, if that is complete; ``needed`` are further facts that a caller reads.

    Files that were written before strands and direction were noted get the defaults of their alphabet.

    Raises
    ------
    InputError
        With the name of the file and the first fact that is missing or wrong.
    """
    try:
        kind = Metadata.model_validate(content).modality
    except ValidationError as error:
        raise InputError(f"{path}: not a model of convoscope (metadata: {first_error(error)}); {REMEDY}") from None
    missing = [name for name in (*INPUT[kind], *needed) if content.get(name) is None]
    if missing:
        raise InputError(f"{path}: not a model of convoscope (metadata: no {missing[0]}); {REMEDY}")
    return {**content, **strand_facts(content)} if kind == "sequence" else content
