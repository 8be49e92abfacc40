"""A character or a take as names: meshes with their morph targets, expressions, joints; whatever kind of file it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigdriver import formats
from rigdriver.errors import InputError, MissingExtra
from rigdriver.formats import table_csv
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import joints, links, morphs
from rigdriver.formats.gltf.nodes import Graph

LARGEST_TEXT = 256 * 2**20  # bytes of a text file that are looked through
JOINTS = ("head", "neck", "left_eye", "right_eye")


@dataclass(frozen=True)
class Mesh:
    """A mesh and its morph targets' names in order, "" for one without a name; of a take, its columns."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Expression:
    """A VRM expression: its preset or own name, and the (target, weight) pairs that it moves."""

    name: str
    binds: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Character:
    """What a file has to drive. joints: "head", "neck", "left_eye", "right_eye" → the name of its node, if any."""

    path: Path
    kind: str
    meshes: tuple[Mesh, ...]
    joints: dict[str, str] = field(default_factory=dict)
    expressions: tuple[Expression, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Every named target once, in the order in which they first stand."""
        return tuple(dict.fromkeys(target for mesh in self.meshes for target in mesh.targets if target))


def look(path: str | Path) -> Character:
    """A character or a take of any kind. Raises InputError for a file that has nothing to drive or cannot be read."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    reader = READERS.get(path.suffix.lower(), _clip)
    found = reader(path)
    if not found.targets and not found.joints:
        raise InputError(f"{path}: {found.kind} with no morph target, no named curve, and no head or eyes to turn")
    return found


def _gltf(path: Path) -> Character:
    asset = assets.load(path)
    links.check(asset.document, str(path))
    notes: list[str] = []
    try:
        found = morphs.find(asset.document, (), notes)
        graph = Graph(asset.document, str(path))
        turned = joints.find(graph)
        named = {name: graph.label(node) for name in JOINTS if (node := getattr(turned, name)) is not None}
        expressions = tuple(_expressions(asset.document, {mesh.mesh: mesh.targets for mesh in found}))
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise InputError(f"{path}: its glTF is malformed ({type(error).__name__}: {error})") from None
    kind = "a VRM character" if expressions or path.suffix.lower() == ".vrm" else "a glTF character"
    return Character(path, kind, tuple(Mesh(mesh.label, mesh.targets) for mesh in found), named, expressions,
                     (*notes, *turned.notes))


def _expressions(document: dict[str, Any], targets: dict[int, tuple[str, ...]]) -> Iterator[Expression]:
    """VRM 1's presets and own expressions, then VRM 0's blend shape groups."""
    extensions = document.get("extensions") or {}
    told = (extensions.get("VRMC_vrm") or {}).get("expressions") or {}
    for name, expression in [*(told.get("preset") or {}).items(), *(told.get("custom") or {}).items()]:
        binds = [(document["nodes"][bind["node"]].get("mesh"), bind["index"], float(bind.get("weight", 1)))
                 for bind in expression.get("morphTargetBinds") or []]
        yield Expression(str(name), tuple(_bound(binds, targets)))
    master = (extensions.get("VRM") or {}).get("blendShapeMaster") or {}
    for group in master.get("blendShapeGroups") or []:
        binds = [(bind["mesh"], bind["index"], float(bind.get("weight", 100)) / 100)
                 for bind in group.get("binds") or []]
        preset = str(group.get("presetName", "unknown"))
        yield Expression(str(group.get("name", "")) if preset == "unknown" else PRESETS.get(preset, preset),
                         tuple(_bound(binds, targets)))


PRESETS = {name.lower(): name for name in (
    "A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "Joy", "Angry", "Sorrow", "Fun", "Neutral", "LookUp",
    "LookDown", "LookLeft", "LookRight")}  # fmt: skip
"""VRM 0's presetName → its name in `rigs/vrm0.yaml`."""


def _bound(binds: list[tuple[Any, int, float]], targets: dict[int, tuple[str, ...]]) -> Iterator[tuple[str, float]]:
    for mesh, index, weight in binds:
        names = targets.get(mesh, ())
        if isinstance(index, int) and 0 <= index < len(names) and names[index]:
            yield names[index], weight


def _csv(path: Path) -> Character:
    if not table_csv.recognises(path):
        return _clip(path)
    return _take(path, "a table of curves", table_csv.read(path).names)


def _clip(path: Path) -> Character:
    """A take in any format that is read here."""
    return _take(path, "a take", formats.read(path).names)


def _take(path: Path, kind: str, names: tuple[str, ...]) -> Character:
    return Character(path, kind, (Mesh("curves", names),))


_UNITY = re.compile(r"^\s*attribute:\s*(?P<quote>['\"]?)blendShape\.(?P<name>.*?)(?P=quote)\s*$")
_UNITY_PATH = re.compile(r"^\s*path:\s*(?P<path>.*?)\s*$")
_MAYA = re.compile(r"^anim\s+(?P<path>\S+)\s+(?P<name>\S+)\s+(?P<node>\S+)")


def _anim(path: Path) -> Character:
    """Unity's and Maya's .anim, told apart by their first words."""
    text = _text(path)
    if "AnimationClip:" in text[:4096] or text.startswith("%YAML"):
        return Character(path, "a Unity animation", tuple(_unity(text)))
    if text.lstrip().startswith("animVersion"):
        rows = [match for line in text.splitlines() if (match := _MAYA.match(line))]
        nodes = dict.fromkeys(row["node"] for row in rows)
        return Character(path, "a Maya animation", tuple(
            Mesh(node, tuple(row["name"] for row in rows if row["node"] == node)) for node in nodes))
    raise InputError(f"{path}: neither a Unity nor a Maya animation (it begins with {text[:20]!r})")


def _unity(text: str) -> Iterator[Mesh]:
    curves: dict[str, dict[str, None]] = {}
    pending: str | None = None
    for line in text.splitlines():
        if match := _UNITY.match(line):
            pending = match["name"]
        elif pending is not None and (match := _UNITY_PATH.match(line)):
            curves.setdefault(match["path"], {})[pending] = None
            pending = None
    yield from (Mesh(place or "the animator's own object", tuple(names)) for place, names in curves.items())


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_TEXT:
        raise InputError(f"{path}: is larger than {LARGEST_TEXT // 2**20} MiB; look at a shorter take of the same rig")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from None


def _usd(path: Path) -> Character:
    try:
        from pxr import Tf, Usd
    except ImportError:
        raise MissingExtra("looking into USD files", "usd") from None
    try:
        stage = Usd.Stage.Open(str(path))
        meshes = [Mesh(str(prim.GetPath()), tuple(map(str, shapes))) for prim in stage.Traverse()
                  for shapes in [_usd_shapes(prim)] if shapes]
    except (Tf.ErrorException, RuntimeError) as error:
        raise InputError(f"{path}: cannot be read as USD ({str(error).strip().splitlines()[-1]})") from None
    return Character(path, "a USD stage", tuple(meshes))


def _usd_shapes(prim: Any) -> list[str]:
    """Names of the blend shapes that a mesh is bound to, or that a SkelAnimation moves."""
    for attribute in ("skel:blendShapes", "blendShapes"):
        if prim.HasAttribute(attribute) and (names := prim.GetAttribute(attribute).Get()):
            return [str(name) for name in names]
    return []


def _fbx(path: Path) -> Character:
    raise InputError(f"{path}: FBX is not read here; in Blender: File > Import > FBX, then File > Export > "
                     "glTF 2.0 (.glb) with Shape Keys on, and give that file")


READERS: dict[str, Callable[[Path], Character]] = {
    ".glb": _gltf, ".gltf": _gltf, ".vrm": _gltf, ".csv": _csv, ".anim": _anim, ".usd": _usd, ".usda": _usd,
    ".usdc": _usd, ".usdz": _usd, ".fbx": _fbx,
}  # fmt: skip
