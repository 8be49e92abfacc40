"""Keys of one curve: what an Animation Sequence can hold, and no more of them than it needs."""

from __future__ import annotations


def reduced(times: list, values: list, tolerance: float) -> tuple:
    """Fewer keys, whose straight lines pass every key left out within `tolerance`.

    From each kept key the lines that still pass everything since within the tolerance are a wedge of slopes; a key
    outside the wedge ends the stretch at the key before it. With tolerance 0 only what is exactly straight goes.
    """
    kept = [0]
    low, high = float("-inf"), float("inf")
    for k in range(1, len(times)):
        width = times[k] - times[kept[-1]]
        rise = values[k] - values[kept[-1]]
        if k > kept[-1] + 1 and not low <= rise / width <= high:
            kept.append(k - 1)
            width, rise = times[k] - times[k - 1], values[k] - values[k - 1]
            low, high = float("-inf"), float("inf")
        low, high = max(low, (rise - tolerance) / width), min(high, (rise + tolerance) / width)
    if len(times) > 1:
        kept.append(len(times) - 1)
    if all(values[k] == values[0] for k in kept):
        kept = kept[:1]  # a curve that stands still is one key
    return [times[k] for k in kept], [values[k] for k in kept]
