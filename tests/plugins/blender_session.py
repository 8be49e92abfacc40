"""Runs inside Blender: an artist's session with the add-on, from its zip. Prints what was seen as JSON after SEEN.

blender -b --factory-startup -noaudio --python-exit-code 1 --python blender_session.py -- TOLD.json
TOLD.json: zip, program, stuck (a program that never ends), speech, other (recordings), head (a .glb), packets (hex, of
live curves), folder, fps, fps_base, emotion, seed, start.
"""

import importlib
import json
import os
import socket
import sys
import time
import warnings
from pathlib import Path

import bpy
import numpy

if not hasattr(numpy, "bool"):
    numpy.bool = bool  # Debian's Blender 3.4 has a glTF importer older than its NumPy

EXTENSION = bpy.app.version >= (4, 2, 0)
MODULE = "bl_ext.user_default.rigdriver_blender" if EXTENSION else "rigdriver_blender"
told = json.loads(Path(sys.argv[-1]).read_text())
seen: dict = {"version": list(bpy.app.version)}


def part(name: str):
    return importlib.import_module(f"{MODULE}.{name}")


def install() -> None:
    if EXTENSION:
        bpy.ops.extensions.package_install_files(filepath=told["zip"], repo="user_default", enable_on_install=True)
    else:
        bpy.ops.preferences.addon_install(filepath=told["zip"], overwrite=True)
        bpy.ops.preferences.addon_enable(module=MODULE)


def character():
    """The built-in head; one shape key has a driver, and the body an action of the artist's own."""
    bpy.ops.import_scene.gltf(filepath=told["head"])
    key = face().data.shape_keys
    driver = key.driver_add('key_blocks["cheekPuff"].value').driver
    driver.type, driver.expression = "SCRIPTED", "0.25"
    bust = bpy.data.objects["Bust"]
    bust.pose.bones["LeftEye"].rotation_mode = "YZX"  # the others turn by quaternions
    bust.pose.bones["Shoulders"].keyframe_insert("location", frame=1)
    bust.animation_data.action.name = "Breathing"
    return bust


def face():
    return bpy.data.objects["Face"]


def scene():
    return bpy.context.scene


def state():
    return bpy.context.window_manager.rigdriver


def drive() -> str:
    """What the panel tells after Drive, or the error."""
    try:
        result = bpy.ops.rigdriver.drive()
    except RuntimeError as error:
        return f"error {error}"
    return f"{sorted(result)} {state().told}"


def look(count: int) -> dict:
    """Shape keys of the face, and the turns (w, x, y, z) of bones in the armature, over a line."""
    names = [block.name for block in face().data.shape_keys.key_blocks[1:]]
    bones = {name: [] for name in ("Neck", "Head", "LeftEye")}
    values = []
    for frame in range(told["start"], told["start"] + count):
        scene().frame_set(frame)
        values.append([face().data.shape_keys.key_blocks[name].value for name in names])
        for name, turns in bones.items():
            turns.append(list(bpy.data.objects["Bust"].pose.bones[name].matrix.to_quaternion()))
    return {"names": names, "values": values, "bones": bones}


def tracks(owner) -> dict:
    return {track.name: [track.mute, *((strip.name, strip.action.name, strip.frame_start, strip.frame_end)
                                       for strip in track.strips)]
            for track in owner.animation_data.nla_tracks}


def keys() -> int:
    actions = part("actions")
    return sum(len(curve.keyframe_points) for action in bpy.data.actions
               if (actions.told(action) or {}).get("take") for _, curve in actions.curves(action))


def names() -> list:
    return sorted(action.name for action in bpy.data.actions)


def track(owner, name: str):
    return next(each for each in owner.animation_data.nla_tracks if each.name == name)


# ---- the session

install()
preferences = bpy.context.preferences.addons[MODULE].preferences
for thing in list(bpy.data.objects):
    bpy.data.objects.remove(thing)
bust = character()
scene().render.fps, scene().render.fps_base = told["fps"], told["fps_base"]
chosen = scene().rigdriver
chosen.sound, chosen.character, chosen.emotion = told["speech"], bust, told["emotion"]
chosen.seed, chosen.start = told["seed"], told["start"]
count = told["frames"]

# rigdriver is not there
path, os.environ["PATH"] = os.environ["PATH"], told["folder"]
seen["missing"], seen["offered"] = drive(), state().missing
preferences.program = told["speech"] + ".nowhere"
seen["wrong"] = drive()
os.environ["PATH"] = path
preferences.program = told["program"]

# it refuses
chosen.emotion = "jam=1"
seen["refused"], seen["free"] = drive(), not state().running
chosen.emotion = told["emotion"]
seen["nothing"] = names()

# paths beside the .blend
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    chosen.sound, chosen.performance, chosen.rig_file = "//line.wav", "//hero.yaml", "//rig.yaml"
seen["beside"] = [str(each.message) for each in caught]
chosen.sound, chosen.performance, chosen.rig_file = told["speech"], "", ""

# a line
seen["driven"] = drive()
seen["look"] = look(count)
seen["tracks"], seen["bone_tracks"] = tracks(face().data.shape_keys), tracks(bust)
seen["keys"], seen["names"] = keys(), names()
seen["sounds"] = [(strip.name, strip.frame_start) for strip in part("timeline").sounds(scene())]
seen["end"] = scene().frame_end
seen["own"] = [bust.animation_data.action.name, len(face().data.shape_keys.animation_data.drivers)]

# emotion muted, on every mesh
for thing in bpy.data.objects:
    shape_keys = getattr(thing.data, "shape_keys", None)
    for each in shape_keys.animation_data.nla_tracks if shape_keys else ():
        each.mute = each.name == "rigdriver emotion"
seen["muted"] = look(count)

# again: the same actions, and the muted track still is
drive()
seen["again"], seen["again_tracks"] = names(), tracks(face().data.shape_keys)
track(face().data.shape_keys, "rigdriver emotion").mute = False

# an edited action stays, where its edits are not to be carried over
chosen.keep = False
actions = part("actions")
speech = next(strip.action for strip in track(face().data.shape_keys, "rigdriver speech").strips)
curve = next(curve for _, curve in actions.curves(speech) if curve.data_path == 'key_blocks["jawOpen"].value')
curve.keyframe_points[3].co.y = 0.77
seen["edited_name"], seen["is_edited"] = speech.name, actions.is_edited(speech)
seen["kept"] = drive()
seen["kept_tracks"] = tracks(face().data.shape_keys)
seen["kept_value"] = round(curve.keyframe_points[3].co.y, 3)
bpy.ops.rigdriver.export_edits(filepath=told["folder"] + "/edits.json")

# every frame
chosen.keys = "DENSE"
drive()
seen["dense"] = look(count)
chosen.keys = "LOOSE"
seen["loose"] = drive()
chosen.keys = "CLOSE"

# the strip in the sequencer, where it lies
chosen.source, chosen.strip = "STRIP", "nobody"
seen["no_strip"] = drive()
if seen["sounds"]:
    chosen.strip = seen["sounds"][0][0]
    seen["strip"] = drive()
    seen["strip_at"] = track(face().data.shape_keys, "rigdriver speech").strips[0].frame_start
chosen.source = "FILE"

# many lines
before = set(names())
folder, files = str(Path(told["speech"]).parent), [{"name": Path(told[each]).name} for each in ("speech", "other")]
bpy.ops.rigdriver.batch(directory=folder, files=files, placing="ACTIONS")
seen["batch"] = sorted(set(names()) - before)
bpy.ops.rigdriver.batch(directory=folder, files=files, placing="ROW")
seen["row"], seen["row_told"] = tracks(face().data.shape_keys)["rigdriver speech"], state().told
scene().render.fps = 30
seen["other_rate"] = drive()
scene().render.fps = told["fps"]
drive()
path, bpy.context.view_layer.objects.active = told["folder"] + "/nowhere/edits.json", None
seen["not_exported"] = []
for chosen.character in (bust, None):
    try:
        bpy.ops.rigdriver.export_edits(filepath=path)
    except RuntimeError as error:
        seen["not_exported"].append(str(error))
chosen.character = bust

# another recording at the same place
chosen.sound = told["other"]
seen["crowded"] = drive()
chosen.sound = told["speech"]

# cancelled: the program that never ends is ended, and nothing has changed
preferences.program = told["stuck"]
before = names()
work = part("operators").RIGDRIVER_OT_drive.begin(None, bpy.context)
work.step()
began = time.monotonic()
while not Path(told["folder"], "stuck.pid").exists() and time.monotonic() - began < 20:
    time.sleep(0.05)
work.close()
seen["cancelled"] = names() == before
try:
    os.kill(int(Path(told["folder"], "stuck.pid").read_text()), 0)
    seen["ended"] = False
except ProcessLookupError:
    seen["ended"] = True
preferences.program = told["program"]

# the map, of a head that lacks a shape
for thing in bpy.data.objects:
    shape_keys = getattr(thing.data, "shape_keys", None)
    for block in shape_keys.key_blocks if shape_keys else ():
        block.name = "wart" if block.name == "noseSneerLeft" else block.name
bpy.ops.rigdriver.fill()
seen["coverage"], seen["missed"] = state().covered, state().missed
pairs = {pair.shape: pair for pair in chosen.pairs}
pairs["mouthPucker"].made = "0.5 mouthPucker + 0.25 mouthFunnel"
bpy.ops.rigdriver.save_map(filepath=told["folder"] + "/hero.yaml")
seen["rig_file"] = chosen.rig_file
pairs["mouthPucker"].made = "1 mouthPuker"
try:
    bpy.ops.rigdriver.save_map(filepath=told["folder"] + "/bad.yaml")
except RuntimeError as error:
    seen["bad_map"] = str(error)

# live
for owner in (bust, *(thing.data.shape_keys for thing in bpy.data.objects if getattr(thing.data, "shape_keys", None))):
    for each in owner.animation_data.nla_tracks if owner.animation_data else ():
        each.mute = True
blocks = face().data.shape_keys.key_blocks
blocks["jawOpen"].value = 0.125
receiver = part("live").Receiver(bust, 0, host="127.0.0.1")
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
seen["live"] = []
for packets in told["packets"]:
    for packet in packets:
        sender.sendto(bytes.fromhex(packet), ("127.0.0.1", receiver.port))
    time.sleep(0.05)
    receiver.tick()
    seen["live"].append({"values": {block.name: block.value for block in blocks[1:]},
                         "head": list(bust.pose.bones["Head"].rotation_quaternion)})
receiver.close()
seen["restored"] = blocks["jawOpen"].value

# live, kept as keys
live = part("live")
live.SESSION.receiver = receiver = live.Receiver(bust, 0, host="127.0.0.1")
receiver.recording = part("recording").Recording(5)
for frame in range(30):
    receiver.recording.add({"jawOpen": frame / 60}, 10 + frame / 30, frame / 30)
seen["recorded"] = f"{sorted(bpy.ops.rigdriver.keep())} {state().told}"

# parts of one recording, cut in the sequencer; then the second part at another place
chosen.source, chosen.rig_file = "STRIP", ""
for each in list(part("timeline").sounds(scene())):
    part("timeline")._all(scene()).remove(each)
if seen["sounds"]:
    cuts = [part("timeline")._all(scene()).new_sound(name=name, filepath=told["speech"], channel=number + 1,
                                                     frame_start=1000)
            for number, name in enumerate(("first half", "second half"))]
    cuts[0].frame_offset_end, cuts[1].frame_offset_start = cuts[0].frame_final_duration - 50, 60
    seen["parts"] = []
    for name in ("first half", "second half"):
        chosen.strip = name
        seen["parts"].append([drive(), [each.frame_start for each in cuts]])
    cuts[1].frame_start = 1200
    seen["parts"].append([drive(), sorted((strip.name, strip.frame_start, strip.frame_end)
                                          for track in face().data.shape_keys.animation_data.nla_tracks
                                          for strip in track.strips
                                          if track.name == "rigdriver speech" and strip.frame_start >= 1000)])
    scene().sequence_editor.active_strip, chosen.strip = cuts[1], ""
    seen["parts"].append([drive()])
    if hasattr(cuts[1], "speed_factor"):  # from 4.0 on only a person retimes a sound
        cuts[1].speed_factor = 2
        seen["parts"][-1].append(drive())
chosen.source = "FILE"


def thing(name: str, *shapes: str):
    """An object with these shape keys, which is the character from now on."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    made = bpy.data.objects.new(name, mesh)
    scene().collection.objects.link(made)
    for shape in ("Basis", *shapes):
        made.shape_key_add(name=shape)
    chosen.character = made
    return made


# a mesh whose every shape has a driver; one of which some are muted; one with absolute keys; one of visemes
driven = thing("Driven", "jawOpen", "mouthClose")
for shape in ("jawOpen", "mouthClose"):
    driven.data.shape_keys.driver_add(f'key_blocks["{shape}"].value').driver.expression = "0.25"
seen["all_driven"] = drive()
muted = thing("Muted", "jawOpen", "mouthClose")
muted.data.shape_keys.key_blocks["jawOpen"].mute = muted.show_only_shape_key = True
muted.data.shape_keys.key_blocks["mouthClose"].keyframe_insert("value", frame=1)
seen["unseen"] = drive()
thing("Absolute", "jawOpen").data.shape_keys.use_relative = False
seen["absolute"] = drive()
thing("Visemes", "aa", "ih", "ou", "ee", "oh")
bpy.ops.rigdriver.fit()
seen["fit"], chosen.rig = [chosen.rig, state().covered], "arkit"

# from another file: Blender overrides the object and leaves the mesh there
path = told["folder"] + "/library.blend"
bpy.data.libraries.write(path, {thing("Linked", "jawOpen", "mouthClose")})
bpy.data.objects.remove(bpy.data.objects["Linked"])
with bpy.data.libraries.load(path, link=True) as (_, wanted):
    wanted.objects = ["Linked"]
scene().collection.objects.link(wanted.objects[0])
chosen.character = wanted.objects[0].override_create(remap_local_usages=True)
seen["linked"] = [drive(), state().linked]
bpy.ops.rigdriver.override()
seen["overridden"] = [drive(), state().linked]

# a jaw bone and nothing else; in Rigify's names, with eyes that look at targets
bones = {"head": ((0, 0, 1), (0, 0, 2), ""), "jaw_master": ((0, 0, 1), (0, -1, 1), "head"),
         "jaw": ((0, -1, 1), (0, -2, 1), "jaw_master"), "eye.L": ((0, -5, 1), (0, -6, 1), "head"),
         "MCH-eye.L": ((0, -1, 1.5), (0, -2, 1.5), "head")}  # fmt: skip
puppet = bpy.data.objects.new("Puppet", bpy.data.armatures.new("Puppet"))
scene().collection.objects.link(puppet)
bpy.context.view_layer.objects.active = puppet
bpy.ops.object.mode_set(mode="EDIT")
for name, (first, last, parent) in bones.items():
    bone = puppet.data.edit_bones.new(name)
    bone.head, bone.tail, bone.parent = first, last, puppet.data.edit_bones.get(parent)
bpy.ops.object.mode_set(mode="OBJECT")
aim = puppet.pose.bones["MCH-eye.L"].constraints.new("DAMPED_TRACK")
aim.target, aim.subtarget = puppet, "eye.L"
chosen.character, chosen.emotion = puppet, ""
seen["puppet"], seen["jaws"] = drive(), []
for frame in range(told["start"], told["start"] + count):
    scene().frame_set(frame)
    seen["jaws"].append(puppet.pose.bones["jaw_master"].rotation_quaternion.angle)

bpy.ops.preferences.addon_disable(module=MODULE)
seen["gone"] = not hasattr(scene(), "rigdriver")
print("SEEN " + json.dumps(seen))
