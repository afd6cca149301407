"""Every file of resources/ is described there, and is the one that is described."""

import re
from pathlib import Path

from convoscope.files import digest

RESOURCES = Path(__file__).parents[1] / "resources"
ROW = re.compile(r"^\| `([^`]+)` \| (\S.*) \| (\S.*) \| `([0-9a-f]{64})` \|$", re.MULTILINE)
LARGEST = 300_000  # bytes of one picture


def test_every_resource_is_listed_with_source_licence_and_its_sha256() -> None:
    listed = {name: sha256 for name, _, _, sha256 in ROW.findall((RESOURCES / "README.md").read_text())}
    there = {str(path.relative_to(RESOURCES)): path for path in RESOURCES.rglob("*") if path.is_file()}
    del there["README.md"]
    assert listed == {name: digest(path) for name, path in there.items()}


def test_pictures_are_small() -> None:
    assert max(path.stat().st_size for path in (RESOURCES / "pictures").iterdir()) < LARGEST
