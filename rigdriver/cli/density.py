"""`--keys`: how dense keys lie, as a step from dense to sparse or as the error that they may have."""

from __future__ import annotations

import math
from typing import Any

import click

from rigdriver.errors import SettingsError, nearest
from rigdriver.keying import STEPS


class Density(click.ParamType):
    """A step by name, or a tolerance; becomes the tolerance."""

    name = "STEP|TOLERANCE"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """Raises SettingsError for neither."""
        if str(value).lower() in STEPS:
            return STEPS[str(value).lower()]
        try:
            tolerance = float(value)
        except ValueError:
            raise SettingsError(f"--keys {value}: no such step, nor a number; {nearest(str(value), STEPS)}") from None
        if not 0 <= tolerance < math.inf:
            raise SettingsError(f"--keys {value}: should be the largest error of a weight, as in .01, or a step: "
                                f"{', '.join(STEPS)}")
        return tolerance


HELP = "Few keys: dense, fine, close, clear, loose or poses; or the largest error of a weight (.01)."
