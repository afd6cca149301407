"""A killed training continues from its last whole epoch."""

import io
import logging
from pathlib import Path
from typing import Any

import torch

from convoscope.files import replacing

log = logging.getLogger(__name__)


def save_checkpoint(path: Path, fingerprint: str, state: dict[str, Any]) -> None:
    """Write the state of a training after an epoch; a kill while writing leaves the previous one."""
    content = io.BytesIO()  # torch's own writing to a full disk raises a RuntimeError that does not say so
    torch.save({"fingerprint": fingerprint, **state}, content)
    with replacing(path) as [scratch]:
        scratch.write_bytes(content.getbuffer())


def load_checkpoint(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """Read the state of this very training, or return None when there is none.

    Parameters
    ----------
    path
        The checkpoint.
    fingerprint
        Of everything that determines the weights; a checkpoint of another training is ignored, and said so.
    """
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen unrelated types for a damaged file
        log.info("checkpoint %s is damaged (%s): starting over", path, type(error).__name__)
        return None
    if state.pop("fingerprint", None) != fingerprint:
        log.info("checkpoint %s belongs to other data or settings: starting over", path)
        return None
    return state
