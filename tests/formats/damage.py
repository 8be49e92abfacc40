"""Damage done to good files, for readers that must end in one of our errors or in a clip, soon and in little memory."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from rigdriver.clip import Clip
from rigdriver.errors import InputError

NASTY = (
    b"\xff\xfe", b"\0", b"\n", b"\r\n", b"nan", b"-inf", b"1e999", b"99999999999999999999", b"-1", b"0", b"{", b"}",
    b"[", b"*a", b"&a ", b"- ", b"  ", b"'", b'"', b":", b";", b"#", b"\xc3\xa9", b"\xf0\x9f\x98\x80",
)  # fmt: skip
LARGEST = 400 << 20


def damaged(good: bytes) -> st.SearchStrategy[bytes]:
    """A file with some places cut, doubled, overwritten or filled with what is unlikely to be meant there."""
    place = st.integers(0, len(good))
    change = st.tuples(place, st.integers(0, 40), st.one_of(st.sampled_from(NASTY), st.binary(max_size=6)))
    cut = place.map(lambda at: good[:at])

    def changed(changes: list[tuple[int, int, bytes]]) -> bytes:
        data = good
        for at, length, put in changes:
            data = data[:at] + put + data[at + length :]
        return data

    doubled = st.tuples(place, st.integers(1, 400)).map(lambda p: good[: p[0]] + good[max(0, p[0] - p[1]) :])
    return st.one_of(cut, doubled, st.lists(change, min_size=1, max_size=6).map(changed), st.binary(max_size=200))


def ends_well(read: Callable[[Path], Clip], path: Path, data: bytes) -> None:
    """The reader gives a sound clip or raises InputError in one line, and takes no more memory than a clip may."""
    path.write_bytes(data)
    tracemalloc.start()
    try:
        clip = read(path)
        assert len(clip) and clip.names
    except InputError as error:
        assert "\n" not in str(error) and len(str(error)) < 1500
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < LARGEST
