"""Accessors: strides, sparse values, normalized integers, and damage in one line."""

import numpy as np
import pytest

from rigdriver.errors import InputError
from rigdriver.formats.gltf_accessors import read_accessor

FLOAT, USHORT, UBYTE, BYTE = 5126, 5123, 5121, 5120


def _document(accessor: dict, *views: dict) -> dict:
    return {"accessors": [accessor], "bufferViews": [{"buffer": 0, **view} for view in views]}


def test_plain_vectors():
    values = np.arange(6, dtype=np.float32)
    document = _document({"bufferView": 0, "componentType": FLOAT, "count": 2, "type": "VEC3"}, {"byteLength": 24})
    np.testing.assert_array_equal(read_accessor(document, values.tobytes(), 0), values.reshape(2, 3))


def test_scalars_come_flat():
    document = _document({"bufferView": 0, "componentType": USHORT, "count": 3, "type": "SCALAR"}, {"byteLength": 6})
    assert read_accessor(document, np.array([4, 5, 6], np.uint16).tobytes(), 0).tolist() == [4, 5, 6]


def test_interleaved_views_with_offsets():
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    document = _document(
        {"bufferView": 0, "byteOffset": 4, "componentType": FLOAT, "count": 3, "type": "VEC2"},
        {"byteOffset": 8, "byteLength": 48, "byteStride": 16},
    )
    np.testing.assert_array_equal(read_accessor(document, b"\0" * 8 + rows.tobytes(), 0), rows[:, 1:3])


def test_sparse_over_zeros_and_over_a_view():
    where, values = np.array([1, 3], np.uint16), np.array([[7, 8, 9], [1, 2, 3]], np.float32)
    base = np.ones((4, 3), np.float32)
    binary = where.tobytes() + values.tobytes() + base.tobytes()
    sparse = {"count": 2, "indices": {"bufferView": 0, "componentType": USHORT}, "values": {"bufferView": 1}}
    views = ({"byteLength": 4}, {"byteOffset": 4, "byteLength": 24}, {"byteOffset": 28, "byteLength": 48})
    accessor = {"componentType": FLOAT, "count": 4, "type": "VEC3", "sparse": sparse}
    for start, more in ((np.zeros((4, 3)), {}), (base, {"bufferView": 2})):
        expected = start.copy()
        expected[where] = values
        np.testing.assert_array_equal(read_accessor(_document(accessor | more, *views), binary, 0), expected)


def test_normalized_integers():
    accessor = {"bufferView": 0, "componentType": BYTE, "count": 3, "type": "SCALAR", "normalized": True}
    document = _document(accessor, {"byteLength": 3})
    read = read_accessor(document, np.array([-128, 0, 127], np.int8).tobytes(), 0)
    np.testing.assert_allclose(read, [-1, 0, 1])
    document["accessors"][0]["componentType"] = UBYTE
    np.testing.assert_allclose(read_accessor(document, bytes([0, 51, 255]), 0), [0, 0.2, 1])


def test_nothing_is_an_empty_array():
    document = _document({"bufferView": 0, "componentType": FLOAT, "count": 0, "type": "VEC3"}, {"byteLength": 0})
    assert read_accessor(document, b"", 0).shape == (0, 3)


def test_a_view_past_the_end_is_named():
    document = _document({"bufferView": 0, "componentType": FLOAT, "count": 9, "type": "VEC3"}, {"byteLength": 108})
    with pytest.raises(InputError, match="past the end"):
        read_accessor(document, b"\0" * 100, 0)


def test_an_unknown_component_is_named():
    document = _document({"bufferView": 0, "componentType": 5130, "count": 1, "type": "VEC3"}, {"byteLength": 24})
    with pytest.raises(InputError, match="5130"):
        read_accessor(document, b"\0" * 24, 0)
