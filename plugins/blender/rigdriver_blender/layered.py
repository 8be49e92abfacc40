"""Layers of a face as keys: speech, emotion, gaze, blinks and head, which add up (`rigdriver drive --layers`)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .copied import keying
from .copied.clip import Clip
from .copied.gathering import Anchors
from .copied.keys import Keys, sampled
from .copied.likeness import Likeness

SPEECH, WHOLE = "speech", "face"
LAYERS = (SPEECH, "emotion", "gaze", "blink", "head")  # from the lowest track up


def keyed(layers: dict[str, Clip], tolerance: float, anchors: Anchors = ()) -> dict[str, dict[str, Keys]]:
    """Keys of each layer's moving curves; 0 keys every frame. The layers' sum stays within the tolerance.

    Where lips meet and part, jaw and lips are keys in every layer, so that what is sealed there stays sealed.
    """
    if not tolerance:
        return {layer: keying.every_frame(clip) for layer, clip in layers.items()}
    whole = summed(layers.values())
    pins = _pins(whole, next(iter(layers.values())))
    shares = {name: sum(bool(clip[name].any()) for clip in layers.values()) for name in whole.names}
    return {layer: _reduced(clip, tolerance, shares, pins, anchors) for layer, clip in layers.items()}


def likeness(layers: dict[str, Clip], made: dict[str, dict[str, Keys]]) -> Likeness:
    """What the keys of all layers cost, beside the whole face."""
    whole = summed(layers.values())
    again = sum((sampled(keys, whole.fps, whole.start, whole.end - 1).pick(whole.names).values
                 for keys in made.values() if keys), np.zeros_like(whole.values))
    keys = [each for layer in made.values() for each in layer.values()]
    times = np.concatenate([np.zeros(0), *(each.times for each in keys)])
    frames = len(np.unique(np.round(times * float(whole.fps))))
    return Likeness.between(whole, Clip(whole.names, again, whole.fps, whole.start), len(times), frames, len(keys))


def _reduced(clip: Clip, tolerance: float, shares: dict[str, int], pins: dict[str, list[int]],
             anchors: Anchors) -> dict[str, Keys]:
    found: dict[str, Keys] = {}
    for share in sorted(set(shares.values()) - {0}):
        names = [name for name in clip.names if shares[name] == share]
        found.update(keying.reduced(clip.pick(names), tolerance / share, pinned=pins, anchors=anchors, shared=True))
    return {name: found[name] for name in clip.names if name in found}


def _pins(*clips: Clip) -> dict[str, list[int]]:
    """Closures of the whole face, and of speech alone, which is what is left when an emotion is muted."""
    found = [keying.closures(clip) for clip in clips]
    return {name: sorted({frame for each in found for frame in each.get(name, ())}) for each in found for name in each}


def summed(clips: Iterable[Clip]) -> Clip:
    """The layers' sum."""
    first, *others = clips
    return Clip(first.names, sum((clip.values for clip in others), first.values), first.fps, first.start)
