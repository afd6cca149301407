"""Describe a trained model, layer by layer."""

from pathlib import Path

import pandas as pd

from convoscope.files import replacing
from convoscope.options import Input
from convoscope.tables import write_table


def layers(*, model: Input, table: Path) -> None:
    """Describe the layers of a network: shape, parameters, receptive field, operations.

    Parameters
    ----------
    model
        Trained network, .safetensors.
    table
        Table to write, one row per layer in the order of computation.
    """
    from convoscope import modelfile  # torch takes a second: import it when the verb runs
    from convoscope.nn.layers import LayerRow, join_shape, layer_table

    network, metadata = modelfile.load(model)
    rows = layer_table(network, metadata["channels"], tuple(metadata["space"]))
    frame = pd.DataFrame(rows, columns=LayerRow._fields)
    for column in ("output", "receptive_field"):
        frame[column] = frame[column].map(join_shape)
    with replacing(table) as [scratch]:
        write_table(frame, scratch)
