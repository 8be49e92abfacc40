"""How long a line takes inside Blender, from the button to keys, on a head of 30 000 vertices; what keys cost and miss.

    python -m tests.bench.blender [BLENDER or a Python that has bpy]     needs tests/programs/install.sh

Prints seconds in all, of the processor (rigdriver's included) and without rigdriver's own, and for some tolerances keys
a second of speech, a channel of a mesh and layer, beside what every frame would be, and the largest error of the
tracks' sum at any frame.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
TOLERANCES = (0.002, 0.005, 0.01, 0.02)
SECONDS, FPS, RUNS = 10.0, 30, 3


def inside(told: dict) -> None:
    """In Blender."""
    import importlib
    import time

    import bpy
    import numpy as np
    if not hasattr(np, "bool"):
        np.bool = bool
    module = "rigdriver_blender"
    sys.path.insert(0, told["plugin"])
    bpy.context.preferences.addons.new().module = module
    importlib.import_module(module).register()
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.import_scene.gltf(filepath=told["head"])
    vertices = _subdivided(bpy, 30_000)
    parts = {name: importlib.import_module(f"{module}.{name}") for name in ("work", "take", "process", "layered")}
    scene = bpy.context.scene
    scene.render.fps = FPS
    place = parts["work"].Place(scene, bpy.data.objects["Bust"])
    order = parts["process"].Order(told["speech"], FPS, emotion="joy=.5")
    put = parts["work"].put
    seen = {"vertices": vertices, "version": bpy.app.version_string, "rows": []}
    for tolerance in TOLERANCES:
        spent, times, cpu = [], [], []

        def timed(*given: object, spent: list = spent) -> object:
            began = time.perf_counter()
            report = put(*given)
            spent.append(time.perf_counter() - began)
            return report

        parts["work"].put = timed
        for _ in range(RUNS):
            began, worked = time.perf_counter(), _cpu_s()
            take = parts["take"].Take("line", order, 1, tolerance)
            work = parts["work"].Work([told["program"]], [take], place)
            (report,) = work.wait()
            bpy.context.view_layer.update()
            times.append(time.perf_counter() - began)
            cpu.append(_cpu_s() - worked)
        seen["rows"].append({"tolerance": tolerance, "all_s": min(times), "cpu_s": min(cpu), "put_s": min(spent),
                             "keys": report.keys, "dense": report.dense, "off": _off(bpy, np, told, parts["process"])})
    print("SEEN " + json.dumps(seen))


def _cpu_s() -> float:
    """Processor time of Blender and of what it started, so far."""
    import resource
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _subdivided(bpy: object, least: int) -> int:
    face = bpy.data.objects["Face"]
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode="EDIT")
    while len(face.data.vertices) < least:
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.mesh.subdivide()
        bpy.ops.object.mode_set(mode="OBJECT")
        bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.object.mode_set(mode="OBJECT")
    return len(face.data.vertices)


def _off(bpy: object, np: object, told: dict, process: object) -> float:
    """The largest error of a shape key of the face at any frame."""
    clip = process.read(Path(told["whole"]))
    blocks = bpy.data.objects["Face"].data.shape_keys.key_blocks
    worst = 0.0
    for frame in range(len(clip)):
        bpy.context.scene.frame_set(1 + clip.start + frame)
        worst = max(worst, *(abs(block.value - float(clip[block.name][frame])) for block in blocks[1:]))
    return worst


def outside(blender: str) -> None:
    import soundfile
    samples, rate = soundfile.read(ROOT / "examples" / "hello.wav")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeated = list(samples) * (1 + int(SECONDS * rate / len(samples)))
        soundfile.write(folder / "line.wav", repeated[: int(SECONDS * rate)], rate)
        program = folder / "rigdriver"
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m rigdriver "$@"\n')
        program.chmod(0o755)
        subprocess.run([program, "drive", folder / "line.wav", "-o", folder / "whole.json", "--format", "plain-json",
                        "--fps", str(FPS), "--seed", "0", "--emotion", "joy=.5", "--quiet"], check=True)
        told = {"plugin": str(ROOT / "plugins" / "blender"), "head": str(ROOT / "rigs" / "head.glb"),
                "speech": str(folder / "line.wav"), "program": str(program), "whole": str(folder / "whole.json")}
        (folder / "told.json").write_text(json.dumps(told))
        start = [blender] if "python" in Path(blender).name else [
            blender, "-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python"]
        done = subprocess.run([*start, HERE, "--", folder / "told.json"], capture_output=True, text=True,
                              env={**os.environ, "HOME": name})
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    if not lines:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    _print(json.loads(lines[0][5:]))


def _print(seen: dict) -> None:
    print(f"Blender {seen['version']}, {seen['vertices']} vertices, {SECONDS:g} s at {FPS} fps, best of {RUNS}")
    print("tolerance   all s   processor s   in Blender s   keys/s   every frame/s   largest error")
    for row in seen["rows"]:
        print(f"{row['tolerance']:9g} {row['all_s']:7.2f} {row['cpu_s']:13.2f} {row['put_s']:14.2f} "
              f"{row['keys'] / SECONDS:8.0f} "
              f"{row['dense'] / SECONDS:15.0f} {row['off']:15.4f}")


if __name__ == "__main__":
    if "bpy" in sys.modules or sys.argv[-1].endswith("told.json"):
        inside(json.loads(Path(sys.argv[-1]).read_text()))
    else:
        outside(sys.argv[1] if len(sys.argv) > 1 else "blender")
