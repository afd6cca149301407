"""The verb ``manifest``: what a run was made of, and the checksum of all that it made."""

from pathlib import Path

from convoscope.files import read_json, replacing, write_json
from convoscope.options import Input
from convoscope.provenance.crate import WORKFLOW, build


def manifest(*, folder: Input, run: Input, crate: Path) -> None:
    """Write the manifest of finished results.

    A Workflow Run RO-Crate: inputs, configuration, versions, commands, and the sha256 of every file. The verb `verify`
    compares a folder with it.

    Parameters
    ----------
    folder
        The results.
    run
        What Snakemake recorded of the run, JSON.
    crate
        Manifest to write, ro-crate-metadata.json in the folder.
    """
    content = read_json(run)
    with replacing(folder / WORKFLOW) as [scratch]:
        scratch.write_text(content["workflow"], encoding="utf-8")
    write_json(crate, build(folder, content, Path.cwd()))
