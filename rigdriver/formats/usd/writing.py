"""A clip as a SkelAnimation in a layer of its own; a character's own file is never written to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pxr import Sdf, Tf, Usd, UsdGeom, UsdSkel, Vt

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.atomic import check, replacing
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, angle_names, is_hint, left_out
from rigdriver.formats.usd import stages
from rigdriver.formats.usd.stages import OWN
from rigdriver.spelling import match


def write(
    clip: Clip, path: str | Path, *, onto: str | Path | None = None, name: str = "FaceAnimation",
    losses: list[Loss] | None = None,
) -> None:  # fmt: skip
    """The curves as time samples, one at each frame; frame k lies at time code k.

    onto: a character (.usd, .usda, .usdc) with blendshapes and a Skeleton. The file then holds a layer over it that
        binds the animation to its skeletons, and needs the character's file where it lies. A SkelAnimation that a
        skeleton has already keeps its joints and gets the weights. None: the animation alone, to be referenced.
    name: of the animation's prim.
    Raises InputError for a clip without curves or a character without blendshapes, OutputError for a place that cannot
    be.
    """
    check(path, [onto] if onto else [])
    check_finite(clip, path)
    if not len(clip) or all(map(is_hint, clip.names)):
        raise InputError(f"{path}: the clip has no {'curves' if len(clip) else 'frames'} to write")
    stage = Usd.Stage.CreateInMemory(".usda")
    _tell_times(stage, clip)
    if onto is None:
        _alone(stage, clip, Tf.MakeValidIdentifier(name), path, losses)
    else:
        _over(stage, clip, Path(onto), Tf.MakeValidIdentifier(name), losses)
        beside = os.path.relpath(os.path.realpath(onto), os.path.realpath(Path(path).parent))
        stage.GetRootLayer().subLayerPaths = [Path(beside).as_posix()]
    with tempfile.TemporaryDirectory() as folder, replacing(path) as file:
        exported = Path(folder) / f"layer{Path(path).suffix.lower() if Path(path).suffix.lower() in OWN else '.usd'}"
        stage.GetRootLayer().Export(str(exported))
        file.write(exported.read_bytes())


def _tell_times(stage: Usd.Stage, clip: Clip) -> None:
    stage.SetTimeCodesPerSecond(float(clip.fps))
    stage.SetFramesPerSecond(float(clip.fps))
    stage.SetStartTimeCode(clip.start)
    stage.SetEndTimeCode(clip.end - 1)


def _alone(stage: Usd.Stage, clip: Clip, name: str, path: str | Path, losses: list[Loss] | None) -> None:
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    angles = [each for each in clip.names if each in angle_names()]
    weights = [each for each in clip.names if each not in angles and not is_hint(each)]
    if losses is not None:
        losses.extend(left_out(clip, [*weights, *angles], "USD has"))
    animation = UsdSkel.Animation.Define(stage, f"/{name}")
    stage.SetDefaultPrim(animation.GetPrim())
    _weigh(animation, clip, {each: each for each in weights})
    for each in angles:
        samples = animation.GetPrim().CreateAttribute(f"userProperties:{each}", Sdf.ValueTypeNames.Float)
        for frame, value in enumerate(clip[each].tolist(), clip.start):
            samples.Set(value, frame)


def _weigh(animation: UsdSkel.Animation, clip: Clip, sources: Mapping[str, str]) -> None:
    """sources: the clip's curve for each blendshape."""
    animation.CreateBlendShapesAttr(Vt.TokenArray(list(sources)))
    values = np.ascontiguousarray(clip.pick(list(dict.fromkeys(sources.values()))).values)
    columns = clip.pick(list(dict.fromkeys(sources.values()))).columns(sources.values())
    samples = animation.CreateBlendShapeWeightsAttr()
    for frame, row in enumerate(values[:, columns], clip.start):
        samples.Set(Vt.FloatArray.FromNumpy(row), frame)


def _over(stage: Usd.Stage, clip: Clip, onto: Path, name: str, losses: list[Loss] | None) -> None:
    character = stages.opened(onto)
    shapes = stages.blendshapes(character)
    curves = [each for each in clip.names if each not in angle_names() and not is_hint(each)]
    matches = match(shapes, curves)
    sources = {shape: curve for shape, curve in zip(shapes, matches.channels) if curve}
    if not sources:
        raise InputError(f"{onto}: has no blendshape that a curve of the clip drives; its own: "
                         f"{', '.join(shapes[:12]) or 'none'}")
    if losses is not None:
        losses.extend(left_out(clip, set(sources.values()), "the character has"))
    _sublayer(stage, character)
    for place in stages.skeletons(character):
        skeleton = UsdSkel.BindingAPI(stage.GetPrimAtPath(place))
        _weigh(_animation(stage, skeleton, name), clip, sources)


def _sublayer(stage: Usd.Stage, character: Usd.Stage) -> None:
    """The character under the stage's own layer, with what only a root layer can say."""
    layer, below = stage.GetRootLayer(), character.GetRootLayer()
    layer.subLayerPaths = [below.identifier]
    UsdGeom.SetStageUpAxis(stage, UsdGeom.GetStageUpAxis(character))
    UsdGeom.SetStageMetersPerUnit(stage, UsdGeom.GetStageMetersPerUnit(character))
    if below.HasDefaultPrim():
        layer.defaultPrim = below.defaultPrim


def _animation(stage: Usd.Stage, skeleton: UsdSkel.BindingAPI, name: str) -> UsdSkel.Animation:
    """The skeleton's own animation, or a new one that it is bound to."""
    bound = skeleton.GetInheritedAnimationSource()
    if bound and bound.IsA(UsdSkel.Animation):
        return UsdSkel.Animation(bound)
    folder = skeleton.GetPath().GetParentPath()
    place, count = folder.AppendChild(name), 0
    while stage.GetPrimAtPath(place):
        count += 1
        place = folder.AppendChild(f"{name}_{count}")
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([place])
    return UsdSkel.Animation.Define(stage, place)
