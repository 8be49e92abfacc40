"""Keys as the text that Unity saves an AnimationClip in: the same fields in the same order."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import keyed, rates
from rigdriver.formats.atomic import replacing
from rigdriver.formats.losses import Loss
from rigdriver.gathering import Anchors
from rigdriver.keys import Keys
from rigdriver.likeness import Likeness

RENDERER_CLASS = 137  # Unity's number for SkinnedMeshRenderer; 74 is AnimationClip
SHAPE = "blendShape."
SMOOTH, LINEAR = 0, 69  # tangentMode: free and joined; linear on both sides (2 << 1 | 2 << 5) and broken (1)
HELD = 2  # m_PreInfinity and m_PostInfinity: the curve holds
LOOP = 2  # m_WrapMode

HEAD = """\
%YAML 1.1
%TAG !u! tag:unity3d.com,2011:
--- !u!74 &7400000
AnimationClip:
  m_ObjectHideFlags: 0
  m_CorrespondingSourceObject: {{fileID: 0}}
  m_PrefabInstance: {{fileID: 0}}
  m_PrefabAsset: {{fileID: 0}}
  m_Name: {name}
  serializedVersion: 6
  m_Legacy: {legacy}
  m_Compressed: 0
  m_UseHighQualityCurve: 1
  m_RotationCurves: []
  m_CompressedRotationCurves: []
  m_EulerCurves: []
  m_PositionCurves: []
  m_ScaleCurves: []
"""
TAIL = """\
  m_PPtrCurves: []
  m_SampleRate: {rate}
  m_WrapMode: {wrap}
  m_Bounds:
    m_Center: {{x: 0, y: 0, z: 0}}
    m_Extent: {{x: 0, y: 0, z: 0}}
  m_ClipBindingConstant:
    genericBindings: []
    pptrCurveMapping: []
  m_AnimationClipSettings:
    serializedVersion: 2
    m_AdditiveReferencePoseClip: {{fileID: 0}}
    m_AdditiveReferencePoseTime: 0
    m_StartTime: 0
    m_StopTime: {stop}
    m_OrientationOffsetY: 0
    m_Level: 0
    m_CycleOffset: 0
    m_HasAdditiveReferencePose: 0
    m_LoopTime: {loop}
    m_LoopBlend: 0
    m_LoopBlendOrientation: 0
    m_LoopBlendPositionY: 0
    m_LoopBlendPositionXZ: 0
    m_KeepOriginalOrientation: 0
    m_KeepOriginalPositionY: 1
    m_KeepOriginalPositionXZ: 0
    m_HeightFromFeet: 0
    m_Mirror: 0
"""
END = """\
  m_EulerEditorCurves: []
  m_HasGenericRootTransform: 0
  m_HasMotionFloatCurves: 0
  m_Events: []
"""
KEY = """\
      - serializedVersion: 3
        time: %.9g
        value: %.8g
        inSlope: %.8g
        outSlope: %.8g
        tangentMode: {mode}
        weightedMode: 0
        inWeight: 0.33333334
        outWeight: 0.33333334
"""


PLAIN = re.compile(r"[A-Za-z_][\w./()]*( [\w./()]+)*|", re.ASCII)
"""Text that means nothing to YAML."""


def write(
    clip: Clip, path: str | Path, *, meshes: str | Sequence[str] = "", scale: float = 100.0,
    keys: float = keyed.FINE, loop: bool = False, still: bool = False, prefix: str = "", name: str = "",
    legacy: bool = False, losses: list[Loss] | None = None,
    anchors: Anchors = (),
) -> Likeness:  # fmt: skip
    """The weights as one AnimationClip.

    meshes: path from the Animator to each SkinnedMeshRenderer, "Armature/Face"; several as a list or divided by commas;
        "" is the Animator's own object. Each gets every curve.
    scale: the renderer's weight of a full shape: 100 (FBX, UniVRM) or 1 (glTFast, UnityGLTF).
    keys: what a weight of 1 may be off by between keys that are as few as possible; 0: a key at every frame.
    loop: play it again and again.
    still: also write curves that are 0 throughout; by default they are left to whatever else plays.
    prefix: before every shape's name, as "blendShape1." of a mesh that came from Maya.
    name: of the clip; by default the file's.
    legacy: for the Animation component instead of the Animator.
    anchors: seconds at which keys lie sooner than beside them.
    Returns what the keys cost.
    Raises InputError for a clip without weights, OutputError for options or a place that cannot be.
    """
    paths = keyed.listed(meshes, "meshes", path)
    if not (scale > 0 and np.isfinite(scale)):
        raise OutputError(f"{path}: scale={scale:g} is no weight of a full shape; it is 100 or 1")
    chosen = rates.from_zero(keyed.weights(clip, path, "Unity's clips of blendshapes have", losses), losses)
    if not len(chosen):
        raise InputError(f"{path}: the clip ends before its sound begins")
    curves, likeness = keyed.keyed(chosen, keys, still, path, losses, anchors)
    head = {"name": _scalar(name or Path(path).stem), "legacy": int(legacy)}
    tail = {"rate": f"{float(clip.fps):.8g}", "wrap": LOOP if loop else 0,
            "stop": f"{float((len(chosen) - 1) / chosen.fps):.9g}", "loop": int(loop)}
    mode = SMOOTH if keys else LINEAR
    with replacing(path) as file:
        file.write(HEAD.format(**head).encode())
        for section, after in (("m_FloatCurves", TAIL.format(**tail)), ("m_EditorCurves", END)):
            file.write(f"  {section}:\n".encode())
            for mesh in paths:
                for shape, curve in curves.items():
                    file.write(_item(mesh, SHAPE + prefix + shape, curve, scale, mode).encode())
            file.write(after.encode())
    return likeness


def _item(mesh: str, attribute: str, curve: Keys, scale: float, mode: int) -> str:
    columns = (curve.times, curve.values * scale, curve.in_slopes * scale, curve.out_slopes * scale)
    key = KEY.format(mode=mode)
    return "".join([
        "  - curve:\n      serializedVersion: 2\n      m_Curve:\n",
        *(key % row for row in zip(*(column.tolist() for column in columns))),
        f"      m_PreInfinity: {HELD}\n      m_PostInfinity: {HELD}\n      m_RotationOrder: 4\n",
        f"    attribute: {_scalar(attribute)}\n    path: {_scalar(mesh)}\n",
        f"    classID: {RENDERER_CLASS}\n    script: {{fileID: 0}}\n",
    ])  # fmt: skip


def _scalar(text: str) -> str:
    """Text as Unity writes it: bare where nothing in it means something to YAML, else quoted with \\u escapes."""
    return text if PLAIN.fullmatch(text) else json.dumps(text)
