"""The kernels that people wrote before networks learned theirs, by name.

A kernel is a float64 array ``(rows, columns)``, written the way it lies on the image under cross-correlation, as the
filters of a layer are: x is the column and grows to the right, y is the row and grows downward. A derivative kernel
is positive where brightness rises with x (or y), so correlation with it gives +∂f/∂x; convolution, which flips it,
gives −∂f/∂x. A kernel of even size stands on the upper left of its middle pixels, as padding ``same`` puts it.

Marr & Hildreth 1980 for the Laplacian of Gaussian, Daugman 1985 for Gabor; the rest is textbook.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convoscope.errors import InputError

TRUNCATE = 4.0  # a Gaussian ends at this number of standard deviations, as in scipy.ndimage


class Factors(NamedTuple):
    """A separable kernel: ``column[:, None] * row[None, :]``."""

    column: np.ndarray  # (rows,)
    row: np.ndarray  # (columns,)


def _positive(name: str, value: float) -> None:
    """Refuse a size or a width that is not above zero."""
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"kernel: {name} {value}; a number above 0")


def _offsets(sigma: float) -> np.ndarray:
    """Return the whole-number distances from the centre at which a Gaussian of this width is sampled."""
    _positive("sigma", sigma)
    radius = max(1, int(TRUNCATE * sigma + 0.5))
    return np.arange(-radius, radius + 1, dtype=np.float64)


def _gaussian_profile(sigma: float = 1.0) -> np.ndarray:
    """Return the 1-D factor of the Gaussian ``(2r + 1,)``, which sums to one."""
    weights = np.exp(-(_offsets(sigma) ** 2) / (2 * sigma**2))
    return weights / weights.sum()


def _gaussian_slope(sigma: float = 1.0) -> np.ndarray:
    """Return the first derivative ``(2r + 1,)``: correlation with it differentiates the smoothed signal."""
    return _offsets(sigma) / sigma**2 * _gaussian_profile(sigma)


def _gaussian_curvature(sigma: float = 1.0) -> np.ndarray:
    """Return the second derivative ``(2r + 1,)``."""
    return (_offsets(sigma) ** 2 / sigma**4 - 1 / sigma**2) * _gaussian_profile(sigma)


def mean(size: int = 3) -> np.ndarray:
    """Return the moving average over ``size × size`` pixels."""
    _positive("size", size)
    return np.full((size, size), 1 / size**2)


def gaussian_3x3() -> np.ndarray:
    """Return the small Gaussian of whole numbers: the outer product of 1 2 1 over 16.

    >>> (16 * gaussian_3x3()).astype(int).tolist()
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    return np.outer([1.0, 2.0, 1.0], [1.0, 2.0, 1.0]) / 16


def gaussian(sigma: float = 1.0) -> np.ndarray:
    """Return ``h(u, v) = exp(−(u² + v²) / 2σ²) / 2πσ²`` at whole pixels, rescaled to sum to exactly one."""
    profile = _gaussian_profile(sigma)
    return np.outer(profile, profile)


def difference_x() -> np.ndarray:
    """Return the forward difference: ``∂f/∂x ≈ f(x + 1, y) − f(x, y)``."""
    return np.array([[-1.0, 1.0]])


def difference_y() -> np.ndarray:
    """Return the forward difference along y."""
    return difference_x().T


def central_x() -> np.ndarray:
    """Return the central difference: ``∂f/∂x ≈ (f(x + 1, y) − f(x − 1, y)) / 2``."""
    return np.array([[-0.5, 0.0, 0.5]])


def central_y() -> np.ndarray:
    """Return the central difference along y."""
    return central_x().T


def prewitt_x() -> np.ndarray:
    """Return the difference along x, summed over three rows; a sixth of it is a derivative per pixel."""
    return np.outer([1.0, 1.0, 1.0], [-1.0, 0.0, 1.0])


def prewitt_y() -> np.ndarray:
    """Return the difference along y, summed over three columns."""
    return prewitt_x().T


def sobel_x() -> np.ndarray:
    """Return the difference along x of rows weighted 1 2 1; an eighth of it is a derivative per pixel."""
    return np.outer([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])


def sobel_y() -> np.ndarray:
    """Return the difference along y of columns weighted 1 2 1."""
    return sobel_x().T


def roberts_main() -> np.ndarray:
    """Return the difference along the main diagonal: ``f(x, y) − f(x + 1, y + 1)``."""
    return np.array([[1.0, 0.0], [0.0, -1.0]])


def roberts_anti() -> np.ndarray:
    """Return the difference along the other diagonal: ``f(x + 1, y) − f(x, y + 1)``."""
    return np.array([[0.0, 1.0], [-1.0, 0.0]])


def gaussian_x(sigma: float = 1.0) -> np.ndarray:
    """Return the derivative of the Gaussian along x: smoothing and ∂/∂x in one kernel."""
    return np.outer(_gaussian_profile(sigma), _gaussian_slope(sigma))


def gaussian_y(sigma: float = 1.0) -> np.ndarray:
    """Return the derivative of the Gaussian along y."""
    return gaussian_x(sigma).T


def laplacian_4() -> np.ndarray:
    """Return −∇² from the four neighbours that share a side, bright at the centre as it is usually written."""
    return np.array([[0.0, -1.0, 0.0], [-1.0, 4.0, -1.0], [0.0, -1.0, 0.0]])


def laplacian_8() -> np.ndarray:
    """Return the Laplacian of all eight neighbours, bright at the centre."""
    return np.array([[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]])


def laplacian_of_gaussian(sigma: float = 1.0) -> np.ndarray:
    """Return ``∇²h = ∂²h/∂u² + ∂²h/∂v²``, dark at the centre, bright around it.

    Cut off and sampled it would not quite sum to zero, and camera offsets of thousands of counts would turn into false
    edges: that much of the Gaussian is taken off, and a flat image gives nothing.
    """
    profile, curvature = _gaussian_profile(sigma), _gaussian_curvature(sigma)
    kernel = np.outer(profile, curvature) + np.outer(curvature, profile)
    return kernel - kernel.sum() * gaussian(sigma)


def gabor(
    sigma: float = 2.0, wavelength: float = 4.0, angle: float = 0.0, phase: float = 0.0, aspect: float = 1.0
) -> np.ndarray:
    """Return a wave under a Gaussian: stripes of one direction and width.

    ``exp(−(a² + γ²b²) / 2σ²) cos(2πa/λ + φ)`` over the sum of the envelope, with ``a = u cos θ + v sin θ`` across the
    stripes and ``b = v cos θ − u sin θ`` along them, less the share of the envelope that a flat image would show.

    Parameters
    ----------
    sigma
        Width of the envelope σ across the stripes, in pixels.
    wavelength
        Distance λ from stripe to stripe, in pixels.
    angle
        Direction θ across the stripes, in degrees from x towards y: 0 gives upright stripes.
    phase
        Place φ of the wave in degrees: 0 a bright stripe in the middle, −90 an edge from dark to bright.
    aspect
        Narrowing γ of the envelope along the stripes; 0.5 makes them twice as long as wide.
    """
    for name, value in (("sigma", sigma), ("wavelength", wavelength), ("aspect", aspect)):
        _positive(name, value)
    reach = _offsets(sigma * max(1.0, 1 / aspect))
    v, u = np.meshgrid(reach, reach, indexing="ij")
    turn = np.deg2rad(angle)
    across, along = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
    envelope = np.exp(-(across**2 + (aspect * along) ** 2) / (2 * sigma**2))
    envelope /= envelope.sum()
    wave = envelope * np.cos(2 * np.pi * across / wavelength + np.deg2rad(phase))
    return wave - wave.sum() * envelope


def gabor_odd(sigma: float = 2.0, wavelength: float = 4.0, angle: float = 0.0) -> np.ndarray:
    """Return the Gabor kernel of an edge, dark on the left and bright on the right when the angle is 0."""
    return gabor(sigma, wavelength, angle, phase=-90.0)


KERNELS: dict[str, Callable[..., np.ndarray]] = {
    "mean": mean,
    "gaussian_3x3": gaussian_3x3,
    "gaussian": gaussian,
    "difference_x": difference_x,
    "difference_y": difference_y,
    "central_x": central_x,
    "central_y": central_y,
    "prewitt_x": prewitt_x,
    "prewitt_y": prewitt_y,
    "sobel_x": sobel_x,
    "sobel_y": sobel_y,
    "roberts_main": roberts_main,
    "roberts_anti": roberts_anti,
    "gaussian_x": gaussian_x,
    "gaussian_y": gaussian_y,
    "laplacian_4": laplacian_4,
    "laplacian_8": laplacian_8,
    "laplacian_of_gaussian": laplacian_of_gaussian,
    "gabor": gabor,
    "gabor_odd": gabor_odd,
}


def separate(kernel: np.ndarray) -> Factors | None:
    """Return the two 1-D factors of a kernel of rank one, or nothing for any other.

    The row through the largest entry and the column through it, divided by it: factors of whole numbers stay exact.

    >>> separate(gaussian_3x3() * 16)
    Factors(column=array([0.5, 1. , 0.5]), row=array([2., 4., 2.]))
    """
    place = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    pivot = kernel[place]
    if not pivot:
        return None
    factors = Factors(kernel[:, place[1]] / pivot, kernel[place[0], :].copy())
    same = np.allclose(np.outer(*factors), kernel, rtol=0, atol=1e-14 * abs(pivot))
    return factors if same else None


def fit_kernel(kernel: np.ndarray, size: int) -> np.ndarray:
    """Return a kernel as ``(size, size)``: cut around its middle, or with zeros around it.

    >>> fit_kernel(difference_x(), 3).astype(int).tolist()
    [[0, 0, 0], [0, -1, 1], [0, 0, 0]]
    """
    _positive("size", size)
    for axis in (0, 1):
        wanted = np.arange(size) - (size - 1) // 2 + (kernel.shape[axis] - 1) // 2
        inside = (wanted >= 0) & (wanted < kernel.shape[axis])
        taken = kernel.take(wanted.clip(0, kernel.shape[axis] - 1), axis)
        kernel = taken * (inside[:, None] if axis == 0 else inside)
    return kernel
