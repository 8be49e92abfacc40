"""Animation Sequences: made, and their float curves written. The only module that touches animation data.

Written against the Python API of Unreal 5.1 to 5.8. Keys go in through the sequence's controller, a curve a call:
`AnimationLibrary.add_float_curve_keys` sets them one by one inside, each with an undo step of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import unreal

DEFAULT_CURVE = 4  # AACF_DefaultCurve: editable
FLOAT = unreal.RawCurveTrackTypes.RCT_FLOAT


class SequenceError(RuntimeError):
    """What Unreal did not do, in one line."""


@dataclass(frozen=True)
class Written:
    """frames: the sequence's length; fps: its own rate, which Unreal may have kept."""

    frames: int
    fps: Fraction
    curves: int
    keys: int


def find(path: str, skeleton: unreal.Skeleton) -> unreal.AnimSequence | None:
    """The sequence at a content path, or None. Raises SequenceError where something else is there."""
    if not unreal.EditorAssetLibrary.does_asset_exist(path):
        return None
    asset = unreal.EditorAssetLibrary.load_asset(path)
    if not isinstance(asset, unreal.AnimSequence):
        raise SequenceError(f"{path} is there already and is no Animation Sequence")
    own = asset.get_editor_property("skeleton")
    if own != skeleton:
        raise SequenceError(f"{path} is there already, on the skeleton {own.get_path_name() if own else 'None'}")
    return asset


def make(name: str, package: str, skeleton: unreal.Skeleton, mesh: unreal.SkeletalMesh | None) -> unreal.AnimSequence:
    """A new, empty sequence. Raises SequenceError."""
    factory = unreal.AnimSequenceFactory()
    factory.set_editor_property("target_skeleton", skeleton)
    if mesh:
        factory.set_editor_property("preview_skeletal_mesh", mesh)
    tools = unreal.AssetToolsHelpers.get_asset_tools()
    sequence = tools.create_asset(name, package, unreal.AnimSequence, factory)
    if sequence is None:
        raise SequenceError(f"Unreal did not make {package}/{name}; is the folder writable?")
    return sequence


def write(sequence: unreal.AnimSequence, curves: dict, fps: Fraction | None, duration_s: float,
          empty: bool) -> Written:  # fmt: skip
    """(times, values) by name onto the sequence. empty: its other float curves go, and its length becomes the file's;
    else they stay and it only grows. Bone tracks stay either way.

    A sequence takes only rates that are whole multiples or parts of the one it has (30 fps when new, unless the
    project says otherwise); at another rate it keeps its own, and the keys lie between its frames, on their true times.
    """
    controller = sequence.get_editor_property("controller")
    controller.open_bracket("rigdriver: curves", True)
    try:
        if empty:
            controller.remove_all_curves_of_type(FLOAT, True)
        rate = _set_rate(controller, fps)
        frames = _set_length(controller, math.ceil(duration_s * float(rate) - 1e-4), grow_only=not empty)
        for name, (times, values) in curves.items():
            _write_curve(sequence, controller, name, times, values)
    finally:
        controller.close_bracket(True)
    return Written(frames, rate, len(curves), sum(len(times) for times, _ in curves.values()))


def _model(controller: unreal.AnimationDataController) -> unreal.AnimationDataModel:
    return controller.get_model_interface() if hasattr(controller, "get_model_interface") else controller.get_model()


def _set_rate(controller: unreal.AnimationDataController, fps: Fraction | None) -> Fraction:
    own = _model(controller).get_frame_rate()
    rate = Fraction(own.numerator, own.denominator)
    fits = fps is not None and fps != rate and 1 in ((fps / rate).denominator, (rate / fps).denominator)
    if not fits:
        return rate
    controller.set_frame_rate(unreal.FrameRate(numerator=fps.numerator, denominator=fps.denominator), True)
    own = _model(controller).get_frame_rate()
    return Fraction(own.numerator, own.denominator)


def _set_length(controller: unreal.AnimationDataController, frames: int, grow_only: bool) -> int:
    now = _model(controller).get_number_of_frames()
    wanted = max(1, frames, now if grow_only else 1)
    if wanted != now:
        controller.set_number_of_frames(unreal.FrameNumber(wanted), True)
    return wanted


def _write_curve(sequence: unreal.AnimSequence, controller: unreal.AnimationDataController, name: str,
                 times: list, values: list) -> None:  # fmt: skip
    curve = _identifier(sequence, name)
    if not unreal.AnimationLibrary.does_curve_exist(sequence, name, FLOAT) and not controller.add_curve(
        curve, DEFAULT_CURVE, True
    ):
        raise SequenceError(f"Unreal did not add the curve {name!r}")
    keys = [unreal.RichCurveKey(time=time, value=value) for time, value in zip(times, values)]
    if not controller.set_curve_keys(curve, keys, True):
        raise SequenceError(f"Unreal did not take the keys of {name!r}")


def _identifier(sequence: unreal.AnimSequence, name: str) -> unreal.AnimationCurveIdentifier:
    """5.3 and later name a curve freely; before, its name had to be on the skeleton, and asking puts it there."""
    curve = unreal.AnimationCurveIdentifier()
    if hasattr(curve, "set_curve_identifier"):
        curve.set_curve_identifier(name, FLOAT)
        return curve
    skeleton = sequence.get_editor_property("skeleton")
    return unreal.AnimationCurveIdentifierExtensions.get_curve_identifier(skeleton, name, FLOAT)
