"""What shut lips are, in sounds and in channels of the canonical rig: the one place that all rooms agree on."""

BILABIALS = ("P", "B", "M")
"""ARPAbet sounds that the lips shut for."""

PARTING = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")
"""Channels that draw a lip away, whatever mouthClose says."""
