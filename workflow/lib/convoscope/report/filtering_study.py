"""What classic kernels make of one crop: smoothing, derivatives, edges, and the same with noise added."""

from typing import NamedTuple

import numpy as np

from convoscope.nn import kernels
from convoscope.nn.filtering import Gradient, compose, correlate_image, gradient, theorem_gap, zero_crossings

SIGMA = 2.0  # pixels; wider than the noise, narrower than a cell
WIDE = 3.0  # of the Laplacian, which two derivatives make more sensitive to noise
NOISE = 0.1  # standard deviation of the added noise, of the crop's range from the 1st to the 99th percentile
STEEP = 0.15  # of the largest slope: less than that has no direction worth a colour
LARGEST = 128  # pixels per side of what is shown: the middle of larger crops
CROSSING = 0.25  # standard deviations of the response: a smaller change of sign is no edge
SMOOTHING = (
    ("mean 3×3", "1/9 each", kernels.mean(3)),
    ("mean 5×5", "1/25 each", kernels.mean(5)),
    ("mean 10×10", "1/100 each", kernels.mean(10)),
    ("Gaussian 3×3", "(1 2 1)ᵀ(1 2 1)/16", kernels.gaussian_3x3()),
    ("Gaussian σ 1", "exp(−r²/2), 9×9", kernels.gaussian(1)),
    ("Gaussian σ 2", "exp(−r²/8), 17×17", kernels.gaussian(2)),
)
SENTENCES = (
    "Smoothing: every pixel becomes a weighted mean of its neighbours",
    "Derivatives: slopes of brightness, and edges where the second derivative changes its sign",
    f"With noise of {NOISE:.0%} of the crop's range of intensities, nothing smoothed: derivatives show the noise",
    f"The same noise, smoothed first with h, a Gaussian of σ {SIGMA:g}: ",
)


class Panel(NamedTuple):
    """One picture ``(height, width)`` and how it is shown."""

    title: str
    kernel: str
    kind: str  # a row of DRAW
    values: np.ndarray
    low: float
    high: float
    unit: str


class Study(NamedTuple):
    """What a crop shows before and after noise."""

    rows: dict[str, list[Panel]]  # sentence over the row: its panels
    raw: float  # correlation of the gradient's size with and without noise, nothing smoothed
    smooth: float  # the same, smoothed first


def _brightness(values: np.ndarray, title: str, kernel: str, limits: tuple[float, float]) -> Panel:
    """Show counts between the limits of the crop, so that panels can be compared."""
    return Panel(title, kernel, "brightness", values, *limits, "counts")


def _signed(values: np.ndarray, title: str, kernel: str, unit: str) -> Panel:
    """Show a derivative about zero."""
    return Panel(title, kernel, "signed", values, -float(np.abs(values).max()), float(np.abs(values).max()), unit)


def _slopes(found: Gradient, name: str, kernel: str) -> list[Panel]:
    """Return the four panels of a gradient; the direction is in degrees, and missing where the slope is small."""
    steep = found.magnitude > STEEP * found.magnitude.max()
    direction = np.where(steep, np.rad2deg(found.direction), np.nan)
    across, down = (name.format(axis) for axis in "xy")
    return [
        _signed(found.x, across, kernel.format("x"), "counts/px"),
        _signed(found.y, down, kernel.format("y"), "counts/px"),
        Panel("magnitude", "root of both squares", "size", found.magnitude, 0, found.magnitude.max(), "counts/px"),
        Panel("direction", "brightens towards", "direction", direction, -180, 180, "degrees"),
    ]


def _edges(image: np.ndarray, kernel: np.ndarray, name: str) -> list[Panel]:
    """Return a Laplacian and its zero crossings."""
    response = correlate_image(image, kernel)
    marks = zero_crossings(response, CROSSING * response.std())
    return [
        _signed(response, "Laplacian ∇²", name, "counts/px²"),
        Panel("zero crossings", f"jump > {CROSSING:g} sd", "edges", marks.astype(float), 0, 1, ""),
    ]


def crop_limits(crop: np.ndarray) -> tuple[float, float]:
    """Return the 1st and 99th percentile, or the range of a crop that hardly varies."""
    low, high = np.percentile(crop, [1, 99])
    return (float(low), float(high)) if high > low else (float(crop.min()), float(crop.max()))


def middle(crop: np.ndarray, size: int = LARGEST) -> np.ndarray:
    """Return the middle of a map ``(height, width)``, at most this number of pixels high and wide."""
    top, left = (max(0, (length - size) // 2) for length in crop.shape)
    return crop[top : top + size, left : left + size]


def _smoothing_panels(f: np.ndarray, limits: tuple[float, float]) -> list[Panel]:
    """Return the crop and what each smoothing kernel makes of it."""
    smoothed = [_brightness(correlate_image(f, weights), title, kernel, limits) for title, kernel, weights in SMOOTHING]
    return [_brightness(f, "f", "the crop", limits), *smoothed]


def study(crop: np.ndarray, seed: int = 1) -> Study:
    """Filter one map ``(height, width)`` in every classic way, as it is and with noise added."""
    f, limits = np.asarray(crop, np.float64), crop_limits(crop)
    g = f + np.random.default_rng(seed).normal(0, NOISE * (limits[1] - limits[0]), f.shape)
    h, log = kernels.gaussian(SIGMA), kernels.laplacian_of_gaussian(WIDE)
    sobel = kernels.sobel_x() / 8, kernels.sobel_y() / 8
    both = compose(h, sobel[0]), compose(h, sobel[1])
    clean, noisy, rescued = gradient(f, *sobel), gradient(g, *sobel), gradient(g, *both)
    plain, joint, wide = "Sobel {}, over 8", f"Sobel {{}} of Gaussian σ {SIGMA:g}", f"of Gaussian σ {WIDE:g} (LoG)"
    first = _smoothing_panels(f, limits)
    second = [first[0], *_slopes(clean, "∂f/∂{}", plain), *_edges(f, log, wide)]
    third = [_brightness(g, "g = f + noise", "nothing smoothed", limits), *_slopes(noisy, "∂g/∂{}", plain)]
    third += _edges(g, -kernels.laplacian_4(), "4 neighbours − 4 × centre")
    fourth = [_brightness(correlate_image(g, h), "h⋆g", f"Gaussian σ {SIGMA:g}", limits)]
    fourth += [*_slopes(rescued, "(∂h/∂{})⋆g", joint), *_edges(g, log, wide)]
    gap = max(theorem_gap(g, h, derivative) for derivative in sobel)
    sentences = [*SENTENCES[:-1], SENTENCES[-1] + _theorem(gap, rescued)]
    return Study(
        dict(zip(sentences, (first, second, third, fourth), strict=True)),
        likeness(noisy.magnitude, clean.magnitude),
        likeness(rescued.magnitude, gradient(f, *both).magnitude),
    )


def _theorem(gap: float, found: Gradient) -> str:
    """Write the derivative theorem as a number, and the slopes that it is compared with.

    >>> _theorem(2.1e-12, Gradient(*np.full((4, 1, 1), 812.0)))
    'max |∂(h⋆g) − (∂h)⋆g| = 2e−12, of slopes up to 812 counts/px'
    """
    size = f"{gap:.0e}".replace("e-", "e−")
    return f"max |∂(h⋆g) − (∂h)⋆g| = {size}, of slopes up to {amount(found.magnitude.max())} counts/px"


def amount(value: float) -> str:
    """Write counts: whole when there are many.

    >>> amount(59721.4), amount(1.26), amount(0)
    ('59,721', '1.3', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Return Pearson's correlation of two maps, NaN when one of them is flat."""
    if not (np.ptp(first) > 0 and np.ptp(second) > 0):
        return float("nan")
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
