"""Work in pieces that suit the processor's caches, in memory that the process keeps."""

from contextlib import ExitStack
from functools import cache
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

# Bytes of the largest output of a layer, for all examples of a piece. More than a few MB leave the second-level cache,
# and the allocator gets them from the system page by page.
BUDGET = 6_000_000
SCORED = 2 * BUDGET  # the same where nothing but scores is kept, by which small networks gain a tenth
LEAST, MOST = 32, 512  # examples of a piece; of fewer, recurrent layers take twice the time
KEPT = 30 << 20  # bytes; glibc adapts to blocks of up to 32 MiB
_widest: "WeakKeyDictionary[nn.Module, dict[tuple[int, ...], int]]" = WeakKeyDictionary()


@cache
def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, so that the next layer need not fetch it page by page.

    Taken and given back once, a large block teaches glibc to do so (mallopt(3): M_MMAP_THRESHOLD is dynamic). Page
    faults were half of the time of a network of motif detectors.
    """
    torch.empty(KEPT, dtype=torch.uint8)


def piece_size(
    network: nn.Module,
    shape: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    budget: int = BUDGET,
    most: int = MOST,
    least: int = LEAST,
) -> int:
    """Return how many examples of a ``shape`` ``(channels, *space)`` the CPU should compute at once, a power of 2."""
    known = _widest.setdefault(network, {})
    if shape not in known:
        known[shape] = _widest_output(network, shape, dtype)
    affordable = budget // (dtype.itemsize * known[shape])
    return max(least, min(most, 1 << max(0, affordable.bit_length() - 1)))


def _widest_output(network: nn.Module, shape: tuple[int, ...], dtype: torch.dtype) -> int:
    """Return the numbers in the largest output of a layer or block for one example."""
    numbers = [1]

    def note(_: nn.Module, __: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        numbers.append((output if isinstance(output, Tensor) else output[0]).numel())

    hooks = ExitStack()

    def watch(module: nn.Module) -> None:
        hooks.callback(module.register_forward_hook(note).remove)

    with hooks, torch.no_grad():
        network.apply(watch)  # unlike its modules, also of an ONNX file
        network(torch.zeros(1, *shape, dtype=dtype))
    return max(numbers)


def in_pieces(network: nn.Module, inputs: Tensor) -> Tensor:
    """Return the scores of a network in evaluation mode for ``inputs`` ``(batch, channels, *space)``.

    On the CPU it computes a few examples at a time, see `piece_size`; on a GPU all at once.
    """
    if inputs.device.type != "cpu":
        return network(inputs)
    keep_freed_memory()
    size = piece_size(network, tuple(inputs.shape[1:]), inputs.dtype, SCORED)
    return torch.cat([network(piece) for piece in inputs.split(size)])
