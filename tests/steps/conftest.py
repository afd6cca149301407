"""Steps are tested without the copies of figures."""

from blank_copies import copies_are_blank  # noqa: F401
