"""The eight flips and quarter turns of a square image, and random variations of crops."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

View = Callable[[Tensor], Tensor]


def _view(turns: int, mirrored: bool) -> View:
    """Return the function that turns images ``(batch, channels, size, size)`` anticlockwise, then mirrors columns."""

    def apply(images: Tensor) -> Tensor:
        turned = images.rot90(turns, (2, 3))
        return turned.flip(3) if mirrored else turned

    return apply


VIEWS: tuple[View, ...] = tuple(_view(turns, mirrored) for mirrored in (False, True) for turns in range(4))


def random_views(images: Tensor, generator: torch.Generator) -> Tensor:
    """Show each image in one of its eight views, each with the same probability."""
    chosen = torch.randint(len(VIEWS), (len(images),), generator=generator, device=images.device)
    result = torch.empty_like(images)
    for number, function in enumerate(VIEWS):
        rows = (chosen == number).nonzero().flatten()
        result.index_copy_(0, rows, function(images.index_select(0, rows)))
    return result


def random_shifts(images: Tensor, shift: int, generator: torch.Generator) -> Tensor:
    """Move each image by its own offset in ``[-shift, shift]`` pixels per axis; edge pixels fill what moves in."""
    size = images.shape[-1]
    offsets = torch.randint(-shift, shift + 1, (len(images), 2), generator=generator, device=images.device)
    number, (rows, columns) = torch.arange(len(images), device=images.device), (offsets + shift).unbind(1)
    wider = functional.pad(images, (shift,) * 4, mode="replicate")
    return wider.unfold(2, size, 1).unfold(3, size, 1)[number, :, rows, columns]


def random_brightness(images: Tensor, brightness: float, generator: torch.Generator) -> Tensor:
    """Multiply each channel of each image by its own factor in ``[1 - brightness, 1 + brightness]``."""
    factor = torch.rand(images.shape[:2], generator=generator, device=images.device) * 2 - 1
    return images * (1 + brightness * factor)[..., None, None]
