"""The scene's clock, and sounds in its sequencer."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import bpy

from .errors import PluginError

NTSC_BASE = Fraction(1001, 1000)
MARK = "rigdriver"


def fps(scene: bpy.types.Scene) -> Fraction:
    """The scene's frame rate, exact: 24 over a base of 1.001 is 24000/1001."""
    base = Fraction(scene.render.fps_base).limit_denominator(100000)
    if abs(base - NTSC_BASE) < Fraction(1, 100000):
        base = NTSC_BASE
    return (scene.render.fps / base).limit_denominator(1001)


def strips(scene: bpy.types.Scene) -> list:
    """All strips of the sequencer, in metas too; "sequences" until Blender 4.3."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(getattr(editor, "strips_all", None) or getattr(editor, "sequences_all", ()))


def sounds(scene: bpy.types.Scene) -> list:
    return [strip for strip in strips(scene) if strip.type == "SOUND" and strip.sound]


def file_of(strip: object, folder: Path) -> str:
    """The file that a sound strip plays; a packed sound is written into the folder. Raises PluginError."""
    sound = strip.sound
    path = Path(bpy.path.abspath(sound.filepath, library=sound.library))
    if sound.packed_file:
        path = folder / (path.name or f"{sound.name}.wav")
        path.write_bytes(sound.packed_file.data)
    if not path.is_file():
        raise PluginError(f"the strip {strip.name} plays {path}, which is not there")
    return str(path)


def begins(strip: object) -> int:
    """The frame where the strip's file begins, whatever is cut off its start."""
    return round(strip.frame_start - getattr(strip, "animation_offset_start", 0))


def trimmed(strip: object) -> tuple[int, int] | None:
    """First and last frame that are heard of the strip's file, counted from where that begins; None where all is."""
    first, last = strip.frame_final_start - begins(strip), strip.frame_final_end - begins(strip)
    whole = strip.frame_duration + getattr(strip, "animation_offset_start", 0)
    return (max(0, first), last) if first > 0 or last < whole - 1 else None


def is_retimed(strip: object) -> bool:
    """Whether the strip plays faster or slower than its file: a factor until Blender 3.6, keys from 4.0 on."""
    return getattr(strip, "speed_factor", 1.0) != 1 or len(getattr(strip, "retiming_keys", ())) > 0


def place(scene: bpy.types.Scene, path: str, take: str, frame: int) -> str:
    """A take's sound in the sequencer, beginning at that frame; one that plays there already is left, and an earlier
    place of the same take moves. Gives the strip's name."""
    for strip in sounds(scene):
        if begins(strip) == frame and _plays(strip, path):
            return strip.name
    for strip in sounds(scene):
        if strip.get(MARK) == take:
            _all(scene).remove(strip)
    strip = _all(scene).new_sound(name=take, filepath=path, channel=_free_channel(scene, frame), frame_start=frame)
    strip[MARK] = take
    return strip.name


def remove(scene: bpy.types.Scene, takes: Iterable[str], spared: str = "") -> None:
    """Sounds of ours that belong to takes which are no more, but for those that play a file."""
    for strip in sounds(scene):
        if strip.get(MARK) in set(takes) and not (spared and _plays(strip, spared)):
            _all(scene).remove(strip)


def _plays(strip: object, path: str) -> bool:
    return Path(bpy.path.abspath(strip.sound.filepath)).resolve() == Path(path).resolve()


def _all(scene: bpy.types.Scene) -> object:
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def _free_channel(scene: bpy.types.Scene, frame: int) -> int:
    """The lowest channel on which nothing lies at or after the frame."""
    taken = {strip.channel for strip in strips(scene) if strip.frame_final_end > frame}
    return next(channel for channel in range(1, 129) if channel not in taken or channel == 128)


def reach(scene: bpy.types.Scene, last: int) -> None:
    """The scene ends no earlier than that frame."""
    scene.frame_end = max(scene.frame_end, last)
