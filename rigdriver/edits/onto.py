"""Onto: edits of a clip on the canonical rig, within that rig's ranges."""

from __future__ import annotations

from rigdriver.clip import Clip
from rigdriver.edits.applying import Kept, carried
from rigdriver.edits.comparing import Edits
from rigdriver.edits.warping import Warp
from rigdriver.rig import canonical


def onto(new: Clip, edits: Edits, warp: Warp) -> Kept:
    """The new clip with the edits of the old one. Nothing is lost: what is not in `applied` is in `conflicts`.

    warp: from the old recording to the new. A channel that an artist added is added to the clip.
    """
    return carried(new, edits, warp, {channel.name: (channel.low, channel.high) for channel in canonical().channels})
