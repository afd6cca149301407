"""Sections of experiments on sequences."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from convoscope.config.base import (
    NO_LABEL,
    AlphabetName,
    Column,
    Count,
    Name,
    Section,
    Share,
    Task,
    Unknown,
    require,
    require_kind,
)
from convoscope.config.learning import Evaluation, Model, Training
from convoscope.config.listed import listed_defaults
from convoscope.config.strands import Direction, Strands, conflict, default_direction, default_strands
from convoscope.config.uses import Hits, Maps, Modisco, Pairs, Records, Regions, Tracks, Variants
from convoscope.models import SEQUENCES

RESERVED = ("id", "chrom", "start", "end", "strand", "origin", "parent", "group", "fold")


Contradictions = Literal["drop", "keep", "refuse"]
CONTRADICTIONS = (
    "where one sequence (on either strand, where there are two) is an example of 1 and of 0 of a label: drop all its "
    "examples (on a genome the negatives alone), keep them, or refuse the input"
)


class Sites(Section):
    """Where one label is positive."""

    path: str = Field(
        description="BED, narrowPeak (IDR's too), broadPeak, gappedPeak, or peaks of MACS as a table; plain or "
        "gzipped; local path or URL"
    )
    min_score: float | None = Field(None, description="ignore sites whose score is lower")
    score_column: Column | None = Field(
        None,
        description="column of the score: number from 1, or name (`signalValue`); absent: 5, which MACS writes for "
        "display, or the column named `score`",
    )
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

    path: str = Field(
        description="FASTA, or a table separated by tabs, commas or semicolons; plain or gzipped; local path or URL"
    )
    labels: dict[Name, float] = Field({}, description="label values of every record of this file")
    label_columns: dict[Name, str] = Field({}, description="label name to the table's column that holds it")
    label_column: str | None = Field(None, description="table: column that holds the name of a class, for `classes`")
    classes: list[Name] = Field(
        [], description="names in `label_column`, each a label that is 1 for its own records (text: quote `'0012'`)"
    )
    sequence_column: str = Field("sequence", description="table: column of the sequence")
    id_column: str | None = Field(None, description="table: column of the name; row numbers when absent")
    split: Literal["train", "validation", "test"] | None = Field(
        None, description="the split of every record, for `split.strategy: given`"
    )
    split_column: str | None = Field(None, description="table: column that names the split of each record")

    @model_validator(mode="after")
    def classes_named(self) -> "SequenceFile":
        """`label_column` needs the names of its classes."""
        together = (self.label_column is None) == (not self.classes)
        require(self, together, "label_column and classes: [<name>, …] go together")
        return require(self, len(set(self.classes)) == len(self.classes), "classes: one stands twice")


class Fit(Section):
    """How listed sequences of several lengths become one: padded with unknown letters, or cropped."""

    length: Count | None = Field(None, description="letters of every example; those of the longest when absent")
    place: Literal["start", "center", "end"] = Field(
        "center", description="what stays where it is: the first letter, the middle or the last letter"
    )


class Windows(Section):
    """How sites become windows of equal length."""

    length: int = Field(201, ge=8, le=1_000_000, description="window length in bp")
    bin: Count = Field(101, description="central part of the window, in bp: a site inside it labels the window")
    center: Literal["summit", "midpoint"] = Field(
        "summit", description="centre on the narrowPeak summit where there is one, or always on the midpoint"
    )
    strand: Literal["ignore", "site"] | None = Field(
        None,
        description="direction of a window: the reference's forward strand (`ignore`), or the strand of its site in "
        "column 6 (`site`); when absent `site` for RNA, else `ignore`",
    )
    center_column: Column | None = Field(
        None,
        description="column of the centre: number from 1, or name; an offset from start, or a position; absent: column "
        "10 of a narrowPeak, `abs_summit` of MACS",
    )
    blacklist: str | None = Field(None, description="BED of regions that no window may touch; local path or URL")
    max_unknown: Share = Field(0.1, description="largest share of unknown bases in a window")
    max_dropped: Share = Field(
        0.5, description="stop when a larger share of the rows of a file, label or class is lost"
    )
    rename: dict[str, str] = Field(
        {},
        description="contig name in any file of the experiment to contig name in the reference; `chr`, case and the "
        "mitochondrion's names need none",
    )

    @model_validator(mode="after")
    def bin_fits(self) -> "Windows":
        """Demand a bin that can be central: of the window's parity."""
        fits = self.bin <= self.length and (self.length - self.bin) % 2 == 0
        named = self.center_column is None or self.center == "summit"
        require(self, named, "center: midpoint and center_column exclude each other; give one")
        return require(
            self,
            fits,
            f"length {self.length} with bin {self.bin}: cannot be central; both even or both odd, bin <= length",
        )


class Negatives(Section):
    """Which examples carry no label."""

    strategy: Literal["gc_matched", "dinucleotide_shuffle", "flanks", "other_labels", "file", "none"] = Field(
        "gc_matched",
        description="where negatives come from; of lists of sequences `none` when absent, or `dinucleotide_shuffle` "
        "where no file has a 0 of a label",
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
        "blocks",
        description="see the table of splits below; when absent `chromosomes` where these are named, for lists of "
        "sequences `given` where every file names its split, else `random`",
    )
    validation: list[str] = Field([], description="chromosomes: names of the validation chromosomes")
    test: list[str] = Field([], description="chromosomes: names of the test chromosomes")
    folds: int = Field(5, ge=3, le=100, description="number of folds of the `…_folds` strategies")
    validation_share: Share = Field(0.1, description="blocks, random, given: share for validation")
    test_share: Share = Field(0.2, description="blocks, random: share for test")
    block: Count = Field(100_000, description="blocks: bp per block; also the bootstrap's unit on a chromosome")
    seed: int = Field(1, ge=0, description="seed of the assignment")

    @model_validator(mode="before")
    @classmethod
    def strategy_of_names(cls, content: Any) -> Any:
        """Take named chromosomes for the strategy of that name."""
        named = isinstance(content, dict) and (content.get("validation") or content.get("test"))
        return {"strategy": "chromosomes", **content} if named else content

    @model_validator(mode="after")
    def chromosomes_named(self) -> "Split":
        """`chromosomes` needs names for both splits, and no name twice."""
        named = self.strategy == "chromosomes"
        require(
            self,
            not named or (bool(self.validation) and bool(self.test)),
            "strategy: chromosomes needs names under validation and test",
        )
        names = [*self.validation, *self.test]
        require(self, named or not names, f"strategy: {self.strategy} takes no names under validation and test")
        twice = sorted(set(self.validation) & set(self.test))
        return require(self, not twice, f"{', '.join(twice)} is under validation and test; a chromosome has one split")


class Motifs(Section):
    """From filters to named motifs."""

    rule: Literal["basset", "deepbind"] = Field(
        "basset",
        description="which subsequences are aligned: all above half the filter's maximum, or each sequence's best",
    )
    splits: list[Literal["train", "validation", "test"]] = Field(
        ["train", "validation"], description="splits whose sequences are scanned"
    )
    database: str = Field(
        "JASPAR2026",
        description="release of JASPAR (for DNA), or path of a file of motifs (MEME, JASPAR PFM, TRANSFAC, HOMER), "
        "which are read in their own direction where the data has one strand",
    )
    taxa: list[Literal["fungi", "vertebrates", "plants", "insects", "nematodes", "urochordates"]] = Field(
        [], description="taxonomic groups of JASPAR to match against; all when empty"
    )
    q_value: float = Field(0.05, gt=0, lt=1, description="largest q-value of a named match")
    reproducible: Share = Field(
        0.6, description="share of the networks in which a motif must come back to be called reproducible"
    )


class SequenceExperiment(Section):
    """One question on sequences: examples, split, network, motifs."""

    reference: Name | None = Field(None, description="name of a block under `references`")
    sites: dict[Name, Sites] = Field({}, description="label name to its sites on the reference")
    sequences: list[SequenceFile] = Field([], description="labelled sequences, instead of reference and sites")
    fit: Fit | None = Field(None, description="pad or crop listed sequences, and those to predict, to one length")
    alphabet: AlphabetName = Field("dna", description="alphabet of the sequences")
    strands: Strands | None = Field(
        None,
        description="`both` if a sequence and its reverse complement mean the same, else `single`; when absent "
        "`single` for RNA, protein and `windows.strand: site`, else `both`",
    )
    unknown: Unknown = Field(
        "uniform", description="encoding of ambiguous letters: nothing, or equal parts of what they stand for"
    )
    task: Task = Field("multilabel", description="kind of labels, and with it loss and metrics")
    windows: Windows = Field(Windows(), description="windows around sites")
    negatives: Negatives = Field(Negatives(), description="examples without a label")
    split: Split = Field(Split(), description="training, validation, test")
    contradictions: Contradictions = Field("drop", description=CONTRADICTIONS)
    model: Model = Field(Model(), description="network")
    training: Training = Field(Training(), description="optimisation")
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        [1], min_length=1, description="one network per seed; their mean is the prediction"
    )
    evaluation: Evaluation = Field(Evaluation(), description="intervals and baselines")
    motifs: Motifs = Field(Motifs(), description="filters as motifs")
    tracks: Tracks | None = Field(None, description="predictions along the genome as bigWig")
    regions: dict[Name, Regions] = Field({}, description="files of further intervals to predict, by name")
    records: dict[Name, Records] = Field({}, description="FASTA files of further sequences to predict, by name")
    variants: dict[Name, Variants] = Field({}, description="files of variants by name")
    maps: Maps | None = Field(Maps(), description="mutation maps and attributions; `null` for none")
    pairs: Pairs | None = Field(Pairs(), description="pairs of motifs planted together; `null` for none")
    hits: Hits | None = Field(None, description="places of the motifs on the genome as BED")
    modisco: Modisco | None = Field(None, description="motifs from attributions by TF-MoDISco")
    onnx: bool = Field(True, description="also write every network as ONNX, checked against its own scores")
    export_one_hot: bool = Field(
        False, description="also write the windows as float32 one-hot (`one_hot.npy`) for other tools"
    )

    @model_validator(mode="before")
    @classmethod
    def listed(cls, content: Any) -> Any:
        """Fill in what lists of sequences leave out."""
        files = content.get("sequences") if isinstance(content, dict) else None
        return {**content, **listed_defaults(content)} if isinstance(files, list) and files else content

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
        require(self, self.fit is None or not genomic, "fit is for sequences; windows.length holds on a genome")
        require_kind(self, self.model.name, SEQUENCES, "sequences")
        require(self, len(set(self.seeds)) == len(self.seeds), "seeds: a seed stands twice; each seed is one network")
        taken = sorted(set(self.labels) & {*RESERVED, *NO_LABEL})
        return require(
            self, not taken, f"label {', '.join(taken)}: reserved for a column or a row of tables; choose another name"
        )

    @model_validator(mode="after")
    def strands_agree(self) -> "SequenceExperiment":
        """Refuse a direction that the data cannot have, and whatever would read the other strand of one."""
        sited = self.windows.strand == "site"
        require(self, not sited or self.reference is not None, "windows.strand: site needs a reference with sites")
        require(self, not sited or self.alphabet != "protein", "windows.strand: site; a protein has one direction")
        require(
            self,
            self.strands != "both" or (self.alphabet != "protein" and self.direction == "forward"),
            "strands: both; proteins and windows that are read in their site's direction (windows.strand: site, which "
            "RNA on a genome has when absent) have one strand",
        )
        require(
            self,
            self.modisco is None or self.read_strands == "both",
            "modisco: the library takes a pattern and its reverse complement for one, but this data has one strand; "
            "leave modisco out",
        )
        found = conflict(self.read_strands, self.training.flip, self.model.options)
        return require(self, not found, found)

    @model_validator(mode="after")
    def genome_where_needed(self) -> "SequenceExperiment":
        """Refuse what lies on a genome where there is none."""
        wanted = {"tracks": self.tracks, "hits": self.hits, "maps.bed": self.maps and self.maps.bed}
        unmet = [key for key, value in wanted.items() if value and self.reference is None]
        return require(self, not unmet, f"{', '.join(unmet)} needs a reference; sequences lie on no genome")

    @property
    def labels(self) -> list[str]:
        """Label names in their order, which is the order of the model's outputs."""
        given = list(self.sites)
        for file in self.sequences:
            given += [*file.labels, *file.label_columns, *file.classes]
        return list(dict.fromkeys(given))

    @property
    def direction(self) -> Direction:
        """In which direction windows are read."""
        asked: dict[str | None, Direction] = {"ignore": "forward", "site": "site"}
        return asked.get(self.windows.strand) or default_direction(self.alphabet, self.reference is not None)

    @property
    def read_strands(self) -> Strands:
        """Whether a sequence and its reverse complement mean the same."""
        return self.strands or default_strands(self.alphabet, self.direction)

    @property
    def strand_open(self) -> bool:
        """Whether the network reads one strand and nothing says which strand of the sites."""
        one = self.read_strands == "single" or self.model.options.get("strands") == "single"
        unsaid = self.windows.strand is None and self.direction == "forward" and self.alphabet != "protein"
        return one and unsaid and bool(self.sites)

    @property
    def folds(self) -> list[str]:
        """Names of the trainings that together predict every test example."""
        several = self.split.strategy.endswith("_folds")
        return [str(number) for number in range(self.split.folds)] if several else ["holdout"]
