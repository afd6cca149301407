"""What the report shows of one network on images, as arrays."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from convoscope.interpretation.attribution.activation_maximisation import Ascent, class_images
from convoscope.interpretation.attribution.activations import (
    Strongest,
    UnitFrame,
    frame_of,
    patches,
    strongest_examples,
)
from convoscope.interpretation.attribution.deconvnet import project
from convoscope.interpretation.attribution.gradients import (
    Patches,
    enlarge,
    grad_cam,
    gradients,
    guided_backpropagation,
    integrated_gradients,
    occlusion,
)
from convoscope.interpretation.attribution.kernel_similarity import nearest_kernels
from convoscope.interpretation.attribution.layer_outputs import outputs_of
from convoscope.interpretation.attribution.structure import structured
from convoscope.interpretation.attribution.weight_randomisation import cascade, similarity
from convoscope.models import build
from convoscope.nn.convolution import first_correlation
from convoscope.nn.kernels import KERNELS
from convoscope.nn.layers import evaluating

TOP = 9  # patches of a unit, as in Zeiler & Fergus 2013
FEWEST = 20  # class images of untrained networks; the coarsest twentieth is the bound
COVERED = Patches(8, 4, False)  # pixels, step, each channel alone


class Answers(NamedTuple):
    """Cells whose class was given with the highest probability: ``rows``, ``targets``, ``probabilities (cells,)``."""

    rows: np.ndarray
    targets: np.ndarray
    probabilities: np.ndarray


class Units(NamedTuple):
    """Maps of one layer and the crops on which they answer most."""

    layer: str
    frame: UnitFrame
    channels: np.ndarray
    strongest: Strongest  # of these channels alone

    def arrays(self, model: nn.Module, inputs: Tensor, untrained: Sequence[nn.Module]) -> dict[str, np.ndarray]:
        """Return ``channels (units,)``, ``rows`` and ``values (units, 9)`` and what each unit sees.

        ``patches`` and ``projections`` are ``(units, 9, channels, *field)``; ``structured (units, 9)`` tells which
        projections show more than those of the untrained networks, if there are any; ``inputs`` are those of the
        strongest rows, one after the other.
        """
        count = self.strongest.rows.shape[1]
        cut, projected, shown = [], [], []
        for number, channel in enumerate(self.channels):
            own = inputs[number * count : (number + 1) * count]
            places = self.strongest.positions[number]
            image, *others = (project(one, own, self.layer, int(channel), places).images for one in (model, *untrained))
            cut.append(patches(own.numpy(), places, self.frame))
            projected.append(patches(image, places, self.frame))
            shown += [structured(image, np.concatenate(others)).astype(np.uint8)] if others else []
        return {
            "channels": self.channels,
            "rows": self.strongest.rows,
            "values": self.strongest.values,
            "patches": np.stack(cut),
            "projections": np.stack(projected),
            **({"structured": np.stack(shown)} if shown else {}),
        }


def _layer_name(model: nn.Module, layer: nn.Module) -> str:
    """Return the dotted name of a layer."""
    return next(name for name, module in model.named_modules() if module is layer)


def first_layer_filters(model: nn.Module) -> np.ndarray:
    """Return the first layer's filters ``(filters, channels, *size)``."""
    return first_correlation(model).weight.detach().cpu().numpy()


def last_maps(model: nn.Module, inputs: Tensor) -> str:
    """Return the name of the last module whose output still has maps, by one pass of the inputs."""
    names, handles = [], []
    for name, module in model.named_modules():
        if name:
            note = lambda _, __, output, name=name: names.append(name) if output.dim() > 2 else None  # noqa: E731
            handles.append(module.register_forward_hook(note))
    try:
        with evaluating(model):
            model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return names[-1]


def units_of(
    model: nn.Module, batches: Iterable[tuple[np.ndarray, Tensor]], layers: Sequence[str], count: int
) -> list[Units]:
    """Find the units of each of the layers that answer most strongly, with their nine best examples each.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    batches
        Numbers of examples and inputs.
    layers
        Dotted names; the first correlation where one is empty.
    count
        Number of units of each.
    """
    names = [layer or _layer_name(model, first_correlation(model)) for layer in layers]
    kept = list(batches)
    channels, *space = kept[0][1].shape[1:]
    frames = [frame_of(model, channels, tuple(space), name) for name in names]
    found = strongest_examples(model, iter(kept), names, TOP)
    return [_most_active(*each, count) for each in zip(names, frames, found, strict=True)]


def _most_active(layer: str, frame: UnitFrame, found: Strongest, count: int) -> Units:
    """Return the units with the highest mean over their best examples."""
    channels = np.sort(np.argsort(-found.values.mean(axis=1), kind="stable")[:count])
    return Units(layer, frame, channels, Strongest(*(field[channels] for field in found)))


def best_answers(probabilities: np.ndarray, labels: np.ndarray, rows: np.ndarray, most: int) -> Answers:
    """Choose for each class the rightly called cell with the highest probability.

    Parameters
    ----------
    probabilities, labels
        ``(n, classes)``.
    rows
        ``(n,)`` numbers of the cells.
    most
        Number of classes, those of the highest probability first when there are more.
    """
    called = probabilities.argmax(axis=1)
    found = []
    for target in range(probabilities.shape[1]):
        right = np.flatnonzero((called == target) & (labels[:, target] > 0.5))
        if len(right):
            best = right[probabilities[right, target].argmax()]
            found.append((rows[best], target, probabilities[best, target]))
    found = sorted(sorted(found, key=lambda one: -one[2])[:most], key=lambda one: one[1])
    numbers, targets, confidences = zip(*found, strict=True) if found else ((), (), ())
    return Answers(np.array(numbers, dtype=int), np.array(targets, dtype=int), np.array(confidences, dtype=float))


def maps_of(model: nn.Module, inputs: Tensor, targets: np.ndarray) -> dict[str, np.ndarray]:
    """Explain each example's class by four methods: ``(cells, channels, *space)``, Grad-CAM ``(cells, 1, *space)``.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(cells, channels, *space)``.
    targets
        ``(cells,)`` classes.
    """
    wanted, last = torch.as_tensor(targets), last_maps(model, inputs[:1])
    if not len(inputs):  # no cell is called right
        size, none = outputs_of(model, inputs, last).shape[2:], inputs.numpy()
        alike = dict.fromkeys(("occlusion", "integrated", "guided", "inputs"), none)
        return {**alike, "gradcam": none[:, :1], "native": np.array(size)}
    native = grad_cam(model, inputs, wanted, last)
    return {
        "occlusion": occlusion(model, inputs, wanted, COVERED),
        "integrated": integrated_gradients(model, inputs, wanted, inputs.amin((2, 3), keepdim=True)),
        "guided": guided_backpropagation(model, inputs, wanted),
        "gradcam": enlarge(native, tuple(inputs.shape[2:]))[:, None],
        "inputs": inputs.numpy(),
        "native": np.array(native.shape[1:]),
    }


def control(model: nn.Module, metadata: dict[str, Any], inputs: Tensor, targets: np.ndarray, seed: int) -> pd.DataFrame:
    """Compare maps with those of copies whose weights are replaced by random ones, layer by layer from the scores down.

    Returns
    -------
    Columns ``layers layer method similarity``: mean Spearman correlation with the trained network's maps after
    ``layers`` layers were randomised. A method that explains the network must fall.
    """
    torch.manual_seed(seed)
    untrained = _untrained_like(metadata)
    wanted, last = torch.as_tensor(targets), last_maps(model, inputs[:1])
    methods = {
        "gradient": lambda network: gradients(network, inputs, wanted),
        "guided": lambda network: guided_backpropagation(network, inputs, wanted),
        "gradcam": lambda network: grad_cam(network, inputs, wanted, last),
    }
    trained = {name: method(model) for name, method in methods.items()} if len(inputs) else {}
    rows = [{"layers": 0, "layer": "", "method": name, "similarity": 1.0} for name in methods]
    for number, (layer, drawn) in enumerate(cascade(model, untrained), start=1):
        for name, method in methods.items():
            like = similarity(trained[name], method(drawn), absolute=name != "gradcam") if trained else np.empty(0)
            known = like[np.isfinite(like)]
            value = float(known.mean()) if len(known) else 0.0
            rows.append({"layers": number, "layer": layer, "method": name, "similarity": value})
    return pd.DataFrame(rows)


def classes_of(
    model: nn.Module, metadata: dict[str, Any], ascent: Ascent, untrained: Sequence[nn.Module], seed: int
) -> dict[str, np.ndarray]:
    """Return the images that raise each class most, and which show more than those of untrained networks.

    Returns
    -------
    ``classes (labels, channels, *space)``, and ``classes:structured (labels,)``.
    """
    shape, targets = (metadata["channels"], *metadata["space"]), range(len(metadata["labels"]))
    own, *others = (class_images(one, shape, targets, ascent, seed=seed).images for one in (model, *untrained))
    return {"classes": own, "classes:structured": structured(own, np.concatenate(others)).astype(np.uint8)}


def untrained_networks(metadata: dict[str, Any], seed: int) -> list[nn.Module]:
    """Return networks that have learned nothing, as many as `FEWEST` class images need, two at least."""
    torch.manual_seed(seed)
    return [_untrained_like(metadata).eval() for _ in range(max(2, -(-FEWEST // len(metadata["labels"]))))]


def _untrained_like(metadata: dict[str, Any]) -> nn.Module:
    """Build the network that a model file describes, with weights from torch's global generator."""
    space, outputs = tuple(metadata["space"]), len(metadata["labels"])
    return build(metadata["architecture"], metadata["channels"], space, outputs, metadata["options"])


def likenesses(filters: np.ndarray, metadata: dict[str, Any], networks: int, seed: int) -> pd.DataFrame:
    """Return the nearest classic kernel of every filter and channel, compared with untrained networks."""
    torch.manual_seed(seed)
    null = np.concatenate([first_layer_filters(_untrained_like(metadata)) for _ in range(networks)])
    return nearest_kernels(filters, null, KERNELS)
