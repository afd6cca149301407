"""The verb ``verify``: whether results are what their manifest says."""

import logging

from convoscope.errors import InputError
from convoscope.options import Input
from convoscope.provenance.check import deviations, differences, read_manifest, unseen_inputs


def verify(folder: Input, *, other: Input | None = None) -> None:
    """Say which results are not as their manifest says.

    A line for every file that is missing, changed or additional, and for every input that has changed since. The exit
    code is 0 when all is right, else 2.

    Parameters
    ----------
    folder
        The results, with their ro-crate-metadata.json.
    other
        Results of another run of the same configuration; files that differ are named, but those that hold times.
    """
    lines = list(deviations(folder))
    if other is not None:
        lines += [*deviations(other), *differences(folder, other)]
    if lines:
        raise InputError("\n".join(lines))
    for name in unseen_inputs(folder):
        logging.info("%s: not compared; this input is not on this machine", name)
    logging.info("%s: %d files are as the manifest says", folder, len(read_manifest(folder).files))
