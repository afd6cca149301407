"""How credentials in addresses reach a download: through the environment, so that no command or record holds them.

A rule passes a sealed address: without its credentials, and with a fragment by which the verb finds the whole one.
"""

import base64
import json
import os
import re
import zlib
from collections.abc import Iterable
from hashlib import sha256

from convoscope.download.addresses import USER, is_address, redacted
from convoscope.errors import InputError

VARIABLE = "CONVOSCOPE_ADDRESSES"
LARGEST = 120_000  # characters; Linux takes 131,072 in one variable
SIGNED = re.compile(r"[?&]X-(?:Amz|Goog)-[^&#]*", re.IGNORECASE)  # parameters of addresses signed for some hours
SEALED = re.compile(r"#sealed-([0-9a-f]{12})$")


def identity(address: str) -> str:
    """Return a name of the file behind an address: the same whoever fetches it, and however often it is signed.

    >>> identity("https://me:pw@host/a?X-Amz-Signature=1") == identity("https://host/a?X-Amz-Signature=2")
    True
    """
    return sha256(SIGNED.sub("", USER.sub(r"\1", address)).encode()).hexdigest()[:12]


def sealed(address: str) -> str:
    """Return what stands for an address in commands and records: itself where it holds no credentials."""
    shown = redacted(address)
    return (
        address
        if shown == address or not is_address(address)
        else f"{shown.partition('#')[0]}#sealed-{identity(address)}"
    )


def store(addresses: Iterable[str]) -> None:
    """Put the addresses that hold credentials into the environment of this process and of those that it starts.

    Raises
    ------
    InputError
        If they are more than the environment takes.
    """
    found: dict[str, list[str]] = {}
    for address in dict.fromkeys(addresses):
        if sealed(address) != address:
            found.setdefault(identity(address), []).append(address)
    value = base64.b64encode(zlib.compress(json.dumps(found).encode())).decode()
    if len(value) > LARGEST:
        several = sum(map(len, found.values()))
        raise InputError(
            f"config: {several} addresses with credentials; fewer can be passed on, so fetch some yourself"
        )
    if found:
        os.environ[VARIABLE] = value


def unsealed(address: str) -> list[str]:
    """Return the whole addresses of one file, as stored; an address that is not sealed as it is.

    Raises
    ------
    InputError
        If the environment does not hold them.
    """
    seal = SEALED.search(address)
    if seal is None:
        return [address]
    value = os.environ.get(VARIABLE, "")
    found = json.loads(zlib.decompress(base64.b64decode(value))) if value else {}
    if seal[1] not in found:
        raise InputError(
            f"{address[: seal.start()]}: its credentials are not in {VARIABLE}, where Snakemake puts them; "
            "give the whole address"
        )
    return found[seal[1]]
