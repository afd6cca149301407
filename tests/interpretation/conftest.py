"""Networks of the zoo, small enough to be asked about every filter."""

from collections.abc import Callable

import pytest
from torch import nn

from convoscope.models import build

SMALL = {
    "deepbind": {"filters": 6},
    "basset": {"filters": [6, 4, 4], "hidden": [8, 8]},
    "deepsea": {"filters": [6, 4, 4], "hidden": [8]},
    "danq": {"filters": 6, "units": 4, "hidden": 8},
    "tower": {"filters": 6, "blocks": 2},
    "cnnprom": {"filters": [6], "hidden": [8]},
}


@pytest.fixture
def small() -> Callable[..., nn.Module]:
    """Build a network of the zoo for windows of 201 bp, with few filters where the table above says how."""

    def build_small(name: str, outputs: int = 1, **options: object) -> nn.Module:
        return build(name, 4, (201,), outputs, {**SMALL.get(name, {}), **options})

    return build_small
