"""Values of many dimensions on two axes."""

import importlib
import warnings
from importlib.util import find_spec

import numpy as np

FEWEST = 20  # cells that UMAP is asked about


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


def umap_points(values: np.ndarray, seed: int = 0) -> np.ndarray | None:
    """Return ``(n, 2)`` points of UMAP (arXiv:1802.03426) of ``(n, units)`` values; the same seed gives the same.

    None where ``umap-learn`` is not installed, which is optional, and of fewer than 20 values.
    """
    if len(values) < FEWEST or find_spec("umap") is None:
        return None
    with warnings.catch_warnings():  # it looks for TensorFlow, and says that a seed leaves it one thread
        warnings.simplefilter("ignore")
        umap = importlib.import_module("umap")
        return np.asarray(umap.UMAP(random_state=seed, n_jobs=1).fit_transform(values), dtype=np.float32)
