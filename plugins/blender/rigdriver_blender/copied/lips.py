"""What lips must do for a sound, in sounds and in channels of the canonical rig: the one place all rooms agree on."""

BILABIALS = ("P", "B", "M")
"""ARPAbet sounds that the lips shut for."""

LABIODENTALS = ("F", "V")
"""ARPAbet sounds that put the lower lip under the upper teeth."""

SIBILANTS = ("S", "Z", "SH", "ZH", "CH", "JH")
"""ARPAbet sounds that hiss through the gap between teeth, and so keep it narrow."""

LOWERED = ("mouthLowerDownLeft", "mouthLowerDownRight")
"""Channels that draw the lower lip from the teeth."""

PARTING = (*LOWERED, "mouthUpperUpLeft", "mouthUpperUpRight")
"""Channels that draw a lip away, whatever mouthClose says."""
