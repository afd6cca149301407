"""Motifs of filters and mutation maps."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from convoscope import modelfile
from convoscope.interpretation.attribution.contributions import AttributionSettings, contributions, shuffles
from convoscope.interpretation.attribution.mutagenesis import substitutions
from convoscope.interpretation.motifs.pwm import RULES
from convoscope.interpretation.motifs.strongest_sites import Examples, scan_filters
from convoscope.modality import MODALITIES
from convoscope.prediction import ensemble
from rows.base import Peer, Row, network, timed


def draw_codes(folder: Path, count: int, length: int) -> Path:
    """Write the codes of random windows; return the file."""
    path = folder / f"codes{count}x{length}.npy"
    if not path.exists():
        np.save(path, np.random.default_rng(3).integers(4, size=(count, length), dtype=np.uint8))
    return path


def filters_to_motifs(folder: Path) -> Row:
    """Return the row of the filters of a Basset."""
    model, codes = network(folder, "basset", 600), draw_codes(folder, 256, 600)
    net, facts = modelfile.load(model)
    windows = np.load(codes)
    examples = Examples(windows, np.arange(len(windows)), MODALITIES["sequence"].encode(facts, torch.device("cpu")))
    peer = Peer(folder, "plain_pwm", model, codes)

    def mine() -> np.ndarray:
        return scan_filters(net, examples, RULES["basset"]).counts

    def check() -> None:
        expected, found = peer.answer()["counts"], mine()
        # A site at the very threshold may fall on either side of it.
        assert np.abs(found - expected).sum() <= 1e-5 * expected.sum()

    title = "filters to counts, 300 of 19 bp, 256 windows of 600 bp"
    return Row(title, "conv1d in batches, numpy", 1.5, check, timed(mine), peer, "1e-5 of the sites")


def _maps(
    name: str, length: int, windows: int, least: float, folder: Path,
    script: str = "tangermeme_maps", against: str = "tangermeme saturation_mutagenesis",
) -> Row:  # fmt: skip
    """Return the row of the mutation maps of one architecture, compared with one peer."""
    model, codes = network(folder, name, length), draw_codes(folder, windows, length)
    networks, given = ensemble.load([model]), np.load(codes)
    peer = Peer(folder, script, model, codes)

    def mine() -> np.ndarray:
        return substitutions(networks, given).change

    def check() -> None:
        np.testing.assert_allclose(mine()[..., 0], peer.answer()["change"], rtol=0, atol=1e-4)

    title = f"mutation maps, {name} {length} bp, {windows} window{'s'[: windows > 1]}"
    return Row(title, against, least, check, timed(mine), peer, "1e-4 (raw scores)")


basset_maps = partial(_maps, "basset", 600, 2, 8.0)
basset_maps_grelu = partial(_maps, "basset", 600, 1, 8.0, script="grelu_maps", against="gReLU ISM_predict")
deepbind_maps = partial(_maps, "deepbind", 1000, 2, 40.0)


def deeplift(folder: Path) -> Row:
    """Return the row of DeepLIFT."""
    model, codes = network(folder, "basset", 200), np.load(draw_codes(folder, 16, 200))
    networks, settings, windows = ensemble.load([model]), AttributionSettings(), folder / "deeplift.npz"
    np.savez(windows, codes=codes, references=shuffles(codes, settings, 4))
    peer = Peer(folder, "tangermeme_deeplift", model, windows)

    def mine() -> np.ndarray:
        return contributions(networks, codes, "y", "deeplift", settings).actual

    def check() -> None:
        found = mine()
        np.testing.assert_allclose(found, peer.answer()["actual"], rtol=0, atol=1e-2 * np.abs(found).max())

    title = "DeepLIFT, basset 200 bp, 16 windows, 10 references each"
    return Row(title, "tangermeme deep_lift_shap, float32", 1.0, check, timed(mine), peer, "1e-2 of the largest")
