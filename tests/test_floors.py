"""The house stands on its floors: imports point down, and `import rigdriver` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rigdriver

PACKAGE = Path(rigdriver.__file__).parent
FLOORS = {
    "cli": 5, "__main__": 5,
    "service": 4, "studio": 4, "batch": 4, "training": 4, "evaluation": 4, "sculpt": 4, "preview": 4, "rigging": 4,
    "bench": 4, "live": 4, "doctor": 4,
    "pipeline": 3, "parts": 3, "dialogue": 3, "choose": 3, "conversion": 3, "edits": 3,
    "model": 2,
    "formats": 1, "outputs": 1, "inputs": 1, "layers": 1, "transcript": 1,
}  # fmt: skip
GROUND = 0  # the nouns
LIGHT = ("model/__init__.py", "model/settings.py", "model/frontend.py", "model/runtime.py", "model/engine_onnx.py",
         "model/engine.py", "model/engine_steps.py", "model/engine_alone.py", "model/choir.py", "model/session.py",
         "model/safetensors.py", "model/emotion.py", "model/prosody.py", "model/pitch.py", "model/normalise.py")
TRAINING_ONLY = {"torch", "safetensors", "onnx", "scipy", "librosa"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def floor_of(room: str) -> int:
    return FLOORS.get(room, GROUND)


def imports_of(path: Path) -> set[str]:
    """Full names of what a file imports, anywhere in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").as_posix().split("/")[0]
    if own == "__init__":
        return  # the front door opens every room, when asked
    for name in imports_of(path):
        if name.startswith("rigdriver."):
            assert floor_of(room_of(name)) <= floor_of(own), f"{path}: {own} reaches up to {name}"


@pytest.mark.parametrize("room", sorted(name for name, floor in FLOORS.items() if floor == 1))
def test_rooms_of_the_first_floor_do_not_know_each_other(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imports_of(path):
            other = room_of(name) if name.startswith("rigdriver.") else ""
            assert other == room or floor_of(other) == GROUND, f"{path} knows {name}"


def test_training_packages_stay_in_training() -> None:
    allowed = {"training", "evaluation", "sculpt", "rigging"}
    for path in modules():
        inside = path.relative_to(PACKAGE).as_posix()
        heavy = {name.split(".")[0] for name in imports_of(path)} & TRAINING_ONLY
        if heavy and inside.split("/")[0] not in allowed:
            assert inside.startswith("model/"), f"{inside} imports {heavy}"
            assert inside not in LIGHT, f"{inside} imports {heavy} but runs for everybody"


def test_import_is_light() -> None:
    """What `import rigdriver` loads, asked of a fresh interpreter."""
    code = "import sys, rigdriver; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"torch", "onnxruntime", "scipy", "soundfile", "soxr", "librosa", "rich", "yaml", "matplotlib"}
    assert not heavy & set(loaded)


def test_driving_needs_no_training_package() -> None:
    code = ("import sys; from rigdriver.choose import way; way(); import rigdriver.cli.drive; "
            "print(' '.join(name for name in sys.modules if '.' not in name))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not TRAINING_ONLY & set(loaded)
