"""What several checks need: the files that are on this machine, and the references that are named."""

from pathlib import Path

from convoscope.config import Config
from convoscope.download.addresses import is_address
from convoscope.errors import InputError, Problems

READ_WHOLE = 10_000_000  # bytes up to which a file is read whole before the first job


def here(path: str) -> Path | None:
    """Return the path of a file that is on this machine, None for one that is fetched or missing."""
    local = Path(path.removeprefix("file://"))
    return local if not is_address(path) and local.is_file() else None


def check_reference(problems: Problems, where: str, reference: str | None, config: Config) -> None:
    """Refuse a genome that the configuration does not name."""
    if reference not in config.references:
        known = ", ".join(config.references) or "none"
        with problems.at(f"{where}.reference"):
            raise InputError(f"{reference or 'none'}; a block under references; known: {known}")
