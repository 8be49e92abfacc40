"""UsdSkel: blendshape weights as a SkelAnimation, alone or bound to a character, in .usda, .usdc or .usd.

Specification: https://openusd.org/release/api/_usd_skel__schemas.html. Needs usd-core (the extra `usd`).
Loses on the way out: the model's hints; alone, the turns of head and eyes are kept as plain attributes
(`userProperties:headYaw` …, radians), which only rigdriver reads back; onto a character they are lost, and so is what
it has no blendshape for. On the way back: everything but one SkelAnimation's weights and those attributes.
"""

from rigdriver.formats.usd.apart import read
from rigdriver.formats.usd.writing import write

__all__ = ["read", "write"]
