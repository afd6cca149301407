import logging

import numpy as np
import pytest
import tifffile
from PIL import Image

from convoscope.image.image_files import OTHERS, read_image, read_mask
from convoscope.image.request import Request, UnusableError, find_file, size_text

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


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint32, np.int64, np.float32])
def test_masks_hold_whole_numbers_of_any_size(dtype, tmp_path):
    mask = np.array([[0, 7, 7], [0, 100, 0]], dtype=dtype)
    tifffile.imwrite(tmp_path / "m.tif", mask, byteorder=">")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), mask)


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
    "stack": (
        lambda path, image: tifffile.imwrite(path, np.stack([image] * 3), ome=True, metadata={"axes": "ZCYX"}),
        "wrong channels: a.bin has axes ZCYX of 3 x 2 x 12 x 20; a z-stack needs crops.projection",
    ),
    "time": (
        lambda path, image: tifffile.imwrite(path, image, ome=True, metadata={"axes": "TYX"}),
        "wrong channels: a.bin has axes TYX of 2 x 12 x 20; a time series is no image",
    ),
    "two_kinds": (two_kinds, "unreadable: a.bin holds 2 images"),
    "half": (cut_short(WRITERS["plain"], 0.5), "unreadable: a.bin: "),
    "half_compressed": (cut_short(WRITERS["compressed"], 0.9), "unreadable: a.bin: "),
    "lost_page": (cut_short(WRITERS["pages"], 0.6), "unreadable: a.bin: "),
    "boasting": (boasting, "unreadable: a.bin says it holds 1600000000 bytes"),
    "png_half": (cut_short(lambda path, image: Image.fromarray(image[0]).save(path, "PNG"), 0.5), "unreadable: a.bin"),
    "png_1_bit": (lambda path, image: Image.new("1", (9, 9)).save(path, "PNG"), "wrong depth: a.bin has 1 bits"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_why(name, image, tmp_path):
    write, said = BAD[name]
    write(tmp_path / "a.bin", image)
    with pytest.raises(UnusableError, match=said):
        read_image([tmp_path / "a.bin"])


def test_transparency_and_palettes_of_one_file_per_channel_and_of_masks(image, tmp_path):
    paths = [tmp_path / name for name in ("a.tif", "b.tif")]
    pair = image.transpose(1, 2, 0)
    tifffile.imwrite(paths[0], pair, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    tifffile.imwrite(paths[1], image[1])
    np.testing.assert_array_equal(read_image(paths), image)
    np.testing.assert_array_equal(read_mask(paths[0]), image[0])
    table = np.zeros((3, 256), np.uint16)
    for path, plane in zip(paths, image, strict=True):
        tifffile.imwrite(path, (plane % 256).astype(np.uint8), photometric="palette", colormap=table)
    np.testing.assert_array_equal(read_image(paths), image % 256)


def test_files_of_one_image_must_agree(image, tmp_path):
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    tifffile.imwrite(one, image[0])
    for other, said in (
        (image, "wrong channels: two.tif has 2; with one file per channel each has 1"),
        (image[1].astype(np.uint8), "wrong depth: two.tif is uint8, one.tif is uint16"),
        (image[1][:8], "wrong size: two.tif is 20 x 8 pixels, one.tif is 20 x 12 pixels"),
    ):
        tifffile.imwrite(two, other)
        for paths in ([one, two], [one, one, two]):
            with pytest.raises(UnusableError, match=f"^{said}"):
                read_image(paths)


@pytest.mark.parametrize(("start", "said"), [(magic, text) for magic, text in OTHERS.items()])
def test_other_formats_are_named_with_what_to_do(start, said, tmp_path):
    (tmp_path / "a.tif").write_bytes(start + bytes(40))
    with pytest.raises(UnusableError, match=f"^unreadable: a.tif is {said}$"):
        read_image([tmp_path / "a.tif"])


def test_a_name_in_another_case_is_shown(image, tmp_path):
    tifffile.imwrite(tmp_path / "Cell.TIF", image)
    with pytest.raises(UnusableError, match=r"no file .*cell\.tif; the folder has Cell\.TIF$"):
        read_image([tmp_path / "cell.tif"])


def test_names_as_windows_writes_them(tmp_path):
    (tmp_path / "a").mkdir()
    for name in (r"a\b.tif", "c#1.tif"):
        assert find_file(tmp_path, name) == tmp_path / name.replace("\\", "/")
    (tmp_path / r"a\b.tif").touch()
    assert find_file(tmp_path, r"a\b.tif") == tmp_path / r"a\b.tif"


def test_sparse_masks_compress_beyond_any_ratio(tmp_path):
    mask = np.zeros((4096, 4096), dtype=np.uint16)
    mask[5:9, 7:8] = 3
    tifffile.imwrite(tmp_path / "m.tif", mask, compression="zstd")
    assert mask.nbytes > 4096 * (tmp_path / "m.tif").stat().st_size
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), mask)


def test_masks_of_several_channels_are_none(image, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", image)
    with pytest.raises(UnusableError, match=r"wrong channels: mask m\.tif has 2; a label image has 1"):
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


def test_what_was_done_is_logged_once_with_an_example(caplog):
    caplog.set_level(logging.INFO)
    request = Request()
    for name in ("a.tif", "b.tif"):
        request.note("inverted", name)
    request.report()
    assert caplog.messages == ["images: inverted: 2 file(s), such as a.tif"]
    assert size_text(np.zeros((2, 5, 6))) == "6 x 5 pixels"


def test_the_log_of_tifffile_stays_as_it_was(image, tmp_path):
    logger = logging.getLogger("tifffile")
    before = (logger.propagate, list(logger.handlers))
    tifffile.imwrite(tmp_path / "a.tif", image)
    read_image([tmp_path / "a.tif"])
    assert (logger.propagate, logger.handlers) == before
