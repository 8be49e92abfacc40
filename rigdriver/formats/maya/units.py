"""Maya's time units by the names that its files have for them."""

from fractions import Fraction

UNITS = {"game": 15, "film": 24, "pal": 25, "ntsc": 30, "show": 48, "palf": 50, "ntscf": 60}
"""Frames a second by time unit; the others are called by their number, as `120fps`."""
NUMBERED = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 40, 75, 80, 90, 100, 120, 125, 150, 200, 240, 250, 300, 375, 400, 500,
            600, 750, 1200, 1500, 2000, 3000, 6000)
DROPPED = {"23.976fps": Fraction(24000, 1001), "29.97fps": Fraction(30000, 1001), "29.97df": Fraction(30000, 1001),
           "47.952fps": Fraction(48000, 1001), "59.94fps": Fraction(60000, 1001)}
RATES = {**{unit: Fraction(rate) for unit, rate in UNITS.items()},
         **{f"{rate}fps": Fraction(rate) for rate in NUMBERED}, **DROPPED}
SECONDS = {"sec": 1.0, "millisec": 1e-3, "min": 60.0, "hour": 3600.0}
"""Time units that are no frames: seconds in each."""

RATES_HELD = (15, 24, 25, 30, 48, 50, 60, 100, 120, *sorted(set(DROPPED.values())))
"""Those of them that faces are made at; a clip of any other is written where Maya has a unit for it."""
