"""USD stages opened with care, and what of them concerns faces."""

from __future__ import annotations

from pathlib import Path

from pxr import Sdf, Tf, Usd, UsdSkel, Vt

from rigdriver.errors import InputError
from rigdriver.formats.keyed import LARGEST_BYTES

OWN = (".usda", ".usdc", ".usd")


def opened(path: str | Path) -> Usd.Stage:
    """A stage as its file is now. Raises InputError for what is missing, too large or no USD."""
    try:
        if Path(path).stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path}: is larger than {LARGEST_BYTES >> 20} MB; export the animation alone")
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        known = Sdf.Layer.Find(str(path))
        if known:
            known.Reload(force=True)
        stage = Usd.Stage.Open(str(path))
    except (Tf.ErrorException, RuntimeError) as error:
        raise InputError(f"{path}: is no USD that can be read ({told(error)})") from None
    if not stage:
        raise InputError(f"{path}: is no USD that can be read")
    return stage


def told(error: Exception) -> str:
    """What USD says in one line, or the error's kind where USD quotes bytes that are no text."""
    try:
        return " ".join(str(error).split())[:200] or type(error).__name__
    except UnicodeDecodeError:
        return type(error).__name__


def animations(stage: Usd.Stage) -> list[UsdSkel.Animation]:
    """Every SkelAnimation, in the stage's order."""
    return [UsdSkel.Animation(prim) for prim in stage.TraverseAll() if prim.IsA(UsdSkel.Animation)]


def skeletons(stage: Usd.Stage) -> list[Sdf.Path]:
    """Where the skeletons are that an animation can be bound to. Raises InputError for none."""
    found = [prim.GetPath() for prim in stage.Traverse() if prim.IsA(UsdSkel.Skeleton)]
    if not found:
        where = stage.GetRootLayer().identifier
        raise InputError(f"{where}: has no Skeleton, which UsdSkel needs to play blendshapes; export it with a rig")
    return found


def blendshapes(stage: Usd.Stage) -> list[str]:
    """The names that its meshes have for their blendshapes, each once."""
    names: dict[str, None] = {}
    for prim in stage.Traverse():
        names.update(dict.fromkeys(tokens(UsdSkel.BindingAPI(prim).GetBlendShapesAttr())))
    return list(names)


def tokens(attribute: Usd.Attribute) -> tuple[str, ...]:
    """The names that an attribute holds; none where it is missing or holds something else."""
    held = attribute.Get() if attribute else None
    return tuple(map(str, held)) if isinstance(held, Vt.TokenArray) else ()
