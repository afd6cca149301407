import imagecodecs
import numpy as np
import pytest
from PIL import Image

from convoscope.image.image_files import read_image, read_mask
from convoscope.image.request import Request, UnusableError


@pytest.fixture
def colours():
    return np.random.default_rng(2).integers(0, 60000, (12, 20, 4), dtype=np.uint16)


SAMPLES = {1: None, 2: 1, 3: None, 4: 3}  # channels and which of them is the transparency


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_kind_of_png_at_its_depth(count, dtype, colours, tmp_path):
    image = np.ascontiguousarray((colours // (1 if dtype == np.uint16 else 256)).astype(dtype)[..., :count])
    path, transparent, first = tmp_path / "a.png", SAMPLES[count], image.transpose(2, 0, 1)
    path.write_bytes(imagecodecs.png_encode(image[..., 0] if count == 1 else image))
    found = read_image([path], Request(channels=count))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, first)
    if transparent:
        np.testing.assert_array_equal(
            read_image([path], Request(channels=count - 1)), image[..., :-1].transpose(2, 0, 1)
        )
        with pytest.raises(UnusableError, match=f"channel {count} tagged as transparency, with content"):
            read_image([path])
        image[..., transparent] = np.iinfo(dtype).max
        path.write_bytes(imagecodecs.png_encode(image))
        np.testing.assert_array_equal(read_image([path]), first[:-1])


@pytest.fixture
def palette(tmp_path):
    picture = Image.fromarray(np.array([[0, 1], [2, 1]], dtype=np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 200] + [0] * 759)
    picture.save(tmp_path / "m.png", bits=8)
    return tmp_path / "m.png"


def test_palettes_are_colours_in_images_and_values_in_masks(palette):
    assert read_mask(palette).tolist() == [[0, 1], [2, 1]]
    assert read_image([palette])[:, 0, 1].tolist() == [255, 0, 0]
    assert read_image([palette], Request(channels=1)).tolist() == [[[0, 1], [2, 1]]]


def test_black_and_white_is_a_mask_alone(tmp_path):
    Image.fromarray(np.array([[False, True, True]])).save(tmp_path / "a.png")
    assert read_mask(tmp_path / "a.png").tolist() == [[0, 1, 1]]
    with pytest.raises(UnusableError, match=r"wrong depth: a\.png has 1 bits; 8 or 16"):
        read_image([tmp_path / "a.png"])


def test_masks_of_16_bits(tmp_path):
    Image.fromarray(np.array([[0, 300]], dtype=np.uint16)).save(tmp_path / "m.png")
    assert read_mask(tmp_path / "m.png").tolist() == [[0, 300]]


def test_more_images_than_one(tmp_path):
    frames = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (1, 2, 3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(UnusableError, match=r"unreadable: a\.png is an animation of 3 images; save one"):
        read_image([tmp_path / "a.png"])
    frames[0].save(tmp_path / "b.png")
    assert read_image([tmp_path / "b.png#0"]).max() == 1
    with pytest.raises(UnusableError, match=r"b\.png is a PNG with one image; there is no '1'"):
        read_image([tmp_path / "b.png#1"])
