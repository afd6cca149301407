import logging
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from convoscope.image.reading import UnusableError, channels_first, extent, read_image, read_mask

TWO_FILES = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}"><Image ID="Image:0">
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="20" SizeY="12" SizeC="2" SizeZ="1" SizeT="1">
<Channel ID="Channel:0:0" SamplesPerPixel="1"/><Channel ID="Channel:0:1" SamplesPerPixel="1"/>
<TiffData FirstC="0" FirstZ="0" FirstT="0" IFD="0" PlaneCount="1"><UUID FileName="a.ome.tif">urn:uuid:{0}</UUID>
</TiffData><TiffData FirstC="1" FirstZ="0" FirstT="0" IFD="0" PlaneCount="1">
<UUID FileName="b.ome.tif">urn:uuid:{1}</UUID></TiffData></Pixels></Image></OME>"""
UUIDS = ["11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"]


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(0, 60000, (2, 12, 20), dtype=np.uint16)


def pages(path, image):
    with tifffile.TiffWriter(path) as sink:
        for plane in image:
            sink.write(plane, metadata=None)


# Ways in which programs write the same two channels.
WRITERS = {
    "plain": lambda path, image: tifffile.imwrite(path, image),
    "last": lambda path, image: tifffile.imwrite(path, image.transpose(1, 2, 0)),
    "ome": lambda path, image: tifffile.imwrite(path, image, ome=True, metadata={"axes": "CYX"}),
    "ome_long": lambda path, image: tifffile.imwrite(path, image[None, :, None], ome=True, metadata={"axes": "TCZYX"}),
    "imagej": lambda path, image: tifffile.imwrite(path, image, imagej=True, metadata={"axes": "CYX"}),
    "pages": pages,
    "compressed": lambda path, image: tifffile.imwrite(path, image, compression="zlib"),
    "tiles": lambda path, image: tifffile.imwrite(path, image, tile=(16, 16)),
    "big_endian": lambda path, image: tifffile.imwrite(path, image, byteorder=">"),
    "bigtiff": lambda path, image: tifffile.imwrite(path, image, bigtiff=True),
    "few_rows": lambda path, image: tifffile.imwrite(path, image, rowsperstrip=1),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_channels_come_first_however_a_tiff_was_written(name, dtype, image, tmp_path):
    image = (image % 256).astype(dtype)
    WRITERS[name](tmp_path / "a.bin", image)  # known by its content, not by its name
    found = read_image([tmp_path / "a.bin"])
    assert (found.dtype, found.dtype.isnative) == (np.dtype(dtype), True)
    np.testing.assert_array_equal(found, image)


def test_one_file_per_channel(image, tmp_path):
    paths = [tmp_path / name for name in ("a.tif", "b.png")]
    tifffile.imwrite(paths[0], image[0])
    Image.fromarray(image[1]).save(paths[1])
    np.testing.assert_array_equal(read_image(paths), image)
    np.testing.assert_array_equal(read_image(paths[::-1]), image[::-1])


def test_ome_files_of_one_image_are_read_together_or_each_alone(image, tmp_path):
    paths = [tmp_path / name for name in ("a.ome.tif", "b.ome.tif")]
    for path, plane, own in zip(paths, image, UUIDS, strict=True):
        tifffile.imwrite(path, plane, description=TWO_FILES.format(*UUIDS, own=own), metadata=None)
    np.testing.assert_array_equal(read_image(paths[:1]), image)
    np.testing.assert_array_equal(read_image(paths), image)
    paths[1].unlink()
    with pytest.raises(UnusableError, match=r"unreadable: a\.ome\.tif: .*b\.ome\.tif"):
        read_image(paths[:1])  # tifffile gives zeros and a warning


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("channels", [3, 4])
def test_colours_of_a_tiff_without_its_transparency(planes, channels, tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (channels, 12, 20), dtype=np.uint8)
    written = image.transpose(1, 2, 0) if planes == "contig" else image
    tifffile.imwrite(
        tmp_path / "a.tif", written, photometric="rgb", planarconfig=planes, extrasamples=["unassalpha"][: channels - 3]
    )
    np.testing.assert_array_equal(read_image([tmp_path / "a.tif"]), image[:3])


def test_png_of_eight_bits(tmp_path):
    grey = np.arange(240, dtype=np.uint8).reshape(12, 20)
    colours = np.stack([grey, grey[::-1], grey[:, ::-1]], axis=-1)
    opaque = np.full_like(grey, 255)
    for mode, array in {
        "L": grey, "LA": np.dstack([grey, opaque]), "RGB": colours, "RGBA": np.dstack([colours, opaque])
    }.items():  # fmt: skip
        Image.fromarray(array).save(tmp_path / "a.png")
        found = read_image([tmp_path / "a.png"])
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, grey[None] if mode[0] == "L" else colours.transpose(2, 0, 1))


def test_palettes_are_colours_in_images_and_values_in_masks(tmp_path):
    picture = Image.fromarray(np.array([[0, 1], [2, 1]], dtype=np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 200] + [0] * 759)
    picture.save(tmp_path / "m.png", bits=8)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), [[0, 1], [2, 1]])
    np.testing.assert_array_equal(read_image([tmp_path / "m.png"])[:, 0, 1], [255, 0, 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint32, np.int64])
def test_masks_hold_whole_numbers_of_any_size(dtype, tmp_path):
    mask = np.array([[0, 7, 7], [0, 100, 0]], dtype=dtype)
    tifffile.imwrite(tmp_path / "m.tif", mask)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), mask)


def test_axes_by_hand(tmp_path):
    image = np.arange(24).reshape(1, 4, 3, 2)
    np.testing.assert_array_equal(
        channels_first(image, "TYXS", tmp_path)[:, 1, 2], [image[0, 1, 2, 0], image[0, 1, 2, 1]]
    )
    assert channels_first(np.zeros((5, 6)), "YX", tmp_path).shape == (1, 5, 6)
    assert channels_first(np.zeros((1, 1)), "YX", tmp_path).shape == (1, 1, 1)
    assert extent(np.zeros((2, 5, 6))) == "6 x 5 pixels"


def coloured_png_of_16_bits(path, image):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes(20 * 6) for _ in range(12))
    header = struct.pack(">IIBBBBB", 20, 12, 16, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def cut_short(writer, share):
    def write(path, image):
        writer(path, image)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    return write


def two_kinds(path, image):
    with tifffile.TiffWriter(path) as sink:
        sink.write(image[0], metadata=None)
        sink.write(image[1].astype(np.uint8), metadata=None)


def boasting(path, image):
    """Write a header that asks for gigabytes of which the file has none."""
    tifffile.imwrite(path, image[0], compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageLength"].overwrite(40_000_000)


BAD = {
    "empty": (lambda path, image: path.write_bytes(b""), "unreadable: a.bin is empty"),
    "text": (lambda path, image: path.write_text("hello"), "neither TIFF nor PNG"),
    "folder": (lambda path, image: path.mkdir(), "is a folder"),
    "missing": (lambda path, image: None, "unreadable: no file .*a.bin"),
    "float": (lambda path, image: tifffile.imwrite(path, image.astype(np.float32)), "wrong depth: a.bin is float32"),
    "nan": (lambda path, image: tifffile.imwrite(path, np.full((9, 9), np.nan)), "wrong depth: a.bin is float64"),
    "signed": (lambda path, image: tifffile.imwrite(path, image.astype(np.int16)), "wrong depth: a.bin is int16"),
    "wide": (lambda path, image: tifffile.imwrite(path, image.astype(np.uint32)), "wrong depth: a.bin is uint32"),
    "stack": (
        lambda path, image: tifffile.imwrite(path, np.stack([image] * 3), ome=True, metadata={"axes": "ZCYX"}),
        "wrong channels: a.bin has axes ZCYX of 3 x 2 x 12 x 20",
    ),
    "time": (
        lambda path, image: tifffile.imwrite(path, image, ome=True, metadata={"axes": "TYX"}),
        "wrong channels: a.bin has axes TYX",
    ),
    "two_kinds": (two_kinds, "unreadable: a.bin holds 2 images"),
    "half": (cut_short(WRITERS["plain"], 0.5), "unreadable: a.bin: "),
    "half_compressed": (cut_short(WRITERS["compressed"], 0.9), "unreadable: a.bin: "),
    "lost_page": (cut_short(WRITERS["pages"], 0.6), "unreadable: a.bin: "),
    "boasting": (boasting, "unreadable: a.bin says it holds 1600000000 bytes"),
    "png_half": (cut_short(lambda path, image: Image.fromarray(image[0]).save(path, "PNG"), 0.5), "unreadable: a.bin"),
    "png_1_bit": (lambda path, image: Image.new("1", (9, 9)).save(path, "PNG"), "wrong depth: a.bin has 1 bits"),
    "png_48_bits": (coloured_png_of_16_bits, "wrong depth: a.bin is a coloured PNG of 16 bits"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_why(name, image, tmp_path):
    write, said = BAD[name]
    write(tmp_path / "a.bin", image)
    with pytest.raises(UnusableError, match=said):
        read_image([tmp_path / "a.bin"])


def test_files_of_one_image_must_agree(image, tmp_path):
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    tifffile.imwrite(one, image[0])
    for other, said in (
        (image, "wrong channels: two.tif has 2; with one file per channel each has 1"),
        (image[1].astype(np.uint8), "wrong depth: two.tif is uint8, one.tif is uint16"),
        (image[1][:8], "wrong size: two.tif is 20 x 8 pixels, one.tif is 20 x 12 pixels"),
    ):
        tifffile.imwrite(two, other)
        with pytest.raises(UnusableError, match=said):
            read_image([one, two])


def test_masks_that_are_none(image, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", image)
    with pytest.raises(UnusableError, match=r"wrong channels: mask m\.tif has 2"):
        read_mask(tmp_path / "m.tif")
    tifffile.imwrite(tmp_path / "m.tif", image[0].astype(np.float32))
    with pytest.raises(UnusableError, match=r"wrong depth: m\.tif is float32"):
        read_mask(tmp_path / "m.tif")


def test_damage_anywhere_is_never_a_crash(image, tmp_path):
    generator, path = np.random.default_rng(5), tmp_path / "a.bin"
    for name in ("plain", "compressed", "ome"):
        WRITERS[name](path, image)
        good = path.read_bytes()
        for _ in range(100):
            content = bytearray(good)
            for place in generator.integers(0, min(len(good), 400), 3):
                content[place] = generator.integers(256)
            path.write_bytes(content)
            try:
                assert read_image([path]).ndim == 3
            except UnusableError as reason:
                assert str(reason).split(":")[0] in ("unreadable", "wrong depth", "wrong channels")


def test_the_log_of_tifffile_stays_as_it_was(image, tmp_path):
    logger = logging.getLogger("tifffile")
    before = (logger.propagate, list(logger.handlers))
    tifffile.imwrite(tmp_path / "a.tif", image)
    read_image([tmp_path / "a.tif"])
    assert (logger.propagate, logger.handlers) == before
