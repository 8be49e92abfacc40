"""The container: sound files come back as they were, unsound ones are refused in one line."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.errors import InputError
from rigdriver.formats import glb
from tests.glb_builder import face


def packed(**document: object) -> bytes:
    return glb.pack(glb.Glb({"asset": {"version": "2.0"}, **document}))


def raw(text: bytes) -> bytes:
    """A GLB around any bytes in its JSON chunk."""
    text += b" " * (-len(text) % 4)
    return glb.HEADER.pack(glb.MAGIC, 2, 20 + len(text)) + glb.CHUNK.pack(len(text), glb.JSON_CHUNK) + text


def test_a_sound_file_comes_back() -> None:
    builder = face(["jawOpen"]).finish()
    data = glb.pack(glb.Glb(builder.document, bytes(builder.blob), [(0x58585858, b"keep")]))
    again = glb.unpack(data)
    assert (again.document, again.extra_chunks) == (builder.document, [(0x58585858, b"keep")])
    assert glb.pack(again) == data


plain = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text() | st.booleans() | st.none()


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_json_comes_back_number_for_number_and_key_for_key(extras: object) -> None:
    document = {"asset": {"version": "2.0"}, "extras": extras}
    again = glb.unpack(glb.pack(glb.Glb(document))).document
    assert json.dumps(again) == json.dumps(document)


GOOD = packed(buffers=[{"byteLength": 0}])
BAD = {
    "not a GLB": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a GLB"),
    "nothing": (b"", "not a GLB"),
    "version 1": (struct.pack("<III", glb.MAGIC, 1, 12), "version 1"),
    "truncated": (GOOD[:-4], "cut short"),
    "longer than it says": (GOOD + b"....", "header says"),
    "chunk past the end": (GOOD[:12] + struct.pack("<I", 999) + GOOD[16:], "past the end"),
    "not JSON": (raw(b'{"asset":'), "JSON cannot be read"),
    "not UTF-8": (raw(b'{"asset":"\xff"}'), "JSON cannot be read"),
    "NaN": (raw(b'{"asset":{"version":"2.0"},"extras":NaN}'), "NaN"),
    "infinite": (raw(b'{"asset":{"version":"2.0"},"extras":1e999}'), "too large"),
    "nested too deep": (raw(b'{"asset":{"version":"2.0"},"extras":' + b"[" * 100_000), "JSON cannot be read"),
    "a list": (raw(b"[]"), "not a glTF document"),
    "glTF 1": (raw(b'{"asset":{"version":"1.0"}}'), "glTF 1.0"),
    "nodes are no list": (packed(nodes={"a": 1}), "'nodes' is not a list"),
    "buffer longer than its bytes": (packed(buffers=[{"byteLength": 8}]), "8 bytes but 0"),
    "view in no buffer": (packed(bufferViews=[{"buffer": 0, "byteLength": 1}]), "buffer 0, which is not there"),
    "view without length": (packed(buffers=[{"byteLength": 0}], bufferViews=[{"buffer": 0}]), "malformed"),
    "accessor in no view": (packed(accessors=[{"bufferView": 3, "componentType": 5126, "count": 1, "type": "SCALAR"}]),
                            "bufferView 3, which is not there"),
    "accessor of no type": (packed(accessors=[{"componentType": 1, "count": 1, "type": "SCALAR"}]), "does not have"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_glb_is_refused_in_one_line(what: str) -> None:
    data, says = BAD[what]
    with pytest.raises(InputError, match="hero") as error:
        glb.unpack(data, "hero.glb")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_an_accessor_past_its_view_is_refused() -> None:
    builder = face(["jawOpen"]).finish()
    builder.document["accessors"][0]["count"] = 7
    with pytest.raises(InputError, match="accessor 0 reaches past the end"):
        glb.unpack(glb.pack(glb.Glb(builder.document, bytes(builder.blob))))


@given(st.binary(max_size=64), st.integers(0, 400))
def test_damage_never_raises_anything_but_input_error(noise: bytes, at: int) -> None:
    builder = face(["jawOpen"]).finish()
    data = glb.pack(glb.Glb(builder.document, bytes(builder.blob)))
    damaged = data[:at] + noise + data[at + len(noise) :]
    try:
        glb.unpack(damaged)
    except InputError as error:
        assert "\n" not in str(error)
