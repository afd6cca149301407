"""Limits of the networks' options, which are read without torch."""

from typing import Annotated, Literal

from pydantic import Field

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
FIRST_SIZE = 7  # pixels per side of the kernels of first layers on images
Strands = Literal["single", "max", "mean"]
# First layers of networks on images: large kernels that begin small and are normalised, or those of the paper.
FirstLayer = Literal["large", "paper"]
# What the maps of first layers on sequences go through; see `nn.activation`.
Activation = Literal["relu", "exponential"]
