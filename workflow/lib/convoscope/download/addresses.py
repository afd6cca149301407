"""Addresses of files: what is fetched from elsewhere, and how an address is shown without its credentials."""

import json
import re
from typing import Any

FETCHED = ("https", "http", "ftp")
# Names of parts of a query whose values are credentials, such as X-Amz-Signature, sig, access_token, api_key.
SECRET = re.compile(
    r"([?&][^=&#]*(?:auth|cred|jwt|key|pass|pwd|pw(?==)|secret|session|sig|ticket|token)[^=&#]*=)[^&#]*", re.IGNORECASE
)
USER = re.compile(r"(?<=//)[^/?#]*@")


def is_address(path: str) -> bool:
    """Return whether a path is fetched from elsewhere."""
    return "://" in path and not path.startswith("file://")


def redacted(address: str) -> str:
    """Return an address without the credentials in it.

    >>> redacted("ftp://me:secret@host/a?token=abc&file=b")
    'ftp://host/a?token=…&file=b'
    """
    return SECRET.sub(r"\1…", USER.sub("", address))


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
