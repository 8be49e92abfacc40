"""rigdriver: speech in, a talking character out.

    clip = rigdriver.drive("hello.wav")                     # curves on the ARKit rig
    rigdriver.write(clip, "hello.glb", onto="hero.glb")     # animation in your own character
    clip = rigdriver.read("take.csv")                       # any format

What needs more than NumPy is imported when it is first used.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import RigdriverError

if TYPE_CHECKING:
    from rigdriver.performance import Performance
    from rigdriver.rig import Rig

__version__ = "0.1.0"
__all__ = ["Audio", "Clip", "RigdriverError", "drive", "read", "write"]


def drive(speech: str | Path | Audio, *, performance: Performance | str | Path | None = None,
          rig: Rig | str | Path = "arkit", fps: Fraction | float | str = 60, seed: int | None = None,
          style: str | None = None, model: str | Path | None = None, engine: str = "onnx",
          lookahead: float | str | None = None, direct: str | None = None,
          transcript: str | Path | None = None, voice: str = "en") -> Clip:
    """A recording as facial curves, `fps` frames a second, from time 0 to the end of the sound.

    speech: a file (wav, flac, ogg, opus, mp3, aiff; m4a and films with extra `media`), or sound in memory.
    performance: a parameter file or a `Performance`. rig: a name of `rigs/`, a YAML file, or a `Rig`.
    seed: of blinks, gaze and head; None takes the performance's. style: one of the model's learned faces.
    model: another trained file than the shipped one. engine: "onnx", or "torch" where it is installed.
    lookahead: milliseconds of sound heard ahead of a frame, or "whole"; None takes the model's default, as live.
    direct: stage directions, as in "0.0 joy .4; 2.3 anger .8 over .5; 4.1 blink" (`rigdriver.directions`).
    transcript: what is said, words or a `Path` (text, subtitles, a recogniser's JSON, phone times), and the language
    or `voice` that espeak-ng pronounces it by; the lips follow it where the sound bears it out.
    Raises RigdriverError with one clear line for what cannot be read or is not known.
    """
    from rigdriver import pipeline
    from rigdriver.choose import way
    chosen = way(performance, rig, fps, seed, style, model, engine, lookahead=lookahead, direct=direct)
    if transcript is not None:
        from rigdriver.transcript import reading
        chosen = pipeline.told(speech, chosen, reading.known(transcript, voice))
    return pipeline.drive(speech, chosen)


def read(path: str | Path, format: str | None = None, **options: Any) -> Clip:
    """Curves from a file of any format, chosen by its suffix or by name. Raises RigdriverError."""
    from rigdriver import formats
    return formats.read(path, format, **options)


def write(clip: Clip, path: str | Path, format: str | None = None, **options: Any) -> Any:
    """Curves into a file of any format, chosen by its suffix or by name; returns that format's report, if it has one.

    For `.glb` the option `onto` names your own character; without it the built-in head speaks.
    """
    from rigdriver import formats
    return formats.write(clip, path, format, **options)
