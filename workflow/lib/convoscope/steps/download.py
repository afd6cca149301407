"""The verb ``download``: one file given as an address."""

from pathlib import Path

from convoscope.download.credentials import unsealed
from convoscope.download.fetch import Checksum, fetch


def download(*, url: str, file: Path, sha256: str | None = None) -> None:
    """Fetch one file, as it is, from an address or a local path.

    Parameters
    ----------
    url
        Address, https, http or ftp, or a local path.
    file
        File to write; it appears complete or not at all.
    sha256
        Checksum that it must have, sha256; any when not given.
    """
    fetch(unsealed(url), file, Checksum("sha256", sha256) if sha256 else None)
