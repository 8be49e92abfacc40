"""Runs in Blender with a window: drives from the panel's button, cancels, undoes. Prints what was seen after SEEN.

xvfb-run blender --factory-startup -noaudio --python blender_window.py -- TOLD.json
TOLD.json: zip, program, speech, again (the same line, recorded anew), head, picture (a .png to write, of the window
with the panel open).
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has a glTF importer older than its NumPy

MODULE = "rigdriver_blender"
BREATH_S = 0.3  # for Blender to draw and run its modal operators
told = json.loads(Path(sys.argv[-1]).read_text())
seen: dict = {}


def view() -> dict:
    """What an operator of the 3D view is called in: a timer has no area of its own."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "screen": window.screen, "area": area, "region": region}


def state():
    return bpy.context.window_manager.rigdriver


def scene():
    return bpy.context.window_manager.windows[0].scene


def ours() -> list:
    return sorted(action.name for action in bpy.data.actions if MODULE[:9] in action)


def strips() -> int:
    editor = scene().sequence_editor
    return len(editor.sequences_all) if editor else 0


def show_panels() -> None:
    """The sidebar opens at its first tab, and Blender 3 lets no script choose another: the panels go there."""
    panel = importlib.import_module(f"{MODULE}.panel")
    for each in panel.CLASSES:
        bpy.utils.unregister_class(each)
        each.bl_category, each.bl_options = "Item", set()
        bpy.utils.register_class(each)


def speech() -> list:
    """The strips on the speech track, and the highest key of jawOpen in the last."""
    keys = bpy.data.objects["Face"].data.shape_keys
    track = next(each for each in keys.animation_data.nla_tracks if each.name == "rigdriver speech")
    curve = next(each for each in track.strips[-1].action.fcurves if "jawOpen" in each.data_path)
    return [[each.name for each in track.strips], round(max(point.co.y for point in curve.keyframe_points), 3)]


def recorded_again() -> Iterator[float]:
    """A key is moved, the line driven again from another recording, and that undone."""
    keys = bpy.data.objects["Face"].data.shape_keys
    track = next(each for each in keys.animation_data.nla_tracks if each.name == "rigdriver speech")
    curve = next(each for each in track.strips[0].action.fcurves if "jawOpen" in each.data_path)
    max(curve.keyframe_points, key=lambda point: point.co.y).co.y = 0.93
    scene().rigdriver.sound = told["again"]
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="moved a key")
    seen["edited"] = speech()
    with bpy.context.temp_override(**view()):
        bpy.ops.rigdriver.drive("INVOKE_DEFAULT")
    yield BREATH_S
    while state().running:
        yield BREATH_S
    yield BREATH_S
    seen["again"], seen["carried"] = state().told, speech()
    with bpy.context.temp_override(**view()):
        bpy.ops.screen.screenshot(filepath=told["picture"].replace(".png", "_again.png"))
        bpy.ops.ed.undo()
    yield BREATH_S
    seen["back"] = speech()


def session() -> Iterator[float]:
    """The steps; after each Blender goes on for so many seconds."""
    bpy.ops.preferences.addon_install(filepath=told["zip"], overwrite=True)
    bpy.ops.preferences.addon_enable(module=MODULE)
    show_panels()
    with bpy.context.temp_override(**view()):
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)
        bpy.ops.import_scene.gltf(filepath=told["head"])
        view()["area"].spaces[0].show_region_ui = True
        bpy.ops.object.select_all(action="DESELECT")
        chosen = scene().rigdriver
        chosen.sound, chosen.character = told["speech"], bpy.data.objects["Bust"]
        bpy.context.preferences.addons[MODULE].preferences.program = told["speech"] + ".nowhere"
        try:
            bpy.ops.rigdriver.drive("INVOKE_DEFAULT")
        except RuntimeError as error:
            seen["missing"] = str(error)
        bpy.context.preferences.addons[MODULE].preferences.program = told["program"]
    yield BREATH_S
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="before")
    with bpy.context.temp_override(**view()):
        seen["invoked"] = sorted(bpy.ops.rigdriver.drive("INVOKE_DEFAULT"))
    yield BREATH_S
    seen["running"] = state().running
    bpy.ops.rigdriver.cancel()
    yield 3 * BREATH_S
    seen["cancelled"] = [state().running, state().told, ours()]
    with bpy.context.temp_override(**view()):
        bpy.ops.rigdriver.drive("INVOKE_DEFAULT")
    yield BREATH_S
    while state().running:
        seen["share"] = state().share
        yield BREATH_S
    seen["told"], seen["actions"], seen["strips"] = state().told, ours(), strips()
    bpy.ops.rigdriver.fill()
    scene().frame_set(60)
    yield 3 * BREATH_S
    with bpy.context.temp_override(**view()):
        bpy.ops.screen.screenshot(filepath=told["picture"])
        bpy.ops.ed.undo()
    yield BREATH_S
    shape_keys = bpy.data.objects["Face"].data.shape_keys
    tracks = shape_keys.animation_data.nla_tracks if shape_keys.animation_data else ()
    seen["undone"] = [ours(), [track.name for track in tracks], strips(), "Bust" in bpy.data.objects]
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.redo()
    yield BREATH_S
    seen["redone"] = ours()
    yield from recorded_again()


bpy.context.preferences.view.show_splash = False
steps = session()


def tick() -> float:
    try:
        return next(steps)
    except StopIteration:
        print("SEEN " + json.dumps(seen))
    except Exception:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(0)


bpy.app.timers.register(tick, first_interval=1)
