"""glTF 2.0 animation on a character: .glb, .vrm and .gltf.

Specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
Loses on the way out: frames before time 0, curves that the character has no target for, hints. On the way back:
everything that is not a weight of a morph target or the turn of head, neck and eyes.
"""

from rigdriver.formats.gltf.notes import annotate, annotation, name_of
from rigdriver.formats.gltf.reading import read
from rigdriver.formats.gltf.report import DrivenMesh, Report
from rigdriver.formats.gltf.writing import check, rig_of, write, write_all

__all__ = ["DrivenMesh", "Report", "annotate", "annotation", "check", "name_of", "read", "rig_of", "write", "write_all"]
