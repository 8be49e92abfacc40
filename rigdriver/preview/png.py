"""PNG files from arrays with nothing but zlib. Specification: PNG (W3C), colour type 2, 8 bits, no interlace."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB = 2


def png_bytes(image: np.ndarray) -> bytes:
    """A PNG of an (height, width, 3) uint8 image."""
    height, width, _ = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0)
    data = zlib.compress(_filtered(image).tobytes(), 9)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def write_png(path: str | Path, image: np.ndarray) -> None:
    """Write an (height, width, 3) uint8 image to `path`."""
    Path(path).write_bytes(png_bytes(image))


def _filtered(image: np.ndarray) -> np.ndarray:
    """Each row with the filter, of "left", "above" and Paeth's, that leaves the smallest differences."""
    rows = image.reshape(image.shape[0], -1).astype(np.int16)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    left, corner = (np.hstack([np.zeros_like(r[:, :3]), r[:, :-3]]) for r in (rows, above))
    tries = np.stack([rows - left, rows - above, rows - _paeth(left, above, corner)]).astype(np.uint8)
    best = np.abs(tries.astype(np.int8).astype(np.int16)).sum(axis=2).argmin(axis=0)
    kind = np.array([1, 2, 4], np.uint8)[best]
    return np.hstack([kind[:, None], tries[best, np.arange(len(rows))]])


def _paeth(left: np.ndarray, above: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Of the three neighbours, the one nearest to left + above − corner (PNG section 9.4)."""
    guess = left + above - corner
    to_left, to_above, to_corner = (np.abs(guess - value) for value in (left, above, corner))
    nearest = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, nearest)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
