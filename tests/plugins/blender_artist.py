"""Runs inside Blender: an artist edits a line, which is recorded again. Prints what was seen as JSON after SEEN.

blender -b --factory-startup -noaudio --python-exit-code 1 --python blender_artist.py -- TOLD.json
TOLD.json: zip, program, line, again, cut (recordings of one line), other (of another), head (a .glb), fps, start.
"""

import importlib
import json
import sys
from pathlib import Path

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has a glTF importer older than its NumPy

EXTENSION = bpy.app.version >= (4, 2, 0)
MODULE = "bl_ext.user_default.rigdriver_blender" if EXTENSION else "rigdriver_blender"
told = json.loads(Path(sys.argv[-1]).read_text())
seen: dict = {}
FPS = told["fps"]


def part(name: str):
    return importlib.import_module(f"{MODULE}.{name}")


def install() -> None:
    if EXTENSION:
        bpy.ops.extensions.package_install_files(filepath=told["zip"], repo="user_default", enable_on_install=True)
    else:
        bpy.ops.preferences.addon_install(filepath=told["zip"], overwrite=True)
        bpy.ops.preferences.addon_enable(module=MODULE)


def drive(recording: str) -> str:
    bpy.context.scene.rigdriver.sound = told[recording]
    try:
        bpy.ops.rigdriver.drive()
    except RuntimeError as error:
        return f"error {error}"
    return bpy.context.window_manager.rigdriver.told


def shape_keys() -> list:
    return [thing.data.shape_keys for thing in bpy.data.objects if getattr(thing.data, "shape_keys", None)]


def face():
    return bpy.data.objects["Face"].data.shape_keys


def tracks(owner, layer: str) -> list:
    data = owner.animation_data
    return [each for each in data.nla_tracks if each.name.split(".")[0] == f"rigdriver {layer}"] if data else []


def strip(layer: str, owner=None):
    return tracks(owner or face(), layer)[0].strips[0]


def curve(layer: str, name: str, owner=None, index: int = 0):
    actions, found = part("actions"), strip(layer, owner)
    return actions.of_slot(found.action, actions.slot_of(found))[name, index]


def shape(name: str) -> str:
    return f'key_blocks["{name}"].value'


HEAD = 'pose.bones["Head"].rotation_quaternion'


def keys(layer: str, name: str, owner=None, index: int = 0) -> list:
    """(seconds, value) of each key."""
    return [(point.co.x / FPS, point.co.y) for point in curve(layer, name, owner, index).keyframe_points]


def highest(layer: str, name: str, first: float = 0.0, last: float = 99.0):
    points = curve(layer, name).keyframe_points
    return max((point for point in points if first <= point.co.x / FPS <= last), key=lambda point: point.co.y)


def drawn(layer: str, name: str) -> list:
    found = curve(layer, name)
    return [found.evaluate(frame) for frame in range(int(strip(layer).action_frame_end) + 1)]


def move(point, frames: float, value: float) -> None:
    """As `G` in the graph editor: handles come along."""
    for each in (point.co, point.handle_left, point.handle_right):
        each.x, each.y = each.x + frames, each.y + value


def actions_of(take: str) -> list:
    told_of = part("actions").told
    return sorted(each.name for each in bpy.data.actions if (told_of(each) or {}).get("take") == take)


def look() -> dict:
    """All that the artist did, as it is now."""
    data = bust.animation_data.nla_tracks
    own = next((track.strips[0] for track in face().animation_data.nla_tracks if track.name == "My brows"), None)
    return {"jaw": keys("speech", shape("jawOpen")), "smile": keys("speech", shape("mouthSmileLeft")),
            "blink": drawn("blink", shape("eyeBlinkLeft")), "nod": keys("head", HEAD, bust, 1),
            "emotion": sorted({track.mute for owner in shape_keys() for track in tracks(owner, "emotion")}),
            "dimmed": [strip("head", bust).influence, strip("head", bust).mute],
            "names": [track.name for track in data],
            "own": [[own.frame_start + point.co.x - own.action_frame_start, point.co.y]
                    for _, each in part("actions").curves(own.action) for point in each.keyframe_points],
            "strips": [each.name for track in tracks(face(), "speech") for each in track.strips],
            "puff": keys("speech", shape("cheekPuff")),
            "channel_muted": curve("speech", shape("mouthPucker")).mute,
            "sounds": [each.name for each in part("timeline").sounds(bpy.context.scene)]}


# ---- the session

install()
bpy.context.preferences.addons[MODULE].preferences.program = told["program"]
for thing in list(bpy.data.objects):
    bpy.data.objects.remove(thing)
bpy.ops.import_scene.gltf(filepath=told["head"])
bust = bpy.data.objects["Bust"]
bpy.context.scene.render.fps = FPS
chosen = bpy.context.scene.rigdriver
chosen.character, chosen.start, chosen.emotion = bust, told["start"], "joy=.7"
seen["first"] = drive("line")
seen["untouched"] = [each.name for each in bpy.data.actions if part("actions").told(each)
                     and part("actions").is_edited(each)]

# the artist at work
for owner in shape_keys():
    for track in tracks(owner, "emotion"):
        track.mute = True
moved = highest("speech", shape("jawOpen"), 0.8, 1.6)
move(moved, 0.5, 0.2)  # keys need not lie on frames
seen["moved"] = [moved.co.x / FPS, moved.co.y]
seen["added"] = [2.75, 0.55]
curve("speech", shape("mouthSmileLeft")).keyframe_points.insert(2.75 * FPS, 0.55)
blink = highest("blink", shape("eyeBlinkLeft"))
seen["deleted"] = [blink.co.x / FPS, blink.co.y]
middle = blink.co.x
points = curve("blink", shape("eyeBlinkLeft")).keyframe_points
for point in reversed(list(points)):
    if abs(point.co.x - middle) <= 5:
        points.remove(point)
nods = curve("head", HEAD, bust, 1)
nod = min(nods.keyframe_points, key=lambda point: abs(point.co.x / FPS - 4.0))
move(nod, 0.0, 0.15)
seen["nod"] = [nod.co.x / FPS, nod.co.y]
# a curve in our action, of a shape that nothing was generated for
actions, here = part("actions"), strip("speech")
place = here.action.layers[0].strips[0].channelbag(here.action_slot).fcurves if actions.SLOTTED else here.action.fcurves
sneer = place.new(shape("cheekPuff"))
for time_s, value in ((3.0, 0.0), (3.3, 0.4), (3.6, 0.0)):
    sneer.keyframe_points.insert(time_s * FPS, value)
strip("head", bust).influence = 0.5
curve("speech", shape("mouthPucker")).mute = True
own = part("actions").LayerAction("My brows")
mine = own.curve(face(), shape("browOuterUpLeft"))
for time_s, value in ((3.0, 0.0), (3.2, 0.5), (3.4, 0.0)):
    mine.keyframe_points.insert(time_s * FPS, value)
placed = part("tracks").place(face(), own, "My brows", "My brows", (72, 82), told["start"], "ADD")
seen["own_action"] = placed.action.name
seen["before"] = look()
bpy.context.view_layer.update()

# rigdriver is not there: nothing changes
bpy.context.preferences.addons[MODULE].preferences.program = told["line"] + ".nowhere"
seen["missing"], seen["after_missing"] = drive("again"), look()
bpy.context.preferences.addons[MODULE].preferences.program = told["program"]

# another line at the same place is no recording of this one
seen["other"] = drive("other")
seen["two"] = actions_of("line") != [] and actions_of("other") != []
for owner in (bust, *shape_keys()):
    for track in owner.animation_data.nla_tracks if owner.animation_data else ():
        for each in list(track.strips):
            if each.name.startswith("other"):
                track.strips.remove(each)
part("timeline").remove(bpy.context.scene, ["other"])

# recorded again
seen["again"], seen["after"] = drive("again"), look()
seen["kept_tracks"] = [track.name for track in tracks(face(), "kept")]
seen["old"] = actions_of("line")
seen["brows"] = [[point.co.x / FPS, point.co.y] for point in mine.keyframe_points]
seen["count"] = len(bpy.data.actions)
seen["twice"], seen["after_twice"], seen["count_twice"] = drive("again"), look(), len(bpy.data.actions)

# part of the line is left out: what was done there is told and kept
seen["cut"] = drive("cut")
seen["cut_kept"] = [[track.mute, [each.action.name for each in track.strips]] for track in tracks(face(), "kept")]

# edits are left behind where that is asked for
chosen.keep = False
seen["plain"] = drive("cut")
seen["plain_edited"] = [each.name for track in tracks(face(), "speech") for each in track.strips
                        if part("actions").is_edited(each.action)]

# one track instead of layers: weights find their place on it; turns of bones, which do not add up, are told and kept
chosen.keep = True
drive("line")
curve("speech", shape("mouthSmileLeft")).keyframe_points.insert(2.75 * FPS, 0.55)
for axis in (1, 2):
    move(min(curve("head", HEAD, bust, axis).keyframe_points, key=lambda point: abs(point.co.x / FPS - 4.0)), 0.0, 0.15)
chosen.layers = False
seen["one_track"], seen["one_track_smile"] = drive("line"), keys("face", shape("mouthSmileLeft"))
chosen.layers = True
seen["layers_again"], seen["layers_smile"] = drive("line"), keys("speech", shape("mouthSmileLeft"))
print("SEEN " + json.dumps(seen))
