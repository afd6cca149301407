"""Labelled sequences as windows on a reference of their own."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from Bio.bgzf import BgzfWriter

from convoscope.config import SequencesSpec
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.reasons import counted_losses
from convoscope.sequence import genome, labelled, losses, tables
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.balance import check_folds, report_shares
from convoscope.tables import write_table


def sequences(
    *, files: list[Input], spec: SequencesSpec, fasta: Path, windows: Path, dropped: Path, negatives: Path
) -> None:
    """Turn labelled sequences, FASTA or tables, into an indexed FASTA and windows.

    Each record becomes a contig. When too many records are lost, dropped.tsv is written all the same and the error
    counts the reasons.

    Parameters
    ----------
    files
        Files of sequences, FASTA or tables, in the order of the section.
    fasta
        FASTA to write, BGZF, one contig per record; its indices are written next to it.
    windows
        Table of the examples to write, windows.tsv.
    negatives
        Table to write of how many negatives were wanted and found.
    """
    records, names = labelled.read_all(files, spec)
    judged = labelled.judge_all(records, names, spec, ALPHABETS[spec.alphabet])
    used, lost = judged[judged["reason"] == ""], judged[judged["reason"] != ""].assign(label="")
    with replacing(dropped) as [scratch]:
        write_table(lost[losses.DROPPED], scratch)
    losses.refuse_losses(judged, losses.record_groups(judged, names), spec.max_dropped)
    rows, tally = labelled.example_rows(used, names, spec)
    labels = rows[names].to_numpy(dtype=np.float64)
    check_folds(rows["fold"].to_numpy(), labels, names, spec.split)
    report_shares(rows["fold"].to_numpy(), labels, names, spec.split)
    indices = [fasta.with_name(fasta.name + suffix) for suffix in (".fai", ".gzi")]
    with replacing(*indices, windows, negatives, fasta) as [_, _, windows_scratch, negatives_scratch, fasta_scratch]:
        _write_fasta(fasta_scratch, used)
        genome.index(fasta_scratch)  # writes next to it, which is where `replacing` expects the two indices
        write_table(tables.arrange(rows, labels, names), windows_scratch, None)
        write_table(tally, negatives_scratch)
    logging.info("sequences: %d records gave %d examples; %s", len(judged), len(rows), counted_losses(lost["reason"]))


def _write_fasta(path: Path, records: pd.DataFrame) -> None:
    """Write records (columns ``id text``) as BGZF FASTA, one line each."""
    with BgzfWriter(str(path)) as sink:
        for name, text in zip(records["id"], records["text"], strict=True):
            sink.write(f">{name}\n{text}\n")
