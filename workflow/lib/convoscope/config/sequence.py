"""Sections of experiments on sequences."""

import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from convoscope.config.base import (
    NO_LABEL,
    AlphabetName,
    Name,
    RowOf,
    Section,
    Seed,
    Share,
    TaskName,
    Unknown,
    require,
    require_kind,
)
from convoscope.config.examples import Fit, Negatives, SequenceFile, Sites, Split, Windows
from convoscope.config.learning import Evaluation, Model, Training
from convoscope.config.listed import listed_defaults, without_patterns, without_position
from convoscope.config.search import SANITY, Search, require_searchable
from convoscope.config.strands import Direction, Strands, conflict, default_direction, default_strands
from convoscope.config.strategies import MOTIF_RULES, NEGATIVE_STRATEGIES, SPLIT_STRATEGIES, for_lists
from convoscope.config.uses import Hits, Maps, Modisco, Pairs, Records, Regions, Tracks, Variants
from convoscope.models import SEQUENCES

RESERVED = ("id", "chrom", "start", "end", "strand", "origin", "parent", "group", "fold")


Contradictions = Literal["drop", "keep", "refuse"]
CONTRADICTIONS = (
    "where one sequence (on either strand, where there are two) is an example of 1 and of 0 of a label: drop all its "
    "examples (on a genome the negatives alone), keep them, or refuse the input"
)


class Motifs(Section):
    """From filters to named motifs."""

    rule: Annotated[str, RowOf(MOTIF_RULES)] = Field(
        "deepbind", description=f"which subsequences are aligned: {', or '.join(MOTIF_RULES.values())}"
    )
    splits: list[Literal["train", "validation", "test"]] = Field(
        ["train", "validation"], description="splits whose sequences are scanned"
    )
    database: str = Field(
        "JASPAR2026",
        description="release of JASPAR (for DNA), or path of a file of motifs (MEME, JASPAR, TRANSFAC, HOMER, "
        "HOCOMOCO), which are read in their own direction where the data has one strand",
    )
    taxa: list[Literal["fungi", "vertebrates", "plants", "insects", "nematodes", "urochordates"]] = Field(
        [],
        description="taxonomic groups of JASPAR to match against; all when empty. It has none of bacteria or archaea: "
        "for those give a file of motifs as `database`, such as one of PRODORIC or RegPrecise",
    )
    q_value: float = Field(0.05, gt=0, lt=1, description="largest q-value of a named match")
    reproducible: Share = Field(
        0.6, description="share of the networks in which a motif must come back to be called reproducible"
    )

    def networks_needed(self, networks: int) -> int:
        """Return in how many networks a motif must come back; without the error of ``.28 * 25 > 7``.

        >>> Motifs(reproducible=0.6).networks_needed(3), Motifs(reproducible=0.28).networks_needed(25)
        (2, 7)
        >>> Motifs(reproducible=0.0).networks_needed(5)
        1
        """
        return max(1, math.ceil(round(self.reproducible * networks, 9)))


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
    task: TaskName = Field("multilabel", description="kind of labels, and with it loss and metrics")
    windows: Windows = Field(Windows(), description="windows around sites")
    negatives: Negatives = Field(Negatives(), description="examples without a label")
    split: Split = Field(Split(), description="training, validation, test")
    contradictions: Contradictions = Field("drop", description=CONTRADICTIONS)
    model: Model = Field(Model(), description="network")
    training: Training = Field(Training(), description="optimisation")
    search: Search | None = Field(None, description="settings that are chosen on validation before the final training")
    seeds: list[Seed] = Field([1, 2, 3], min_length=1, description="one network per seed; their mean is the prediction")
    evaluation: Evaluation = Field(Evaluation(), description="intervals and baselines")
    sanity: bool = Field(False, description=SANITY)
    motifs: Motifs = Field(Motifs(), description="filters as motifs")
    tracks: Tracks | None = Field(None, description="predictions along the genome as bigWig")
    regions: dict[Name, Regions] = Field({}, description="files of further intervals to predict, by name")
    records: dict[Name, Records] = Field({}, description="FASTA files of further sequences to predict, by name")
    variants: dict[Name, Variants] = Field({}, description="files of variants by name")
    maps: Maps | None = Field(Maps(), description="mutation maps and attributions; `null` for none")
    pairs: Pairs | None = Field(Pairs(), description="pairs of motifs planted together; `null` for none")
    hits: Hits | None = Field(None, description="places of the motifs on the genome as BED")
    modisco: Modisco | None = Field(
        Modisco(),
        description="motifs from attributions by TF-MoDISco; `null` for none, as when absent for data of one strand, "
        "which the library does not know",
    )
    onnx: bool = Field(True, description="also write every network as ONNX, checked against its own scores")
    export_one_hot: bool = Field(
        False, description="also write the windows as float32 one-hot (`one_hot.npy`) for other tools"
    )

    @model_validator(mode="before")
    @classmethod
    def listed(cls, content: Any) -> Any:
        """Fill in what lists of sequences, networks that score variants, and data of one strand leave out."""
        if not isinstance(content, dict):
            return content
        files = content.get("sequences")
        filled = {**content, **listed_defaults(content)} if isinstance(files, list) and files else content
        return without_patterns(without_position(filled))

    @model_validator(mode="after")
    def one_input(self) -> "SequenceExperiment":
        """Sites on a reference, or labelled sequences."""
        genomic = self.reference is not None and bool(self.sites)
        require(self, genomic != bool(self.sequences), "give either reference with sites, or sequences")
        require(self, not genomic or self.alphabet != "protein", "alphabet: protein; a genome has none, give sequences")
        split, negatives = self.split.strategy, self.negatives.strategy
        listed = for_lists(SPLIT_STRATEGIES)
        require(
            self,
            genomic or split in listed,
            f"split.strategy {split!r} needs a reference; sequences take {', '.join(listed)}",
        )
        listed = for_lists(NEGATIVE_STRATEGIES)
        require(
            self,
            genomic or negatives in listed,
            f"negatives.strategy {negatives!r} needs a reference; else {', '.join(listed)}",
        )
        require(
            self,
            not genomic or SPLIT_STRATEGIES[split].on_genome,
            f"split.strategy {split} is for sequences; name chromosomes or use blocks",
        )
        require(self, self.fit is None or not genomic, "fit is for sequences; windows.length holds on a genome")
        require_kind(self, self.model.name, SEQUENCES, "sequences")
        fitted = self.fit.length if self.fit else None
        far = self.training.shift_refusal(self.windows.length if genomic else fitted)
        require(self, not far, far)
        require(self, len(set(self.seeds)) == len(self.seeds), "seeds: a seed stands twice; each seed is one network")
        first: dict[str, str] = {}
        owners = {name: first.setdefault(block.model_dump_json(), name) for name, block in self.sites.items()}
        same = next((f"{owner} and {name}" for name, owner in owners.items() if owner != name), "")
        require(self, not same, f"sites: {same} are the same file with the same options; each label needs its own")
        taken = sorted(set(self.labels) & {*RESERVED, *NO_LABEL})
        return require(
            self, not taken, f"label {', '.join(taken)}: reserved for a column or a row of tables; choose another name"
        )

    @model_validator(mode="after")
    def strands_agree(self) -> "SequenceExperiment":
        """Refuse a direction that the data cannot have, and whatever would read the other strand of one."""
        sited = self.windows.strand == "site"
        require(self, not sited or self.reference is not None, "windows.strand: site needs a reference with sites")
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

    @model_validator(mode="after")
    def searchable(self) -> "SequenceExperiment":
        """Every value that a search may draw is allowed."""
        return require_searchable(self)

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
        unsaid = self.windows.strand is None and self.direction == "forward"
        return one and unsaid and bool(self.sites)

    @property
    def folds(self) -> list[str]:
        """Names of the trainings that together predict every test example."""
        several = SPLIT_STRATEGIES[self.split.strategy].folds
        return [str(number) for number in range(self.split.folds)] if several else ["holdout"]
