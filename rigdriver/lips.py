"""What lips must do for a sound, in sounds and in channels of the canonical rig: the one place all rooms agree on."""

BILABIALS = ("P", "B", "M")
"""ARPAbet sounds that the lips shut for."""

LABIODENTALS = ("F", "V")
"""ARPAbet sounds that put the lower lip under the upper teeth."""

PARTING = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")
"""Channels that draw a lip away, whatever mouthClose says."""
