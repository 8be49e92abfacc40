"""Hostile and damaged characters: whatever a file says, our own error in one line, soon, and in little memory."""

import copy
import json
import os
import random
import struct
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver.errors import InputError, RigdriverError
from rigdriver.formats import glb, gltf
from rigdriver.formats.gltf import vrma
from tests.glb_builder import Builder, avatar, skeleton
from tests.helpers import ANGLES, pose, waves

EXAMPLES = int(os.environ.get("RIGDRIVER_FUZZ", "100"))  # more of them, where someone has the time
LONGEST_S, MOST_BYTES = 5.0, 150e6
CLIP = pose(jawOpen=0.5, headYaw=0.2, leftEyeYaw=0.1, aa=0.5)
NUMBERS = [-1, 0, 1, 3, 7, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308, True]
WORDS = ["", "x" * 300, "\ud800", "../../etc/passwd", "data:,", "http://["]
VALUES = [*NUMBERS, *WORDS, None, [], {}, [[]], [0] * 16, {"a": 1}]


def samples(folder: Path) -> dict[str, Path]:
    """Good files of every kind that are then damaged."""
    folder.mkdir(exist_ok=True)
    whole = waves(20, 30, names=("jawOpen", *ANGLES))
    hero = skeleton(matrix=[0, 0, -2, 0, 0, 2, 0, 0, 2, 0, 0, 0, 5, 0, 0, 1]).write_glb(folder / "hero.glb")
    gltf.write(whole, folder / "driven.glb", onto=hero)
    gltf.write(whole, folder / "driven.gltf", onto=hero)
    sparse = Builder()
    sparse.node("Face", mesh=sparse.mesh("Face", ["jawOpen", "mouthClose"], sparse=True, primitives=2))
    sparse.animation("walk", 0)
    gltf.write(whole, folder / "sparse.glb", onto=sparse.write_glb(folder / "still.glb"))
    for version in (0, 1):
        vrm = avatar(version).write_glb(folder / f"hero{version}.vrm")
        gltf.write(pose(aa=1, headYaw=1), folder / f"driven{version}.vrm", onto=vrm)
    vrma.write(pose(aa=1, headYaw=0.5, leftEyeYaw=0.2), folder / "a.vrma")
    return {path.name: path for path in sorted(folder.iterdir()) if path.suffix != ".bin"}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return samples(tmp_path_factory.mktemp("good"))


def survive(path: Path) -> None:
    """Reading and driving it does what is asked or gives one of our errors, of one line."""
    out = path.with_name(f"out{path.suffix}" if path.suffix != ".vrma" else "out.glb")
    tasks = [lambda: gltf.read(path), lambda: gltf.write(CLIP, out, onto=path),
             lambda: gltf.write(CLIP, out, onto=path, replace=True, keys=0.01), lambda: gltf.rig_of(path),
             lambda: vrma.write(CLIP, out.with_suffix(".vrma"), onto=path), lambda: vrma.read(path)]  # fmt: skip
    for task in tasks:
        began = time.process_time()
        try:
            task()
        except RigdriverError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 1500
        assert time.process_time() - began < LONGEST_S


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every place in a JSON document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def change(document: dict[str, Any], path: tuple, value: Any) -> None:
    *above, last = path
    holder = document
    for key in above:
        holder = holder[key]
    if value == "gone":
        del holder[last]
    else:
        holder[last] = value


def store(path: Path, document: dict[str, Any], binary: bytes, like: Path) -> Path:
    if like.suffix == ".gltf":
        path.write_text(json.dumps(document), encoding="utf-8")
        for uri in (buffer.get("uri") for buffer in glb.buffers(json.loads(like.read_text()))):
            (path.parent / uri).write_bytes((like.parent / uri).read_bytes())
    else:
        chunks = [(glb.JSON_CHUNK, json.dumps(document).encode()), (glb.BIN_CHUNK, binary)]
        chunks = [(kind, data + b" " * (-len(data) % 4)) for kind, data in chunks]
        body = b"".join(glb.CHUNK.pack(len(data), kind) + data for kind, data in chunks)
        path.write_bytes(glb.HEADER.pack(glb.MAGIC, 2, 12 + len(body)) + body)
    return path


@given(st.randoms(use_true_random=False), st.data())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_documents_with_other_values(good: dict[str, Path], tmp_path: Path, chance: random.Random, data) -> None:
    name = data.draw(st.sampled_from(sorted(good)))
    source = good[name]
    is_text = source.suffix == ".gltf"
    document = json.loads(source.read_text()) if is_text else glb.read(source).document
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 5])):
        path = chance.choice(list(places(document)))
        change(document, path, chance.choice(["gone", *VALUES]))
    survive(store(tmp_path / name, document, b"" if is_text else glb.read(source).binary, source))


@given(st.randoms(use_true_random=False), st.data())
@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_damaged_bytes(good: dict[str, Path], tmp_path: Path, chance: random.Random, data) -> None:
    name = data.draw(st.sampled_from(sorted(name for name in good if not name.endswith(".gltf"))))
    content = bytearray(good[name].read_bytes())
    kind = chance.choice(["cut", "flip", "numbers", "floats"])
    if kind == "cut":
        content = content[: chance.randrange(len(content))]
    for _ in range(0 if kind == "cut" else chance.choice([1, 4, 40])):
        at = chance.randrange(0, len(content) - 4) & ~3
        if kind == "flip":
            content[at] ^= 1 << chance.randrange(8)
        elif kind == "numbers":
            struct.pack_into("<I", content, at, chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(2**32)]))
        else:
            struct.pack_into("<f", content, at, chance.choice([float("nan"), float("inf"), -1e38, 1e-45]))
    (tmp_path / name).write_bytes(content)
    survive(tmp_path / name)


@given(st.binary(max_size=200))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_all(tmp_path: Path, content: bytes) -> None:
    for head in (b"", b"glTF\2\0\0\0" + struct.pack("<I", 12 + len(content)), b'{"asset":{"version":"2.0"},'):
        (tmp_path / "a.glb").write_bytes(head + content)
        survive(tmp_path / "a.glb")


def huge_count(builder: Builder) -> None:
    """Times that need no bytes: a file of a kilobyte that asks for all memory."""
    builder.animation("talk", 0)
    accessor = {"componentType": 5126, "count": 10**12, "type": "SCALAR", "min": [0], "max": [1]}
    builder.document["accessors"][builder.document["animations"][0]["samplers"][0]["input"]] = accessor
    builder.document["animations"][0]["channels"][0]["target"] = {"node": 0, "path": "weights"}


def keys_far_apart(builder: Builder) -> None:
    """Two keys, three hundred million years apart."""
    import numpy as np

    builder.animation("talk", 0)
    times = builder.accessor(np.array([0, 1e16], np.float32), bounds=True)
    values = builder.accessor(np.zeros(2 * 52, np.float32))
    builder.document["animations"][0] |= {
        "samplers": [{"input": times, "output": values}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }


def wide_rate(builder: Builder) -> None:
    keys_far_apart(builder)
    builder.document["animations"][0]["extras"] = {"rigdriver": {"fps": "1e300"}}


def deep_chain(builder: Builder) -> None:
    """Five thousand heads, each on top of the other."""
    above = 1
    for _ in range(5_000):
        above = builder.node("Head", above)


def ring(builder: Builder) -> None:
    builder.document["nodes"][3].setdefault("children", []).append(1)


def many_meshes(builder: Builder) -> None:
    mesh = {"primitives": [{"attributes": {}, "targets": [{}]}], "extras": {"targetNames": ["jawOpen"]}}
    for _ in range(1_000):
        builder.node("Twin", mesh=builder.add("meshes", mesh))


def many_targets(builder: Builder) -> None:
    mesh = {"primitives": [{"attributes": {}, "targets": [{}] * 50_000}], "extras": {"targetNames": ["jawOpen"]}}
    builder.node("Wide", mesh=builder.add("meshes", mesh))


HOSTILE = [huge_count, keys_far_apart, wide_rate, deep_chain, ring, many_meshes, many_targets]


@pytest.mark.parametrize("depth", [100, 500, 900, 5000])
def test_documents_nested_deeply(tmp_path: Path, depth: int) -> None:
    document = skeleton().finish()
    text = json.dumps({**document.document, "extras": "?"}).replace('"?"', "[" * depth + "]" * depth).encode()
    text += b" " * (-len(text) % 4)
    body = glb.CHUNK.pack(len(text), glb.JSON_CHUNK) + text
    body += glb.CHUNK.pack(len(document.blob), glb.BIN_CHUNK) + document.blob
    (tmp_path / "hero.glb").write_bytes(glb.HEADER.pack(glb.MAGIC, 2, 12 + len(body)) + body)
    for out in ("out.glb", "out.gltf"):
        try:
            gltf.write(CLIP, tmp_path / out, onto=tmp_path / "hero.glb")
        except RigdriverError as error:
            assert depth >= 900
            assert "\n" not in str(error)


@pytest.mark.parametrize("damage", HOSTILE, ids=lambda damage: damage.__name__)
def test_small_files_that_ask_for_much(tmp_path: Path, damage) -> None:
    builder = skeleton()
    damage(builder)
    builder.document.pop("scenes", None)
    hero = builder.write_glb(tmp_path / "hero.glb")
    tracemalloc.start()
    survive(hero)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES


def test_names_that_are_no_unicode_stay_what_they_were(tmp_path: Path) -> None:
    builder = skeleton()
    builder.document["nodes"][0]["name"] = "Fa\ud800ce"
    hero = store(tmp_path / "hero.glb", builder.finish().document, bytes(builder.blob), tmp_path / "hero.glb")
    for out in ("out.glb", "out.gltf"):
        gltf.write(CLIP, tmp_path / out, onto=hero)
        assert gltf.read(tmp_path / out)["jawOpen"][0] == 0.5
    text = (tmp_path / "out.gltf").read_text()
    assert json.loads(text)["nodes"][0]["name"] == "Fa\ud800ce"
    (tmp_path / "latin.gltf").write_bytes(text.replace("Neck", "Hälse").encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read"):
        gltf.read(tmp_path / "latin.gltf")


def test_a_file_that_names_one_large_file_often_is_not_taken_in(tmp_path: Path) -> None:
    builder = skeleton().finish()
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(1 << 30)  # no bytes on the disk
    builder.document["buffers"] += [{"uri": "large.bin", "byteLength": 4}] * 5
    hero = builder.write_gltf(tmp_path / "hero.gltf")
    with pytest.raises(RigdriverError, match="4 GiB"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=hero)


URIS = ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "%2e%2e/secret.bin", "..%5Csecret.bin", "C:secret.bin",
        "//host/share", "file:secret.bin", "http://[", "a\0b", "%00", ".", "", "x" * 5000, "\ud800", 7, None,
        ["a"]]  # fmt: skip


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: ascii(uri)[:20])
@pytest.mark.parametrize("where", ["buffers", "images"])
def test_uris_that_lead_elsewhere(tmp_path: Path, uri: Any, where: str) -> None:
    (tmp_path / "secret.bin").write_bytes(b"\0" * 100_000)
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    builder = skeleton()
    builder.document["images"] = [{"uri": "data:image/png;base64,AA=="}]
    hero = builder.write_gltf(tmp_path / "in" / "hero.gltf")
    document = json.loads(hero.read_text())
    document[where][0]["uri"] = uri
    hero.write_text(json.dumps(document))
    survive(hero)
    for out in ("out.glb", "out.gltf"):
        try:
            gltf.write(CLIP, tmp_path / "out" / out, onto=hero)
        except RigdriverError as error:
            assert "\n" not in str(error)
            continue
        assert where == "images"
    assert b"\0" * 50_000 not in b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
