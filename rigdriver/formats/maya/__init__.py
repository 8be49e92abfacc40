"""Maya's `.anim`: keyed weights of blendShape nodes, for File > Import with the plug-in animImportExport.

Specification: none; the plug-in's source comes with Maya's devkit (animImportExport). animVersion 1.1.
Loses on the way out: the angles of head and eyes, the model's hints, curves that never move (unless still=true), what
keys may be off by, and rates that Maya has no time unit for. On the way back: every attribute that is not the weight of
a blendshape, weighted tangents (read as unweighted), what `auto`, `clamped`, `plateau`, `slow`, `fast` and `stepnext`
are beyond a smooth curve without overshoot, and what goes on before the first and after the last key.

A tangent's angle is that of the value over frames of the file's time unit: tan(angle) is the change per frame.
"""

from rigdriver.formats.maya.reading import read, recognises
from rigdriver.formats.maya.units import RATES_HELD
from rigdriver.formats.maya.writing import write

__all__ = ["RATES_HELD", "read", "recognises", "write"]
