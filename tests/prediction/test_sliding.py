"""Sums and maxima that windows share, against each window alone."""

from types import SimpleNamespace

import pytest
import torch

from convoscope.prediction.sliding import Stretch, side_by_side, sliding_average, sliding_best, sliding_maximum

CHANNELS = 3


def made(length, step, windows, before, behind, rest):
    """Return a stretch with its own positions before and behind each window; ``rest`` follows the last window."""
    draw = torch.Generator().manual_seed(length + step)
    ends = [None if size is None else torch.randn(size, CHANNELS, windows, generator=draw) for size in (before, behind)]
    maps = torch.randn(CHANNELS, (windows - 1) * step + length + rest, generator=draw)
    return Stretch(maps, length, step, windows, *ends)


def alone(stretch):
    """Return what each window sees, ``(channels, positions)``."""
    for number in range(stretch.windows):
        own = stretch.maps[:, number * stretch.step :][:, : stretch.length]
        before, behind = (end[:, :, number].T if end is not None else own[:, :0]
                          for end in (stretch.before, stretch.behind))  # fmt: skip
        yield torch.cat([before, own, behind], dim=1)


def channels_together(stretch):
    """Return the same stretch whose channels are next to each other in memory."""
    ends = [end if end is None else end.transpose(1, 2).contiguous().transpose(1, 2)
            for end in (stretch.before, stretch.behind)]  # fmt: skip
    return stretch._replace(maps=stretch.maps.T.contiguous().T, before=ends[0], behind=ends[1])


def bonus(count):
    return torch.arange(CHANNELS * count).view(CHANNELS, count).cos()


@pytest.mark.parametrize("ends", [(None, None), (0, 0), (2, 1), (None, 3), (1, None)])
@pytest.mark.parametrize("rest", [0, 1, 5])
def test_windows_share_what_each_has_alone(ends, rest):
    for length, step, windows in (
        (1, 1, 1),
        (1, 4, 3),
        (4, 4, 3),
        (5, 4, 3),
        (7, 4, 1),
        (8, 4, 6),
        (9, 1, 4),
        (9, 2, 4),
    ):
        stretch = made(length, step, windows, *ends, rest)
        phases, views = side_by_side(stretch), list(alone(stretch))
        layer = SimpleNamespace(bonus=bonus)
        for found, expected in (
            (sliding_maximum(stretch), [view.amax(1) for view in views]),
            (sliding_maximum(channels_together(stretch)), [view.amax(1) for view in views]),
            (sliding_average(phases, stretch), [view.mean(1) for view in views]),
            (sliding_best(phases, stretch, layer), [(view + bonus(view.shape[1])).amax(1) for view in views]),
        ):
            torch.testing.assert_close(found, torch.stack(expected, dim=1))


def test_positions_of_all_windows_lie_in_one_row():
    found = side_by_side(Stretch(torch.arange(7.0)[None], 4, 3, 2))
    assert found[:, 0].tolist() == [[0, 3, 6], [1, 4, 0], [2, 5, 0]]


def test_averages_of_large_sums_keep_their_digits():
    maps = torch.full((1, 20_000), 1000.0)
    maps[:, -2:] = 0.001
    stretch = Stretch(maps, 2, 1, 19_999)
    assert sliding_average(side_by_side(stretch), stretch)[0, -1] == pytest.approx(0.001, rel=1e-4)
