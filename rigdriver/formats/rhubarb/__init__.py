"""Mouth cues as Rhubarb Lip Sync writes them, for drawn mouths: .tsv, .json and .xml.

Specification: https://github.com/DanielSWolf/rhubarb-lip-sync#output-formats
A clip of the nine shapes (A to F, G, H and X: the rig `rhubarb`) becomes which of them is seen from when to when.
Loses on the way out: how much of a shape (the strongest is seen), every other curve, frames before the sound, times
below a hundredth of a second, and shapes shorter than `hold_s`, which go to their neighbours. On the way back: nothing.
"""

from rigdriver.formats.rhubarb.reading import read, recognises
from rigdriver.formats.rhubarb.writing import fits, write

__all__ = ["fits", "read", "recognises", "write"]
