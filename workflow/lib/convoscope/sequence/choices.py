"""What a user may say of a site file: where the centres and the scores of its rows are."""

from typing import NamedTuple

from convoscope.config.base import Center
from convoscope.config.sequence import Sites, Windows

Column = int | str


class Choices(NamedTuple):
    """What a user may say of a site file; columns are numbers from 1 or names."""

    center: Center = "summit"
    center_column: Column | None = None  # of an offset from start or a position; None: that of the summit, if any
    score_column: Column | None = None  # None: column 5, or that of the name score
    needs_score: bool = False


PLAIN = Choices()


def site_choices(options: Sites, windows: Windows) -> Choices:
    """Return how the file of a label is read."""
    needs_score = options.min_score is not None or options.value == "score"
    return Choices(windows.center, windows.center_column, options.score_column, needs_score)
