"""Runs inside Blender: imports a glTF file, edits keys as an artist would, and exports it again.

blender -b --factory-startup -noaudio --python-exit-code 1 --python blender_edit.py -- FILE OUT FPS [edit]
"""

import sys

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has an importer older than its NumPy 1.24, which dropped that name


def curves(name: str) -> list:
    """The F-curves of a shape key, on every mesh that has it."""
    path = f'key_blocks["{name}"].value'
    return [curve for action in bpy.data.actions for curve in action.fcurves if curve.data_path == path]


def edit(fps: float) -> None:
    """A smile added from 2.5 to 3 s, and all keys of the left lid deleted between 2.5 and 3.3 s."""
    for curve in curves("mouthSmileLeft"):
        for point in curve.keyframe_points:
            time_s = point.co.x / fps
            if 2.5 <= time_s <= 3.0:
                point.co.y += 0.45 * numpy.sin(numpy.pi * (time_s - 2.5) / 0.5) ** 2
        curve.update()
    for curve in curves("eyeBlinkLeft"):
        for point in reversed(list(curve.keyframe_points)):
            if 2.5 < point.co.x / fps < 3.3:
                curve.keyframe_points.remove(point)
        curve.update()


def main(path: str, out: str, fps: int, edited: bool) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = fps
    bpy.ops.import_scene.gltf(filepath=path)
    bpy.context.scene.frame_end = 10 * fps
    if edited:
        edit(fps)
    bpy.ops.export_scene.gltf(filepath=out, export_format="GLB")


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(arguments[0], arguments[1], int(arguments[2]), arguments[3:] == ["edit"])
