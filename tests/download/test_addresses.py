import json

import pytest

from convoscope.download.addresses import is_address, redact, redacted, redacted_json


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
    ],
)
def test_credentials_are_left_out(address: str, safe: str) -> None:
    assert redacted(address) == safe
    assert redacted(safe) == safe


def test_only_addresses_are_changed() -> None:
    assert not is_address("file:///a?token=1")
    local = {"path": "/data/a?token=1", "size": 3, "none": None, "pair": [1.5, "x"]}
    assert redact(local) == local
    assert json.loads(redacted_json({"https://u:p@h": "ftp://u@h/a?key=1"})) == {"https://h": "ftp://h/a?key=…"}
