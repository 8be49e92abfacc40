"""Lip aperture: what a viewer sees of the mouth, foretold from its curves.

Aperture is the height of the opening between the inner lips, tracked on GRID's video. A linear map from the captured
mouth channels to it is fitted on the training split's true curves, and then applied to made curves as they are, so
that a good aperture needs channels that work together and not one that is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip


@dataclass(frozen=True, eq=False)
class Aperture:
    """names (channels,), weights (channels,), bias: aperture = values · weights + bias."""

    names: tuple[str, ...]
    weights: np.ndarray
    bias: float

    def of(self, clip: Clip) -> np.ndarray:
        """(frames,): aperture of each frame; channels that the clip lacks are at rest."""
        return clip.pick(self.names).values @ self.weights + self.bias


def fit(names: tuple[str, ...], values: np.ndarray, aperture: np.ndarray) -> Aperture:
    """The least-squares map from values (frames, channels) to aperture (frames,); frames not tracked are left out."""
    tracked = np.isfinite(aperture) & np.isfinite(values).all(1)
    design = np.column_stack([values[tracked], np.ones(tracked.sum())]).astype(np.float64)
    solution, *_ = np.linalg.lstsq(design, aperture[tracked].astype(np.float64), rcond=None)
    return Aperture(names, solution[:-1], float(solution[-1]))


def tracked(data: Path) -> dict[str, np.ndarray]:
    """GRID's aperture by utterance, (frames,) at 25 fps in its tracker's unit; nothing where the file is missing."""
    path = data / "grid_s1" / "lip_geometry.npz"
    if not path.is_file():
        return {}
    with np.load(path) as file:
        return dict(zip(map(str, file["utt"]), file["aperture"].astype(np.float64)))
