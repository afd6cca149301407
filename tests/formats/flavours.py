"""All flavours of input files, kind by kind, in the order of the documentation."""

from flavour import Flavour, Refused
from image_flavours import IMAGES, MASKS
from sequence_flavours import REFERENCES, SITES, VARIANTS
from table_flavours import CELLS, COVARIATES, MOTIFS, SEQUENCES, SIGNALS

__all__ = ["FLAVOURS", "Flavour", "Refused"]

FLAVOURS: list[Flavour] = [
    *SITES,
    *REFERENCES,
    *SEQUENCES,
    *SIGNALS,
    *VARIANTS,
    *COVARIATES,
    *MOTIFS,
    *CELLS,
    *IMAGES,
    *MASKS,
]
