"""Whether pictures of a network show more than those of networks that have learned nothing."""

import numpy as np

CYCLES = 8  # per side of an image: what is finer is texture and noise
MOST = 0.5  # share of the power that has to be coarser
SURE = 0.95  # share of untrained networks' pictures that have to be finer


def coarse_share(images: np.ndarray) -> np.ndarray:
    """Return the share of images' power that lies in waves of at most `CYCLES` per side, ``(n,)``; 0 without power.

    Parameters
    ----------
    images
        ``(n, channels, height, width)``; the mean of each channel does not count.

    Examples
    --------
    >>> wave = np.sin(np.arange(32) * 2 * np.pi / 16)  # 2 cycles
    >>> checks = (-1.0) ** np.arange(32)
    >>> coarse_share(np.stack([np.tile(line, (1, 32, 1)) for line in (wave, checks)])).round(6).tolist()
    [1.0, 0.0]
    """
    power = np.abs(np.fft.fft2(images - images.mean(axis=(-2, -1), keepdims=True))) ** 2
    down, right = (np.fft.fftfreq(side) * side for side in images.shape[-2:])
    coarse = np.hypot(down[:, None], right) <= CYCLES
    whole = power.sum(axis=(1, 2, 3))
    return (power * coarse).sum(axis=(1, 2, 3)) / np.where(whole > 0, whole, 1)


def structured(images: np.ndarray, untrained: np.ndarray) -> np.ndarray:
    """Tell which images show structure, ``(n,)``.

    Most of their power is coarse, and a larger share of it than in `SURE` of the pictures that were made in the same
    way of untrained networks.

    Parameters
    ----------
    images, untrained
        ``(n, channels, height, width)`` of a trained network, and of untrained ones.
    """
    return coarse_share(images) > max(MOST, float(np.quantile(coarse_share(untrained), SURE)))
