"""A look at the first bytes of a file: what it is, whatever its name says."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

MEDIA_NAMES = {  # (offset, bytes) that open a container only PyAV reads
    (4, b"ftyp"): "an MP4 or M4A file",
    (0, b"\x1aE\xdf\xa3"): "a WebM or Matroska file",
    (0, b"0&\xb2u"): "a Windows Media file",
    (0, b"\xff\xf1"): "a raw AAC file",
    (0, b"\xff\xf9"): "a raw AAC file",
}
OTHER_NAMES = {
    (0, b"\x89PNG"): "it is a PNG picture",
    (0, b"\xff\xd8\xff"): "it is a JPEG picture",
    (0, b"GIF8"): "it is a GIF picture",
    (0, b"%PDF"): "it is a PDF",
    (0, b"PK\x03\x04"): "it is a ZIP archive",
    (0, b"glTF"): "it is a GLB model",
    (0, b"<"): "it is text (HTML or XML; a download that failed?)",
    (0, b"{"): "it is text (JSON)",
    (0, b"version https://git-lfs"): "it is a Git LFS pointer; run `git lfs pull`",
}
RENAMED = (b"RIFF", b"fLaC", b"OggS", b"FORM", b".snd", b"caff", b"RF64")  # sound that libsndfile knows by content
OGG_PAGE, OGG_LAST = 65_307, 0x04  # bytes of the longest page; the flag of a stream's last one
MP3_SEARCH = 4096  # bytes of junk that decoders forgive before the first frame
UNKNOWN_LENGTH = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000)  # what recorders write while they do not know it yet


def what_media(path: Path) -> str:
    """A few words for a container that PyAV, not libsndfile, reads; "" for every other file."""
    return _name(path, MEDIA_NAMES)


def what_else(path: Path) -> str:
    """A few words for a file that is no sound at all; "" where the bytes do not say so."""
    known = _name(path, OTHER_NAMES)
    if not known and path.suffix.lower() == ".mp3" and not _may_be_mp3(path):
        return "no MP3 frame at its beginning"  # asked first, since the decoder grumbles on stderr of its own
    return known


def _may_be_mp3(path: Path) -> bool:
    """Whether an MP3 frame, or another format's header, lies in the first bytes."""
    with path.open("rb") as file:
        head = file.read(MP3_SEARCH)
    return head[:4] in RENAMED or head[:3] == b"ID3" or any(
        one == 0xFF and two & 0xE0 == 0xE0 for one, two in itertools.pairwise(head))


def ends_early(path: Path) -> bool:
    """Whether an Ogg file (Vorbis, Opus) lacks the page that ends it."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(max(0, path.stat().st_size - OGG_PAGE))
        tail = file.read()
    at = tail.rfind(b"OggS")
    return at < 0 or at + 6 > len(tail) or not tail[at + 5] & OGG_LAST


def _name(path: Path, names: dict[tuple[int, bytes], str]) -> str:
    with path.open("rb") as file:
        head = file.read(32)
    return next((name for (at, magic), name in names.items() if head[at : at + len(magic)] == magic), "")


def missing_bytes(path: Path) -> int:
    """How many bytes a header (WAV, AIFF, AU) promises that the file does not hold; 0 where nothing says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic, first, second = struct.unpack(">4sII", file.read(12).ljust(12, b"\0"))
        if magic == b"FORM":
            return max(0, first + 8 - size)
        if magic == b".snd":
            return 0 if second in UNKNOWN_LENGTH else max(0, first + second - size)
        if magic != b"RIFF":
            return 0
        while len(header := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", header)
            if name == b"data":
                return 0 if length in UNKNOWN_LENGTH else max(0, file.tell() + length - size)
            file.seek(length + length % 2, 1)
    return 0
