"""The only definition of the configuration: keys, types, defaults, limits and descriptions.

The JSON schema (``workflow/schemas``) and the table in ``config/README.md`` are generated from these classes.
Every step receives the one section that it needs as JSON, so that a change elsewhere reruns nothing.
"""

import difflib
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from convoscope.errors import InputError
from convoscope.models import MODELS

T = TypeVar("T")
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
RESERVED_EXPERIMENTS = ("references", "downloads", "logs")
RESERVED = ("id", "chrom", "start", "end", "strand", "origin", "parent", "group", "fold")


def require(section: T, holds: bool, message: str) -> T:
    """Return the section, or refuse it with a message that pydantic prefixes with the key."""
    if not holds:
        raise ValueError(message)
    return section


class Section(BaseModel):
    """A block of the configuration; unknown keys are errors and values are never coerced from text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Simulation(Section):
    """A genome with a known truth: random sequence with planted factors."""

    chromosomes: Count = Field(6, description="number of chromosomes, named `sim1`, `sim2`, …")
    length: int = Field(300_000, ge=10_000, description="base pairs per chromosome")
    factors: dict[Name, str] = Field({}, description="factor name to JASPAR matrix id, planted in its peaks")
    decoy: str | None = Field(
        None, description="JASPAR matrix planted outside all peaks: it must not be learned as a positive motif"
    )
    sites: Count = Field(400, description="peaks per factor")
    weak: Share = Field(0.3, description="share of peaks whose site is drawn from a flattened matrix")
    false: Share = Field(0.1, description="share of peaks without any site")
    jitter: int = Field(15, ge=0, description="largest distance in bp between a site's centre and the reported summit")
    seed: int = Field(1, ge=0, description="seed of the simulation")


class Reference(Section):
    """One genome: fetched from the first mirror that answers, or simulated."""

    mirrors: list[str] = Field(
        [],
        description="addresses tried in order: `https`, `http`, `ftp`, `file:` local path; FASTA, plain or gzipped",
    )
    sha256: str | None = Field(None, pattern="^[0-9a-fA-F]{64}$", description="checksum of the file as fetched")
    md5: str | None = Field(
        None, pattern="^[0-9a-fA-F]{32}$", description="checksum of the file as fetched, where no sha256 is published"
    )
    simulate: Simulation | None = Field(None, description="simulate the genome instead of fetching it")

    @model_validator(mode="after")
    def one_source(self) -> "Reference":
        """Demand mirrors or a simulation, not both."""
        return require(self, bool(self.mirrors) != (self.simulate is not None), "give either mirrors or simulate")


class Sites(Section):
    """Where one label is positive."""

    path: str = Field(description="BED3, BED6, narrowPeak or broadPeak; plain or gzipped; local path or URL")
    min_score: float | None = Field(None, description="ignore sites whose score (column 5) is lower")
    value: Literal["presence", "score", "bigwig"] = Field(
        "presence", description="label of a window: 1, the site's score, or the mean of `bigwig` over the window"
    )
    bigwig: str | None = Field(None, description="bigWig file for `value: bigwig`")

    @model_validator(mode="after")
    def bigwig_given(self) -> "Sites":
        """`value: bigwig` needs the file."""
        return require(
            self, (self.value == "bigwig") == (self.bigwig is not None), "value: bigwig and bigwig: <file> go together"
        )


class SequenceFile(Section):
    """A FASTA file, or a table with one labelled sequence per row."""

    path: str = Field(description="FASTA or tab-separated table; plain or gzipped; local path or URL")
    labels: dict[Name, float] = Field({}, description="label values of every record of this file")
    label_columns: dict[Name, str] = Field({}, description="label name to the table's column that holds it")
    sequence_column: str = Field("sequence", description="table: column of the sequence")
    id_column: str | None = Field(None, description="table: column of the name; row numbers when absent")
    split: Literal["train", "validation", "test"] | None = Field(
        None, description="the split of every record, for `split.strategy: given`"
    )
    split_column: str | None = Field(None, description="table: column that names the split of each record")


class Windows(Section):
    """How sites become windows of equal length."""

    length: int = Field(201, ge=8, le=1_000_000, description="window length in bp")
    bin: Count = Field(101, description="central part of the window, in bp: a site inside it labels the window")
    center: Literal["summit", "midpoint"] = Field(
        "summit", description="centre on the narrowPeak summit where there is one, or always on the midpoint"
    )
    blacklist: str | None = Field(None, description="BED of regions that no window may touch; local path or URL")
    max_unknown: Share = Field(0.1, description="largest share of unknown bases in a window")
    max_dropped: Share = Field(0.5, description="stop when a larger share of the input rows is dropped")
    rename: dict[str, str] = Field({}, description="contig name in the site files to contig name in the reference")

    @model_validator(mode="after")
    def bin_fits(self) -> "Windows":
        """Demand a bin that can be central: of the window's parity."""
        fits = self.bin <= self.length and (self.length - self.bin) % 2 == 0
        return require(
            self,
            fits,
            f"length {self.length} with bin {self.bin}: cannot be central; both even or both odd, bin <= length",
        )


class Negatives(Section):
    """Which examples carry no label."""

    strategy: Literal["gc_matched", "dinucleotide_shuffle", "flanks", "other_labels", "file", "none"] = Field(
        "gc_matched", description="where negatives come from"
    )
    ratio: float = Field(1.0, gt=0, description="negatives per positive")
    distance: int = Field(
        500, ge=0, description="flanks: bp between window and flank; gc_matched: least distance to any site"
    )
    path: str | None = Field(None, description="BED of negatives for `strategy: file`")
    seed: int = Field(1, ge=0, description="seed of the sampling")

    @model_validator(mode="after")
    def path_given(self) -> "Negatives":
        """`strategy: file` needs the file."""
        return require(
            self, (self.strategy == "file") == (self.path is not None), "strategy: file and path: <file> go together"
        )


class Split(Section):
    """Which examples train, which stop the training and choose thresholds, which test."""

    strategy: Literal["chromosomes", "chromosome_folds", "blocks", "random", "random_folds", "given"] = Field(
        "chromosomes", description="see the table of splits below"
    )
    validation: list[str] = Field([], description="chromosomes: names of the validation chromosomes")
    test: list[str] = Field([], description="chromosomes: names of the test chromosomes")
    folds: int = Field(5, ge=3, le=100, description="number of folds of the `…_folds` strategies")
    validation_share: Share = Field(0.1, description="blocks, random, given: share for validation")
    test_share: Share = Field(0.2, description="blocks, random: share for test")
    block: Count = Field(100_000, description="blocks: bp per block; also the bootstrap's unit on a chromosome")
    seed: int = Field(1, ge=0, description="seed of the assignment")

    @model_validator(mode="after")
    def chromosomes_named(self) -> "Split":
        """`chromosomes` needs names for both splits, and no name twice."""
        named = self.strategy == "chromosomes"
        require(
            self,
            not named or (bool(self.validation) and bool(self.test)),
            "strategy: chromosomes needs names under validation and test",
        )
        twice = sorted(set(self.validation) & set(self.test))
        return require(self, not twice, f"{', '.join(twice)} is under validation and test; a chromosome has one split")


class Model(Section):
    """A network of the zoo and its numbers."""

    name: str = Field("deepbind", description="one of " + ", ".join(f"`{name}`" for name in MODELS))
    options: dict[str, Any] = Field(
        {}, description="keyword arguments of the model's factory; defaults are the paper's"
    )

    @model_validator(mode="after")
    def in_zoo(self) -> "Model":
        """Only names of the MODELS table."""
        return require(self, self.name in MODELS, f"unknown model {self.name!r}; one of {', '.join(MODELS)}")


class Training(Section):
    """How the network is fitted."""

    optimizer: Literal["adamw", "sgd"] = Field("adamw", description="optimiser")
    learning_rate: float = Field(
        1e-3, gt=0, description="peak learning rate (write `0.001` or `1.0e-3`: YAML reads `1e-3` as text)"
    )
    weight_decay: float = Field(1e-4, ge=0, description="decoupled weight decay (AdamW), L2 (SGD)")
    momentum: float = Field(0.9, ge=0, lt=1, description="momentum of SGD")
    batch_size: Count = Field(64, description="examples per step")
    epochs: Count = Field(30, description="most epochs")
    steps: Count | None = Field(None, description="most steps: larger data gets fewer epochs, at least one")
    patience: Count = Field(8, description="stop after so many epochs without a better `monitor`")
    monitor: Literal["loss", "metric"] = Field(
        "loss", description="validation figure for early stopping: the loss, or the task's metric"
    )
    warmup: Share = Field(0.05, description="share of all steps with rising learning rate, before the cosine")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    class_weights: bool = Field(False, description="weigh classes by inverse frequency in the training split")
    shift: int = Field(0, ge=0, description="augmentation: largest random shift in bp (pixels)")
    flip: bool = Field(True, description="augmentation: random reverse complement (flips and quarter turns of images)")
    fresh_shuffles: bool = Field(
        False, description="draw the dinucleotide-shuffled negatives of the training split anew every epoch"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="`auto`: bfloat16 on GPUs that have it, else float32"
    )
    threads: Count = Field(1, description="CPU threads of one training; results are bit-identical for equal numbers")


class Evaluation(Section):
    """What the model is compared with, and how sure the figures are."""

    bootstrap: int = Field(1000, ge=100, description="resamples of the groups (chromosome blocks, sequence families)")
    confidence: float = Field(0.95, gt=0, lt=1, description="coverage of the intervals")
    kmer: int = Field(6, ge=1, le=8, description="word length of the k-mer logistic regression")
    seed: int = Field(1, ge=0, description="seed of the bootstrap")


class Motifs(Section):
    """From filters to named motifs."""

    rule: Literal["basset", "deepbind"] = Field(
        "basset",
        description="which subsequences are aligned: all above half the filter's maximum, or each sequence's best",
    )
    splits: list[Literal["train", "validation", "test"]] = Field(
        ["train", "validation"], description="splits whose sequences are scanned"
    )
    database: str = Field("JASPAR2026", description="release of JASPAR (shipped with pyjaspar), or path of a MEME file")
    taxa: list[Literal["fungi", "vertebrates", "plants", "insects", "nematodes", "urochordates"]] = Field(
        [], description="taxonomic groups of JASPAR to match against; all when empty"
    )
    q_value: float = Field(0.05, gt=0, lt=1, description="largest q-value of a named match")


class SequenceExperiment(Section):
    """One question on sequences: examples, split, network, motifs."""

    reference: Name | None = Field(None, description="name of a block under `references`")
    sites: dict[Name, Sites] = Field({}, description="label name to its sites on the reference")
    sequences: list[SequenceFile] = Field([], description="labelled sequences, instead of reference and sites")
    alphabet: Literal["dna", "rna", "protein"] = Field("dna", description="alphabet of the sequences")
    unknown: Literal["zero", "uniform"] = Field(
        "uniform", description="encoding of ambiguous letters: nothing, or equal parts of what they stand for"
    )
    task: Literal["multilabel", "multiclass", "regression", "poisson"] = Field(
        "multilabel", description="kind of labels, and with it loss and metrics"
    )
    windows: Windows = Field(Windows(), description="windows around sites")
    negatives: Negatives = Field(Negatives(), description="examples without a label")
    split: Split = Field(Split(strategy="blocks"), description="training, validation, test")
    model: Model = Field(Model(), description="network")
    training: Training = Field(Training(), description="optimisation")
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        [1], min_length=1, description="one network per seed; their mean is the prediction"
    )
    evaluation: Evaluation = Field(Evaluation(), description="intervals and baselines")
    motifs: Motifs = Field(Motifs(), description="filters as motifs")
    export_one_hot: bool = Field(
        False, description="also write the windows as float32 one-hot (`one_hot.npy`) for other tools"
    )

    @model_validator(mode="after")
    def one_input(self) -> "SequenceExperiment":
        """Sites on a reference, or labelled sequences."""
        genomic = self.reference is not None and bool(self.sites)
        require(self, genomic != bool(self.sequences), "give either reference with sites, or sequences")
        require(
            self,
            genomic or self.split.strategy in ("random", "random_folds", "given"),
            f"split.strategy {self.split.strategy!r} needs a reference; sequences take random, random_folds, given",
        )
        require(
            self,
            genomic or self.negatives.strategy in ("dinucleotide_shuffle", "none"),
            f"negatives.strategy {self.negatives.strategy!r} needs a reference; else dinucleotide_shuffle, none",
        )
        require(
            self,
            not genomic or self.split.strategy != "given",
            "split.strategy given is for sequences; name chromosomes or use blocks",
        )
        require(self, len(set(self.seeds)) == len(self.seeds), "seeds: a seed stands twice; each seed is one network")
        taken = sorted(set(self.labels) & set(RESERVED))
        return require(
            self, not taken, f"label {', '.join(taken)}: reserved for a column of windows.tsv; choose another name"
        )

    @property
    def labels(self) -> list[str]:
        """Label names in their order, which is the order of the model's outputs."""
        given = list(self.sites)
        for file in self.sequences:
            given += [*file.labels, *file.label_columns]
        return list(dict.fromkeys(given))

    @property
    def folds(self) -> list[str]:
        """Names of the trainings that together predict every test example."""
        several = self.split.strategy.endswith("_folds")
        return [str(number) for number in range(self.split.folds)] if several else ["holdout"]


class Experiments(Section):
    """All experiments, by kind of data."""

    sequence: dict[Name, SequenceExperiment] = Field({}, description="experiments on sequences")

    @model_validator(mode="after")
    def names_free(self) -> "Experiments":
        """Refuse names of folders that the workflow needs for itself."""
        taken = sorted(set(self.sequence) & set(RESERVED_EXPERIMENTS))
        return require(
            self, not taken, f"{', '.join(taken)}: reserved for a folder of the results; choose another name"
        )


class Config(Section):
    """The whole configuration."""

    results: str = Field(
        "results", pattern=r"^[A-Za-z0-9_./-]+$", description="folder of everything that the workflow writes"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="`cuda` fails at once where there is none; `auto` falls back to the CPU and says so"
    )
    references: dict[Name, Reference] = Field({}, description="genomes by name")
    experiments: Experiments = Field(Experiments(), description="experiments by kind and name")

    @model_validator(mode="after")
    def references_exist(self) -> "Config":
        """Experiments name references that are there."""
        known = ", ".join(self.references) or "none is defined"
        for name, experiment in self.experiments.sequence.items():
            found = experiment.reference is None or experiment.reference in self.references
            require(
                self,
                found,
                f"experiments.sequence.{name}.reference: no reference {experiment.reference!r}; known: {known}",
            )
        return self


def first_error(error: ValidationError) -> str:
    """Return the first problem as ``dotted.key: what was found; what is allowed``."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"unknown key{suggestion(str(problem['loc'][-1]))}"
    elif problem["type"] not in ("value_error", "missing"):
        message += f"; found {problem['input']!r}"
    return f"{key}: {message}" if key else message


def suggestion(word: str) -> str:
    """Return the most similar key of any section, as a question."""
    keys = {key for section in Section.__subclasses__() for key in section.model_fields}
    close = difflib.get_close_matches(word, sorted(keys), 1)
    return f"; did you mean {close[0]}?" if close else "; config/README.md lists the keys"


def load_config(content: dict[str, Any]) -> Config:
    """Check a configuration and fill in its defaults.

    Raises
    ------
    InputError
        With the dotted name of the first key that is wrong and what is allowed there.
    """
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise InputError(f"config: {first_error(error)}") from None


class WindowsSpec(Section):
    """What the verb ``windows`` needs of an experiment."""

    sites: dict[Name, Sites] = Field(min_length=1, description="label name to its sites, in the order of the files")
    windows: Windows = Field(Windows(), description="windows around sites")
    negatives: Negatives = Field(Negatives(), description="examples without a label")
    split: Split = Field(Split(strategy="blocks"), description="training, validation, test")


class SequencesSpec(Section):
    """What the verb ``sequences`` needs of an experiment."""

    sequences: list[SequenceFile] = Field(min_length=1, description="how each of the files is read, in their order")
    alphabet: Literal["dna", "rna", "protein"] = Field("dna", description="alphabet of the sequences")
    negatives: Negatives = Field(Negatives(strategy="none"), description="examples without a label")
    split: Split = Field(Split(strategy="random"), description="training, validation, test")
    max_dropped: Share = Field(0.5, description="stop when a larger share of the records is dropped")


class EncodeSpec(Section):
    """What the verb ``encode`` needs of an experiment."""

    labels: list[Name] = Field(min_length=1, description="label names in the order of the model's outputs")
    task: Literal["multilabel", "multiclass", "regression", "poisson"] = Field(
        "multilabel", description="kind of labels"
    )
    alphabet: Literal["dna", "rna", "protein"] = Field("dna", description="alphabet of the sequences")
    unknown: Literal["zero", "uniform"] = Field("uniform", description="encoding of ambiguous letters")
    split: Split = Field(Split(strategy="blocks"), description="training, validation, test")
    seed: int = Field(1, ge=0, description="seed of the shuffled negatives")
