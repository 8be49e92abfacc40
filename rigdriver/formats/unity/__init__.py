"""Unity's AnimationClip as a YAML asset: keyed blendshape weights of one or several SkinnedMeshRenderers.

Specification: none; taken from clips that Unity saves as text (https://docs.unity3d.com/Manual/FormatDescription.html
tells the container, https://docs.unity3d.com/ScriptReference/Keyframe.html the keys).
Loses on the way out: the angles of head and eyes, the model's hints, frames before the sound (a later start is led by
the first pose), curves that never move (unless still=true), and what keys may be off by. On the way back: everything
that is not a blendshape weight, the repeats before the first and after the last key, and all but the first mesh's curve
where several have a shape of one name.

A renderer's weights run to what its mesh's importer made of a full shape: 100 from FBX and UniVRM, 1 from glTFast and
UnityGLTF. The file does not tell; reading takes values above 2 for weights to 100.
"""

from rigdriver.formats.unity.reading import read, recognises
from rigdriver.formats.unity.writing import write

__all__ = ["read", "recognises", "write"]
