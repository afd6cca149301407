"""A small random genome with everything that windows can stumble over."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.sequence import genome
from convoscope.sequence.contigs import Contigs
from convoscope.sequence.intervals import genome_intervals
from convoscope.sequence.recompress import bgzip
from convoscope.sequence.usable_regions import Landscape

SIZES = {"one": 40_000, "two": 30_000, "three": 20_000, "tiny": 60}


def random_letters(size: int, seed: int) -> str:
    """Letters whose GC rises along the contig, some in lower case, with an assembly gap and single unknown bases."""
    generator = np.random.default_rng(seed)
    gc = np.linspace(0.2, 0.7, size)
    strong = generator.random(size) < gc
    letters = np.where(strong, generator.choice(list("GC"), size), generator.choice(list("AT"), size))
    letters[size // 2 : size // 2 + size // 100] = "N"
    letters[generator.integers(0, size, size // 200)] = "R"
    text = "".join(letters)
    return text[: size // 4] + text[size // 4 :].lower()


@pytest.fixture(scope="session")
def fasta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("genome")
    plain, path = folder / "genome.fa", folder / "genome.fa.gz"
    plain.write_text("".join(f">{name}\n{random_letters(size, size)}\n" for name, size in SIZES.items()))
    genome.bgzip(plain, path)
    genome.index(path)
    return path


@pytest.fixture
def table() -> Callable[..., pd.DataFrame]:
    """Make a table of (chrom, start, end)."""

    def make(*rows: tuple[str, int, int]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=["chrom", "start", "end"]).astype({"start": np.int64, "end": np.int64})

    return make


@pytest.fixture
def landscape(fasta: Path, table: Callable[..., pd.DataFrame]) -> Landscape:
    """Windows of 100 bp; one blacklisted region."""
    blacklist = genome_intervals(table(("one", 5_000, 6_000)), SIZES)
    return Landscape(fasta, Contigs(SIZES), blacklist, max_unknown=0.05, length=100)


@pytest.fixture
def site_table() -> Callable[..., pd.DataFrame]:
    """Make a table of sites of 1 bp: (label, chrom, position, score)."""

    def make(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
        made = pd.DataFrame(rows, columns=["label", "chrom", "start", "score"])
        made = made.assign(
            end=made["start"] + 1, center=made["start"], midpoint=True, strand=".", source="sites.bed", row=""
        )
        return made.assign(line=np.arange(1, len(made) + 1), least=np.nan)

    return make


@pytest.fixture
def convert(tmp_path):
    """Recompress bytes, index them, and give the path back."""

    def call(content, name="in.fa"):
        (tmp_path / name).write_bytes(content)
        target = tmp_path / "out.fa.gz"
        bgzip(tmp_path / name, target)
        genome.index(target)
        return target

    return call
