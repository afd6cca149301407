"""Addresses of files: what is fetched from elsewhere, and how an address is shown without its credentials."""

import json
import re
import urllib.parse
from typing import Any

FETCHED = ("https", "http", "ftp")
# Words in names of parameters whose values are credentials, such as X-Amz-Signature, access_token, api_key.
SECRET = re.compile(
    r"auth|bearer|cred|hmac|jwt|key|login|pass|private|pwd|secret|session|sig|ticket|token"
    r"|^(code|hash|md5|otp|pw|sid|user(name)?)$",
    re.IGNORECASE,
)
LONG = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=]{32,}|eyJ[\w-]{4,}\.[\w.-]+")  # a digest or a token
PARAMETER = re.compile(r"([?&;#])([^=?&;#]*)(?:=([^&#]*))?")
# A user and a password: before the @ of a host; a password may hold what belongs behind a host, unless it is a port.
USER = re.compile(r"(?<=:/)(/?)(?:[^/?#]*@|[^/?#@:]*:(?!\d*(?:[/?#]|$)).*@)", re.DOTALL)
LOGIN = re.compile(r"^[^\s/@:]+:(?!/)[^\s@]+@(?=[\w-]+[.:/])")  # the same of an address without its scheme
WORD = re.compile(r"[^\s'\"<>`]+")
MARKS = re.compile(r"[@?&;#=]")  # without one of them there is no credential
END = ".,:;)]}"  # what follows an address in a sentence
HIDDEN = "…"


def is_address(path: str) -> bool:
    """Return whether a path is fetched from elsewhere."""
    return "://" in path and not path.startswith("file://")


def _is_secret(name: str, value: str) -> bool:
    """Tell whether a parameter holds a credential: by its name, or because its value looks like one."""
    plain = urllib.parse.unquote(value)
    nested = is_address(plain) and redacted(plain) != plain
    return bool(SECRET.search(urllib.parse.unquote(name)) or LONG.fullmatch(plain) or nested)


def _show(parameter: re.Match[str]) -> str:
    """Return a parameter, its value hidden where that is a credential."""
    mark, name, value = parameter.groups()
    if value is None:
        return mark + (HIDDEN if LONG.fullmatch(urllib.parse.unquote(name)) else name)
    return f"{mark}{name}={HIDDEN if value and _is_secret(name, value) else value}"


def redacted(address: str) -> str:
    """Return an address without the credentials in it: user, password, and parameters that are secret.

    >>> redacted("ftp://me:secret@host/a?token=abc&file=b")
    'ftp://host/a?token=…&file=b'
    """
    return PARAMETER.sub(_show, USER.sub(r"\1", address))


def redacted_text(text: str) -> str:
    """Return a text, such as a line of a log, with every address in it redacted.

    >>> redacted_text("no answer from https://me:pw@host/a?sig=1; try again")
    'no answer from https://host/a?sig=…; try again'
    """
    if not MARKS.search(text):
        return text

    def show(found: re.Match[str]) -> str:
        word = found[0].rstrip(END)
        return redacted(LOGIN.sub("", word)) + found[0][len(word) :]

    return WORD.sub(show, text)


def redact(content: Any) -> Any:
    """Return JSON types with every address in them redacted, also where it is a key.

    >>> redact({"path": "https://me:pw@host/a.bed", "names": ["a?key=1"], "size": 3})
    {'path': 'https://host/a.bed', 'names': ['a?key=1'], 'size': 3}
    """
    if isinstance(content, str):
        return redacted(content) if is_address(content) else content
    if isinstance(content, dict):
        return {redact(key): redact(value) for key, value in content.items()}
    return [redact(value) for value in content] if isinstance(content, list) else content


def redacted_json(content: Any) -> str:
    """Return content as JSON without credentials: what leaves the configuration for jobs, tables and pages."""
    return json.dumps(redact(content), ensure_ascii=False)


def without_secrets(text: str, address: str) -> str:
    """Return what a server said about an address, without the credentials that it repeats.

    >>> without_secrets("530 me: wrong password hunter2", "ftp://me:hunter2@host/a")
    '530 …: wrong password …'
    """
    user = USER.search(address)
    hidden = [part for part in re.split("[:@]", user[0].lstrip("/")) if part] if user else []
    hidden += [value for _, name, value in PARAMETER.findall(address) if value and _is_secret(name, value)]
    for secret in sorted({one for part in hidden for one in (part, urllib.parse.unquote(part))}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return redacted_text(text)
