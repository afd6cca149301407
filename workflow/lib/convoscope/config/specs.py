"""What single verbs need of an experiment, as they receive it in JSON."""

from pydantic import Field

from convoscope.config.base import AlphabetName, ClassTask, Name, Section, Seed, Share, TaskName, Unknown
from convoscope.config.image import CellSplit, Crops, Normalise
from convoscope.config.sequence import (
    CONTRADICTIONS,
    Contradictions,
    Fit,
    Negatives,
    SequenceFile,
    Sites,
    Split,
    Windows,
)
from convoscope.config.strands import Direction, Strands


class WindowsSpec(Section):
    """What the verb ``windows`` needs of an experiment."""

    sites: dict[Name, Sites] = Field(min_length=1, description="label name to its sites, in the order of the files")
    windows: Windows = Field(Windows(), description="windows around sites")
    negatives: Negatives = Field(Negatives(), description="examples without a label")
    split: Split = Field(Split(), description="training, validation, test")
    alphabet: AlphabetName = Field("dna", description="alphabet of the sequences")
    direction: Direction = Field("forward", description="direction in which windows are read")
    strands: Strands = Field("both", description="whether a sequence and its reverse complement mean the same")
    contradictions: Contradictions = Field("drop", description=CONTRADICTIONS)
    strand_open: bool = Field(False, description="refuse sites on both strands: which one to read is not said")


class SequencesSpec(Section):
    """What the verb ``sequences`` needs of an experiment."""

    sequences: list[SequenceFile] = Field(min_length=1, description="how each of the files is read, in their order")
    alphabet: AlphabetName = Field("dna", description="alphabet of the sequences")
    negatives: Negatives = Field(Negatives(strategy="none"), description="examples without a label")
    split: Split = Field(Split(strategy="random"), description="training, validation, test")
    fit: Fit | None = Field(None, description="pad or crop the sequences to one length")
    max_dropped: Share = Field(0.5, description="stop when a larger share of a file or class is dropped")
    contradictions: Contradictions = Field("drop", description=CONTRADICTIONS)
    strands: Strands = Field("both", description="whether a sequence and its reverse complement mean the same")


class EncodeSpec(Section):
    """What the verb ``encode`` needs of an experiment."""

    labels: list[Name] = Field(min_length=1, description="label names in the order of the model's outputs")
    task: TaskName = Field("multilabel", description="kind of labels")
    alphabet: AlphabetName = Field("dna", description="alphabet of the sequences")
    unknown: Unknown = Field("uniform", description="encoding of ambiguous letters")
    strands: Strands = Field("both", description="whether a sequence and its reverse complement mean the same")
    direction: Direction = Field("forward", description="direction in which windows are read")
    split: Split = Field(Split(), description="training, validation, test")
    seed: Seed = Field(1, description="seed of the shuffled negatives")
    ask_strand: bool = Field(False, description="whether both strands mean the same is not said: ask the positives")
    fit: Fit | None = Field(None, description="how sequences were padded or cropped to one length")


class SplitCellsSpec(Section):
    """What the verb ``split-cells`` needs of an experiment on images."""

    labels: list[str] = Field(min_length=1, description="column of classes, or columns of 0 and 1")
    task: ClassTask = Field("multiclass", description="kind of labels")
    groups: list[Name] = Field([], description="columns that say what cells have in common")
    crops: Crops = Field(Crops(), description="names of the channels")
    normalise: Normalise = Field(Normalise(), description="intensities")
    split: CellSplit = Field(CellSplit(), description="training, validation, test")
    ladder: list[str] = Field([], description="further splits")
