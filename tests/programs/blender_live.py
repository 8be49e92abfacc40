"""Runs in Blender with a window: the live panel's receiver while packets come, cease, come again, are recorded.

xvfb-run blender --factory-startup -noaudio --python blender_live.py -- TOLD.json
TOLD.json: zip, head, port, folder, picture. Prints a line of JSON at each step; a file of a step's name in the folder
lets it go on. Each move of the face is one line: time (s, the system's monotonic clock), frame, jaw, turns.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has a glTF importer older than its NumPy

MODULE = "rigdriver_blender"
BREATH_S = 0.05
told = json.loads(Path(sys.argv[-1]).read_text())
folder = Path(told["folder"])


def say(**what: object) -> None:
    print("STEP " + json.dumps(what), flush=True)


def until(name: str) -> Iterator[float]:
    while not (folder / name).exists():
        yield BREATH_S


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def main_area() -> bpy.types.Area:
    return max(window().screen.areas, key=lambda area: area.width * area.height)


def blocks():
    return bpy.data.objects["Face"].data.shape_keys.key_blocks


def turn(bone: str) -> list:
    return list(bpy.data.objects["Bust"].pose.bones[bone].matrix_basis.to_quaternion())


def face() -> dict:
    return {"jaw": blocks()["jawOpen"].value, "head": turn("Head"), "eye": turn("LeftEye")}


def watched(live) -> None:
    """From now on every move of the face is written down."""
    plain = live.Receiver.tick

    def tick(self) -> bool:
        moved = plain(self)
        if moved:
            bpy.context.view_layer.update()
            with (folder / "moves.jsonl").open("a") as log:
                log.write(json.dumps([time.monotonic(), self.newest.frame, *face().values()]) + "\n")
        return moved

    live.Receiver.tick = tick


def show_panel() -> None:
    """The sidebar opens at its first tab, and Blender 3 lets no script choose another: the panel goes there."""
    panel = importlib.import_module(f"{MODULE}.panel")
    for each in panel.CLASSES:
        bpy.utils.unregister_class(each)
    panel.RIGDRIVER_PT_live.bl_category, panel.RIGDRIVER_PT_live.bl_options = "Item", set()
    bpy.utils.register_class(panel.RIGDRIVER_PT_live)


def objects() -> dict:
    """A head and eyes that are objects and no bones, under a root that is turned: orientations (w x y z) in the world
    before, while and after curves are shown."""
    root = _empty("Robot", None, (0.9, 0, 0, 0.44))
    head = _empty("Head", root, (0.8, 0.6, 0, 0))
    eye = _empty("Eye_L", head, (0.7, 0.1, 0.7, 0.1))
    eye.rotation_mode = "ZXY"
    posing = importlib.import_module(f"{MODULE}.posing")
    names = [of + part for of in ("head", "leftEye", "rightEye") for part in ("Yaw", "Pitch", "Roll")]

    def look() -> list:
        bpy.context.view_layer.update()
        return [list(thing.matrix_world.to_quaternion()) for thing in (root, head, eye)]

    bpy.context.view_layer.update()
    pose, seen = posing.Pose(root, names, False, 0.0), [look()]
    for share in (1.0, 0.5):
        pose.show(dict(zip(names, told["angles"])), share)
        seen.append(look())
    pose.restore()
    seen.append(look())
    for thing in (eye, head, root):
        bpy.data.objects.remove(thing)
    return {"turns": seen, "missing": pose.found.missing}


def _empty(name: str, parent: object, turned: tuple) -> bpy.types.Object:
    made = bpy.data.objects.new(name, None)
    bpy.context.collection.objects.link(made)
    made.parent, made.rotation_mode = parent, "QUATERNION"
    made.rotation_quaternion = turned
    made.rotation_quaternion.normalize()
    made.rotation_euler = made.rotation_quaternion.to_euler("ZXY")
    return made


def session() -> Iterator[float]:
    bpy.ops.preferences.addon_install(filepath=told["zip"], overwrite=True)
    bpy.ops.preferences.addon_enable(module=MODULE)
    live = importlib.import_module(f"{MODULE}.live")
    watched(live)
    show_panel()
    main_area().type = "TEXT_EDITOR"  # drawn in 3D without a graphics card Blender would show three frames a second
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    say(step="objects", **objects())
    bpy.ops.import_scene.gltf(filepath=told["head"])
    chosen = window().scene.rigdriver
    chosen.character, chosen.port = bpy.data.objects["Bust"], told["port"]
    blocks()["jawOpen"].value = 0.125
    bpy.ops.ed.undo_push(message="before")
    chosen.seed = 1
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.rigdriver.live()
    session, handlers = live.SESSION, len(bpy.app.handlers.load_pre)
    say(step="listening", told=session.receiver.told, timer=bpy.app.timers.is_registered(session._timer))
    while session.receiver.packets == 0:
        yield BREATH_S
    yield from until("died")
    yield 1.6
    say(step="rested", told=session.receiver.told, **face())
    packets = session.receiver.packets
    window().scene.frame_current = 11
    bpy.ops.rigdriver.record()
    while session.receiver.packets < packets + 60:
        yield BREATH_S
    bpy.ops.ed.undo()  # Blender reads all its data anew
    yield 4 * BREATH_S
    main_area().type = "VIEW_3D"
    space = main_area().spaces[0]
    space.show_region_ui, space.shading.type = True, "SOLID"
    space.region_3d.view_perspective, space.region_3d.view_rotation = "ORTHO", (0.7071, 0.7071, 0, 0)
    space.region_3d.view_location, space.region_3d.view_distance = (0, 0, 0), 0.6
    yield 1.0
    if told["picture"]:
        bpy.ops.screen.screenshot(filepath=told["picture"])
    say(step="again", told=session.receiver.told, seconds=session.receiver.recording.seconds, **face())
    main_area().type = "TEXT_EDITOR"
    yield from until("over")
    made = session.receiver.recording
    rows = list(zip(made._times, made._rows))
    bpy.ops.rigdriver.keep()
    playing = kept(list(made._names), rows)
    say(step="kept", timer=bpy.app.timers.is_registered(session._timer), receiver=session.receiver is None,
        handlers=handlers - len(bpy.app.handlers.load_pre), told=bpy.context.window_manager.rigdriver.told,
        **playing)
    bpy.ops.rigdriver.live()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    say(step="opened", receiver=session.receiver is None, timer=bpy.app.timers.is_registered(session._timer),
        scene="Bust" not in bpy.data.objects)


def kept(names: list, rows: list) -> dict:
    """What was recorded, beside what the timeline shows at those times."""
    scene, column = window().scene, names.index("jawOpen")
    fps = scene.render.fps / scene.render.fps_base
    seen = []
    for time_s, row in rows:
        frame = 11 + time_s * fps
        scene.frame_set(int(frame), subframe=frame % 1)
        seen.append([time_s, float(row[column]), blocks()["jawOpen"].value])
    tracks = [track.name for track in bpy.data.objects["Face"].data.shape_keys.animation_data.nla_tracks]
    return {"jaws": seen, "tracks": tracks, "end": scene.frame_end}


bpy.context.preferences.view.show_splash = False
steps = session()


def step() -> float:
    try:
        return next(steps)
    except StopIteration:
        pass
    except Exception:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(0)


bpy.app.timers.register(step, first_interval=0.5, persistent=True)
