"""Layers of a face as keys: speech, emotion, gaze, blinks and head, which add up (`rigdriver drive --layers`)."""

from __future__ import annotations

from collections.abc import Iterable

from .copied import keying
from .copied.clip import Clip
from .copied.keys import Keys

SPEECH, WHOLE = "speech", "face"
LAYERS = (SPEECH, "emotion", "gaze", "blink", "head")  # from the lowest track up


def keyed(layers: dict[str, Clip], tolerance: float) -> dict[str, dict[str, Keys]]:
    """Keys of each layer's moving curves; 0 keys every frame. The layers' sum stays within the tolerance.

    Where lips meet and part, jaw and lips are keys in every layer, so that what is sealed there stays sealed.
    """
    if not tolerance:
        return {layer: keying.every_frame(clip) for layer, clip in layers.items()}
    whole = summed(layers.values())
    pins = _pins(whole, next(iter(layers.values())))
    shares = {name: sum(bool(clip[name].any()) for clip in layers.values()) for name in whole.names}
    return {layer: _reduced(clip, tolerance, shares, pins) for layer, clip in layers.items()}


def _reduced(clip: Clip, tolerance: float, shares: dict[str, int], pins: dict[str, list[int]]) -> dict[str, Keys]:
    found: dict[str, Keys] = {}
    for share in sorted(set(shares.values()) - {0}):
        names = [name for name in clip.names if shares[name] == share]
        found.update(keying.reduced(clip.pick(names), tolerance / share, pinned=pins))
    return {name: found[name] for name in clip.names if name in found}


def _pins(*clips: Clip) -> dict[str, list[int]]:
    """Closures of the whole face, and of speech alone, which is what is left when an emotion is muted."""
    found = [keying.closures(clip) for clip in clips]
    return {name: sorted({frame for each in found for frame in each.get(name, ())}) for each in found for name in each}


def summed(clips: Iterable[Clip]) -> Clip:
    """The layers' sum."""
    first, *others = clips
    return Clip(first.names, sum((clip.values for clip in others), first.values), first.fps, first.start)
