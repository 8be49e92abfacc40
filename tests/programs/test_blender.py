"""Blender imports what we write, and its shape keys and bones move as the clip says."""

from pathlib import Path

import numpy as np

from rigdriver.formats import gltf
from tests.glb_builder import face, skeleton
from tests.helpers import ANGLES, WEIGHTS, pose, waves
from tests.programs.readers import blender_sees

UP, SIDE = np.eye(3)[2], np.eye(3)[0]  # Blender's: +Z is up, the character faces −Y and has its left at +X


def turned(quaternion: list[float], rest: list[float]) -> np.ndarray:
    """(w, x, y, z) of the rotation from rest to now, about Blender's axes."""
    w, x, y, z = quaternion
    rw, rx, ry, rz = rest[0], -rest[1], -rest[2], -rest[3]
    return np.array([
        w * rw - x * rx - y * ry - z * rz, w * rx + x * rw + y * rz - z * ry,
        w * ry - x * rz + y * rw + z * rx, w * rz + x * ry - y * rx + z * rw,
    ])  # fmt: skip


def test_shape_keys_follow_the_clip(blender: str, tmp_path: Path) -> None:
    clip = waves(60, 60)
    builder = face()
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["jawOpen"]))
    gltf.write(clip, tmp_path / "a.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    for frame, seen in zip((0, 7, 59), blender_sees(blender, tmp_path / "a.glb", [0, 7 / 60, 59 / 60])):
        keys = seen["keys"]["Face"]
        assert len(keys) == 52
        for name, value in keys.items():
            assert abs(value - clip[name][frame]) < 1e-4, (name, frame)
        assert abs(seen["keys"]["Teeth"]["jawOpen"] - clip["jawOpen"][frame]) < 1e-4


def test_the_head_turns_to_its_left_and_nods_down(blender: str, tmp_path: Path) -> None:
    hero = skeleton(rotation=[0.5, 0.5, -0.5, 0.5]).write_glb(tmp_path / "hero.glb")
    for name, axis in (("headYaw", UP), ("headPitch", SIDE)):
        clip = pose(frames=31, fps=60, **{name: 0.0})
        clip.values[30] = 0.4
        gltf.write(clip, tmp_path / "a.glb", onto=hero)
        rest, now = (seen["turns"]["Head"] for seen in blender_sees(blender, tmp_path / "a.glb", [0, 0.5]))
        delta = turned(now, rest)
        np.testing.assert_allclose(delta * np.sign(delta[0]), [np.cos(0.2), *(np.sin(0.2) * axis)], atol=1e-3)


def test_the_built_in_head_moves(blender: str, tmp_path: Path) -> None:
    clip = waves(60, 60, names=(*WEIGHTS, *ANGLES))
    gltf.write(clip, tmp_path / "hello.glb")
    start, end = blender_sees(blender, tmp_path / "hello.glb", [0, 0.5])
    for seen, frame in ((start, 0), (end, 30)):
        assert abs(seen["keys"]["Face"]["jawOpen"] - clip["jawOpen"][frame]) < 1e-4
        assert abs(seen["keys"]["Tongue"]["tongueTipUp"] - clip["tongueTipUp"][frame]) < 1e-4
    for joint in ("Head", "Neck", "LeftEye", "RightEye"):
        assert np.abs(np.subtract(start["turns"][joint], end["turns"][joint])).max() > 0.01
