"""Brows, cheeks and nose."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.strokes import Skin, halved, stroke

Shapes = dict[str, np.ndarray]


def upper_shapes(skin: Skin) -> Shapes:
    """Brow, cheek and nose shapes, for skin and for anything that lies on it."""
    shapes = _split(skin, "browDown", brow_down(skin))
    shapes["browInnerUp"] = stroke(skin, (13, 20, 90), (25, 34, 40), up=8.5, forward=-0.6)
    shapes |= _split(skin, "browOuterUp", stroke(skin, (42, 19, 74), (27, 34, 40), up=8.0, forward=-2.0))
    shapes["cheekPuff"] = cheek_puff(skin)
    shapes |= _split(skin, "cheekSquint", cheek_squint(skin))
    return shapes | _split(skin, "noseSneer", nose_sneer(skin))


def _split(skin: Skin, name: str, shape: np.ndarray) -> Shapes:
    return {name + side: half for side, half in halved(skin, shape).items()}


def brow_down(skin: Skin) -> np.ndarray:
    """Corrugator: the brow drops and is drawn to the middle, more at its inner end."""
    inner = stroke(skin, (16, 17, 90), (22, 22, 36), out=-2.5, up=-5.0, forward=1.2)
    return inner + stroke(skin, (34, 18, 80), (26, 20, 36), out=-0.8, up=-3.2, forward=0.5)


def cheek_puff(skin: Skin) -> np.ndarray:
    """Both cheeks blown out; lips stay shut and are pushed forward a little."""
    cheeks = stroke(skin, (46, -60, 58), (32, 34, 44), out=11.0, forward=6.0)
    return cheeks + stroke(skin, (0, -66, 98), (30, 24, 36), forward=2.0)


def cheek_squint(skin: Skin) -> np.ndarray:
    """The cheek lifts under the eye, without the mouth."""
    return stroke(skin, (36, -24, 80), (28, 21, 36), out=0.5, up=6.0, forward=3.6)


def nose_sneer(skin: Skin) -> np.ndarray:
    """Wings of the nose lifted, skin bunched beside the bridge, the upper lip drawn after them."""
    wing = stroke(skin, (12, -40, 99), (14, 14, 22), out=1.4, up=5.5, forward=-1.0)
    bridge = stroke(skin, (9, -8, 90), (13, 18, 22), up=2.5, forward=2.0)
    brow = stroke(skin, (12, 14, 92), (16, 14, 30), up=-2.0)
    lip = stroke(skin, (14, -56, 96), (17, 14, 28), up=4.0, forward=0.6)
    return wing + bridge + brow + lip
