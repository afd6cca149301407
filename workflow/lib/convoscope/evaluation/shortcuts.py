"""What a classifier of cells can go by without looking at cells: the brightness of a group; and channels without news.

Findings are rows of ``audit.tsv``, as those of `leakage`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convoscope.evaluation.leakage import NOTE, OK, Finding
from convoscope.image.crops import NEARLY_ALL, constant

CELL = "cell"  # the split that keeps nothing together
CHUNK = 512  # crops read at once
Accuracies = Mapping[str, Mapping[str, float | None]]


def accuracies(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the accuracy of every method from the content of a ``metrics.json``; nothing where there is none."""
    overall = metrics.get("overall", {})
    return {method: figures["accuracy"]["value"] for method, figures in overall.items() if "accuracy" in figures}


def brightness_names_the_group(splits: Accuracies) -> bool:
    """Tell whether intensities alone beat the network where cells of a group are on both sides, and nowhere else.

    Then brightness is that of the group (a plate, a field, a protein), which has one class, and not that of the class.

    Parameters
    ----------
    splits
        Accuracy by method, ``model`` and ``intensity`` among them, of each split by what it keeps together.

    Examples
    --------
    >>> by_cell = {"model": 0.8, "intensity": 0.9}
    >>> brightness_names_the_group({"cell": by_cell, "plate": {"model": 0.6, "intensity": 0.3}})
    True
    >>> brightness_names_the_group({"cell": by_cell, "plate": {"model": 0.6, "intensity": 0.7}})
    False
    """
    ahead = {split: _is_ahead(found.get("intensity"), found.get("model")) for split, found in splits.items()}
    return len(ahead) > 1 and ahead.pop(CELL, False) and not any(ahead.values())


def _is_ahead(intensity: float | None, model: float | None) -> bool:
    """Tell whether one accuracy is above another, both known."""
    return intensity is not None and model is not None and intensity > model


def bright_groups(metrics: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Look for an intensity baseline that wins only where a group's cells are on both sides.

    Parameters
    ----------
    metrics
        Content of the ``metrics.json`` of each split, by what it keeps together; without the split by ``cell`` and
        another there is nothing to be found.
    """
    splits = {split: accuracies(content) for split, content in metrics.items()}
    intensity = metrics.get(CELL, {}).get("overall", {}).get("intensity")
    if intensity is None or len(splits) < 2:
        return []
    found = brightness_names_the_group(splits)
    listed = "; ".join(
        f"by {split} {_short(one.get('intensity'))} (network {_short(one.get('model'))})"
        for split, one in splits.items()
    )
    words = "; brightness names the group, not the class" if found else ""
    estimate, text = intensity["accuracy"], f"accuracy of intensities alone: {listed}{words}"
    return [Finding(NOTE if found else OK, "brightness", "intensity", estimate["n"], estimate["value"], text)]


def _short(value: float | None) -> str:
    """Write an accuracy, a dash for none.

    >>> _short(0.5), _short(None)
    ('.50', '-')
    """
    return "-" if value is None else f"{value:.2f}".removeprefix("0")


def constant_channels(codes: np.ndarray, names: Sequence[str]) -> list[Finding]:
    """Look for channels that have one value in each of nearly all crops.

    Parameters
    ----------
    codes
        ``(n, channels, size, size)``.
    names
        Of the channels.
    """
    parts = [constant(codes[start : start + CHUNK]).sum(axis=0) for start in range(0, len(codes), CHUNK)]
    counts = np.sum(parts, axis=0)
    findings = []
    for name, count in zip(names, counts.tolist(), strict=True):
        share = count / len(codes)
        words = f"one value in {share:.0%} of the crops"
        if share >= NEARLY_ALL:
            words += ": nothing can be learned from it"
        findings.append(Finding(NOTE if share >= NEARLY_ALL else OK, "constant channel", name, count, share, words))
    return findings
