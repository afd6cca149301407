import json
import random

import pytest

from convoscope.download.addresses import is_address, redact, redacted, redacted_json, redacted_text, without_secrets
from convoscope.download.credentials import VARIABLE, identity, sealed, store, unsealed
from convoscope.errors import InputError


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://u:p@h/a", "https://h/a"),
        ("https://h/a@b?acc=GSE1&file=x", "https://h/a@b?acc=GSE1&file=x"),
        ("https://h/a?sig=1%2F&x=2&api_key=3#f", "https://h/a?sig=…&x=2&api_key=…#f"),
        ("https://h/a?pw=1&pwm=MA0139.1&accession=X", "https://h/a?pw=…&pwm=MA0139.1&accession=X"),
        (
            "https://h/a?X-Amz-Signature=s&X-Amz-Security-Token=t",
            "https://h/a?X-Amz-Signature=…&X-Amz-Security-Token=…",
        ),
        ("/data/me@home/a", "/data/me@home/a"),
        ("https://token@h/a", "https://h/a"),
        ("http://me:p@ss@h/a", "http://h/a"),
        ("ftp://me:p/w?x#y@h/a?b=1", "ftp://h/a?b=1"),
        ("https://h:443/a@2?mail=me@h", "https://h:443/a@2?mail=me@h"),
        ("https:/me:pw@h/a", "https:/h/a"),
        ("https://h/a;jsessionid=X", "https://h/a;jsessionid=…"),
        ("https://h/a#access_token=X", "https://h/a#access_token=…"),
        ("https://h/a?tok%65n=X&user=me&code=3", "https://h/a?tok%65n=…&user=…&code=…"),
        ("https://h/a?from=http%3A%2F%2Fme%3Apw%40h", "https://h/a?from=…"),
        ("https://h/a?0123456789abcdef0123456789abcdef", "https://h/a?…"),
        (
            "https://h/a?f=wgEncodeGm12878CtcfStdPk.bed&k=eyJhbGciOi.eyJ1c2.x",
            "https://h/a?f=wgEncodeGm12878CtcfStdPk.bed&k=…",
        ),
    ],
)
def test_credentials_are_left_out(address: str, safe: str) -> None:
    assert redacted(address) == safe
    assert redacted(safe) == safe


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("no file 'me:pw@host.org/a.bed'; give a file", "no file 'host.org/a.bed'; give a file"),
        ("{'path': ['https://me:pw@h/a?sig=1;2']}", "{'path': ['https://h/a?sig=…']}"),
        ("url: /a.bed?token=abc (Caused by X)", "url: /a.bed?token=… (Caused by X)"),
        ("plate.tif#2: wrong size; e = mc2, a@b", "plate.tif#2: wrong size; e = mc2, a@b"),
    ],
)
def test_addresses_in_a_text_are_redacted(text: str, safe: str) -> None:
    assert redacted_text(text) == safe
    assert redacted_text(safe) == safe


def test_what_a_server_repeats_is_left_out() -> None:
    address = "ftp://me:p%40ss@h/a?api_key=k1"
    assert without_secrets("530 me with p@ss or p%40ss or k1: no; k12", address) == "530 … with … or … or …: no; k12"


def test_a_sealed_address_is_found_by_its_fragment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    plain, first, second = "https://h/a?x=1", "https://me:pw@h/a", "https://you:other@h/a"
    assert sealed(plain) == plain and sealed("/data/a?token=1") == "/data/a?token=1"
    assert sealed(first) == sealed(second) == f"https://h/a#sealed-{identity('https://h/a')}"
    with pytest.raises(InputError, match=r"https://h/a: its credentials are not in CONVOSCOPE_ADDRESSES"):
        unsealed(sealed(first))
    store([plain, first, second, first])
    assert unsealed(sealed(first)) == [first, second]
    assert unsealed(plain) == [plain]


def test_another_file_has_another_name_and_a_new_signature_has_not() -> None:
    signed = "https://h/a?X-Amz-Date={}&X-Amz-Signature={}"
    assert sealed(signed.format(1, 2)) != signed.format(1, 2)
    assert identity(signed.format(1, 2)) == identity(signed.format(3, 4))
    assert identity("https://h/a?key=first") != identity("https://h/a?key=second")


def test_more_credentials_than_the_environment_takes_are_refused() -> None:
    draw = random.Random(1)
    many = [f"https://h/{number}?sig={draw.getrandbits(512):x}" for number in range(2000)]
    with pytest.raises(InputError, match="config: 2000 addresses with credentials; fewer"):
        store(many)


def test_only_addresses_are_changed() -> None:
    assert not is_address("file:///a?token=1")
    local = {"path": "/data/a?token=1", "size": 3, "none": None, "pair": [1.5, "x"]}
    assert redact(local) == local
    assert json.loads(redacted_json({"https://u:p@h": "ftp://u@h/a?key=1"})) == {"https://h": "ftp://h/a?key=…"}
