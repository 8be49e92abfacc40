"""The real programs as functions: what each makes of a file of ours."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np

from rigdriver.clip import Clip

HERE = Path(__file__).parent
TIMEOUT_S = 240
IMPORT_S = 60


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=HERE,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"{command[:3]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def validate(node: str, *paths: Path) -> list[dict[str, Any]]:
    """The validator's issues for each file; errors have severity 0."""
    out = _run([node, str(HERE / "validate.mjs"), *map(str, paths)])
    return [json.loads(line)["issues"] for line in out.splitlines()]


def assert_valid(node: str, *paths: Path) -> None:
    for path, issues in zip(paths, validate(node, *paths), strict=True):
        assert issues["numErrors"] == 0, (path, [m for m in issues["messages"] if m["severity"] == 0])


def blender_sees(blender: str, path: Path, times: Sequence[float]) -> list[dict[str, Any]]:
    """For each time in s: {"keys": {object: {shape key: value}}, "turns": {object or bone: (w, x, y, z)}}."""
    flags = ["-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python"]
    return _seen(_run([blender, *flags, str(HERE / "blender_look.py"), "--", str(path), *map(str, times)]))


def bpy_sees(python: Path, path: Path, times: Sequence[float]) -> list[dict[str, Any]]:
    """The same of Blender as a Python module, in an environment of its own."""
    return _seen(_run([str(python), str(HERE / "blender_look.py"), "--", str(path), *map(str, times)]))


def three_sees(
    node: str, chromium: str, path: Path, times: Sequence[float], animation: str | None = None,
    motion: Path | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """For each time: {"weights": {node: [{target: value} a primitive]}, "turns": {node: (x, y, z, w) in the model}}.

    The last animation, or the one of that name; of a VRM also "expressions". With a motion, a .vrma that the VRM is to
    play, "gaze" (yaw and pitch in degrees) and "head" as well.
    """
    job = {"chromium": chromium, "model": str(path), "motion": motion and str(motion), "animation": animation}
    return json.loads(_run([node, str(HERE / "look.mjs"), json.dumps({**job, "times": list(times)})]))


def babylon_sees(node: str, path: Path, times: Sequence[float], animation: str) -> list[dict[str, Any]]:
    """For each time: {"weights": {mesh: {target: value}}, "turns": {node: (x, y, z, w) in its parent}}."""
    return _seen(_run([node, str(HERE / "babylon.mjs"), str(path), animation, *map(str, times)]))


def godot_sees(godot: str, path: Path, times: Sequence[float], animation: str, folder: Path) -> list[dict[str, Any]]:
    """For each time: {"weights": {mesh: {target: value}}, "turns": {bone: (x, y, z, w) in its parent}}.

    Godot 3 imports by its editor, which without a screen does not quit by itself; it is stopped when it has done so.
    """
    folder.mkdir()
    shutil.copy(path, folder / "hero.glb")
    shutil.copy(HERE / "godot.gd", folder)
    (folder / "project.godot").write_text('config_version=4\n[application]\nconfig/name="look"\n', encoding="utf-8")
    with (folder / "editor.log").open("wb") as log:
        editor = subprocess.Popen([godot, "--path", str(folder), "--editor", "--quit"], stdout=log, stderr=log)
        try:
            _wait_for(lambda: any((folder / ".import").glob("*.md5")), (folder / "editor.log"))
        finally:
            editor.kill()
            editor.wait()
    words = " ".join([animation, *map(str, times)])
    return _seen(_run([godot, "--path", str(folder), "-s", "godot.gd"], RIGDRIVER_LOOK=words))


def _wait_for(done: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + IMPORT_S
    while not done():
        assert time.monotonic() < until, f"no import after {IMPORT_S} s:\n{log.read_text(errors='replace')[-2000:]}"
        time.sleep(0.1)


def assimp_reads(assimp: str, path: Path) -> dict[str, str]:
    """What `assimp info` counts in a file: {"Animations": "1", …}."""
    lines = (line.partition(":") for line in _run([assimp, "info", str(path)]).splitlines())
    return {key.strip(): value.strip() for key, _, value in lines if value.strip().isdigit()}


def pack(node: str, kind: str, source: Path, target: Path) -> Path:
    """A character packed by glTF-Transform: "meshopt", "quantize" or "draco"; "dequantize" takes all of it off."""
    _run([node, str(HERE / "pack.mjs"), kind, str(source), str(target)])
    return target


def _seen(out: str) -> list[dict[str, Any]]:
    return json.loads(next(line for line in out.splitlines() if line.startswith("LOOK ")).removeprefix("LOOK "))


@dataclass(frozen=True)
class View:
    """What the pictures show, in metres of the model, seen from +Z; size in pixels, square."""

    left: float
    right: float
    bottom: float
    top: float
    size: int = 512

    @classmethod
    def around(cls, low: Sequence[float], high: Sequence[float], margin: float = 1.1, size: int = 512) -> "View":
        """A square around a box given by its low and high corners."""
        x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
        half = max(high[0] - low[0], high[1] - low[1]) / 2 * margin
        return cls(float(x - half), float(x + half), float(y - half), float(y + half), size)

    def crop(self, picture: np.ndarray, low: Sequence[float], high: Sequence[float]) -> np.ndarray:
        """The part of a picture that shows a box of the model."""
        scale = self.size / (self.right - self.left)
        columns = slice(int((low[0] - self.left) * scale), int(np.ceil((high[0] - self.left) * scale)))
        rows = slice(int((self.top - high[1]) * scale), int(np.ceil((self.top - low[1]) * scale)))
        return picture[rows, columns]


def shoot(node: str, chromium: str, path: Path, times: Sequence[float], view: View, folder: Path) -> list[np.ndarray]:
    """A picture of the file's last animation at each time, by three.js: (size, size, 3) float 0..1.

    The PNGs stay in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    box = {"left": view.left, "right": view.right, "top": view.top, "bottom": view.bottom}
    files = {"chromium": chromium, "model": str(path), "folder": str(folder)}
    _run([node, str(HERE / "shoot.mjs"), json.dumps({**files, "times": list(times), "size": view.size, "view": box})])
    return [matplotlib.image.imread(folder / f"{k}.png")[..., :3] for k in range(len(times))]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean change of a colour value, 0..1."""
    return float(np.abs(one - other).mean())


def moments(clip: Clip) -> dict[str, float]:
    """Times in s of three frames to look at: lips shut on speech, mouth wide open, lids shut.

    Shut lips are found as mouthClose at its highest, and both mouths with open lids; the blink with whatever mouth.
    """
    lids = np.minimum(clip["eyeBlinkLeft"], clip["eyeBlinkRight"])
    awake = (lids < 0.3) & (clip.times >= 0)
    closed = np.where(awake, clip["mouthClose"], -1.0)
    opened = np.where(awake, clip["jawOpen"] - clip["mouthClose"], -1.0)
    blink = np.where(clip.times >= 0, lids, -1.0)
    frames = {"closure": closed, "vowel": opened, "blink": blink}
    return {what: float(clip.times[np.argmax(curve)]) for what, curve in frames.items()}
