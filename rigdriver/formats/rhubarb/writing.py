"""Cues into a file, laid out as Rhubarb does it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import rates
from rigdriver.formats.atomic import replacing
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, left_out
from rigdriver.formats.rhubarb.cues import PLACES, REST, SHAPES, SHUT, Cue, cues_of, held, shapes_of

HOLD_S = 0.07  # Rhubarb holds a drawing no shorter
BASIC, EXTENDED = SHAPES[:6], SHAPES[6:]


def fits(clip: Clip) -> bool:
    """Whether a clip has any of the nine shapes."""
    return bool(clip.columns(SHAPES))


def write(
    clip: Clip, path: str | Path, *, sound: str = "", extended: str = "GHX", hold_s: float = HOLD_S,
    losses: list[Loss] | None = None,
) -> None:  # fmt: skip
    """Cues of the strongest shape, in the layout that the suffix says: .json, .xml, or tab-separated.

    sound: the sound's name, for the file's metadata. extended: which of G, H and X the drawings have.
    hold_s: seconds that a shape is seen at least; 0 keeps every frame.
    Raises InputError for a clip without the nine shapes, OutputError for an option that cannot be.
    """
    if not fits(clip):
        raise InputError(f"{path}: mouth cues are of the shapes {' '.join(SHAPES)}; retarget to the rig rhubarb")
    if set(extended) - set(EXTENDED) or not 0 <= hold_s < math.inf:
        raise OutputError(f"{path}: extended is some of {''.join(EXTENDED)}, not {extended!r}; hold_s is 0 or more")
    check_finite(clip, path)
    allowed = [shape for shape in SHAPES if shape in BASIC or shape in extended]
    if losses is not None:
        losses.extend(left_out(clip, allowed, "mouth cues have"))
    cues = _cues(rates.from_zero(clip.pick(allowed), losses), hold_s, losses)
    text = _LAYOUTS.get(Path(path).suffix.lower(), _tsv)(cues, sound, REST if REST in allowed else SHUT)
    with replacing(path) as file:
        file.write(text.encode("utf-8", "replace"))


def _cues(clip: Clip, hold_s: float, losses: list[Loss] | None) -> list[Cue]:
    shapes, gone = held(shapes_of(clip, clip.names), clip, math.ceil(hold_s * clip.fps))
    if losses is not None:
        losses.append(Loss("values", "of each frame only the strongest shape is seen"))
        if gone:
            losses.append(Loss("times", f"{gone} shapes shorter than {hold_s:g} s went to their neighbours"))
    return cues_of(shapes, clip.fps)


def _seconds(hundredths: int) -> str:
    return f"{hundredths // PLACES}.{hundredths % PLACES:02d}"


def _tsv(cues: list[Cue], sound: str, rest: str) -> str:
    """Start and shape; the last line is the sound's end, with a mouth at rest."""
    lines = [f"{_seconds(cue.start)}\t{cue.shape}\n" for cue in cues]
    return "".join(lines) + f"{_seconds(cues[-1].end if cues else 0)}\t{rest}\n"


def _json(cues: list[Cue], sound: str, rest: str) -> str:
    lines = [f'    {{ "start": {_seconds(c.start)}, "end": {_seconds(c.end)}, "value": "{c.shape}" }}' for c in cues]
    duration = _seconds(cues[-1].end if cues else 0)
    return (f'{{\n  "metadata": {{\n    "soundFile": {json.dumps(sound)},\n    "duration": {duration}\n  }},\n'
            '  "mouthCues": [\n' + ",\n".join(lines) + "\n  ]\n}\n")


def _xml(cues: list[Cue], sound: str, rest: str) -> str:
    lines = [f'    <mouthCue start="{_seconds(c.start)}" end="{_seconds(c.end)}">{c.shape}</mouthCue>\n' for c in cues]
    duration = _seconds(cues[-1].end if cues else 0)
    return ('<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n'
            f"    <soundFile>{escape(sound)}</soundFile>\n    <duration>{duration}</duration>\n  </metadata>\n"
            "  <mouthCues>\n" + "".join(lines) + "  </mouthCues>\n</rhubarbResult>\n")


_LAYOUTS: dict[str, Callable[[list[Cue], str, str], str]] = {".json": _json, ".xml": _xml, ".tsv": _tsv}
