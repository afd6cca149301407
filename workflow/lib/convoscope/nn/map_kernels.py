"""Loops over maps of images in training, on one CPU thread; imports numba.

``rows`` are maps ``(batch, height, width, channels)`` as a matrix of several positions to a row, so that what is known
of a channel is repeated along it. Sums are of `BLOCK` rows at a time in single precision, whose rounding stays small,
and of all blocks in double precision.
"""

from typing import Any

import numpy as np

from convoscope.machine_code import fast

BLOCK = 128
ZERO, ONE, MOST = np.float32(0), np.float32(1), np.float32(7.9053111)  # whose tangent rounds to 1
# Of the quotient of polynomials that approximates the hyperbolic tangent up to rounding (that of the library Eigen).
ABOVE = tuple(map(np.float32, (-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08,
                               1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03)))  # fmt: skip
BELOW = tuple(map(np.float32, (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)))
HIGH, STEEP = np.float32(1.7159), np.float32(2 / 3)  # of the scaled tangent of LeNet


@fast
def _add_block(rows: Any, first: int, own: Any, square: Any) -> None:
    """Write the mean of a block of rows, and the sum of squares around it, by column."""
    last = min(len(rows), first + BLOCK)
    own[:] = 0
    square[:] = 0
    for r in range(first, last):
        for k in range(rows.shape[1]):
            own[k] += rows[r, k]
    for k in range(rows.shape[1]):
        own[k] /= np.float32(last - first)
    for r in range(first, last):
        for k in range(rows.shape[1]):
            square[k] += (rows[r, k] - own[k]) * (rows[r, k] - own[k])


@fast
def moments(rows: Any, mean: Any, variance: Any) -> None:
    """Write mean and variance of every channel, in double precision.

    Those of blocks are put together as Chan et al. 1983 do (doi:10.1080/00031305.1983.10483115), so that a mean that is
    large compared with the deviation does no harm.
    """
    channels, width = len(mean), rows.shape[1]
    own, square = np.empty(width, np.float32), np.empty(width, np.float32)
    mean[:] = 0
    variance[:] = 0
    seen = 0.0
    for first in range(0, len(rows), BLOCK):
        _add_block(rows, first, own, square)
        count = min(len(rows) - first, BLOCK)
        for begin in range(0, width, channels):
            for c in range(channels):
                apart = own[begin + c] - mean[c]
                mean[c] += apart * (count / (seen + count))
                variance[c] += square[begin + c] + apart * apart * (seen * count / (seen + count))
            seen += count
    variance /= seen


@fast
def note(running_mean: Any, running_variance: Any, momentum: float, mean: Any, variance: Any, count: int) -> None:
    """Move what a normalisation notes towards a mean, and towards a variance made unbiased."""
    for c in range(len(mean)):
        running_mean[c] += momentum * (mean[c] - running_mean[c])
        running_variance[c] += momentum * (variance[c] * (count / (count - 1)) - running_variance[c])


@fast
def _along(width: int, figures: Any) -> Any:
    """Return figures of channels along a row."""
    result = np.empty(width, np.float32)
    for begin in range(0, width, len(figures)):
        for c in range(len(figures)):
            result[begin + c] = figures[c]
    return result


@fast
def normalise(rows: Any, mean: Any, steep: Any, weight: Any, bias: Any, least: Any, result: Any) -> None:
    """Write ``(rows - mean) steep weight + bias``, or what is ``least`` where it is less."""
    width = rows.shape[1]
    middle, scale, zero = _along(width, mean), _along(width, weight * steep), _along(width, bias)
    for r in range(len(rows)):
        for k in range(width):
            value = (rows[r, k] - middle[k]) * scale[k] + zero[k]
            result[r, k] = least if value < least else value


@fast
def _add_slopes(
    rows: Any, gradient: Any, first: int, middle: Any, scale: Any, zero: Any, least: Any, own: Any, product: Any
) -> None:
    """Write the sums over a block of rows of the gradient, and of gradient × (rows - mean), by column."""
    own[:] = 0
    product[:] = 0
    for r in range(first, min(len(rows), first + BLOCK)):
        for k in range(rows.shape[1]):
            centred = rows[r, k] - middle[k]
            slope = gradient[r, k]  # read in any case, eight at a time
            slope = ZERO if centred * scale[k] + zero[k] <= least else slope
            own[k] += slope
            product[k] += slope * centred


@fast
def normalise_back(
    rows: Any, gradient: Any, mean: Any, steep: Any, weight: Any, bias: Any, least: Any, other: Any,
    result: Any, of_weight: Any, of_bias: Any,
) -> None:  # fmt: skip
    """Write the gradients of rows, plus that of ``other`` ways from them (or of no rows), of weights and of biases."""
    channels, width = len(mean), rows.shape[1]
    middle, scale, zero = _along(width, mean), _along(width, weight * steep), _along(width, bias)
    own, product = np.empty(width, np.float32), np.empty(width, np.float32)
    total, products = np.zeros(channels), np.zeros(channels)
    for first in range(0, len(rows), BLOCK):
        _add_slopes(rows, gradient, first, middle, scale, zero, least, own, product)
        for begin in range(0, width, channels):
            for c in range(channels):
                total[c] += own[begin + c]
                products[c] += product[begin + c]
    of_weight[:] = products * steep
    of_bias[:] = total
    each = weight * steep / (rows.size // channels)
    per, every = _along(width, -each * steep * steep * products), _along(width, -each * total)
    for r in range(len(rows)):
        for k in range(width):
            centred = rows[r, k] - middle[k]
            slope = gradient[r, k]
            slope = ZERO if centred * scale[k] + zero[k] <= least else slope
            result[r, k] = slope * scale[k] + centred * per[k] + every[k]
        if len(other):
            for k in range(width):
                result[r, k] += other[r, k]


@fast
def halve(maps: Any, best: Any, places: Any) -> None:
    """Write the maximum of every square of two by two, and which of the four it is."""
    for n in range(best.shape[0]):
        for y in range(best.shape[1]):
            for x in range(best.shape[2]):
                for k in range(best.shape[3]):
                    most, place = maps[n, 2 * y, 2 * x, k], np.uint8(0)
                    for i in range(1, 4):
                        value = maps[n, 2 * y + i // 2, 2 * x + i % 2, k]
                        if value > most or value != value:
                            most, place = value, np.uint8(i)
                    best[n, y, x, k] = most
                    places[n, y, x, k] = place


@fast
def double(gradient: Any, places: Any, result: Any) -> None:
    """Write the gradient of `halve`; ``result`` is 0 where no square is."""
    for n in range(gradient.shape[0]):
        for y in range(gradient.shape[1]):
            for x in range(gradient.shape[2]):
                for i in range(4):
                    for k in range(gradient.shape[3]):
                        here = places[n, y, x, k] == i
                        result[n, 2 * y + i // 2, 2 * x + i % 2, k] = gradient[n, y, x, k] if here else ZERO


@fast
def _tangent(value: Any) -> Any:
    """Return the hyperbolic tangent of 2/3 of a number."""
    value = value * STEEP
    value = MOST if value > MOST else value
    value = -MOST if value < -MOST else value
    square = value * value
    above, below = ABOVE[0], BELOW[0]
    for factor in ABOVE[1:]:
        above = above * square + factor
    for factor in BELOW[1:]:
        below = below * square + factor
    return value * above / below


@fast
def subsample(maps: Any, coefficient: Any, bias: Any, sums: Any, result: Any) -> None:
    """Write the sums of squares of two by two of squashed maps, and them times coefficients plus biases, squashed.

    ``coefficient`` and ``bias (channels,)``; ``sums`` and ``result`` of half the height and width.
    """
    batch, high, width, channels = sums.shape
    scale, zero = _along(width * channels, coefficient), _along(width * channels, bias)
    both = np.empty(maps.shape[2] * channels, maps.dtype)
    for n in range(batch):
        for y in range(high):
            upper, lower = maps[n, 2 * y].reshape(-1), maps[n, 2 * y + 1].reshape(-1)
            for k in range(len(both)):
                both[k] = HIGH * (_tangent(upper[k]) + _tangent(lower[k]))
            for x in range(width):
                for k in range(channels):
                    sums[n, y, x, k] = both[2 * x * channels + k] + both[(2 * x + 1) * channels + k]
            own, found = sums[n, y].reshape(-1), result[n, y].reshape(-1)
            for k in range(width * channels):
                found[k] = HIGH * _tangent(own[k] * scale[k] + zero[k])


@fast
def spread(maps: Any, slopes: Any, result: Any) -> None:
    """Write the gradient of maps for that of the sums of `subsample`; ``result`` is 0 where no square is."""
    batch, high, width, channels = slopes.shape
    both = np.empty(maps.shape[2] * channels, maps.dtype)
    both[:] = 0
    for n in range(batch):
        for y in range(high):
            for x in range(width):
                for k in range(channels):
                    slope = slopes[n, y, x, k] * (HIGH * STEEP)
                    both[2 * x * channels + k] = slope
                    both[(2 * x + 1) * channels + k] = slope
            for i in range(2):
                row, target = maps[n, 2 * y + i].reshape(-1), result[n, 2 * y + i].reshape(-1)
                for k in range(len(both)):
                    tangent = _tangent(row[k])
                    target[k] = both[k] * (ONE - tangent * tangent)
