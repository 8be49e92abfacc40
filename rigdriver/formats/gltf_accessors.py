"""glTF accessors as NumPy arrays: strided, sparse and normalized ones included.

Specification: Khronos glTF 2.0, sections 3.6.2 (accessors) and 3.6.2.3 (sparse). Loses nothing but the accessor's own
min and max. Compressed views (EXT_meshopt_compression, KHR_draco_mesh_compression) have no bytes to read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rigdriver.errors import InputError

COMPONENTS: dict[int, type[np.generic]] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32,
}  # fmt: skip
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
MOST_ZEROS = 2**25  # elements of an accessor without bytes of its own: a small file may ask for any number of them

Binary = bytes | bytearray | memoryview
Buffers = Binary | Callable[[int], Binary]


def read_accessor(document: dict[str, Any], buffers: Buffers, index: int) -> np.ndarray:
    """One accessor's elements: (count,) for SCALAR, else (count, width); matrices stay column-major rows of 16.

    buffers: the bytes of buffer 0, for a document that has no other, or what gives the bytes of any.
    Normalized integers come back as float32 in 0..1 or −1..1; other components keep their type.
    """
    fetch = buffers if callable(buffers) else _only(buffers)
    accessor = document["accessors"][index]
    kind, width = _component(accessor, index), WIDTHS[accessor["type"]]
    if "bufferView" in accessor:
        values = _read(document, fetch, accessor, kind, accessor["count"], width)
    else:
        values = _zeros(accessor["count"], width, kind, index)
    if "sparse" in accessor:
        values = _with_sparse(document, fetch, accessor["sparse"], values)
    if accessor.get("normalized"):
        values = _normalized(values)
    return values[:, 0] if width == 1 else values


def _only(binary: Binary) -> Callable[[int], Binary]:
    def fetch(buffer: int) -> Binary:
        if buffer != 0:
            raise InputError(f"a bufferView lies in buffer {buffer}; only buffer 0 is read")
        return binary

    return fetch


def _component(accessor: dict[str, Any], index: int) -> np.dtype[Any]:
    if accessor["componentType"] not in COMPONENTS:
        raise InputError(
            f"accessor {index} has componentType {accessor['componentType']}; glTF knows {list(COMPONENTS)}"
        )
    return np.dtype(COMPONENTS[accessor["componentType"]]).newbyteorder("<")


def _zeros(count: int, width: int, kind: np.dtype[Any], index: int) -> np.ndarray:
    """What the specification says of an accessor without a bufferView."""
    if count * width > MOST_ZEROS:
        raise InputError(f"accessor {index} asks for {count} elements but has no bytes for them")
    return np.zeros((count, width), kind)


def _read(
    document: dict[str, Any], fetch: Callable[[int], Binary], place: dict[str, Any], kind: np.dtype[Any], count: int,
    width: int,
) -> np.ndarray:  # fmt: skip
    """(count, width) elements that start at a place (bufferView, byteOffset), one stride apart."""
    view = document["bufferViews"][place["bufferView"]]
    binary = fetch(view.get("buffer", 0))
    start = view.get("byteOffset", 0) + place.get("byteOffset", 0)
    stride = view.get("byteStride", width * kind.itemsize)
    if count and start + stride * (count - 1) + width * kind.itemsize > len(binary):
        raise InputError(f"bufferView {place['bufferView']} reaches past the end of the file's {len(binary)} bytes")
    strided = np.ndarray((count, width), kind, binary, start if count else 0, (stride, kind.itemsize))
    return strided.copy()


def _with_sparse(
    document: dict[str, Any], fetch: Callable[[int], Binary], sparse: dict[str, Any], values: np.ndarray
) -> np.ndarray:
    indices_kind = np.dtype(COMPONENTS[sparse["indices"]["componentType"]]).newbyteorder("<")
    count, width = sparse["count"], values.shape[1]
    where = _read(document, fetch, sparse["indices"], indices_kind, count, 1)[:, 0]
    if count and where.max() >= len(values):
        raise InputError(f"a sparse accessor changes element {where.max()} of {len(values)}")
    values[where] = _read(document, fetch, sparse["values"], values.dtype, count, width)
    return values


def _normalized(values: np.ndarray) -> np.ndarray:
    """Integers to −1..1 or 0..1 by the rule of section 3.11 (animation and attribute data alike)."""
    if values.dtype.kind == "f":
        return values  # glTF forbids the flag there; nothing is to be done
    return np.maximum(values.astype(np.float32) / np.iinfo(values.dtype).max, -1.0).astype(np.float32)
