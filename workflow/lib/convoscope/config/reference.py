"""Sections of genomes: fetched, or simulated with a known truth."""

from pydantic import Field, model_validator

from convoscope.config.base import Count, Name, Section, Seed, Share, require


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
    shared: float = Field(
        0.25,
        ge=0,
        le=0.5,
        description="share of a factor's peaks that are also a peak of another factor, with the sites side by side",
    )
    jitter: int = Field(15, ge=0, description="largest distance in bp between a site's centre and the reported summit")
    variant_chromosomes: list[str] = Field(
        [], description="chromosomes of the simulated variants, best those of the test split; all when empty"
    )
    seed: Seed = Field(1, description="seed of the simulation")


class Reference(Section):
    """One genome: fetched from the first mirror that answers, or simulated."""

    mirrors: list[str] = Field(
        [],
        description="addresses tried in order: `https`, `http`, `ftp`, `file:` local path; FASTA, plain or compressed "
        "(gzip, bzip2, xz, zip of one file), or .2bit",
    )
    sha256: str | None = Field(None, pattern="^[0-9a-fA-F]{64}$", description="checksum of the file as fetched")
    md5: str | None = Field(
        None, pattern="^[0-9a-fA-F]{32}$", description="checksum of the file as fetched, where no sha256 is published"
    )
    aliases: str | None = Field(
        None,
        description="table of the contigs' names elsewhere (UCSC's chromAlias.txt, NCBI's assembly_report.txt), by "
        "which every file of an experiment may name them; local path or URL",
    )
    genes: str | None = Field(
        None,
        description="genes in GFF3 or GTF, plain or compressed, drawn in views of loci of experiments with tracks; "
        "local path or URL",
    )
    simulate: Simulation | None = Field(None, description="simulate the genome instead of fetching it")

    @model_validator(mode="after")
    def one_source(self) -> "Reference":
        """Require mirrors or a simulation, not both."""
        return require(self, bool(self.mirrors) != (self.simulate is not None), "give either mirrors or simulate")
