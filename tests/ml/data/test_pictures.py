"""Every picture format is decoded for real, and every broken one refused with its reason."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.data import Unreadable, content_fingerprint, decode_image, sniff, thumbnail

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF"}


def gradient(width: int = 64, height: int = 48) -> Image.Image:
    """A picture with no two equal rows, so that every byte matters."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    """The picture's file in a format."""
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_decoded_and_recognised(name: str) -> None:
    data = encoded(gradient(), FORMATS[name])
    pixels = decode_image(data)
    assert sniff(data) == name
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize("name", ["png", "bmp", "tiff"])
def test_lossless_formats_keep_every_pixel(name: str) -> None:
    image = gradient()
    assert content_fingerprint(decode_image(encoded(image, FORMATS[name]))) == content_fingerprint(np.asarray(image))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_files_are_refused(name: str, share: float) -> None:
    data = encoded(gradient(), FORMATS[name])
    with pytest.raises(Unreadable, match=r"cut off|damaged"):
        decode_image(data[: int(len(data) * share)])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("lost", [1, 2, 12])
def test_a_lost_tail_is_cut_off(name: str, lost: int) -> None:
    data = encoded(gradient(), FORMATS[name])
    with pytest.raises(Unreadable, match=r"cut off|damaged"):
        decode_image(data[:-lost])


@pytest.mark.parametrize("data", [b"hello, this is text, not a picture", b"BMW is a car", b"\x00" * 100])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"not a|cut off|damaged"):
        decode_image(data)


def test_empty_is_refused() -> None:
    with pytest.raises(Unreadable, match="empty"):
        decode_image(b"")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    small_file = encoded(Image.new("1", (12_000, 9_000)), "PNG")
    with pytest.raises(Unreadable, match="pixels"):
        decode_image(small_file)
    with pytest.raises(Unreadable, match="more than 1,000 pixels"):
        decode_image(encoded(gradient(), "PNG"), max_pixels=1000)


def test_exif_orientation_turns_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held turned by a quarter
    assert decode_image(encoded(gradient(), "JPEG", exif=exif.tobytes())).shape == (64, 48, 3)


def test_alpha_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert (decode_image(encoded(clear, "PNG")) == 255).all()
    assert np.abs(decode_image(encoded(half, "PNG")).astype(int) - 127).max() <= 1


def test_a_transparent_palette_is_laid_on_white() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert (decode_image(encoded(image, "GIF", transparency=1)) == 255).all()


def test_sixteen_bits_are_scaled_and_not_wrapped() -> None:
    deep = Image.fromarray(np.array([[0, 257, 32896, 65535]], dtype=np.uint16))
    assert decode_image(encoded(deep, "PNG"))[0, :, 0].tolist() == [0, 1, 128, 255]


def test_cmyk_and_single_bit_become_rgb() -> None:
    white = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    assert decode_image(encoded(white, "JPEG")).min() >= 250
    assert (decode_image(encoded(Image.new("1", (3, 2), 1), "PNG")) == 255).all()


def test_one_pixel_and_float_tiff() -> None:
    assert decode_image(encoded(Image.new("RGB", (1, 1)), "PNG")).shape == (1, 1, 3)
    floats = Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32))
    assert decode_image(encoded(floats, "TIFF"))[0, :, 0].tolist() == [0, 128, 255]


def test_thumbnail_fits_and_keeps_the_shape() -> None:
    small = decode_image(thumbnail(np.zeros((400, 1000, 3), dtype=np.uint8), 256))
    assert small.shape[:2] in {(102, 256), (103, 256)}
    assert decode_image(thumbnail(np.zeros((28, 28, 3), dtype=np.uint8))).shape == (28, 28, 3)


def test_fingerprint_sees_content_and_shape() -> None:
    pixels = np.asarray(gradient())
    assert content_fingerprint(pixels) == content_fingerprint(pixels.copy())
    assert content_fingerprint(pixels) != content_fingerprint(pixels.reshape(64, 48, 3))
