"""A fixture for modules and folders of tests that draw figures and look at their SVG alone."""

from collections.abc import Iterator
from unittest import mock

import pytest

from convoscope.report import style


@pytest.fixture(scope="module", autouse=True)
def copies_are_blank() -> Iterator[None]:
    """Leave the copies of figures blank: they take longer than all else, and ``test_style.py`` looks at them."""
    with mock.patch.object(style, "_copy", lambda figure, pdf, png: (pdf.touch(), png.touch())):
        yield
