"""All flavours of input files, kind by kind, in the order of the documentation."""

from flavour import Flavour, Refused
from image_flavours import IMAGES, MASKS
from sequence_flavours import REFERENCES, SITES, VARIANTS

__all__ = ["FLAVOURS", "Flavour", "Refused"]

FLAVOURS: list[Flavour] = [*SITES, *REFERENCES, *VARIANTS, *IMAGES, *MASKS]
