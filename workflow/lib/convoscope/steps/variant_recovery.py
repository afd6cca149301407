"""Verb ``variant-recovery``: whether scores tell which simulated variants break a planted site."""

from pathlib import Path

import pandas as pd

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.effects import one_row_per_allele
from convoscope.files import replacing
from convoscope.interpretation.truth.broken_sites import broken_table
from convoscope.options import Input
from convoscope.prediction.variants.annotation import read_info
from convoscope.sequence.vcf import open_vcf
from convoscope.tables import read_table, write_table

FIELDS = ("SITE", "LOST")  # of INFO, written by the simulation


def variant_recovery(*, scores: Input, vcf: Input, spec: Variants, table: Path) -> None:
    """Compare the scores of simulated variants with what they do to planted sites.

    Parameters
    ----------
    scores
        Scores of the verb predict-variants.
    vcf
        Variants of the verb simulate.
    table
        Table to write, one row per factor, and one for all together.
    """
    found = one_row_per_allele(read_table(scores, "scores", ("row", "chrom", "pos")))
    with open_vcf(vcf) as (header, records):
        absent = [name for name in FIELDS if name not in header.numbers]
        if absent:
            raise InputError(f"{vcf}: no field {absent[0]} of INFO; variants of the verb simulate have it")
        truth = pd.DataFrame({record.row: read_info(record.fields[7]) for record in records}).T
    known = truth.reindex(found["row"]).reset_index(drop=True)
    with replacing(table) as [scratch]:
        rows = broken_table(found, known["SITE"], known["LOST"], spec.region, spec.seed)
        write_table(rows, scratch)
