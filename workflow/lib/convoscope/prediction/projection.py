"""Values of many dimensions on two axes."""

import numpy as np


def principal(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first two principal components of ``(n, units)`` values, and their shares of the variance.

    The sign of each is such that its largest loading is positive.

    >>> points, shares = principal(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]))
    >>> points[:, 0].tolist(), shares.tolist()
    ([-2.0, 0.0, 2.0], [1.0, 0.0])
    """
    centred = values - values.mean(axis=0)
    sizes, axes = np.linalg.eigh(centred.T @ centred)
    first, axes = sizes[::-1][:2], axes[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])
    points = np.zeros((len(values), 2))
    points[:, : axes.shape[1]] = centred @ axes
    shares = np.zeros(2)
    shares[: len(first)] = np.maximum(first, 0) / max(sizes.sum(), 1e-12)
    return points, shares
