"""Sections of what trained networks on sequences are used for: tracks, variants, mutation maps, pairs of motifs."""

from typing import Literal

from pydantic import Field, model_validator

from convoscope.config.base import Center, Column, Count, Ends, Mismatch, Name, Section, SiteStrand, require

METHODS = Literal["mutagenesis", "gradient_input", "integrated_gradients", "deeplift"]


class Tracks(Section):
    """The prediction along the genome, one bigWig per label, or per label and strand where networks know the strand."""

    step: Count = Field(10, description="bp between the windows that are predicted, and per value of the bigWig")
    contigs: list[str] = Field([], description="contigs to predict; all when empty")


class Regions(Section):
    """Intervals on a genome to predict."""

    path: str = Field(description="BED3, BED6, narrowPeak or broadPeak; plain or gzipped; local path or URL")
    reference: Name | None = Field(
        None, description="name of the block under `references` that they refer to; the experiment's when absent"
    )
    center: Center = Field(
        "summit", description="centre of the window: the summit if the file has one, else the midpoint; or the midpoint"
    )
    center_column: Column | None = Field(None, description="column of the centre, as `windows.center_column`")
    strand: SiteStrand | None = Field(
        None,
        description="direction of the windows: the forward strand, or the strand in column 6; as in the training when "
        "absent",
    )


class Records(Section):
    """Sequences to predict."""

    path: str = Field(description="FASTA, plain or gzipped; local path or URL")
    step: Count | None = Field(
        None, description="letters between the windows of records longer than a window; half a window when absent"
    )


class Variants(Section):
    """One file of variants, their scores, and what the scores are compared with."""

    path: str = Field(description="VCF or BCF, plain, gzipped or bgzipped; local path or URL")
    reference: Name | None = Field(
        None, description="name of a block under `references` on which the variants are; the experiment's when absent"
    )
    sites: str | None = Field(
        None,
        description="BED of sites in whose windows, placed as in the training, the variants are scored, a row per "
        "variant and site; when absent in windows around them, for networks that know neither position nor strand",
    )
    strand: SiteStrand | None = Field(
        None,
        description="direction of the windows of `sites`: the forward strand, or the strand in column 6; as in the "
        "training when absent",
    )
    mismatch: Mismatch = Field(
        "error",
        description="where REF differs from the reference: stop, drop the row, or accept it if ALT equals it",
    )
    ends: Ends = Field(
        "pad", description="windows that reach over the end of a contig: fill up with N, or drop the variant"
    )
    shifts: list[int] = Field(
        [0],
        min_length=1,
        description="distances in bp of the window's centre from the variant (with `sites`, downstream from the site's "
        "own) to average over",
    )
    measured: Name | None = Field(None, description="INFO field of a measured effect to compare the scores with")
    outcome: Name | None = Field(
        None, description="INFO field of two classes that a second network learns from the scores"
    )
    positive: str = Field("1", description="value of `outcome` that is the positive class")
    covariates: list[Name] = Field([], description="INFO fields, numbers, that the second network also sees")
    covariate_table: str | None = Field(
        None,
        description="table with the columns `chrom`, `pos` (from 1), `ref`, `alt`, or as CADD, dbNSFP and VCF name "
        "them, and further covariates, all numbers; separated by tabs, commas or semicolons",
    )
    region: Count = Field(100_000, description="bp per region; variants of a region share a fold and a resample")
    folds: int = Field(5, ge=3, le=20, description="folds of the outer cross-validation over regions")
    seed: int = Field(1, ge=0, description="seed of folds and second networks")

    @model_validator(mode="after")
    def strand_of_sites(self) -> "Variants":
        """Sites have a strand."""
        return require(self, self.sites is not None or self.strand is None, "strand without sites; name their file")

    @model_validator(mode="after")
    def covariates_used(self) -> "Variants":
        """Covariates are for the second network."""
        given = bool(self.covariates) or self.covariate_table is not None
        require(self, not given or self.outcome is not None, "covariates without outcome; name the INFO field to learn")
        return require(self, len(set(self.shifts)) == len(self.shifts), "shifts: one stands twice")


class Maps(Section):
    """Mutation maps and attributions of single windows."""

    windows: int = Field(2, ge=0, description="windows per label: those of the test split that score highest")
    bed: str | None = Field(None, description="BED of further windows to map, by their centre; local path or URL")
    indels: bool = Field(True, description="also delete every letter and insert every letter everywhere")
    methods: list[METHODS] = Field(
        ["mutagenesis", "gradient_input", "integrated_gradients", "deeplift"],
        description="attributions that are drawn with the mutation maps",
    )
    steps: Count = Field(50, description="integrated gradients: points between the reference and the sequence")
    references: Count = Field(10, description="deeplift: dinucleotide shuffles of each window to compare it with")
    seed: int = Field(1, ge=0, description="seed of the shuffles")


class Pairs(Section):
    """Two motifs planted together in shuffled windows, at growing distance."""

    motifs: int = Field(4, ge=0, description="number of motifs: the most influential ones that are reproducible")
    backgrounds: Count = Field(25, description="dinucleotide-shuffled test windows that receive the motifs")
    largest: Count = Field(60, description="largest distance in bp between the two motifs")
    step: Count = Field(2, description="bp between the distances")
    seed: int = Field(1, ge=0, description="seed of the backgrounds")


class Modisco(Section):
    """Motifs from attributions by TF-MoDISco."""

    label: Name | None = Field(None, description="label whose attributions are clustered; the first when absent")
    windows: Count = Field(600, description="largest number of windows of the test split, the highest scores first")
    seqlets: int = Field(2000, ge=20, description="largest number of seqlets per sign")


class Hits(Section):
    """Places on the genome of the learned motifs that are reproducible and have a name."""

    p_value: float = Field(1e-5, gt=0, lt=1, description="largest p-value of a hit by FIMO's score distribution")
    contigs: list[str] = Field([], description="contigs to scan; all when empty")
