"""Scores of overlapping windows that share the work that they have in common.

A layer that is local (its output at a position depends on a few neighbours, and nothing is padded) gives the same
numbers on a window as on the stretch around it. So it is computed once for the whole stretch, and each window reads
its part. What depends on the window as a whole is computed per window, but from the shared maps:

- a stride that does not divide the step between windows parts the windows into classes whose step it divides;
- padding touches only the windows' ends: one matrix product for each end gives what stands there;
- a maximum or average over the window is a sliding one.

The first layer without such a rule, and all behind it, run window by window. The numbers are those of the windows one
by one up to rounding.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import gcd
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.nn.activation import FUNCTIONS, Exponential
from convoscope.nn.convolution import Correlation, per_dimension
from convoscope.nn.detectors import find_detectors, keep_best_alone
from convoscope.nn.letter_table import Letters, LetterTable, letter_table
from convoscope.nn.pieces import keep_freed_memory
from convoscope.nn.pooling import GLOBAL_POOLS, GlobalPool, Pool
from convoscope.nn.position import PlacedMaximum
from convoscope.nn.strand import BothStrands, opposite_strand
from convoscope.prediction.ensemble import Ensemble, refuse_both_strands
from convoscope.prediction.sliding import (
    Stretch,
    side_by_side,
    sliding_average,
    sliding_best,
    sliding_maximum,
)
from convoscope.prediction.window_ends import at_the_ends, correlate_ends, look_up_matches
from convoscope.sequence.alphabet import reverse_complement_codes as other_strand

BATCH = 256  # windows at once behind the last shared layer: more would leave the cache
# Windows and letters of a piece, which share their work. Small pieces cost calls, large ones leave the cache: on two
# cores, a DeepBind with knots scored 40, 58, 86, 96, 87 thousand windows per second with 512, 1024, 2048, 3072, 6144.
PIECE = {"cpu": (2048, 1 << 15), "cuda": (1 << 15, 1 << 19)}


Layers = Sequence[nn.Module]
Rule = Callable[[Any, Layers, Stretch], Tensor | None]


@torch.inference_mode()
def stretch_scores(
    ensemble: Ensemble, codes: np.ndarray, step: int, both_strands: bool = False, threads: int = 1
) -> np.ndarray:
    """Return the raw scores of all windows of a stretch by every member, ``(members, windows, labels)`` float32.

    The numbers are those of `ensemble.scores` on the windows one by one.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        The stretch, ``(letters,)``; no window fits where it is shorter than one.
    step
        Letters between the starts of neighbouring windows; the first one starts at the first letter.
    both_strands
        Average with the scores of the reverse complement; for networks that read one strand only.
    threads
        Pieces of the stretch that are worked on at the same time.
    """
    refuse_both_strands(ensemble, both_strands)
    count = max((len(codes) - ensemble.window) // step + 1, 0)
    windows, letters = PIECE.get(ensemble.device.type, PIECE["cpu"])
    size = max(min(windows, letters // step), 1)
    found = np.empty((len(ensemble.members), count, len(ensemble.labels)), dtype=np.float32)

    @torch.inference_mode()
    def work(start: int) -> None:
        end = min(start + size, count)
        part = codes[start * step : (end - 1) * step + ensemble.window]
        found[:, start:end] = _piece_scores(ensemble, part, step, both_strands, tables)

    keep_freed_memory()
    tables = [_letter_table(ensemble, network) for network in ensemble.members]
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for _ in pool.map(work, range(0, count, size)):
            pass
    return found


Table = tuple[nn.Module, LetterTable]  # of the layer that reads letters


def _letter_table(ensemble: Ensemble, network: nn.Module) -> Table | None:
    """Return the table of a DeepBind's detectors, on a CPU and with maxima alone; None of another network."""
    layers = find_detectors(network) if ensemble.device.type == "cpu" else None
    if layers is None or not keep_best_alone(layers):
        return None
    layer = layers[1]
    assert isinstance(layer, Correlation)
    return layer, letter_table(layer, ensemble.columns)


def _piece_scores(
    ensemble: Ensemble, codes: np.ndarray, step: int, both_strands: bool,
    tables: Sequence[Table | None],
) -> np.ndarray:  # fmt: skip
    """Score one piece that fits into the cache; see `stretch_scores`."""
    used = codes[: (len(codes) - ensemble.window) // step * step + ensemble.window]  # so that the strands' grids agree
    strands = [used, other_strand(used, ensemble.alphabet)] if both_strands else [used]
    stretches = [torch.from_numpy(np.ascontiguousarray(strand))[None].to(ensemble.device) for strand in strands]
    one_hot = [ensemble.encode(stretch)[0].contiguous() for stretch in stretches]
    members = []
    for network, table in zip(ensemble.members, tables, strict=True):
        letters = [table and _letters(stretch[0], *table) for stretch in stretches]
        forward, *reverse = (
            scan(network, maps, ensemble.window, step, read).float()
            for maps, read in zip(one_hot, letters, strict=True)
        )
        members.append((forward + reverse[0].flip(0)) / 2 if reverse else forward)
    return torch.stack(members).cpu().numpy()


def _letters(codes: Tensor, layer: nn.Module, table: LetterTable) -> Letters | None:
    """Return the letters ``(letters,)`` that a layer reads, if it can look them up."""
    symbols = table.symbols(codes)
    return None if symbols is None else Letters(symbols, layer, table)


def scan(network: nn.Module, one_hot: Tensor, window: int, step: int, letters: Letters | None = None) -> Tensor:
    """Return the scores of all windows of a stretch, ``(windows, outputs)``.

    Parameters
    ----------
    network
        Of ``(batch, channels, window)``, in evaluation mode.
    one_hot
        The stretch, ``(channels, letters)``.
    window
        Letters that the network reads.
    step
        Letters between the starts of neighbouring windows; the first one starts at the first letter. The stretch is
        at least one window long.
    letters
        Of the stretch, if the first layer's matches can be looked up.
    """
    stretch = Stretch(one_hot, window, step, (one_hot.shape[1] - window) // step + 1, letters=letters)
    # Windows that do not overlap have nothing in common, and the letters between them need not be looked at.
    return _walk([network], stretch) if step < window else _one_by_one([network], stretch)


def _walk(layers: Layers, stretch: Stretch) -> Tensor:
    """Return what the layers make of every window, ``(windows, …)``, by the first layer's rule if there is one."""
    if layers:
        for kind, rule in RULES.items():
            if isinstance(layers[0], kind):
                found = rule(layers[0], layers[1:], stretch)
                if found is not None:
                    return found
    return _one_by_one(layers, stretch)


def _one_by_one(layers: Layers, stretch: Stretch) -> Tensor:
    """Cut the windows out of the stretch and run the layers on them, some windows at a time."""
    middle = stretch.maps.unfold(1, stretch.length, stretch.step)[:, : stretch.windows].transpose(0, 1)
    parts = [middle, *(end.permute(2, 1, 0) for end in stretch.ends)]
    parts = [*parts[1:2], middle, *parts[2:]]
    found = []
    for start in range(0, max(stretch.windows, 1), BATCH):
        maps = torch.cat([part[start : start + BATCH] for part in parts], dim=2)
        found.append(_finish(layers, maps))
    return torch.cat(found)


def _finish(layers: Layers, windows: Tensor) -> Tensor:
    """Run the layers on what is there of each window, ``(windows, …)``."""
    for layer in layers:
        windows = layer(windows)
    return windows


def _inside(chain: nn.Sequential, rest: Layers, stretch: Stretch) -> Tensor:
    """Rule of a chain: its layers one after the other."""
    return _walk([*chain, *rest], stretch)


def _pointwise(layer: nn.Module, rest: Layers, stretch: Stretch) -> Tensor:
    """Rule of a layer that treats every position alone."""
    before, behind = (None if part is None else layer(part) for part in (stretch.before, stretch.behind))
    return _walk(rest, stretch._replace(maps=layer(stretch.maps[None])[0], before=before, behind=behind, letters=None))


def _local(layer: Correlation | Pool, rest: Layers, stretch: Stretch) -> Tensor | None:
    """Rule of an unpadded layer with a kernel; windows that its stride would part are taken in turns."""
    if stretch.before is not None or getattr(layer, "padding", "valid") not in ("valid", 0):
        return None
    [stride] = per_dimension(layer.stride, 1)
    turns = stride // gcd(stride, stretch.step)
    if turns > 1:
        return _in_turns([layer, *rest], stretch, turns)
    [size], [dilation] = layer.kernel_size, per_dimension(getattr(layer, "dilation", 1), 1)
    length = (stretch.length - (size - 1) * dilation - 1) // stride + 1
    shared = stretch._replace(maps=layer(stretch.maps[None])[0], letters=None)
    return _walk(rest, shared._replace(length=length, step=stretch.step // stride))


def _in_turns(layers: Layers, stretch: Stretch, turns: int) -> Tensor:
    """Walk every ``turns``-th window together, so that their step is a multiple of the next layer's stride."""
    found: list[Tensor] = []
    for turn in range(min(turns, stretch.windows)):
        count = (stretch.windows - turn - 1) // turns + 1
        maps = stretch.maps[:, turn * stretch.step :]
        found.append(_walk(layers, Stretch(maps, stretch.length, stretch.step * turns, count)))
    result = found[0].new_empty((stretch.windows, *found[0].shape[1:]))
    for turn, part in enumerate(found):
        result[turn::turns] = part
    return result


def _padded(pad: nn.ConstantPad1d, rest: Layers, stretch: Stretch) -> Tensor | None:
    """Rule of padding before a correlation: the ends per window, what lies between them from the stretch."""
    layer = rest[0] if rest else None
    if stretch.before is not None or not isinstance(layer, Correlation) or layer.padding not in ("valid", 0):
        return None
    [stride], [dilation] = per_dimension(layer.stride, 1), per_dimension(layer.dilation, 1)
    reach, (left, right) = (layer.kernel_size[0] - 1) * dilation, pad.padding
    if stride != 1 or min(left, right) < 0 or reach < 1 or stretch.length <= reach:
        return None
    length, starts, sides = stretch.length - reach, (0, stretch.length - reach), ((left, 0), (0, right))
    if stretch.letters is not None and stretch.letters.layer is layer:
        maps, before, behind = look_up_matches(stretch.letters, stretch, starts, sides)
    else:
        seen = [at_the_ends(stretch.maps, start, reach, stretch).transpose(0, 1).contiguous() for start in starts]
        before, behind = (correlate_ends(layer, maps, side, pad.value) for maps, side in zip(seen, sides, strict=True))
        maps = layer(stretch.maps[None])[0]
    return _walk(rest[1:], Stretch(maps, length, stretch.step, stretch.windows, before, behind))


def _summary(layer: GlobalPool | PlacedMaximum, rest: Layers, stretch: Stretch) -> Tensor:
    """Rule of a layer that keeps a number per map and window: the sliding ones."""
    if isinstance(layer, PlacedMaximum):
        phases, activate = side_by_side(stretch), FUNCTIONS[layer.activation]
        parts = [activate(sliding_best(phases, stretch, layer))]
        if layer.average:
            before, behind = (None if end is None else activate(end) for end in (stretch.before, stretch.behind))
            parts.append(sliding_average(activate(phases), stretch._replace(before=before, behind=behind)))
    else:
        parts = [SLIDING[function](stretch) for function in layer.functions]
    return _finish(rest, torch.cat(parts).T)


def strands(both: BothStrands, rest: Layers, stretch: Stretch) -> Tensor | None:
    """Rule of a network that reads both strands: the other strand's windows come in the opposite order."""
    if stretch.before is not None:
        return None
    end, letters = (stretch.windows - 1) * stretch.step + stretch.length, stretch.letters
    forward = stretch._replace(maps=stretch.maps[:, :end], letters=letters and letters.first(end))
    reverse = stretch._replace(maps=opposite_strand(forward.maps[None])[0], letters=letters and letters.opposite(end))
    ahead, back = (_walk([both.network], strand) for strand in (forward, reverse))
    return _finish(rest, both.reduce(ahead, back.flip(0)))


SLIDING: dict[Callable[[Tensor], Tensor], Callable[[Stretch], Tensor]] = {
    GLOBAL_POOLS["max"]: sliding_maximum,
    GLOBAL_POOLS["average"]: lambda stretch: sliding_average(side_by_side(stretch), stretch),
}
RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: _inside,
    nn.ReLU: _pointwise,
    Exponential: _pointwise,
    nn.Dropout: _pointwise,
    nn.BatchNorm1d: _pointwise,
    Correlation: _local,
    Pool: _local,
    nn.ConstantPad1d: _padded,
    GlobalPool: _summary,
    PlacedMaximum: _summary,
    BothStrands: strands,
}
