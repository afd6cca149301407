"""Verb ``init``: a configuration for the user's own files, which it looks at first."""

import shlex
import sys
import textwrap
from pathlib import Path

from convoscope.draft.cells import draft_cells
from convoscope.draft.listed import draft_listed
from convoscope.draft.site_files import find_site_files
from convoscope.draft.sites import draft_sites
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.options import Input

WORKFLOW = Path(__file__).parents[3] / "Snakefile"  # of a checkout
WIDTH = 100  # letters of a line
CHOICES = "--genome with --sites, --positive (and --negative), or --cells"


def init(
    *,
    genome: str | None = None,
    sites: list[str] | None = None,
    positive: Input | None = None,
    negative: Input | None = None,
    cells: Input | None = None,
    folder: Input | None = None,
    label: str | None = None,
    groups: list[str] | None = None,
    name: str | None = None,
    configfile: Path = Path("my.yaml"),
    force: bool = False,
) -> None:
    """Write a configuration for your own files, after a look at them.

    These are sites on a genome, FASTA files or a table of cells. What was seen is printed, and the command to run next.

    Parameters
    ----------
    genome
        Genome of the sites: FASTA or .2bit, or its address.
    sites
        LABEL=FILE for every label (BED, narrowPeak, …), a folder of such files, or a table with columns label and path.
    positive
        FASTA file of sequences with the label.
    negative
        FASTA file of sequences without the label; shuffled positives when not given.
    cells
        Table of cells: one row per cell, with columns of its image, its class and its groups.
    folder
        Folder that the names of images start from; that of the table when not given.
    label
        Column of the classes, where its name does not say so.
    groups
        Columns of what cells have in common, such as protein and plate, where their names do not say so.
    name
        Name of the experiment, which is the folder of its results.
    configfile
        Configuration to write, YAML.
    force
        Replace an existing file.
    """
    if configfile.exists() and not force:
        raise InputError(f"--configfile {configfile}: exists already; give another name, or --force to replace it")
    given = {"genome": genome or sites, "positive": positive, "cells": cells}
    kinds = [kind for kind, value in given.items() if value]
    if len(kinds) != 1:
        raise InputError(f"init: {' and '.join(kinds) or 'no file'} given; {CHOICES}")
    if cells:
        draft = draft_cells(cells, folder, label, groups, name)
    elif positive:
        draft = draft_listed(positive, negative, name)
    elif genome and sites:
        draft = draft_sites(genome, find_site_files(sites), name)
    else:
        raise InputError(f"init: {'--sites' if genome else '--genome'} is missing; {CHOICES}")
    with replacing(configfile) as [scratch]:
        scratch.write_text(draft.text, encoding="utf-8")
    said = textwrap.fill(draft.seen, WIDTH, break_long_words=False, break_on_hyphens=False)
    sys.stdout.write(f"{said}\n\nWritten: {configfile}. Next:\n\n    {next_command(configfile)}\n")


def next_command(configfile: Path) -> str:
    """Return the command that runs a configuration from the folder where one is."""
    root = WORKFLOW.parents[1]
    elsewhere = WORKFLOW.is_file() and Path.cwd().resolve() != root.resolve()
    snakefile = ["--snakefile", str(WORKFLOW)] if elsewhere else []
    words = ["snakemake", *snakefile, "--cores", "all", "--configfile", str(configfile), "--show-failed-logs"]
    return shlex.join(words)
