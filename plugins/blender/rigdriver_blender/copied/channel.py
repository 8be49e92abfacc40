"""Channel: one control of a rig."""

from __future__ import annotations

from dataclasses import dataclass

ANGLE_RANGE = (-3.1416, 3.1416)
WEIGHT_RANGE = (0.0, 1.0)
SIDES = {"Left": "left", "Right": "right", "_l": "left", "_r": "right"}
DIRECTIONS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # where it moves, not which half of the face


@dataclass(frozen=True)
class Channel:
    """One control: its unit is "weight" (0..1 unless said) or "radian"; low, high and rest are in that unit."""

    name: str
    unit: str = "weight"
    low: float = 0.0
    high: float = 1.0
    rest: float = 0.0
    region: str = ""

    @property
    def side(self) -> str:
        """The half of the face it concerns, the character's own: "left", "right", or "" for both."""
        if self.name in DIRECTIONS:
            return ""
        if self.unit == "radian":
            return next((side for side in ("left", "right") if self.name.lower().startswith(side)), "")
        return next((side for suffix, side in SIDES.items() if self.name.endswith(suffix)), "")
