"""Trained networks from Python: load them, predict, mutate, and hand them to other tools.

`convoscope` offers each of these functions under its own name: ``convoscope.load(…)``.
"""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.interpretation.attribution import twins
from convoscope.interpretation.attribution.mutagenesis import Changes, deletions, insertions, substitutions
from convoscope.modelfile.onnxfile import Exchanged
from convoscope.prediction import cells, ensemble
from convoscope.prediction.cells import Classifier
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.inputs import (
    Sequences,
    predict_crops,
    predict_sequences,
    read_windows,
)
from convoscope.prediction.tracks import MAX_UNKNOWN

File = str | PathLike[str]
MUTATIONS = {"substitutions": substitutions, "deletions": deletions, "insertions": insertions}


def load(models: File | Iterable[File], device: str = "cpu") -> Ensemble | Classifier:
    """Load one trained network, or several that were trained on the same question, from their files alone.

    Parameters
    ----------
    models
        One or several ``.safetensors`` or ``.onnx`` files; the predictions of several are averaged.
    device
        Of torch: ``cpu``, ``cuda``, ``cuda:1``. ONNX files run on the CPU.

    Returns
    -------
    Ensemble or Classifier
        An `Ensemble` of networks for sequences, with ``labels``, ``window`` (letters that are read), ``alphabet``,
        ``members`` (the torch modules) and ``facts`` (the metadata of the first file); or a `Classifier` of
        networks for images, with ``labels``, ``networks`` and the ``facts`` of each.

    Raises
    ------
    InputError
        If a file is missing, damaged or foreign, or two files answer different questions.

    Examples
    --------
    >>> import convoscope
    >>> networks = convoscope.load("model.safetensors")
    >>> networks.labels, networks.window
    (['bound'], 20)
    """
    paths = [Path(models)] if isinstance(models, str | PathLike) else [Path(one) for one in models]
    if not paths:
        raise InputError("models: none given; at least one model.safetensors")
    kind = modelfile.describe(paths[0])["modality"]
    return cells.load_classifier(paths, device) if kind == "image" else ensemble.load(paths, device)


def predict(
    networks: Ensemble | Classifier, inputs: Sequences, *, both_strands: bool = False,
    max_unknown: float = MAX_UNKNOWN, groups: Sequence[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Predict sequences or crops of cells, one row each.

    Parameters
    ----------
    networks
        Of `load`.
    inputs
        Sequences as letters, ``(name, letters)`` pairs, Biopython's records or codes ``(N, window)`` of `encode`, each
        as long as the networks' window unless they were trained on several lengths (key ``fit``), which pads and crops;
        or crops ``(N, channels, size, size)`` with the intensities of the camera.
    both_strands
        Average the scores of both strands; for networks that read one strand only.
    max_unknown
        Largest share of unknown letters; the predictions of other sequences are NaN.
    groups
        ``(N,)`` plate or other group of each crop, for networks that were normalised by groups.

    Returns
    -------
    pandas.DataFrame
        For every label the mean over the networks, ``<label>``: a probability, or a value in the label's unit; and
        its standard deviation over the networks, ``<label>:spread``. ``predict(…)[networks.labels].to_numpy()`` is the
        array ``(N, labels)``. Rows are in the order given, named where the sequences are.

    Raises
    ------
    InputError
        If sequences have another length or foreign letters, or crops another shape, type or no groups.

    Examples
    --------
    >>> import convoscope
    >>> networks = convoscope.load("model.safetensors")
    >>> table = convoscope.predict(networks, [("first", "ACGT" * 5), ("second", "N" * 20)])
    >>> table.columns.tolist(), table["bound"].isna().to_dict()
    (['bound', 'bound:spread'], {'first': False, 'second': True})
    """
    if not 0 <= max_unknown <= 1:
        raise InputError(f"max_unknown: {max_unknown}; a share from 0 to 1")
    if isinstance(networks, Classifier):
        names, found = None, predict_crops(networks, np.asarray(inputs), groups)
    else:
        windows = read_windows(networks, inputs, max_unknown)
        names, found = windows.names, predict_sequences(networks, windows, both_strands, max_unknown)
    columns = [name for label in networks.labels for name in (label, f"{label}:spread")]
    return pd.DataFrame(np.stack(found, axis=-1).reshape(-1, len(columns)), names, columns)


def mutagenesis(networks: Ensemble, sequences: Sequences, kind: str = "substitutions") -> Changes:
    """Return what every mutation of a sequence does to the raw scores (in-silico mutagenesis).

    Parameters
    ----------
    networks
        Of `load`, for sequences.
    sequences
        As for `predict`.
    kind
        ``substitutions``, ``deletions`` or ``insertions``.

    Returns
    -------
    Changes
        ``wild (N, labels)``, scores before any sigmoid or softmax; ``change`` (mutant minus wild type) and ``spread``
        (its standard deviation over the networks), ``(N, letters, L, labels)`` for substitutions and insertions and
        ``(N, L, labels)`` for deletions.

    Raises
    ------
    InputError
        If there is no such kind, the networks read images, or sequences do not fit.

    Examples
    --------
    >>> import convoscope
    >>> networks = convoscope.load("model.safetensors")
    >>> convoscope.mutagenesis(networks, "ACGT" * 5).change.shape
    (1, 4, 20, 1)
    """
    if kind not in MUTATIONS:
        raise InputError(f"kind: {kind!r}; one of {', '.join(MUTATIONS)}")
    if isinstance(networks, Classifier):
        raise InputError("networks: read images; mutations need networks for sequences")
    return MUTATIONS[kind](networks, read_windows(networks, sequences).codes)


def explainable(network: nn.Module, length: int, channels: int = 4) -> nn.Module:
    """Return a network's twin for tools that attribute scores by hooks on torch's modules, such as DeepLIFT.

    DeepLIFT as of Captum, or ``deep_lift_shap`` of tangermeme, changes the way back through modules that it knows, and
    is wrong on networks that show both strands to the same module or take maxima by functions, as ours do. The twin has
    the same weights and the same scores, and every nonlinear step is a torch module of its own.

    Parameters
    ----------
    network
        A network for sequences, such as one of ``load(…).members`` or of `build`.
    length
        Letters that it reads, ``load(…).window``.
    channels
        Letters of the alphabet.

    Returns
    -------
    torch.nn.Module
        In evaluation mode, from one-hot ``(batch, channels, length)`` to raw scores ``(batch, labels)``.

    Raises
    ------
    InputError
        If the network holds a layer without a twin, such as a recurrent one, or comes from an ONNX file.

    Examples
    --------
    >>> import convoscope, torch
    >>> networks = convoscope.load("model.safetensors")
    >>> twin = convoscope.explainable(networks.members[0], networks.window)
    >>> one_hot = networks.encode(torch.from_numpy(convoscope.encode(["ACGT" * 5])))
    >>> torch.allclose(twin(one_hot), networks.members[0](one_hot))
    True
    """
    if isinstance(network, Exchanged):
        raise network.refusal()
    return twins.twin_of(network, channels, length)
