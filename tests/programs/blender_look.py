"""Runs inside Blender: imports a glTF file and prints what its shape keys and objects do at some times, as JSON.

blender -b --factory-startup -noaudio --python-exit-code 1 --python blender_look.py -- FILE TIME_S...
"""

import json
import sys

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has an importer older than its NumPy 1.24, which dropped that name

FPS = 60


def main(path: str, times: list[float]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = FPS
    bpy.ops.import_scene.gltf(filepath=path)
    print("LOOK " + json.dumps([look(time) for time in times]))


def look(time_s: float) -> dict:
    """Shape key values by mesh object, and (w, x, y, z) of every bone and object, at one time."""
    frame = time_s * FPS
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
    keys = {
        # a skinned node becomes two objects, of which the one with the mesh is called `Face.001`
        thing.name.removesuffix(".001"): {block.name: block.value for block in thing.data.shape_keys.key_blocks[1:]}
        for thing in bpy.data.objects
        if thing.type == "MESH" and thing.data.shape_keys
    }
    turns = {thing.name: list(thing.matrix_world.to_quaternion()) for thing in bpy.data.objects}
    for thing in bpy.data.objects:
        if thing.type == "ARMATURE":
            for bone in thing.pose.bones:
                turns[bone.name] = list((thing.matrix_world @ bone.matrix).to_quaternion())
    return {"keys": keys, "turns": turns}


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(arguments[0], [float(time) for time in arguments[1:]])
