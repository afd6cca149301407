"""Convoscope: convolutional networks on genomes and cell images, from raw data to motifs, filters and one report.

The public functions are imported when they are first used (PEP 562), so that ``import convoscope`` loads neither torch
nor NumPy. The steps of the workflow are functions too, from files to files: ``convoscope.steps.train.train(…)`` does
what the verb ``train`` does.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convoscope.api import explainable, load, mutagenesis, predict
    from convoscope.interpretation.motifs.motif_files import read_motifs
    from convoscope.models import build
    from convoscope.sequence.letters import decode, encode, reverse_complement

__version__ = "0.1.0"
__all__ = [
    "build",
    "decode",
    "encode",
    "explainable",
    "load",
    "mutagenesis",
    "predict",
    "read_motifs",
    "reverse_complement",
]
_SOURCES = {
    "convoscope.api": ("load", "predict", "mutagenesis", "explainable"),
    "convoscope.interpretation.motifs.motif_files": ("read_motifs",),
    "convoscope.models": ("build",),
    "convoscope.sequence.letters": ("encode", "decode", "reverse_complement"),
}


if not TYPE_CHECKING:  # which would take any name for a public one

    def __getattr__(name: str) -> Any:
        """Import a public function on first use."""
        for module, names in _SOURCES.items():
            if name in names:
                return getattr(importlib.import_module(module), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public functions although they are not imported yet."""
    return sorted({*globals(), *__all__})
