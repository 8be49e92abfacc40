"""The picture maker: right pixels for a known triangle, honest PNGs, a head that fills its frame."""

import struct
import zlib

import numpy as np
import pytest

from rigdriver.preview import Camera, load_actor, png_bytes, render, rotations
from rigdriver.preview.lettering import GLYPHS, write_text
from rigdriver.preview.raster import rasterise
from rigdriver.resources import HEAD


@pytest.fixture(scope="module")
def actor():
    return load_actor(HEAD)


def _square(depth: float) -> np.ndarray:
    return np.array([[2.0, 2, depth], [2, 6, depth], [6, 6, depth], [6, 2, depth]])


FACES = np.array([[0, 1, 2], [0, 2, 3]])


def test_a_square_covers_its_pixels_once():
    hits = rasterise(_square(1.0), FACES, np.zeros(2, bool), 8, 8)
    seen = np.zeros(64, int)
    np.add.at(seen, hits.pixel, 1)
    expected = np.zeros((8, 8), int)
    expected[2:6, 2:6] = 1
    np.testing.assert_array_equal(seen.reshape(8, 8), expected)


def test_the_nearer_of_two_wins():
    both = np.vstack([_square(2.0), _square(1.0)])
    hits = rasterise(both, np.vstack([FACES, FACES + 4]), np.zeros(4, bool), 8, 8)
    assert (hits.triangle >= 2).all()


def test_backs_are_hidden_unless_two_sided():
    turned = FACES[:, ::-1]
    assert len(rasterise(_square(1.0), turned, np.zeros(2, bool), 8, 8).pixel) == 0
    assert len(rasterise(_square(1.0), turned, np.ones(2, bool), 8, 8).pixel) == 16


def test_nothing_in_view_is_an_empty_picture_not_an_error():
    away = _square(1.0) + np.array([100.0, 0, 0])
    assert len(rasterise(away, FACES, np.zeros(2, bool), 8, 8).pixel) == 0


def test_png_unpacks_to_the_same_pixels():
    image = np.random.default_rng(5).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(_decoded(png_bytes(image)), image)


def _decoded(data: bytes) -> np.ndarray:
    """A second, slow PNG reader, written from the standard."""
    width, height = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raw, rows = zlib.decompress(packed), np.zeros((height + 1, 3 * width + 3), int)
    for y in range(height):
        line = raw[y * (3 * width + 1) : (y + 1) * (3 * width + 1)]
        for x in range(3, 3 * width + 3):
            a, b, c = rows[y + 1, x - 3], rows[y, x], rows[y, x - 3]
            nearest = min((a, b, c), key=lambda v: abs(a + b - c - v))
            rows[y + 1, x] = (line[x - 2] + {0: 0, 1: a, 2: b, 4: nearest}[line[0]]) % 256
    return rows[1:, 3:].reshape(height, width, 3).astype(np.uint8)


def test_the_head_fills_its_frame(actor):
    image = render(actor, {}, width=64, height=80)
    assert image.shape == (80, 64, 3) and image.dtype == np.uint8
    middle, edge = image[40, 32].astype(int), image[40, 2].astype(int)
    assert middle[0] > middle[2] + 20  # skin
    assert abs(edge[0] - edge[2]) < 40  # backdrop


def test_weights_and_turns_show(actor):
    still = render(actor, {}, width=64, height=80).astype(int)
    for weights, angles in (({"jawOpen": 1.0}, {}), ({}, {"headYaw": 0.5}), ({}, {"leftEyeYaw": 0.5})):
        moved = render(actor, weights, rotations(angles), width=64, height=80).astype(int)
        assert np.abs(moved - still).max() > 30


def test_turning_left_turns_towards_the_characters_left(actor):
    posed = actor.pose({}, rotations({"headYaw": 0.4}))
    nose = actor.pose({}).positions[:, 2].argmax()
    assert posed.positions[nose, 0] > 0.02


def test_shoulders_stay_when_the_head_turns(actor):
    low = actor.pose({}).positions[:, 1] < 0.03
    moved = actor.pose({}, rotations({"headYaw": 0.6, "headPitch": 0.3})).positions - actor.pose({}).positions
    assert np.abs(moved[low]).max() < 0.004


def test_a_camera_from_the_left_sees_left_on_the_right_of_the_nose():
    camera = Camera(target=(0.0, 0.0, 0.0), yaw=np.pi / 2)
    ahead, behind = camera.project(np.array([[0.0, 0, 0.1], [0.0, 0, -0.1]]), 100, 100)
    assert ahead[0] < behind[0]


def test_letters_are_five_by_five():
    assert all([len(row) for row in glyph.split("|")] == [5] * 5 for glyph in GLYPHS.values())
    image = np.zeros((6, 10, 3), np.uint8)
    write_text(image, "ab", 4, 0, (255, 255, 255))
    assert image.any()
