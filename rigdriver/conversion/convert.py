"""One file into another: read, cut, resample, move, retarget, write; and say what was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver import formats, resources
from rigdriver import rig as rigs
from rigdriver.clip import HINTS, PARTNER, Clip
from rigdriver.conversion import options, timing
from rigdriver.conversion.between import between, outside
from rigdriver.conversion.recognise import named, recognise
from rigdriver.errors import InputError, SettingsError
from rigdriver.formats import Format, atomic
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import morphs
from rigdriver.formats.losses import Loss, angle_names, is_hint, left_out
from rigdriver.layers.retarget import is_readable
from rigdriver.rig import CANONICAL, Rig

KEEP = "keep"  # instead of a rig's name: curves go as they are


@dataclass(frozen=True)
class Conversion:
    """What is wanted, the same for any number of files.

    source_format, target_format: names or suffixes, where a file's own does not say.
    source_rig, target_rig: names or YAML files; the source's is recognised by its curves, the target's is the
        format's own where it has one, else the source's. target_rig may be "keep".
    fps: frames a second, or as they are. first_s, last_s: what is kept, on the source's clock; what is left then
        begins at 0. offset_s: how much later it begins in the end.
    read_options, write_options: `name=value` texts of the formats. onto: the character, where the target is a glTF.
    keys: how far a key may be off where the format holds sparse ones.
    """

    source_format: str | None = None
    target_format: str | None = None
    source_rig: str | None = None
    target_rig: str | None = None
    fps: Fraction | None = None
    first_s: float | None = None
    last_s: float | None = None
    offset_s: float = 0.0
    read_options: tuple[str, ...] = ()
    write_options: tuple[str, ...] = ()
    onto: str | Path | None = None
    keys: float | None = None


@dataclass(frozen=True)
class Converted:
    """What one conversion did. rigs: from and to, "" where a clip's curves are of no rig that is known.

    report: the target format's own, where it makes one.
    """

    source: Path
    target: Path
    formats: tuple[str, str]
    rigs: tuple[str, str]
    frames: int
    fps: Fraction
    curves: int
    losses: tuple[Loss, ...] = ()
    report: Any = None

    def lines(self) -> Iterator[str]:
        """For people, a line at a time."""
        (read, wrote), (was, is_now) = self.formats, self.rigs
        rig = f", {was or 'own curves'} → {is_now or 'own curves'}" if was != is_now else ""
        yield (f"{self.source} → {self.target}  ({read} → {wrote}{rig}; {self.curves} curves, {self.frames} frames at "
               f"{self.fps} fps)")
        yield from (f"  {line}" for line in (self.report.lines() if hasattr(self.report, "lines") else ()))
        yield from (f"  lost ({loss.kind}): {loss}" for loss in self.losses)

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {"source": str(self.source), "target": str(self.target), "formats": list(self.formats),
                "rigs": list(self.rigs), "frames": self.frames, "fps": str(self.fps), "curves": self.curves,
                "losses": [loss.as_dict() for loss in self.losses],
                "report": self.report.as_dict() if hasattr(self.report, "as_dict") else None}


def convert(source: str | Path, target: str | Path, how: Conversion | None = None) -> Converted:
    """Reads one file and writes the other. Raises RigdriverError; then nothing is written.

    The source, and the character that it is put onto, are never written over.
    """
    source, target, how = Path(source), Path(target), how or Conversion()
    formats.check(target, how.target_format)
    atomic.check(target, [source, *([how.onto] if how.onto else [])])
    losses: list[Loss] = []
    reader = formats.reader(source, how.source_format)
    clip = _read(reader, source, how, losses)
    clip = timing.trimmed(clip, how.first_s, how.last_s, losses)
    clip = timing.resampled(clip, how.fps, losses)
    clip = timing.moved(clip, how.offset_s, losses)
    clip, names = _on_rig(clip, target, how, losses)
    writer = formats.writer(clip, target, how.target_format)
    clip = _at_held_rate(clip, writer, losses)
    report = _write(writer, clip, target, how, losses)
    losses += _of_report(report, writer, clip)
    return Converted(source, target, (reader.name, writer.name), names, len(clip), clip.fps, len(clip.names),
                     tuple(losses), report)


def _read(row: Format, path: Path, how: Conversion, losses: list[Loss]) -> Clip:
    chosen = options.typed(row, "read", how.read_options)
    clip = row.function("read")(path, **chosen, **_collector(row, "read", losses))
    if not len(clip):
        raise InputError(f"{path}: has no frames")
    return clip


def _write(row: Format, clip: Clip, path: Path, how: Conversion, losses: list[Loss]) -> Any:
    chosen = options.typed(row, "write", how.write_options)
    if how.onto is not None:
        chosen |= options.typed(row, "write", [f"onto={how.onto}"])
    if how.keys is not None:
        chosen |= options.typed(row, "write", [f"keys={how.keys}"])
    return row.function("write")(clip, path, **chosen, **_collector(row, "write", losses))


def _collector(row: Format, verb: str, losses: list[Loss]) -> dict[str, list[Loss]]:
    """The list of losses, for a function that takes one."""
    takes = formats.LOSSES in signature(row.function(verb)).parameters
    return {formats.LOSSES: losses} if takes else {}


def _on_rig(clip: Clip, target: Path, how: Conversion, losses: list[Loss]) -> tuple[Clip, tuple[str, str]]:
    """The clip on the rig that is wanted, and the names of the rigs before and after ("" for none that is known)."""
    wanted = _wanted(clip, target, how)
    source = rigs.load(how.source_rig) if how.source_rig else recognise(clip, [wanted] if wanted else [])
    if wanted is None and how.target_rig != KEEP and source is not None:
        wanted = _for_character(clip, source, target, how)
    if wanted is None or (source is not None and source.name == wanted.name):
        return _as_it_is(clip, source, wanted, losses), (_name(source), _name(source))
    if source is None:
        shown = ", ".join(clip.names[:6])
        raise SettingsError(f"the curves ({shown} …) are of no rig that is known, so nothing says how they become "
                            f"{wanted.name}; name theirs (--from-rig), or say --rig keep")
    clip, lost = between(clip, source, wanted)
    losses += lost
    return clip, (source.name, wanted.name)


def _name(rig: Rig | None) -> str:
    return rig.name if rig else ""


def _wanted(clip: Clip, target: Path, how: Conversion) -> Rig | None:
    """The rig that is asked for, or that the format holds, or None."""
    if how.target_rig == KEEP:
        return None
    if how.target_rig:
        return rigs.load(how.target_rig)
    row = formats.writer(clip, target, how.target_format)
    if row.rig and row.rig not in rigs.available():
        raise SettingsError(f"{target}: the format {row.name} holds the rig {row.rig!r}, which is not installed")
    return rigs.load(row.rig) if row.rig else None


def _for_character(clip: Clip, source: Rig, target: Path, how: Conversion) -> Rig | None:
    """ARKit, where a glTF's character does not have most of the source's curves under their own names, and they can be
    read as ARKit's."""
    row = formats.writer(clip, target, how.target_format)
    if row.name != "gltf" or source.name == CANONICAL or not is_readable(source):
        return None
    meshes = morphs.find(assets.load(how.onto or resources.HEAD).document, [], [])
    has = {name for mesh in meshes for name in mesh.targets}
    wanted = [name for name in clip.names if name in source and source[name].unit == "weight"]
    return None if len(has.intersection(wanted)) > len(wanted) / 2 else rigs.canonical()


def _as_it_is(clip: Clip, rig: Rig | None, wanted: Rig | None, losses: list[Loss]) -> Clip:
    """The clip on its own rig; under the rig's own spelling where a rig was wanted."""
    if rig is None:
        return clip
    losses += outside(clip, rig)
    if wanted is None or set(clip.names) <= {*rig.names, *HINTS, PARTNER}:
        return clip
    own, strangers = named(clip, rig)
    others = [name for name in clip.names if name in strangers or is_hint(name)]
    values = np.concatenate([own.values, clip.pick(others).values], axis=1)
    return Clip((*own.names, *others), values, clip.fps, clip.start)


def _at_held_rate(clip: Clip, row: Format, losses: list[Loss]) -> Clip:
    """At the nearest rate that the format holds, and no lower one if it can be."""
    held = row.rates_held
    if not held or clip.fps in held:
        return clip
    faster = [rate for rate in held if rate >= clip.fps]
    rate = Fraction(min(faster) if faster else max(held))
    return timing.resampled(clip, rate, losses, f", as {row.name} holds {' or '.join(map(str, held))}")


def _of_report(report: Any, row: Format, clip: Clip) -> Iterator[Loss]:
    """What a glTF's report says is missing, as losses; other formats fill the list themselves."""
    if report is None or formats.LOSSES in signature(row.function("write")).parameters:
        return
    missing = tuple(getattr(report, "missing", ()))
    angles = angle_names()
    for kind, what, names in (
        ("names", "the character has no target for", tuple(name for name in missing if name not in angles)),
        ("angles", "the character has no joint for the angles", tuple(name for name in missing if name in angles)),
    ):
        if names:
            yield Loss(kind, what, names)
    yield from left_out(clip.pick([name for name in clip.names if is_hint(name)]), (), f"{row.name} has")
    if clip.start < 0:
        early = min(-clip.start, len(clip))
        yield Loss("frames", f"{row.name} knows no time before 0: {early} frames are left out")
