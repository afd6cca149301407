import torch

from convoscope.image.augment import VIEWS, random_brightness, random_shifts, random_views


def squares(count: int, size: int = 5, channels: int = 2) -> torch.Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_the_eight_views_by_hand() -> None:
    image = torch.tensor([[[[1, 2], [3, 4]]]])
    seen = {tuple(function(image).flatten().tolist()) for function in VIEWS}
    assert seen == {
        (1, 2, 3, 4), (2, 4, 1, 3), (4, 3, 2, 1), (3, 1, 4, 2),
        (2, 1, 4, 3), (4, 2, 3, 1), (3, 4, 1, 2), (1, 3, 2, 4),
    }  # fmt: skip
    assert torch.equal(VIEWS[0](image), image)


def test_random_views_are_views_and_all_occur() -> None:
    images = squares(1).repeat(400, 1, 1, 1)
    turned = random_views(images, torch.Generator().manual_seed(1))
    kinds = torch.stack([function(images[:1])[0] for function in VIEWS])
    matches = (turned[:, None] == kinds[None]).flatten(2).all(2)
    assert matches.any(1).all()
    assert (matches.sum(0) > 25).all()


def test_shifts_move_all_channels_alike_and_repeat_the_edge() -> None:
    images = torch.arange(4.0).expand(1, 2, 4, 4).repeat(300, 1, 1, 1)
    moved = random_shifts(images, 1, torch.Generator().manual_seed(2))
    rows = {tuple(row) for row in moved[:, 0, 0].tolist()}
    assert rows == {(0, 1, 2, 3), (1, 2, 3, 3), (0, 0, 1, 2)}
    assert torch.equal(moved[:, 0], moved[:, 1])
    upright = random_shifts(images.transpose(2, 3), 1, torch.Generator().manual_seed(2))
    assert {tuple(column) for column in upright[:, 0, :, 0].tolist()} == rows


def test_brightness_stays_in_its_range_and_differs_by_channel() -> None:
    ones = torch.ones(500, 2, 3, 3)
    varied = random_brightness(ones, 0.2, torch.Generator().manual_seed(3))
    factor = varied[:, :, 0, 0]
    assert torch.equal(varied, factor[..., None, None].expand_as(varied))
    assert 0.8 <= factor.min() < 0.82
    assert 1.18 < factor.max() <= 1.2
    assert abs(torch.corrcoef(factor.T)[0, 1]) < 0.2


def test_shifts_are_those_of_every_pixel_looked_up() -> None:
    images, size = squares(40, size=6), 6
    moved = random_shifts(images, 2, torch.Generator().manual_seed(4))
    offsets = torch.randint(-2, 3, (40, 2), generator=torch.Generator().manual_seed(4))
    for image, found, (down, right) in zip(images, moved, offsets.tolist(), strict=True):
        rows, columns = ((torch.arange(size) + offset).clamp(0, size - 1) for offset in (down, right))
        assert torch.equal(found, image[:, rows][:, :, columns])
