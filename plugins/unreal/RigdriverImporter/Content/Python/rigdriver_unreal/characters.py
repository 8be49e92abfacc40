"""The character that the user named: its skeleton, its meshes, and what they can show."""

from __future__ import annotations

from dataclasses import dataclass

import unreal

from rigdriver_unreal.plan import Target


class CharacterError(RuntimeError):
    """A target that no curves can be put on."""


@dataclass(frozen=True)
class Character:
    skeleton: unreal.Skeleton
    meshes: tuple
    target: Target


def load(targets: list) -> Character:
    """From content paths or loaded assets: one skeleton, or one or more Skeletal Meshes that share it.

    Raises CharacterError.
    """
    assets = [_asset(target) for target in targets]
    meshes = tuple(asset for asset in assets if isinstance(asset, unreal.SkeletalMesh))
    skeletons = [asset for asset in assets if isinstance(asset, unreal.Skeleton)]
    skeletons += [mesh.get_editor_property("skeleton") for mesh in meshes]
    if not skeletons or None in skeletons:
        raise CharacterError("name a Skeletal Mesh with a skeleton, or a Skeleton")
    if any(skeleton != skeletons[0] for skeleton in skeletons):
        paths = sorted({skeleton.get_path_name() for skeleton in skeletons})
        raise CharacterError(f"the targets have different skeletons: {', '.join(paths)}")
    morphs = tuple(tuple(map(str, mesh.get_all_morph_target_names())) for mesh in meshes)
    return Character(skeletons[0], meshes, Target(morphs, _curves(skeletons[0])))


def _asset(target: object) -> unreal.Object:
    asset = unreal.EditorAssetLibrary.load_asset(target) if isinstance(target, str) else target
    if asset is None:
        raise CharacterError(f"there is no asset {target}")
    if not isinstance(asset, (unreal.SkeletalMesh, unreal.Skeleton)):
        raise CharacterError(f"{asset.get_path_name()} is neither a Skeletal Mesh nor a Skeleton")
    return asset


def _curves(skeleton: unreal.Skeleton) -> tuple:
    """Names of the skeleton's curves, as far as this version of Unreal tells them to Python; else none."""
    if hasattr(skeleton, "get_curve_meta_data_names"):
        return tuple(map(str, skeleton.get_curve_meta_data_names()))
    if hasattr(skeleton, "get_curve_identifiers"):  # empty from 5.3 on, where curves left the skeleton
        identifiers = skeleton.get_curve_identifiers(unreal.RawCurveTrackTypes.RCT_FLOAT)
        return tuple(str(identifier.get_name()) for identifier in identifiers)
    return ()


def mark_morph_targets(skeleton: unreal.Skeleton, names: list) -> str:
    """Marks curves as driving morph targets, which an imported mesh's already are. Returns what could not be done."""
    if not names:
        return ""
    if not hasattr(skeleton, "set_curve_meta_data_morph_target"):
        return ("this version's Python cannot mark curves as morph targets; where a shape stays still, "
                "tick Morph Target for it under Curves in the skeleton's editor")
    known = {str(name).lower() for name in skeleton.get_curve_meta_data_names()}
    for name in names:
        if name.lower() not in known:
            skeleton.add_curve_meta_data(name, True)
        if not skeleton.get_curve_meta_data_morph_target(name):
            skeleton.set_curve_meta_data_morph_target(name, True)
    return ""
