"""Write trained networks as ONNX, for programs and machines without torch."""

import logging
from pathlib import Path
from typing import Any

import torch

from convoscope import modelfile
from convoscope.dataset import load_dataset, require_match
from convoscope.files import replacing
from convoscope.modality import MODALITIES
from convoscope.modelfile import onnxfile
from convoscope.modelfile.onnxfile import Exchanged
from convoscope.options import Input

log = logging.getLogger(__name__)


def export_onnx(*, models: list[Input], examples: Input, codes: Input, card: Input, onnx: list[Path]) -> None:
    """Write networks as ONNX files, and check that their scores are the same.

    Parameters
    ----------
    models
        Trained networks of one experiment, model.safetensors; those built alike in one call are traced once.
    examples
        Table of the examples, windows.tsv or crops.tsv; up to 256 are compared.
    onnx
        ONNX file to write for each network, in their order; it has all metadata.
    """
    dataset = load_dataset(examples, codes, card)
    traces: dict[str, Any] = {}
    rows = onnxfile.spread_rows(len(dataset.table))
    with replacing(*[target for _, target in onnxfile.exported_files(models, onnx)]) as scratches:
        for model, scratch in zip(models, scratches, strict=True):
            network, metadata = modelfile.load(model)
            require_match(model, metadata, dataset.card, dataset.codes)
            network.requires_grad_(False)  # which an ONNX file refuses: it has no weights to export
            modality = MODALITIES[metadata["modality"]]
            given = torch.from_numpy(modality.read(dataset.codes, dataset.table, metadata)(rows))
            inputs = modality.encode(metadata, torch.device("cpu"))(given)
            unit = onnxfile.units(metadata)
            content = onnxfile.network_to_onnx(network, metadata, traces)
            gap, scale = onnxfile.largest_difference(network, Exchanged(str(model), content), inputs, unit)
            onnxfile.check_difference(str(model), gap, scale)
            scratch.write_bytes(content)
            log.info(
                "%s: largest difference as ONNX %.2g, largest score %.3g, over %d examples; %d bytes",
                *(model, gap, scale, len(rows), len(content)),
            )
