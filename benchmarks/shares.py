"""What a function spends its time on, by groups of torch's operations."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from torch.profiler import ProfilerActivity, profile, record_function

ALL = "the rest: Python, copies, data"
# Names of operations, or of the steps of autograd around them, begin or end so. The outermost that is known counts.
GROUPS = {
    "correlations": ("aten::conv1d", "aten::conv2d", "aten::bmm", "_Blockwise", "FirstCorrelation"),
    "letters looked up": ("aten::embedding_bag",),
    "gradients of correlations": ("ConvolutionBackward0", "_BlockwiseBackward", "FirstCorrelationBackward"),
    "normalisation": ("aten::batch_norm", "NativeBatchNormBackward0", "_Normalised", "_NormalisedBackward"),
    "pooling": ("aten::max_pool1d", "aten::max_pool2d", "aten::avg_pool2d", "aten::max", "aten::mean", "BestMatch",
                "BestMatchBackward", "_Halved", "_HalvedBackward", "MaxPool2DWithIndicesBackward0",
                "AvgPool2DBackward0", "MaxBackward0"),
    "activations": ("aten::relu", "ReluBackward0", "aten::clamp_min", "_Squashed", "_SquashedBackward",
                    "_Subsampled", "_SubsampledBackward"),
    "dense layers": ("aten::linear", "AddmmBackward0"),
    "optimiser": ("aten::_fused_adamw_",),
}  # fmt: skip
GROUP = {name: group for group, names in GROUPS.items() for name in names}


def _group(event: Any) -> str:
    """Return the group of an operation: that of the outermost operation around it that has one."""
    found = ALL
    while event is not None:
        found = GROUP.get(event.name.rpartition(": ")[2], found)
        event = event.cpu_parent
    return found


def shares(function: Callable[[], Any]) -> dict[str, float]:
    """Return the share of each group, the largest first, of a call after a first one."""
    function()
    with profile(activities=[ProfilerActivity.CPU]) as seen, record_function("all"):
        function()
    spent: Counter[str] = Counter()
    for event in seen.events() or ():
        spent[_group(event)] += event.self_cpu_time_total
    return {group: time / spent.total() for group, time in spent.most_common()}
