"""The verb ``download``: one file given as an address."""

from pathlib import Path

from convoscope.download.fetch import Checksum, fetch


def download(*, url: str, file: Path, sha256: str | None = None) -> None:
    """Fetch one file, as it is, from an address or a local path.

    Parameters
    ----------
    url
        ``https``, ``http``, ``ftp``, ``file:`` or a local path.
    file
        Where it goes; it appears there complete or not at all.
    sha256
        Checksum that it must have.
    """
    fetch([url], file, Checksum("sha256", sha256) if sha256 else None)
