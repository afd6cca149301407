import numpy as np
import pytest
import tifffile

from convoscope.image import tiff
from convoscope.image.image_files import read_image, read_mask
from convoscope.image.request import Request, UnusableError

UUIDS = [f"{number}" * 8 + "-1111-1111-1111-111111111111" for number in range(3)]
LEFT_OUT = "a channel tagged as transparency is left out"


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(0, 200, (4, 12, 20), dtype=np.uint16)


def read(path, **options):
    """Read an image and what is said of it."""
    request = Request(**options)
    return read_image([path], request), list(request.notes)


# Ways in which four stains, or three colours and their transparency, are written: keywords of tifffile.
FOUR = {
    "tifffile": {},
    "alpha": {"photometric": "rgb", "extrasamples": ["unassalpha"]},
    "premultiplied": {"photometric": "rgb", "extrasamples": ["assocalpha"]},
}


@pytest.mark.filterwarnings("ignore:.*separate component planes")
@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_fourth_channel_by_names_or_by_content(name, last, dtype, image, tmp_path):
    image, path = image.astype(dtype), tmp_path / "a.tif"

    def write():
        array = image.transpose(1, 2, 0) if last else image
        tifffile.imwrite(path, array, **FOUR[name], **({} if last else {"planarconfig": "separate"}))

    write()
    np.testing.assert_array_equal(read(path, channels=4)[0], image)
    np.testing.assert_array_equal(read(path, channels=3)[0], image[:3])
    with pytest.raises(UnusableError, match="channel 4 tagged as transparency, with content; name all 4"):
        read(path)
    image[3] = np.iinfo(dtype).max
    write()
    found, said = read(path)
    np.testing.assert_array_equal(found, image[:3])
    assert said == [LEFT_OUT]


@pytest.mark.parametrize(("photometric", "count"), [("rgb", 4), ("rgb", 5), ("minisblack", 2), ("minisblack", 4)])
def test_samples_of_no_stated_kind_are_channels(photometric, count, image, tmp_path):
    array = np.concatenate([image, image])[:count].transpose(1, 2, 0)
    extra = count - (3 if photometric == "rgb" else 1)
    options = {"photometric": photometric, "planarconfig": "contig", "extrasamples": ["unspecified"] * extra}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    found, said = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(found, array.transpose(2, 0, 1))
    assert said == []


def test_transparency_among_further_samples(image, tmp_path):
    array = np.concatenate([image, image])[:6].transpose(1, 2, 0).copy()
    array[..., 4] = 65535
    kinds = ["unspecified", "unassalpha", "unspecified"]
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=kinds)
    np.testing.assert_array_equal(read(tmp_path / "a.tif")[0], array.transpose(2, 0, 1)[[0, 1, 2, 3, 5]])


@pytest.mark.parametrize(
    "options", [{"ome": True, "metadata": {"axes": "CYX"}}, {"imagej": True}, {"metadata": {"axes": "CYX"}}]
)
def test_four_channels_that_are_named_so(options, image, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="minisblack", **options)
    np.testing.assert_array_equal(read(tmp_path / "a.tif")[0], image)


@pytest.mark.parametrize(("dtype", "full"), [(np.uint8, 255), (np.uint16, 65535)])
def test_zero_as_white_is_inverted_in_images_alone(dtype, full, image, tmp_path):
    plane = image[0].astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", plane, photometric="miniswhite")
    found, said = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(found, full - plane[np.newaxis])
    assert (found.dtype, said) == (dtype, ["zero is white in the file: inverted"])
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), plane)


def test_black_and_white_is_a_mask_alone(tmp_path):
    mask = np.array([[0, 1, 1]], dtype=bool)
    tifffile.imwrite(tmp_path / "m.tif", mask)  # tagged with zero as white, and not inverted
    assert read_mask(tmp_path / "m.tif").tolist() == [[0, 1, 1]]
    with pytest.raises(UnusableError, match=r"wrong depth: m\.tif is bool with no counts"):
        read(tmp_path / "m.tif")


def test_palettes_are_colours_or_indices(tmp_path):
    table = np.zeros((3, 256), dtype=np.uint16)
    table[:, 7] = (65535, 0x8000, 256)
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 7]], np.uint8), photometric="palette", colormap=table)
    colours, said = read(tmp_path / "a.tif")
    assert (colours.dtype, colours[:, 0, 1].tolist()) == (np.uint8, [255, 128, 1])
    assert said == ["colours of a palette read; one name in crops.channels would read its indices"]
    indices, said = read(tmp_path / "a.tif", channels=1)
    assert (indices.tolist(), said[0][:28]) == ([[[0, 7]]], "indices of a palette read as")
    assert read_mask(tmp_path / "a.tif").tolist() == [[0, 7]]


def test_palettes_of_eight_bits_are_not_black(tmp_path):
    table = np.zeros((3, 256), dtype=np.uint16)
    table[:, 7] = (255, 128, 1)  # in the low byte, as some programs write it
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 7]], np.uint8), photometric="palette", colormap=table)
    assert read(tmp_path / "a.tif")[0][:, 0, 1].tolist() == [255, 128, 1]


@pytest.mark.parametrize("photometric", ["separated", "cielab", "icclab", "ycbcr", "cfa"])
def test_other_colours_are_refused(photometric, image, tmp_path):
    samples = 4 if photometric == "separated" else 3
    array = image[0] if photometric == "cfa" else image[:samples].transpose(1, 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", array.astype(np.uint8), photometric=photometric)
    with pytest.raises(UnusableError, match=f"wrong channels: a.tif holds colours as {photometric.upper()}; grey, RGB"):
        read(tmp_path / "a.tif")


def test_jpeg_within_a_tiff_is_said(tmp_path):
    colours = np.full((16, 16, 3), (200, 100, 40), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb", compression="jpeg")
    found, said = read(tmp_path / "a.tif")
    assert np.abs(found.astype(int) - colours.transpose(2, 0, 1)).max() <= 2  # RGB, not luma and chroma
    assert said == ["compressed by JPEG, which changes the counts"]


def positions(path, image, names):
    with tifffile.TiffWriter(path, ome=True) as sink:
        for number, name in enumerate(names):
            sink.write(image[:2] + number, photometric="minisblack", metadata={"axes": "CYX", "Name": name})


@pytest.mark.parametrize(("part", "number"), [("0", 0), ("2", 2), ("A", 0), ("C 3", 2), ("B/2", 1)])
def test_one_of_several_positions(part, number, image, tmp_path):
    positions(tmp_path / "a.ome.tif", image, ["A", "B/2", "C 3"])
    np.testing.assert_array_equal(read(tmp_path / f"a.ome.tif#{part}")[0], image[:2] + number)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("", r"a.ome.tif holds 3 images \(0 A, 1 1, 2 0\); one is named behind the file, as a.ome.tif#0"),
        ("#3", r"a.ome.tif holds 3 images \(0 A, 1 1, 2 0\); 0 are '3'"),
        ("#0", r"a.ome.tif holds .*; 2 are '0'$"),
        ("#a", r"a.ome.tif holds .*; 0 are 'a'$"),
    ],
)
def test_several_positions_of_which_none_is_told(part, said, image, tmp_path):
    positions(tmp_path / "a.ome.tif", image, ["A", "1", "0"])
    with pytest.raises(UnusableError, match=f"^unreadable: {said}"):
        read(tmp_path / f"a.ome.tif{part}")
    np.testing.assert_array_equal(read(tmp_path / "a.ome.tif#1")[0], image[:2] + 1)  # its name and its number


def test_many_positions_are_counted(image, tmp_path):
    positions(tmp_path / "a.ome.tif", image, list("ABCDEF"))
    with pytest.raises(UnusableError, match=r"holds 6 images \(0 A, 1 B, 2 C, 3 D, 4 E, …\)"):
        read(tmp_path / "a.ome.tif")
    positions(tmp_path / "a.ome.tif", image, list("ABCDE"))
    with pytest.raises(UnusableError, match=r"holds 5 images \(0 A, 1 B, 2 C, 3 D, 4 E\)"):
        read(tmp_path / "a.ome.tif")


def test_what_a_slide_scanner_adds_is_no_image_but_a_position_may_be_called_so(image, tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.svs") as sink:
        for number, plane in enumerate(image):  # the slide, its thumbnail, its label, an overview
            options = {"description": "Aperio Image", "tile": (16, 16)} if number == 0 else {}
            sink.write(plane, metadata=None, subfiletype=9 if number == 3 else 0, **options)
    np.testing.assert_array_equal(read(tmp_path / "a.svs")[0], image[:1])
    positions(tmp_path / "a.ome.tif", image, ["Label", "Macro"])
    np.testing.assert_array_equal(read(tmp_path / "a.ome.tif#0")[0], image[:2])


def test_pages_of_other_sizes_are_other_images_but_thumbnails_are_not(image, tmp_path):
    for kind, said in ((0, "holds 2 images"), (1, None)):
        with tifffile.TiffWriter(tmp_path / "a.tif") as sink:
            sink.write(image[0], metadata=None)
            sink.write(image[1, ::2, ::2], metadata=None, subfiletype=kind)
        if said:
            with pytest.raises(UnusableError, match=said):
                read(tmp_path / "a.tif")
            np.testing.assert_array_equal(read(tmp_path / "a.tif#1")[0][0], image[1, ::2, ::2])
    np.testing.assert_array_equal(read(tmp_path / "a.tif")[0], image[:1])


def of_a_set(folder, image, positions):
    """Write one file per plane, each with the OME-XML of all: planes are positions, or channels of one image."""
    names = [f"p{number}.ome.tif" for number in range(len(image))]
    planes = [
        f'<TiffData FirstC="{0 if positions else number}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:'
        f"{UUIDS[number]}</UUID></TiffData>"
        for number, name in enumerate(names)
    ]
    images = [[plane] for plane in planes] if positions else [planes]
    blocks = "".join(
        f'<Image ID="Image:{number}" Name="P{number}"><Pixels ID="Pixels:{number}" DimensionOrder="XYCZT" '
        f'Type="uint16" SizeX="20" SizeY="12" SizeC="{len(held)}" SizeZ="1" SizeT="1">'
        + '<Channel ID="Channel:0" SamplesPerPixel="1"/>' * len(held)
        + "".join(held)
        + "</Pixels></Image>"
        for number, held in enumerate(images)
    )
    for name, own, plane in zip(names, UUIDS, image, strict=False):
        text = f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}">{blocks}</OME>'
        tifffile.imwrite(
            folder / name, plane, description=f'<?xml version="1.0" encoding="UTF-8"?>{text}', metadata=None
        )
    return [folder / name for name in names]


@pytest.mark.parametrize("alone", [False, True])
def test_a_member_of_a_set_of_positions_is_its_own_image(alone, image, tmp_path):
    paths = of_a_set(tmp_path, image[:3], positions=True)
    if alone:
        [path.unlink() for path in paths if path != paths[1]]
    np.testing.assert_array_equal(read(paths[1])[0], image[1:2])
    np.testing.assert_array_equal(read(tmp_path / "p1.ome.tif#P1")[0], image[1:2])
    if alone:
        with pytest.raises(UnusableError, match="0 are '1'"):  # numbers would count what is not there
            read(tmp_path / "p1.ome.tif#1")
    else:
        np.testing.assert_array_equal(read(tmp_path / "p1.ome.tif#2")[0], image[2:3])


def test_a_member_of_a_set_of_channels_is_read_alone_where_one_channel_is_named(image, tmp_path):
    paths = of_a_set(tmp_path, image[:3], positions=False)
    np.testing.assert_array_equal(read(paths[1])[0], image[:3])
    paths[2].unlink()
    with pytest.raises(UnusableError, match=r"unreadable: p0\.ome\.tif: .*p2\.ome\.tif"):
        read(paths[0])
    found, said = read(paths[1], channels=1)
    np.testing.assert_array_equal(found, image[1:2])
    assert said == ["read without the other files of its OME-TIFF, which are missing"]


@pytest.mark.parametrize(("largest", "densest", "held"), [(480, 0, True), (479, 0, False), (479, 480, True)])
def test_the_largest_image_that_is_decoded(largest, densest, held, image, tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", image[0])  # 480 bytes
    monkeypatch.setattr(tiff, "LARGEST", largest)
    monkeypatch.setattr(tiff, "DENSEST", densest)
    if held:
        np.testing.assert_array_equal(read(tmp_path / "a.tif")[0], image[:1])
    else:
        with pytest.raises(UnusableError, match=r"unreadable: a\.tif says it holds 480 bytes, more than it can"):
            read(tmp_path / "a.tif")


@pytest.mark.parametrize(("size", "held"), [(1024, True), (1023, False)])
def test_the_densest_image_that_is_decoded(size, held, tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "LARGEST", 0)
    path, mask = tmp_path / "m.tif", np.zeros((2048, 2048), np.uint8)  # 4096 times 1024 bytes
    tifffile.imwrite(path, mask, compression="zstd", rowsperstrip=2048)
    path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    assert path.stat().st_size == size
    if held:
        np.testing.assert_array_equal(read_mask(path), mask)
    else:
        with pytest.raises(UnusableError, match=r"m\.tif says it holds 4194304 bytes, more than it can"):
            read_mask(path)


def test_what_tifffile_logs_as_an_error_is_refused(image, tmp_path):
    wrong = '{"shape": [2, 12, 20], "axes": "YX"}'
    tifffile.imwrite(tmp_path / "a.tif", image[:2], metadata=None, description=wrong)
    with pytest.raises(UnusableError, match=r"^unreadable: a\.tif: shaped series axes do not match shape$"):
        read(tmp_path / "a.tif")


def test_strips_that_are_not_there_are_no_zeros(image, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", image[0], compression="zlib", rowsperstrip=12)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages.first.tags["ImageLength"].overwrite(24)
    with pytest.raises(UnusableError, match=r"unreadable: a\.tif: 1 of 2 strips or tiles"):
        read(tmp_path / "a.tif")


def test_whole_stacks_in_files(image, tmp_path):
    stack = np.stack([image[:2], image[2:], image[1:3]])
    for options in ({"imagej": True}, {"ome": True}):
        tifffile.imwrite(tmp_path / "a.tif", stack, metadata={"axes": "ZCYX"}, **options)
        np.testing.assert_array_equal(read(tmp_path / "a.tif", projection="max")[0], stack.max(axis=0))
