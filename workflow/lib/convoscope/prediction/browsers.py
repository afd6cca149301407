"""What genome browsers open: a session of IGV, and a track hub of UCSC in one file.

Sources: IGV's session files, whose paths start from the file (igv.org/doc/desktop); UCSC's description of track hubs
and of ``useOneFile`` (genome.ucsc.edu/goldenPath/help/hgTracksHelp and hgTrackHubHelp).
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

SHORT, LONG = 17, 76  # letters of a track's labels at UCSC
# What a hub calls those of the kinds below that it can hold; BED it cannot.
HUB_TYPES = {"bigWig": "bigWig", "intervals": "bigBed 6", "genes": "bigBed 12", "vcf": "vcfTabix"}
SETTINGS = {"bigWig": ["autoScale on", "visibility full"]}
PACKED = ["visibility pack"]
EMAIL = "unknown@example.org"  # a hub has to name one


class Layer(NamedTuple):
    """One file to show: its name, its path, its kind: ``bigWig bed vcf``, or bigBed of ``intervals`` or ``genes``."""

    name: str
    path: Path
    kind: str


def igv_session(genome: Path, layers: Sequence[Layer], folder: Path) -> str:
    """Return the session, XML, whose paths start from the folder that it is in."""
    session = ElementTree.Element("Session", genome=_relative(genome, folder), locus="All", version="8")
    resources = ElementTree.SubElement(session, "Resources")
    for layer in layers:
        ElementTree.SubElement(resources, "Resource", name=layer.name, path=_relative(layer.path, folder))
    ElementTree.indent(session)
    return ElementTree.tostring(session, encoding="unicode", xml_declaration=True) + "\n"


def track_hub(name: str, genome: str, layers: Sequence[Layer], folder: Path) -> str:
    """Return the hub with all that it can hold, whose paths start from the folder that it is in.

    Parameters
    ----------
    name
        Of the experiment.
    genome
        Name of the assembly at UCSC.
    layers
        Files to show; variants without an index are left out, and so is BED, for which a hub takes bigBed.
    folder
        Where the hub is.
    """
    head = {"hub": word(name), "shortLabel": name[:SHORT], "longLabel": f"Convoscope: {name}"[:LONG]}
    blocks = ["\n".join([*(f"{key} {value}" for key, value in head.items()), "useOneFile on", f"email {EMAIL}"])]
    blocks.append(f"genome {genome}")
    for number, layer in enumerate(layers, start=1):
        if layer.kind in HUB_TYPES and (layer.kind != "vcf" or Path(f"{layer.path}.tbi").is_file()):
            lines = [
                f"track {word(layer.name)}_{number}",
                f"type {HUB_TYPES[layer.kind]}",
                f"bigDataUrl {quote(_relative(layer.path, folder))}",
                f"shortLabel {layer.name[:SHORT]}",
                f"longLabel {layer.name[:LONG]}",
            ]
            blocks.append("\n".join([*lines, *SETTINGS.get(layer.kind, PACKED)]))
    return "\n\n".join(blocks) + "\n"


def _relative(path: Path, folder: Path) -> str:
    """Return a path as seen from a folder, with ``/``."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def word(text: str) -> str:
    """Return a text as UCSC names tracks: letters, digits and ``_``, a letter first.

    >>> word("3 CTCF.peaks")
    'track_3_CTCF_peaks'
    """
    word = re.sub("[^A-Za-z0-9_]", "_", text)
    return word if word[:1].isalpha() else f"track_{word}"
