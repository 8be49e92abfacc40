"""The GLB container, and .gltf with its buffers beside it: JSON and bytes, kept exactly as they were.

Specification: Khronos glTF 2.0, chapter 4 (GLB). Loses nothing: keys, their order and unknown extensions stay,
because the JSON stays a plain dict and is never squeezed through a schema.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

MAGIC, VERSION = 0x46546C67, 2
JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942


@dataclass
class Glb:
    """One GLB: its JSON document and the bytes of buffer 0 (empty where the file has no BIN chunk)."""

    document: dict[str, Any]
    binary: bytes = b""
    extra_chunks: list[tuple[int, bytes]] = field(default_factory=list)


def dumps(document: dict[str, Any]) -> bytes:
    """The JSON chunk's bytes: compact, UTF-8, padded with spaces to a multiple of 4."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return text + b" " * (-len(text) % 4)


def pack(glb: Glb) -> bytes:
    """A whole GLB file. Buffer 0's byteLength must already stand in the document."""
    chunks = [(JSON_CHUNK, dumps(glb.document))]
    if glb.binary:
        chunks.append((BIN_CHUNK, glb.binary + b"\0" * (-len(glb.binary) % 4)))
    chunks += glb.extra_chunks
    body = b"".join(struct.pack("<II", len(data), kind) + data for kind, data in chunks)
    return struct.pack("<III", MAGIC, VERSION, 12 + len(body)) + body
