"""One prediction of the symmetric views of an input, such as the flips and turns of a cell."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.nn.pieces import in_pieces


@torch.inference_mode()
def predict_views(
    network: nn.Module, inputs: Tensor, views: Sequence[Callable[[Tensor], Tensor]], predict: Callable[[Tensor], Tensor]
) -> np.ndarray:
    """Return the mean over views of a network's predictions ``(batch, labels)``.

    Parameters
    ----------
    network
        In evaluation mode.
    inputs
        ``(batch, channels, *space)``: encoded and normalised once, since no view changes a crop's own statistics.
    views
        From input to input.
    predict
        From scores to predictions.
    """
    scores = [in_pieces(network, view(inputs)).float().cpu() for view in views]
    return np.mean([predict(one).numpy() for one in scores], axis=0)
