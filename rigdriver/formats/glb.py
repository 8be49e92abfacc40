"""The GLB container: one file of JSON and bytes, kept exactly as they were.

Specification: Khronos glTF 2.0, chapter 4 (GLB). Loses nothing: keys, their order and unknown extensions stay,
because the JSON stays a plain dict and is never squeezed through a schema.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigdriver.errors import InputError
from rigdriver.formats.json_text import STRICT

MAGIC, VERSION = 0x46546C67, 2
JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942
HEADER = struct.Struct("<III")  # magic, version, length of the whole file
CHUNK = struct.Struct("<II")  # length of the data that follow, kind
LISTS = ("buffers", "bufferViews", "accessors", "meshes", "nodes", "skins", "animations", "images", "scenes")


@dataclass
class Glb:
    """One GLB: its JSON document and the bytes of buffer 0 (empty where the file has no BIN chunk)."""

    document: dict[str, Any]
    binary: bytes = b""
    extra_chunks: list[tuple[int, bytes]] = field(default_factory=list)


def dumps(document: dict[str, Any]) -> bytes:
    """The JSON chunk's bytes: compact, UTF-8, padded with spaces to a multiple of 4."""
    data = encode(document, separators=(",", ":"))
    return data + b" " * (-len(data) % 4)


def encode(document: dict[str, Any], **style: Any) -> bytes:
    """A document as UTF-8 JSON. Halves of a surrogate pair, which UTF-8 cannot hold, stay the escapes they were.

    Raises InputError for one that is nested more deeply than can be written.
    """
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, **style).encode()
    except UnicodeEncodeError:
        return json.dumps(document, ensure_ascii=True, allow_nan=False, **style).encode()
    except RecursionError:
        if "indent" not in style:
            raise InputError("its JSON is nested too deeply to be written again") from None
        return encode(document)  # lines and indents are made by slower code that gives up earlier


def pack(glb: Glb) -> bytes:
    """A whole GLB file. Buffer 0's byteLength must already stand in the document."""
    chunks = [(JSON_CHUNK, dumps(glb.document))]
    if glb.binary:
        chunks.append((BIN_CHUNK, bytes(glb.binary) + b"\0" * (-len(glb.binary) % 4)))
    chunks += glb.extra_chunks
    body = b"".join(CHUNK.pack(len(data), kind) + data for kind, data in chunks)
    return HEADER.pack(MAGIC, VERSION, HEADER.size + len(body)) + body


def read(path: str | Path) -> Glb:
    """The GLB file at a path. Raises InputError in one line for a file that is missing or is not a sound GLB."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return unpack(data, str(path))


def unpack(data: bytes, where: str = "GLB") -> Glb:
    """A GLB from its bytes; `where` names it in errors. Raises InputError for anything a GLB may not be.

    Of a memoryview, the chunks are views too: a large file is held in memory once.
    """
    chunks = _chunks(data, where)
    if not chunks or chunks[0][0] != JSON_CHUNK:
        raise InputError(f"{where}: its first chunk is not JSON, as a GLB's must be")
    document = parse_json(chunks[0][1], where)
    rest = chunks[1:]
    binary = rest.pop(0)[1] if rest and rest[0][0] == BIN_CHUNK else b""
    lengths = [len(binary) if not k and "uri" not in buffer else None for k, buffer in enumerate(buffers(document))]
    check_places(document, lengths, where)
    return Glb(document, binary, rest)


def buffers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The document's buffers, none where it lists none."""
    return document.get("buffers") or []


def _chunks(data: bytes, where: str) -> list[tuple[int, bytes]]:
    if len(data) < HEADER.size or data[:4] != b"glTF":
        raise InputError(f"{where}: is not a GLB file (it does not begin with 'glTF')")
    _, version, length = HEADER.unpack_from(data)
    if version != VERSION:
        raise InputError(f"{where}: is GLB version {version}; only glTF 2.0 is read, so export it again as glTF 2.0")
    if length > len(data):
        raise InputError(f"{where}: is cut short: {len(data)} of {length} bytes are there")
    if length < len(data):
        raise InputError(f"{where}: its header says {length} bytes but the file has {len(data)}")
    chunks, at = [], HEADER.size
    while at < length:
        size, kind = CHUNK.unpack_from(data, at) if at + CHUNK.size <= length else (length, 0)
        if at + CHUNK.size + size > length:
            raise InputError(f"{where}: the chunk at byte {at} reaches past the end of the file")
        chunks.append((kind, data[at + CHUNK.size : at + CHUNK.size + size]))
        at += CHUNK.size + size
    return chunks


def parse_json(data: bytes, where: str) -> dict[str, Any]:
    """A glTF document from JSON bytes. Raises InputError for what is not JSON, not an object or not glTF 2."""
    try:
        document = json.loads(str(data, "utf-8-sig"), **STRICT)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: its JSON cannot be read ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise InputError(f"{where}: its JSON is not a glTF document (it has no 'asset')")
    for key in LISTS:
        items = document.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InputError(f"{where}: its {key!r} is not a list of objects, as glTF asks")
    version = str(document["asset"].get("version", ""))
    if version.split(".")[0] != "2":
        raise InputError(f"{where}: is glTF {version or 'of no version'}; only glTF 2.0 is read")
    return document


def check_places(document: dict[str, Any], lengths: list[int | None], where: str) -> None:
    """That buffers, bufferViews and accessors lie inside what they lie in; InputError for the first that does not.

    lengths: bytes that are really there for each buffer; None where they are elsewhere or need not be there.
    """
    try:
        for k, (buffer, there) in enumerate(zip(buffers(document), lengths)):
            size = _whole(buffer, "byteLength", f"{where}: buffer {k}")
            if there is not None and size > there and not is_fallback(buffer):
                raise InputError(f"{where}: buffer {k} should hold {size} bytes but {there} are there")
        for k, view in enumerate(document.get("bufferViews") or []):
            _check_view(document, view, f"{where}: bufferView {k}")
        for k, accessor in enumerate(document.get("accessors") or []):
            _check_accessor(document, accessor, f"{where}: accessor {k}")
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{where}: its glTF is malformed ({type(error).__name__}: {error})") from None


def _whole(item: dict[str, Any], key: str, what: str, least: int = 0, default: int | None = None) -> int:
    """A whole number of an item; InputError where it is none, or is below `least`."""
    value = item[key] if default is None else item.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{what}: its {key} is {str(value)[:40]!r} and should be a whole number from {least} on")
    return value


MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")


def is_fallback(buffer: dict[str, Any]) -> bool:
    """Whether a buffer only stands in for meshopt-compressed views and has no bytes of its own."""
    extensions = buffer.get("extensions") or {}
    return any((extensions.get(name) or {}).get("fallback") for name in MESHOPT)


def _check_view(document: dict[str, Any], view: dict[str, Any], what: str) -> None:
    buffer = _whole(view, "buffer", what)
    if buffer >= len(buffers(document)):
        raise InputError(f"{what} lies in buffer {buffer}, which is not there")
    end = _whole(view, "byteOffset", what, default=0) + _whole(view, "byteLength", what)
    if end > buffers(document)[buffer]["byteLength"]:
        raise InputError(f"{what} reaches past the end of buffer {buffer}")
    _whole(view, "byteStride", what, least=1, default=1)


_SIZES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_INDEX_TYPES = (5121, 5123, 5125)
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


def _check_accessor(document: dict[str, Any], accessor: dict[str, Any], what: str) -> None:
    if accessor["componentType"] not in _SIZES or accessor["type"] not in _WIDTHS:
        raise InputError(f"{what} is of a type that glTF 2.0 does not have")
    count = _whole(accessor, "count", what)
    size = _WIDTHS[accessor["type"]] * _SIZES[accessor["componentType"]]
    if "bufferView" in accessor:
        _check_inside(document, accessor, count, size, what)
    if sparse := accessor.get("sparse"):
        changed = _whole(sparse, "count", what)
        if changed > count or sparse["indices"]["componentType"] not in _INDEX_TYPES:
            raise InputError(f"{what} changes {changed} of its {count} elements, or by indices that are not whole")
        _check_inside(document, sparse["indices"], changed, _SIZES[sparse["indices"]["componentType"]], what)
        _check_inside(document, sparse["values"], changed, size, what)


def _check_inside(document: dict[str, Any], place: dict[str, Any], count: int, size: int, what: str) -> None:
    """That `count` elements of `size` bytes fit a place (bufferView, byteOffset)."""
    views, index = document.get("bufferViews") or [], _whole(place, "bufferView", what)
    if index >= len(views):
        raise InputError(f"{what} names bufferView {index}, which is not there")
    view = views[index]
    start = _whole(place, "byteOffset", what, default=0)
    if start + view.get("byteStride", size) * max(count - 1, 0) + size * (count > 0) > view["byteLength"]:
        raise InputError(f"{what} reaches past the end of bufferView {index}")
