"""Addresses to streams of bytes: http(s), ftp and local files behind one interface."""

import ftplib
import functools
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3

from convoscope import __version__

CHUNK = 1 << 16  # bytes; what a broken connection costs at most
RETRIED = (408, 425, 429, 500, 502, 503, 504)
REFUSALS = (ValueError, requests.exceptions.TooManyRedirects)  # ValueError: how libraries refuse an address
FAILURES: tuple[type[Exception], ...] = (requests.RequestException, urllib3.exceptions.HTTPError, *ftplib.all_errors)


class BrokenError(Exception):
    """The transfer failed in a way that another try may mend."""


class RefusedError(Exception):
    """The mirror will not give the file, however often it is asked."""


class Piece(NamedTuple):
    """The part of a file that is already here: its bytes, the whole file's size and its version at the mirror."""

    start: int = 0
    size: int | None = None
    version: str | None = None


class Stream(NamedTuple):
    """Bytes from ``piece.start`` to the end of the file; 0 when the mirror starts over."""

    piece: Piece
    chunks: Iterator[bytes]


def reason(error: BaseException) -> str:
    """Say in a few words why a transfer failed: the system's own words where there are any, never an address."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    said = [link.strerror for link in chain if isinstance(link, OSError) and link.strerror]
    if said:
        return f"connection failed ({said[-1]})"
    if any(isinstance(link, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError) for link in chain):
        return "no answer in time"
    return str(error) if isinstance(error, ftplib.Error) else f"connection broke ({type(error).__name__})"


@contextmanager
def _translating() -> Iterator[None]:
    """Turn every library's way to fail into BrokenError or RefusedError."""
    try:
        yield
    except REFUSALS as error:
        raise RefusedError(f"not a usable address ({type(error).__name__})") from None
    except ftplib.error_perm as error:
        raise RefusedError(str(error)) from None
    except FAILURES as error:
        raise BrokenError(reason(error)) from None


def _guarded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass chunks on; only failures of the source are translated, never those of whoever writes the chunks."""
    with _translating():
        yield from chunks


def _ask(have: Piece) -> dict[str, str]:
    """Return the headers that ask for what is missing, or for the whole file if it has changed (RFC 9110, 13.1.5)."""
    headers = {"Accept-Encoding": "identity", "User-Agent": f"convoscope/{__version__}"}
    if have.start:
        headers["Range"] = f"bytes={have.start}-"
    if have.start and have.version:
        headers["If-Range"] = have.version
    return headers


def _part_of(response: requests.Response, have: Piece) -> Piece | None:
    """Return the part of the file that a server is about to send; nothing if it does not continue what is here.

    Raises
    ------
    BrokenError, RefusedError
        On a status that may pass, and on any other that is not a success.
    """
    tag = response.headers.get("ETag", "")
    version = tag if tag.startswith('"') else response.headers.get("Last-Modified")
    if response.status_code == 200:
        length = response.headers.get("Content-Length", "")
        return Piece(0, int(length) if length.isdecimal() else None, version)
    if have.start and response.status_code in (206, 416):
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        size = int(found[2]) if found and found[2] != "*" else have.size
        there = Piece(int(found[1]) if found else -1, size, version or have.version)
        return there if there == have._replace(size=have.size or size) else None
    failure = BrokenError if response.status_code in RETRIED else RefusedError
    raise failure(f"{response.status_code} {response.reason or ''}".strip())


@contextmanager
def _open_http(url: str, have: Piece, timeout: float) -> Iterator[Stream]:
    """Open an http(s) address at the bytes as they are sent: a gzipped file stays gzipped."""
    with ExitStack() as stack:
        piece = None
        while piece is None:
            with _translating():
                response = stack.enter_context(requests.get(url, headers=_ask(have), stream=True, timeout=timeout))
            piece, have = _part_of(response, have), Piece()
        yield Stream(piece, _guarded(response.raw.stream(CHUNK, decode_content=False)))


def _ftp_fact(server: ftplib.FTP, command: str) -> str | None:
    """Return the answer to SIZE or MDTM, or nothing where the server does not know the command or the file."""
    try:
        return server.sendcmd(command).partition(" ")[2].strip()
    except ftplib.error_perm:
        return None


@contextmanager
def _open_ftp(url: str, have: Piece, timeout: float) -> Iterator[Stream]:
    """Open an ftp address, as the user named in it or anonymously; continued if size and date are the same."""
    parts = urllib.parse.urlsplit(url)
    path = urllib.parse.unquote(parts.path)
    with ExitStack() as stack:
        with _translating():
            server = ftplib.FTP(timeout=timeout)
            stack.callback(server.close)
            server.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
            server.login(urllib.parse.unquote(parts.username or ""), urllib.parse.unquote(parts.password or ""))
            server.voidcmd("TYPE I")
            size, version = _ftp_fact(server, f"SIZE {path}"), _ftp_fact(server, f"MDTM {path}")
            there = Piece(have.start, int(size) if size else None, version)
            piece = there if there == have and version else there._replace(start=0)
            data = stack.enter_context(server.transfercmd(f"RETR {path}", rest=piece.start or None))

        def chunks() -> Iterator[bytes]:
            yield from iter(functools.partial(data.recv, CHUNK), b"")
            server.voidresp()

        yield Stream(piece, _guarded(chunks()))


def _local_path(url: str) -> Path:
    """Return the path behind a ``file:`` address or a plain path."""
    if not url.lower().startswith("file:"):
        return Path(url)
    parts = urllib.parse.urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise RefusedError(f"file: names the machine {parts.netloc!r}; write file:///folder/file")
    return Path(urllib.request.url2pathname(parts.path))


@contextmanager
def _open_local(url: str, have: Piece, timeout: float) -> Iterator[Stream]:
    """Open a local file; it is always read from its first byte."""
    with ExitStack() as stack:
        path = _local_path(url)
        try:
            source = stack.enter_context(open(path, "rb"))
        except OSError as error:
            raise RefusedError((error.strerror or str(error)).lower()) from None
        size = path.stat().st_size if path.is_file() else None  # a pipe has none
        yield Stream(Piece(size=size), _guarded(iter(functools.partial(source.read, CHUNK), b"")))


OPENERS: dict[str, Callable[[str, Piece, float], AbstractContextManager[Stream]]] = {
    "https": _open_http,
    "http": _open_http,
    "ftp": _open_ftp,
    "file": _open_local,
}


def open_url(url: str, have: Piece, timeout: float) -> AbstractContextManager[Stream]:
    """Open an address from where ``have`` ends, if the mirror can; whatever is no address is a local path.

    Parameters
    ----------
    url
        ``https``, ``http``, ``ftp``, ``file:`` or a path.
    have
        What is already here.
    timeout
        Seconds that a connection or a read may take.

    Raises
    ------
    RefusedError
        If the address cannot be read by anything of the table, or the mirror says no.
    BrokenError
        If the mirror cannot be reached or fails; also from the chunks.
    """
    scheme = url.partition(":")[0].lower()
    if "://" not in url and scheme != "file":
        return _open_local(url, have, timeout)
    try:
        usable = scheme in OPENERS and urllib.parse.urlsplit(url).port != 0
    except ValueError as error:
        raise RefusedError(f"not a usable address ({error})") from None
    if not usable:
        raise RefusedError(f"{scheme}: is not read; {', '.join(OPENERS)} or a local path")
    return OPENERS[scheme](url, have, timeout)
