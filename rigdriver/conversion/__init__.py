"""From one file of curves to another: any format, any rig, any rate, with trims, and a list of what was lost.

Between two rigs the way leads through ARKit: the one's `to_arkit`, then the other's `from_arkit`.
"""

from rigdriver.conversion.convert import Conversion, Converted, convert

__all__ = ["Conversion", "Converted", "convert"]
