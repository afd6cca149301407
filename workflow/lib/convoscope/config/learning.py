"""Sections that all experiments share: the network, its training, its evaluation."""

from typing import Any, Literal

from pydantic import Field, model_validator

from convoscope.config.base import Count, Section, Seed, Share, require
from convoscope.errors import InputError
from convoscope.models import MODELS, check_options


class Model(Section):
    """A network of the zoo and its numbers."""

    name: str = Field("deepbind", description="one of " + ", ".join(f"`{name}`" for name in MODELS))
    options: dict[str, Any] = Field(
        {}, description="keyword arguments of the model's factory; defaults are the paper's"
    )
    weights: str | None = Field(
        None,
        description="`model.safetensors` of a trained network of this architecture to start from, local path or URL; "
        "options that are left out are its own",
    )

    @model_validator(mode="after")
    def in_zoo(self) -> "Model":
        """Only names of the MODELS table."""
        return require(self, self.name in MODELS, f"unknown model {self.name!r}; one of {', '.join(MODELS)}")

    @model_validator(mode="after")
    def options_taken(self) -> "Model":
        """Only options that the network takes, with values of their types."""
        try:
            check_options(self.name, self.options)
        except InputError as error:
            return require(self, False, str(error))
        return self


class Training(Section):
    """How the network is fitted."""

    optimizer: Literal["adamw", "sgd"] = Field("adamw", description="optimiser")
    learning_rate: float = Field(
        1e-3, gt=0, description="peak learning rate (write `0.001` or `1.0e-3`: YAML reads `1e-3` as text)"
    )
    weight_decay: float = Field(1e-4, ge=0, description="decoupled weight decay (AdamW), L2 (SGD)")
    momentum: float = Field(0.9, ge=0, lt=1, description="momentum of SGD")
    batch_size: int = Field(64, ge=2, description="examples per step")
    epochs: Count = Field(30, description="largest number of epochs")
    steps: Count | None = Field(None, description="limit of steps: larger data gets fewer epochs, at least one")
    patience: Count = Field(8, description="stop after this number of epochs without a better `monitor`")
    monitor: Literal["loss", "metric", "none"] = Field(
        "loss",
        description="validation metric that stops the training and chooses the epoch: the loss, the task's metric, or "
        "`none` to train all epochs and keep the last",
    )
    warmup: Share = Field(0.05, description="share of all steps with rising learning rate, before the cosine")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    class_weights: bool = Field(False, description="weigh classes by inverse frequency in the training split")
    shift: int = Field(0, ge=0, description="augmentation: largest random shift in bp (pixels)")
    flip: bool | None = Field(
        None,
        description="augmentation: random reverse complement (flips and quarter turns of images); when absent wherever "
        "the data has both strands (all images)",
    )
    brightness: float = Field(
        0.0, ge=0, lt=1, description="augmentation of images: largest random change of each channel, as a share"
    )
    balanced: bool = Field(
        False, description="draw the examples of an epoch so that every class is equally frequent (multiclass)"
    )
    fresh_shuffles: bool = Field(
        False, description="draw the dinucleotide-shuffled negatives of the training split again in every epoch"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="`auto`: bfloat16 on GPUs that have it, else float32, up to 4 times as slow on CPUs with AMX",
    )
    devices: Count = Field(
        1,
        description="GPUs, or processes on the CPU, that share every batch of one training; trials of a search use one",
    )
    threads: Count = Field(
        1,
        description="CPU threads of one training, for each of its devices; equal numbers give the same bits on the "
        "same machine and versions",
    )

    @model_validator(mode="after")
    def parts_of_a_batch(self) -> "Training":
        """Every device has an example of every batch."""
        return require(self, self.devices <= self.batch_size, "devices: more than batch_size; each needs an example")

    def shift_refusal(self, length: int | None) -> str:
        """Return why inputs of a length (bp, pixels per side; None: not known yet) cannot be shifted, "" if they can.

        >>> Training(shift=8).shift_refusal(8)
        'training.shift: 8, but inputs are 8 long; give less, so that a part of them is left'
        """
        if length is None or self.shift < length:
            return ""
        return f"training.shift: {self.shift}, but inputs are {length} long; give less, so that a part of them is left"


class Evaluation(Section):
    """What the model is compared with, and how certain the metrics are."""

    bootstrap: int = Field(1000, ge=100, description="resamples of the groups (chromosome blocks, sequence families)")
    confidence: float = Field(0.95, gt=0, lt=1, description="coverage of the intervals")
    kmer: int = Field(6, ge=1, le=8, description="word length of the k-mer logistic regression")
    seed: Seed = Field(1, description="seed of the bootstrap")
