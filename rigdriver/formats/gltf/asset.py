"""A character's file as it was read: its JSON, its buffers wherever they lie, and how to write both again.

A .glb or .vrm holds buffer 0 inside itself; a .gltf names its buffers as files beside it or as data URIs. What is
written keeps every reference it can. Two cases cannot: a .glb needs its first buffer inside, so that one is
taken in; and a .gltf that becomes a .glb takes in all its files, so that it can travel alone.
"""

from __future__ import annotations

import base64
import filecmp
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

import numpy as np

from rigdriver.errors import InputError, OutputError
from rigdriver.formats import glb
from rigdriver.formats.atomic import check, replacing
from rigdriver.formats.gltf import links, packing
from rigdriver.formats.gltf_accessors import Binary, read_accessor

LARGEST_GLB = 2**32 - 1  # bytes: the header counts them in 32 bits
_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
                ".ktx2": "image/ktx2"}  # fmt: skip


@dataclass(frozen=True)
class Payload:
    """Bytes to append, made only while they are written: `size` of them (a multiple of 4), block by block."""

    size: int
    blocks: Callable[[], Iterator[bytes]]


@dataclass
class Asset:
    """One character's file. `binary` is buffer 0 of a GLB, as stored; other buffers are read when asked for."""

    path: Path
    document: dict[str, Any]
    binary: Binary = b""
    in_glb: bool = True
    extra_chunks: list[tuple[int, bytes]] = field(default_factory=list)
    _read: dict[int, Binary] = field(default_factory=dict, repr=False)

    def buffer(self, index: int) -> Binary:
        """The bytes of one buffer; InputError where they cannot be had."""
        entry = glb.buffers(self.document)[index]
        if "uri" in entry:
            if index not in self._read:
                self._read[index] = resource(self.path, entry["uri"])
            return self._read[index]
        if self.in_glb and index == 0 and not glb.is_fallback(entry):
            return self.binary
        raise InputError(f"{self.path}: buffer {index} has no bytes; {packing.UNPACK}")

    def values(self, accessor: int) -> np.ndarray:
        """An accessor's values, whichever buffers they lie in; InputError where they are compressed."""
        return read_accessor(self.document, self.buffer, accessor)

    def files(self) -> list[str]:
        """URIs of the files beside this one that it refers to: buffers first, then images."""
        entries = glb.buffers(self.document) + self.document.get("images", [])
        uris = [entry["uri"] for entry in entries if isinstance(entry.get("uri"), str)]
        return list(dict.fromkeys(uri for uri in uris if not uri.startswith("data:")))


def load(path: str | Path) -> Asset:
    """A .glb, .vrm or .gltf, told apart by its first bytes, and its links checked. Raises InputError in one line."""
    path = Path(path)
    try:
        data = memoryview(path.read_bytes())  # a view, so that the chunks of a large file are not copied out of it
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if not bytes(data[:64]).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        file = glb.unpack(data, str(path))  # type: ignore[arg-type]
        asset = Asset(path, file.document, file.binary, True, file.extra_chunks)
    else:
        asset = Asset(path, glb.parse_json(bytes(data), str(path)), in_glb=False)
        lengths = [_length(asset, entry) for entry in glb.buffers(asset.document)]
        glb.check_places(asset.document, lengths, str(path))
    links.check(asset.document, str(path))
    return asset


def _length(asset: Asset, entry: dict[str, Any]) -> int | None:
    """Bytes that a .gltf's buffer really has, without reading its file."""
    if "uri" not in entry:
        return None
    uri = _text(asset.path, entry["uri"])
    return len(resource(asset.path, uri)) if uri.startswith("data:") else _place(asset.path, uri).stat().st_size


def resource(owner: Path, uri: str) -> bytes:
    """What a URI in a glTF file stands for: a data URI's bytes, or a file in the owner's folder or below it."""
    uri = _text(owner, uri)
    if uri.startswith("data:"):
        head, _, body = uri.partition(",")
        try:
            plain = unquote_to_bytes(body)
            return base64.b64decode(plain, validate=True) if head.endswith(";base64") else plain
        except ValueError as error:
            raise InputError(f"{owner}: a data URI cannot be decoded ({error})") from None
    place = _place(owner, uri)
    try:
        return place.read_bytes()
    except OSError as error:
        raise InputError(f"{owner}: names the file {uri!r}, which cannot be read ({error.strerror})") from None


def _text(owner: Path, uri: Any) -> str:
    if not isinstance(uri, str):
        raise InputError(f"{owner}: names {str(uri)[:40]!r}, where a URI should stand")
    return uri


def _place(owner: Path, uri: str) -> Path:
    """The plain file that a relative URI names."""
    place = owner.parent / inner_path(owner, uri)
    if not _is_file(place):
        raise InputError(f"{owner}: names the file {uri[:200]!r}, which cannot be read (it is not there)")
    return place


def inner_path(owner: Path, uri: str) -> PurePosixPath:
    """A relative URI as a path below the owner's folder. InputError for one that leads elsewhere: a character
    that was sent to us has no business with the rest of the disk."""
    path = PurePosixPath(unquote(uri))
    if _has_scheme(uri) or path.is_absolute() or ".." in path.parts or set(unquote(uri)) & set("\\\0"):
        raise InputError(f"{owner}: names {uri[:200]!r}, which is not a file in its own folder")
    return path


def _has_scheme(uri: str) -> bool:
    try:
        return bool(urlsplit(uri).scheme or urlsplit(uri).netloc)
    except ValueError:  # a bracket that opens no address
        return True


def settle(asset: Asset, path: Path, notes: list[str]) -> None:
    """Make the document fit the kind of file it becomes: a .glb takes in what cannot stay outside."""
    if path.suffix.lower() == ".gltf":
        return
    buffers = asset.document.setdefault("buffers", [])
    if not buffers:
        buffers.append({"byteLength": 0})
    elif "uri" in buffers[0]:
        asset.binary = asset.buffer(0)
        del buffers[0]["uri"]
    elif not asset.in_glb or glb.is_fallback(buffers[0]):
        raise InputError(f"{asset.path}: its first buffer has no bytes, so it cannot become a .glb; write a .gltf")
    if not asset.in_glb:
        _take_in(asset, notes)
    asset.binary = asset.binary[: buffers[0]["byteLength"]]
    asset.in_glb = True


def _take_in(asset: Asset, notes: list[str]) -> None:
    """Files beside a .gltf move into it: buffers after the first and images become data URIs.

    Data URIs and not one merged buffer: nothing that refers to a buffer by its number has to change.
    """
    entries = [(entry, False) for entry in glb.buffers(asset.document)[1:]]
    entries += [(entry, True) for entry in asset.document.get("images", [])]
    beside = [(entry, is_image) for entry, is_image in entries
              if not _text(asset.path, entry.get("uri", "data:")).startswith("data:")]  # fmt: skip
    if len(asset.binary) + sum(_size(asset.path, entry["uri"]) for entry, _ in beside) > LARGEST_GLB:
        raise OutputError(f"{asset.path}: with the files beside it, it passes the 4 GiB of a .glb; write a .gltf")
    for entry, is_image in beside:
        uri = entry["uri"]
        kind = _IMAGE_TYPES.get(Path(unquote(uri)).suffix.lower()) if is_image else None
        try:
            data = base64.b64encode(resource(asset.path, uri)).decode()
        except InputError:
            if not is_image:
                raise
            notes.append(f"the image {uri[:200]!r} could not be read and stays a reference")
            continue
        entry["uri"] = f"data:{kind or 'application/octet-stream'};base64,{data}"


def _size(owner: Path, uri: str) -> int:
    """Bytes of a file that a URI names; 0 where there is none. A small file may name a large one many times."""
    place = owner.parent / inner_path(owner, uri)
    return place.stat().st_size if _is_file(place) else 0


def _is_file(path: Path) -> bool:
    """Whether there is such a file, also for names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def place_for_payload(asset: Asset, path: Path) -> tuple[int, int]:
    """Where appended bytes go: the buffer's index and how many bytes (a multiple of 4) come before them.

    A .glb carries everything in buffer 0. A .gltf keeps its files as they are and gets one more beside it.
    """
    buffers = asset.document.setdefault("buffers", [])
    if path.suffix.lower() != ".gltf":
        return 0, len(asset.binary) + -len(asset.binary) % 4
    if asset.in_glb and buffers and "uri" not in buffers[0]:
        buffers[0]["uri"] = quote(f"{path.stem}.bin")
        return 0, len(asset.binary) + -len(asset.binary) % 4
    taken = set(asset.files())
    names = (f"{path.stem}{tail}.bin" for tail in ("", *(f"_animation{k or ''}" for k in range(len(taken) + 1))))
    buffers.append({"byteLength": 0, "uri": next(quote(name) for name in names if quote(name) not in taken)})
    return len(buffers) - 1, 0


def save(asset: Asset, path: Path, buffer: int, payloads: Iterable[Payload], overwrite_input: bool) -> None:
    """Write the file with the payloads at the end of that buffer, whose byteLength already counts them.

    A .gltf's files are written or copied beside it first, so that the .gltf never names what is not there.
    """
    check(path, [asset.path], overwrite_input)
    if path.suffix.lower() == ".gltf":
        _save_gltf(asset, path, buffer, payloads, overwrite_input)
    else:
        _copy_files(asset, path)
        _save_glb(asset, path, payloads, overwrite_input)


def _save_glb(asset: Asset, path: Path, payloads: Iterable[Payload], overwrite_input: bool) -> None:
    text = glb.dumps(asset.document)
    size = glb.buffers(asset.document)[0]["byteLength"]
    padding = -size % 4
    extra = sum(glb.CHUNK.size + len(data) for _, data in asset.extra_chunks)
    total = glb.HEADER.size + 2 * glb.CHUNK.size + len(text) + size + padding + extra
    if total > LARGEST_GLB:
        raise OutputError(f"{path}: would have {total / 2**30:.1f} GiB and a .glb cannot pass 4; write a .gltf instead")
    with replacing(path, [asset.path], overwrite_input) as file:
        file.write(glb.HEADER.pack(glb.MAGIC, glb.VERSION, total))
        file.write(glb.CHUNK.pack(len(text), glb.JSON_CHUNK) + text)
        file.write(glb.CHUNK.pack(size + padding, glb.BIN_CHUNK))
        _write_buffer(file, asset.binary, payloads)
        file.write(b"\0" * padding)
        for kind, data in asset.extra_chunks:
            file.write(glb.CHUNK.pack(len(data), kind) + data)


def _save_gltf(
    asset: Asset, path: Path, buffer: int, payloads: Iterable[Payload], overwrite_input: bool
) -> None:
    uri = glb.buffers(asset.document)[buffer]["uri"]
    _copy_files(asset, path, but=uri)
    with replacing(path.parent / unquote(uri)) as file:
        _write_buffer(file, asset.binary if buffer == 0 else b"", payloads)
    with replacing(path, [asset.path], overwrite_input) as file:
        file.write(glb.encode(asset.document, indent=2))


def _write_buffer(file: BinaryIO, binary: Binary, payloads: Iterable[Payload]) -> None:
    file.write(binary)
    file.write(b"\0" * (-len(binary) % 4))
    for payload in payloads:
        written = sum(file.write(block) for block in payload.blocks())
        assert written == payload.size, "a payload's size is what its blocks hold"


def _copy_files(asset: Asset, path: Path, but: str = "") -> None:
    """The files that the document names, copied beside a file that is written to another folder."""
    if path.parent.resolve() == asset.path.parent.resolve():
        return
    for uri in asset.files():
        if uri == but:
            continue
        inner = inner_path(asset.path, uri)
        source, target = asset.path.parent / inner, path.parent / inner
        if not _is_file(source):
            continue  # a lost texture: the copy is no worse than the original
        if target.exists() and not filecmp.cmp(source, target, shallow=False):
            raise OutputError(f"{path}: needs its own {inner} beside it, but another file of that name lies there")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
