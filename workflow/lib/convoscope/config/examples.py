"""Sections of the examples of experiments on sequences: sites, listed sequences, windows, negatives, splits."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from convoscope.config.base import (
    Center,
    Column,
    Count,
    Name,
    RowOf,
    Section,
    Seed,
    Share,
    SiteStrand,
    require,
)
from convoscope.config.recipe import negatives_per_positive
from convoscope.config.strategies import NEGATIVE_STRATEGIES, SPLIT_STRATEGIES

CENTRAL = 51  # bp


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
    bin: Count = Field(
        CENTRAL,
        description="central part of the window, in bp: a site inside it labels the window; one less where `length` is "
        "even, and never more than it",
    )
    center: Center = Field(
        "summit", description="centre on the narrowPeak summit where there is one, or always on the midpoint"
    )
    strand: SiteStrand | None = Field(
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

    @model_validator(mode="before")
    @classmethod
    def usual_bin(cls, content: Any) -> Any:
        """Take the largest usual central part that a given length has."""
        length = content.get("length") if isinstance(content, dict) else None
        if not isinstance(length, int) or "bin" in content:
            return content
        return {**content, "bin": min(CENTRAL - (length % 2 == 0), max(length, 1))}

    @model_validator(mode="after")
    def bin_fits(self) -> "Windows":
        """Require ``length`` and ``bin`` to be both odd or both even."""
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

    strategy: Annotated[str, RowOf(NEGATIVE_STRATEGIES)] = Field(
        "gc_matched",
        description="where negatives come from; of lists of sequences `none` when absent, or `dinucleotide_shuffle` "
        "where no file has a 0 of a label",
    )
    ratio: float | None = Field(
        None,
        gt=0,
        description="negatives per positive; when absent 1, but of `gc_matched` 10 as long as that makes no more than "
        "20,000",
    )
    distance: int = Field(
        500, ge=0, description="flanks: bp between window and flank; gc_matched: least distance to any site"
    )
    path: str | None = Field(None, description="BED of negatives for `strategy: file`")
    seed: Seed = Field(1, description="seed of the sampling")

    @model_validator(mode="after")
    def path_given(self) -> "Negatives":
        """`strategy: file` needs the file."""
        return require(
            self, (self.strategy == "file") == (self.path is not None), "strategy: file and path: <file> go together"
        )

    def ratio_for(self, positives: int) -> float:
        """Return the negatives per positive: as written, or by the recipe."""
        return self.ratio or negatives_per_positive(self.strategy, positives)


class Split(Section):
    """Which examples train, which stop the training and choose thresholds, which test."""

    strategy: Annotated[str, RowOf(SPLIT_STRATEGIES)] = Field(
        "blocks",
        description="see the table of splits above; when absent `chromosomes` where these are named, for lists of "
        "sequences `given` where every file names its split, else `random`",
    )
    validation: list[str] = Field([], description="chromosomes: names of the validation chromosomes")
    test: list[str] = Field([], description="chromosomes: names of the test chromosomes")
    folds: int = Field(5, ge=3, le=100, description="number of folds of the `…_folds` strategies")
    validation_share: Share = Field(0.1, description="blocks, random, given: share for validation")
    test_share: Share = Field(0.2, description="blocks, random: share for test")
    block: Count = Field(100_000, description="blocks: bp per block; also the bootstrap's unit on a chromosome")
    seed: Seed = Field(1, description="seed of the assignment")

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
