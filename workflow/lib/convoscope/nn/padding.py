"""How far kernels look beyond the ends of what they are correlated with."""

from collections.abc import Callable

# Positions added before and after, from the span of the kernel minus one.
PADDINGS: dict[str, Callable[[int], tuple[int, int]]] = {
    "valid": lambda reach: (0, 0),
    "same": lambda reach: (reach // 2, reach - reach // 2),
    "full": lambda reach: (reach, reach),
}
