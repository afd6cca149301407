"""Every flavour of input in `flavours` is read, or refused, as the documentation says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flavours import FLAVOURS, Flavour, Refused

from convoscope.config import Cells, SequenceFile
from convoscope.config.image import CropsSpec
from convoscope.errors import InputError
from convoscope.image.cells import read_cells
from convoscope.image.image_files import read_image, read_mask
from convoscope.image.request import UnusableError
from convoscope.interpretation.motifs.motif_files import parse_motifs
from convoscope.interpretation.second_network.covariate_tables import read_covariates
from convoscope.sequence.contigs import contigs_of
from convoscope.sequence.genome import indexed, open_fasta
from convoscope.sequence.records import read_labelled_records
from convoscope.sequence.signal import mean_signal
from convoscope.sequence.sites import read_sites
from convoscope.sequence.vcf import open_vcf


def sites(path: Path) -> list[tuple[Any, ...]]:
    """Return contig, centre base, strand and score (None for none) of every site."""
    table = read_sites(path)
    scores = table["score"].astype(object).where(table["score"].notna(), None)
    return list(zip(table["chrom"], table["center"].tolist(), table["strand"], scores, strict=True))


def references(path: Path) -> dict[str, str]:
    """Return the letters of every contig, as verbs read a genome that is given by its path."""
    with indexed(path) as fasta, open_fasta(fasta) as genome:
        return {name: genome.fetch(name) for name in genome.references}


def variants(path: Path) -> list[tuple[str, int, str, list[str]]]:
    """Return contig, position, reference allele and alternative alleles of every record."""
    with open_vcf(path) as (_, records):
        return [(one.chrom, one.pos, one.ref, one.alts) for one in records]


def covariates(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Return contig, position and alleles of every row, and its covariates by name."""
    table = read_covariates(path)
    keys = (" ".join(key.split("\t")) for key in table.index)
    return list(zip(keys, table.to_dict("records"), strict=True))


def images(path: Path) -> tuple[str, list[int]]:
    """Return the type of an image and the first pixel of each of its channels."""
    image = read_image([path])
    assert image.shape[1:] == (24, 20)
    return image.dtype.name, image[:, 0, 0].tolist()


def masks(path: Path) -> list[int]:
    """Return the numbers of the cells of a label image."""
    return [number for number in np.unique(read_mask(path)).tolist() if number]


def sequences(path: Path) -> list[tuple[str, str, float | None]]:
    """Return name, letters and label of every record: 1 in FASTA, that of the column `y` in tables."""
    in_columns = SequenceFile(path=str(path), id_column="name", label_columns={"y": "y"})
    fasta = path.read_bytes().startswith(b">")
    table = read_labelled_records(
        path, SequenceFile(path=str(path), labels={"y": 1}) if fasta else in_columns, "sequences.0"
    )
    labels = table["y"].astype(object).where(table["y"].notna(), None)
    return list(zip(table["name"], table["text"], labels, strict=True))


def motifs(path: Path) -> list[tuple[str, list[list[float]]]]:
    """Return name and probabilities of every motif."""
    return [(one.name, one.matrix.tolist()) for one in parse_motifs(path.read_text(), path.name)]


def signals(path: Path) -> list[float]:
    """Return the means over the first 100 bp of two contigs."""
    windows = pd.DataFrame({"chrom": ["chr1", "chr2"], "start": [0, 0], "end": [100, 100]})
    return mean_signal(path, windows, contigs_of({"chr1": 200, "chr2": 300})).tolist()


def cells(path: Path) -> list[tuple[str, str, str]]:
    """Return name, image and label of every cell."""
    table = read_cells(path, CropsSpec(cells=Cells(path=str(path)), labels=["label"]))
    return list(zip(table.ids, table.images["image"], table.described["label"], strict=True))


READERS: dict[str, Callable[[Path], Any]] = {
    "sites": sites,
    "references": references,
    "labelled sequences": sequences,
    "signals": signals,
    "variants": variants,
    "tables of covariates": covariates,
    "motifs": motifs,
    "tables of cells": cells,
    "images": images,
    "label images": masks,
}


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: f"{flavour.kind}: {flavour.name}")
def test_a_flavour_is_read_as_documented(flavour: Flavour, tmp_path: Path) -> None:
    path = tmp_path / f"given{flavour.suffix}"
    path.write_bytes(flavour.content if isinstance(flavour.content, bytes) else flavour.content())
    if isinstance(flavour.expected, Refused):
        with pytest.raises((InputError, UnusableError), match=flavour.expected.said) as refusal:
            READERS[flavour.kind](path)
        assert "\n" not in str(refusal.value)
    else:
        assert READERS[flavour.kind](path) == flavour.expected


def test_every_kind_of_file_has_flavours_of_both_sorts() -> None:
    for kind in READERS:
        refused = {isinstance(one.expected, Refused) for one in FLAVOURS if one.kind == kind}
        assert refused == {True, False}, kind
