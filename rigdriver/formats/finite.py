"""Values that are no numbers: no writer lets one through."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError

BLOCK_FRAMES = 1024  # looked at together: a clip may be mapped from disk


def check_finite(clip: Clip, path: str | Path) -> None:
    """Raises InputError for a clip with a value that is not a number, which most readers do not know."""
    for at in range(clip.start, clip.end, BLOCK_FRAMES):
        bad = ~np.isfinite(clip.cut(at, min(at + BLOCK_FRAMES, clip.end)).values)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise InputError(f"{path}: the clip's {clip.names[column]} is not a number at frame {at + row}")
