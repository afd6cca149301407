"""Classic filtering of images: what the layers of the networks do (tested), without torch and in double precision.

Images are arrays ``(…, height, width)`` of any real type; every map of the leading axes is filtered alone, in float64.
``f`` is the image, ``h`` a kernel that smooths, ``∂`` one that differentiates; see `convoscope.nn.kernels` for the
direction of the axes.
"""

from typing import NamedTuple

import numpy as np

from convoscope.errors import InputError
from convoscope.nn.kernels import laplacian_of_gaussian, separate, sobel_x, sobel_y
from convoscope.nn.padding import PADDINGS


class Border(NamedTuple):
    """What lies outside of the image: how far it is looked at (`PADDINGS`), and how numpy fills it."""

    padding: str
    fill: str


BORDERS = {
    "valid": Border("valid", "constant"),  # nothing: the output shrinks by the kernel's size less one
    "zero": Border("same", "constant"),
    "reflect": Border("same", "reflect"),  # d c b | a b c d | c b a: "mirror" in scipy.ndimage
    "symmetric": Border("same", "symmetric"),  # b a | a b c d | d c: "reflect" in scipy.ndimage
    "edge": Border("same", "edge"),
    "wrap": Border("same", "wrap"),
    "full": Border("full", "constant"),  # zeros, and every position that the kernel touches at all
}


class Gradient(NamedTuple):
    """The slope of brightness at every pixel; all arrays have the shape of the filtered images."""

    x: np.ndarray
    y: np.ndarray
    magnitude: np.ndarray  # √(x² + y²)
    direction: np.ndarray  # radians in (−π, π], where brightness rises fastest: 0 to the right, π/2 downward


def _check(images: np.ndarray, kernel: np.ndarray, border: str) -> None:
    """Refuse what cannot be filtered."""
    if images.ndim < 2 or kernel.ndim != 2 or not kernel.size:
        raise InputError(
            f"filtering: images {images.shape} and kernel {kernel.shape}; (…, height, width) and (rows, columns)"
        )
    if border not in BORDERS:
        raise InputError(f"border: {border!r}; one of {', '.join(BORDERS)}")


def _pad(images: np.ndarray, shape: tuple[int, int], border: str) -> np.ndarray:
    """Continue images ``(…, height, width)`` beyond their borders, as far as a kernel of this shape looks."""
    padding, fill = BORDERS[border]
    sides = [PADDINGS[padding](size - 1) for size in shape]
    return np.pad(images, [(0, 0)] * (images.ndim - 2) + sides, mode=fill)  # type: ignore[call-overload]


def _one_pass(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Cross-correlate every map with one kernel where it fits whole: the sum of its shifts, weighted."""
    for span, size in zip(kernel.shape, images.shape[-2:], strict=True):
        if span > size:
            raise InputError(f"kernel: spans {span} positions of {size}; at most as many as there are")
    height, width = (size - span + 1 for span, size in zip(kernel.shape, images.shape[-2:], strict=True))
    found = np.zeros((*images.shape[:-2], height, width))
    for (v, u), weight in np.ndenumerate(kernel):
        found += weight * images[..., v : v + height, u : u + width]
    return found


def correlate_image(images: np.ndarray, kernel: np.ndarray, border: str = "reflect") -> np.ndarray:
    """Cross-correlate: ``out[y, x] = Σ kernel[v, u] f[y + v, x + u]``, in two passes where the kernel is separable.

    Parameters
    ----------
    images
        ``(…, height, width)``.
    kernel
        ``(rows, columns)``.
    border
        A row of `BORDERS`. The output has the shape of the images, except for ``valid`` and ``full``.

    Raises
    ------
    InputError
        If the border is unknown, a shape is wrong, or with ``valid`` the kernel is larger than the images.

    >>> correlate_image(np.array([[1, 2, 4, 8]]), np.array([[-1, 1]]), "valid")
    array([[1., 2., 4.]])
    """
    _check(images, kernel, border)
    padded = _pad(np.asarray(images, np.float64), kernel.shape, border)
    factors = separate(kernel)
    if factors is None or 1 in kernel.shape:
        return _one_pass(padded, kernel)
    return _one_pass(_one_pass(padded, factors.column[:, None]), factors.row[None, :])


def convolve_image(images: np.ndarray, kernel: np.ndarray, border: str = "reflect") -> np.ndarray:
    """Flip the kernel in both dimensions, then `correlate_image`; parameters and errors are the same.

    >>> convolve_image(np.array([[0, 1, 0]]), np.array([[1, 2, 3]]), "zero")
    array([[1., 2., 3.]])
    """
    return correlate_image(images, np.flip(kernel), border)


def compose(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the one kernel that does what two do one after the other.

    >>> compose(np.array([[1, 1]]), np.array([[-1, 1]]))
    array([[-1.,  0.,  1.]])
    """
    return convolve_image(first, second, "full")


def gradient(
    images: np.ndarray, along_x: np.ndarray | None = None, along_y: np.ndarray | None = None, border: str = "reflect"
) -> Gradient:
    """Return both partial derivatives, the magnitude and the direction of the gradient.

    Parameters
    ----------
    images
        ``(…, height, width)``.
    along_x, along_y
        Kernels of ∂/∂x and ∂/∂y; Sobel's over eight, a derivative in counts per pixel, when not given.
    border
        A row of `BORDERS`.
    """
    x = correlate_image(images, sobel_x() / 8 if along_x is None else along_x, border)
    y = correlate_image(images, sobel_y() / 8 if along_y is None else along_y, border)
    return Gradient(x, y, np.hypot(x, y), np.arctan2(y, x))


def zero_crossings(response: np.ndarray, threshold: float = 0.0) -> np.ndarray:
    """Mark where a response ``(…, height, width)`` changes its sign by more than a threshold (Marr & Hildreth 1980).

    Of two neighbours of opposite sign, side by side or one above the other, the one nearer to zero is marked; a pixel
    of exactly zero is marked when those on its two sides have opposite signs.

    >>> zero_crossings(np.array([[3, 1, -2, -2, 0, 5]])).astype(int).tolist()
    [[0, 1, 0, 0, 1, 0]]
    """
    marked = np.zeros(response.shape, dtype=bool)
    for axis in (-1, -2):
        # Views with the axis in front; what is written to them is written to `marked`.
        values, marks = np.moveaxis(np.asarray(response, np.float64), axis, 0), np.moveaxis(marked, axis, 0)
        here, there = values[:-1], values[1:]
        crossing = (here * there < 0) & (np.abs(here - there) > threshold)
        nearer = np.abs(here) <= np.abs(there)
        marks[:-1] |= crossing & nearer
        marks[1:] |= crossing & ~nearer
        before, after = values[:-2], values[2:]
        marks[1:-1] |= (values[1:-1] == 0) & (before * after < 0) & (np.abs(before - after) > threshold)
    return marked


def laplacian_edges(
    images: np.ndarray, sigma: float = 1.0, threshold: float = 0.0, border: str = "reflect"
) -> np.ndarray:
    """Return the zero crossings of the Laplacian of Gaussian, a bool for every pixel of ``(…, height, width)``.

    Parameters
    ----------
    images
        ``(…, height, width)``.
    sigma
        Width of the Gaussian in pixels.
    threshold
        Least change across the zero, in counts per square pixel.
    border
        A row of `BORDERS`.
    """
    return zero_crossings(correlate_image(images, laplacian_of_gaussian(sigma), border), threshold)


def theorem_gap(images: np.ndarray, smoothing: np.ndarray, derivative: np.ndarray) -> float:
    """Return ``max |∂(h⋆f) − (∂h)⋆f|``: nothing but rounding, for differentiating is a convolution too.

    Outside of the images ``f`` is zero and every position is compared, so no border is left out.

    Parameters
    ----------
    images
        ``(…, height, width)``.
    smoothing, derivative
        The kernels h and ∂.
    """
    late = correlate_image(correlate_image(images, smoothing, "full"), derivative, "full")
    early = correlate_image(images, compose(smoothing, derivative), "full")
    return float(np.abs(late - early).max())
