"""Audio2Face-3D's stylization files, read as performances: what has the same meaning here is taken, the rest is named.

Layout after the sample client of NVIDIA's Audio2Face-3D-Samples (config_james.yml): face_parameters,
blendshape_parameters, live_transition_time, post_processing_parameters, emotion_with_timecode_list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rigdriver import rig
from rigdriver.errors import SettingsError
from rigdriver.tracks import led

FACE = {
    "upperFaceStrength": "strength.upper_face_strength", "lowerFaceStrength": "strength.lower_face_strength",
    "tongueStrength": "strength.tongue_strength", "upperFaceSmoothing": "smoothing.upper_face_smoothing",
    "lowerFaceSmoothing": "smoothing.lower_face_smoothing", "blinkStrength": "blink.blink_strength",
    "eyelidOpenOffset": "blink.eyelid_open_offset", "lipOpenOffset": "channels.lip_open_offset",
    "saccadeStrength": "gaze.saccade_strength",
}  # fmt: skip
MOVED_BY_LAYERS = {"upperFaceStrength": ("emotion.upper_strength", "brows.brow_strength")}
"""Their upper face comes from the network, most of ours from layers: what they scale is scaled here in those, too."""
SECTIONS = ("face_parameters", "blendshape_parameters", "post_processing_parameters", "emotion_with_timecode_list")
SHORTEST_S = 1e-3  # a change that takes less is a step


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether a YAML mapping is such a file."""
    return any(name in document for name in SECTIONS)


def translated(document: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """A performance's document, and the names of what has no counterpart here. A bad layout raises SettingsError."""
    said: dict[str, Any] = {}
    left = [name for name in document if name not in (*SECTIONS, "live_transition_time")]
    for name, value in _section(document, "face_parameters", where).items():
        keys = (FACE[name], *MOVED_BY_LAYERS.get(name, ())) if name in FACE else ()
        left += [] if keys else [name]
        for key in keys:
            _put(said, key, value)
    left += _channels(said, _section(document, "blendshape_parameters", where), where)
    for name, value in _section(document, "post_processing_parameters", where).items():
        _put(said, "emotion.emotion_strength", value) if name == "emotion_strength" else left.append(name)
    over_s = document.get("live_transition_time", 0.5)
    if not _is_time(over_s):
        raise SettingsError(f"{where}: live_transition_time should be seconds, 0 or more, not {over_s!r}")
    _put(said, "emotion.transition_s", min(over_s, 10.0))
    said["tracks"] = _tracks(_section(document, "emotion_with_timecode_list", where), over_s, where)
    return said, left


def _section(document: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    section = document.get(name) or {}
    if not isinstance(section, dict):
        raise SettingsError(f"{where}: {name} should be `key: value` lines, not {section!r}")
    return section


def _put(said: dict[str, Any], key: str, value: Any) -> None:
    section, _, name = key.partition(".")
    said.setdefault(section, {})[name] = value


def _channels(said: dict[str, Any], section: Mapping[str, Any], where: str) -> list[str]:
    """Gains and offsets of our channels, but for eyeLook: Audio2Face moves no eyes, so its files say 0 there."""
    known, left = {name.lower(): name for name in rig.canonical().names}, []
    for theirs, ours, neutral in (("multipliers", "weight_multipliers", 1), ("offsets", "weight_offsets", 0)):
        taken = {}
        for name, value in _section(section, theirs, where).items():
            if name.lower() not in known or name.lower().startswith("eyelook"):
                left += [name] if value != neutral and name not in left else []
            elif value != neutral:
                taken[known[name.lower()]] = value
        if taken:
            _put(said, f"channels.{ours}", taken)
    return left


def _tracks(moments: Mapping[str, Any], over_s: float, where: str) -> dict[str, list[list[float]]]:
    """Keys of each emotion: from each time code on its weight, eased to over the transition."""
    keys: dict[str, list[tuple[float, float]]] = {}
    for at_s, weights in sorted(_moments(moments, where), key=lambda moment: moment[0]):
        for emotion, weight in weights.items():
            name = f"emotion.{emotion}"
            begun = keys.get(name, [(0.0, 0.0 if at_s else weight)])
            keys[name] = led(begun, at_s, weight, over_s if at_s and over_s > SHORTEST_S else 0.0)
    return {name: [list(key) for key in each] for name, each in keys.items()}  # as YAML has them


def _moments(moments: Mapping[str, Any], where: str) -> Iterator[tuple[float, dict[str, float]]]:
    for name, moment in moments.items():
        weights = moment.get("emotions") if isinstance(moment, dict) else None
        if not isinstance(weights, dict) or not _is_time(moment.get("time_code")):
            raise SettingsError(f"{where}: {name} should hold time_code and emotions")
        for emotion, weight in weights.items():
            if not isinstance(weight, (int, float)):
                raise SettingsError(f"{where}: {name}: {emotion} should be a number, not {weight!r}")
        yield float(moment["time_code"]), weights


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf
