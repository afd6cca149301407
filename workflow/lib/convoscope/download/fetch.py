"""One file from the first mirror that gives it whole: retried, resumed, checked, renamed into place."""

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from convoscope.download.addresses import redacted, without_secrets
from convoscope.download.transport import BrokenError, Piece, RefusedError, open_url
from convoscope.errors import MAY_PASS, InputError
from convoscope.files import digest

log = logging.getLogger(__name__)
PROGRESS = 1 << 20  # bytes: a broken transfer that got so much further does not use up a retry


class Checksum(NamedTuple):
    """What the fetched bytes must hash to."""

    algorithm: str
    value: str


class Fetched(NamedTuple):
    """Where a file came from (without credentials), and what it is."""

    mirror: str
    sha256: str
    size: int


class Patience(NamedTuple):
    """How long to bear with a mirror: retries without progress, how to wait, seconds until an answer."""

    retries: int = 3
    wait: Callable[[float], None] = time.sleep
    timeout: float = 20.0


class Partial(NamedTuple):
    """The unfinished file next to the target, and the note that says what it is a part of."""

    data: Path
    note: Path


def partial_of(target: Path) -> Partial:
    """Return where the unfinished file of a target lies: the same in every run, so that the next can go on."""
    data = target.with_name(f".partial-{target.name}")
    return Partial(data, data.with_name(data.name + ".json"))


def _discard(partial: Partial) -> None:
    """Remove an unfinished file."""
    for path in partial:
        path.unlink(missing_ok=True)


def _source_key(url: str) -> str:
    """Name an address without giving away the credentials in it."""
    return hashlib.sha256(url.encode()).hexdigest()


def _recall(partial: Partial, url: str, checked: bool) -> Piece:
    """Return the part of a file that can be continued; nothing where that would not be safe.

    It is safe when the part came from the same address and either its version at the mirror is known,
    or a checksum will tell in the end.
    """
    try:
        note = json.loads(partial.note.read_text(encoding="utf-8"))
        source, size, version = note["source"], note["size"], note["version"]
        start = partial.data.stat().st_size
    except (OSError, ValueError, TypeError, KeyError):
        return Piece()
    safe = source == _source_key(url) and (checked or version)
    return Piece(start, size, version) if safe and (size is None or start < size) else Piece()


def _begin(partial: Partial, url: str, piece: Piece) -> None:
    """Empty the unfinished file and note what it will be a part of; a file being continued is left alone."""
    if piece.start == 0:
        _discard(partial)
        partial.data.touch()
        note = {"source": _source_key(url), "size": piece.size, "version": piece.version}
        partial.note.write_text(json.dumps(note), encoding="utf-8")


def _receive(url: str, partial: Partial, have: Piece, timeout: float) -> Piece:
    """Append what a mirror sends to the unfinished file and return what it continued.

    Raises
    ------
    BrokenError, RefusedError
        From the mirror, or when it sent fewer bytes than it had announced.
    OSError
        When the disk does not take the bytes; the unfinished file is then removed, to give the room back.
    """
    with open_url(url, have, timeout) as (piece, chunks):
        try:
            _begin(partial, url, piece)
            with open(partial.data, "ab") as sink, _progress(piece, partial) as bar:
                for chunk in chunks:
                    sink.write(chunk)
                    bar.update(len(chunk))
        except OSError as error:
            _discard(partial)
            raise OSError(error.errno, error.strerror, str(partial.data.parent)) from None
    size = partial.data.stat().st_size
    if piece.size is not None and size != piece.size:
        raise BrokenError(f"connection broke after {size:,} of {piece.size:,} bytes")
    return piece


def _progress(piece: Piece, partial: Partial) -> "tqdm[Any]":
    """Return a progress bar in bytes on stderr; seldom redrawn where that is a log file."""
    pace = 0.2 if sys.stderr.isatty() else 5.0
    return tqdm(total=piece.size, initial=piece.start, unit="B", unit_scale=True, mininterval=pace, file=sys.stderr)


def _verify(partial: Partial, checksum: Checksum | None, resumed: bool) -> str:
    """Return the sha256 of the fetched bytes; wrong bytes are removed, and fetched again if they came in parts."""
    sha256 = digest(partial.data)
    algorithm, expected = checksum or ("sha256", sha256)
    found = sha256 if algorithm == "sha256" else digest(partial.data, algorithm)
    if found != expected.lower():
        _discard(partial)
        failure = BrokenError if resumed else RefusedError
        raise failure(f"wrong {algorithm}: expected {expected.lower()}, found {found}")
    return sha256


def _fetch_from(url: str, target: Path, checksum: Checksum | None, patience: Patience) -> Fetched:
    """Fetch a file from one mirror, going on where the connection broke."""
    partial = partial_of(target)
    have, failures, furthest = _recall(partial, url, checked=checksum is not None), 0, 0
    while True:
        try:
            continued = _receive(url, partial, have, patience.timeout)
            sha256 = _verify(partial, checksum, resumed=continued.start > 0)
            break
        except BrokenError as error:
            # Within one run a part may be continued even without a version: the mirror's range is checked.
            have = _recall(partial, url, checked=True)
            failures = 1 if have.start >= furthest + PROGRESS else failures + 1
            furthest = max(furthest, have.start)
            if failures > patience.retries:
                raise
            delay = 2.0 ** (failures - 1)
            log.warning("%s: %s; trying again in %.0f s", redacted(url), without_secrets(str(error), url), delay)
            patience.wait(delay)
    fetched = Fetched(redacted(url), sha256, partial.data.stat().st_size)
    os.replace(partial.data, target)
    _discard(partial)
    return fetched


def fetch(
    mirrors: Sequence[str], target: Path, checksum: Checksum | None = None, patience: Patience | None = None
) -> Fetched:
    """Fetch a file from the first mirror that gives it, whole and with the right checksum.

    Parameters
    ----------
    mirrors
        Addresses tried in order: ``https``, ``http``, ``ftp``, ``file:``, local paths.
    target
        Where the file goes. It appears there complete or not at all.
    checksum
        What the bytes must hash to.
    patience
        Retries per mirror, waiting and time-out.

    Raises
    ------
    InputError
        With the reason of every mirror. A part of the file stays next to the target only if the next run can go on
        from it.
    """
    patience = patience or Patience()
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons, broken = [], False
    for url in mirrors:
        try:
            return _fetch_from(url, target, checksum, patience)
        except (BrokenError, RefusedError) as error:
            reasons.append(f"{redacted(url)}: {without_secrets(str(error), url)}")
            broken |= isinstance(error, BrokenError)
            log.warning("%s", reasons[-1])
    partial = partial_of(target)
    if not any(_recall(partial, url, checked=checksum is not None).start for url in mirrors):
        _discard(partial)
    advice = "; give a mirror that has the file" + MAY_PASS * broken
    raise InputError(f"{target}: " + "; ".join(reasons or ["no mirror is named"]) + advice)
