"""What a person chooses, saved with the scene; and what the panel tells while rigdriver runs, saved nowhere.

No `from __future__ import annotations` here nor where operators are: Blender reads properties from annotations.
"""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import mapping, preferences, process, timeline
from .copied.keying import STEPS
from .errors import PluginError
from .layered import LAYERS

KEYS = [("DENSE", "Every frame", "A key at each frame, exact", 1),
        ("FINE", "Fine", f"Off by {STEPS['fine']:g} of a weight at most: no eye tells it from every frame", 2),
        ("CLOSE", "Close", f"Off by {STEPS['close']:g} at most: what no animator does by hand", 0),
        ("CLEAR", "Clear", f"Off by {STEPS['clear']:g} at most: few keys, to edit", 3),
        ("LOOSE", "Loose", f"Off by {STEPS['loose']:g} at most: the shape of the line", 4),
        ("POSES", "Poses", f"Off by {STEPS['poses']:g} at most: poses that the face's curves share", 5),
        ("OWN", "Own error", "As far off as you say", 6)]
PERSONALITIES = ("reserved", "natural", "lively", "theatrical")
ARKIT = "arkit"
BESIDE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()  # from 4.5 on // needs a word
_LISTED: dict = {}  # by the words that start rigdriver: what it has does not change while Blender runs


def _rigs(self: object, context: bpy.types.Context, typed: str) -> list:
    """The rigs to choose from, as they can be asked for; none where rigdriver is not there."""
    try:
        command = preferences.command(context)
        if tuple(command) not in _LISTED:
            _LISTED[tuple(command)] = mapping.listed(process.asked(command, "rig", "list"))
        return _LISTED[tuple(command)]
    except PluginError:
        return [ARKIT]


class Pair(bpy.types.PropertyGroup):
    """One row of the map: a shape key and what it is made of."""

    shape: StringProperty(name="Shape key")
    made: StringProperty(name="Curves", description="A curve of ARKit, or a sum: 0.8 mouthSmileLeft + 0.5 jawOpen")


class Settings(bpy.types.PropertyGroup):
    source: EnumProperty(name="Sound", items=[("FILE", "File", "A recording"),
                                              ("STRIP", "Strip", "A sound strip in the sequencer, where it lies")])
    sound: StringProperty(name="File", subtype="FILE_PATH", options=BESIDE, description="The recording to speak")
    strip: StringProperty(name="Strip", description="The sound strip to speak; empty: the one that is active in the "
                                                    "sequencer. Of a trimmed strip, what is heard")
    start: IntProperty(name="Start", default=1, description="Frame at which the recording begins")
    character: PointerProperty(name="Character", type=bpy.types.Object,
                               description="Its armature, a mesh with shape keys, or an empty that holds them")
    performance: StringProperty(name="Preset", subtype="FILE_PATH", options=BESIDE,
                                description="A performance file (.yaml)")
    personality: EnumProperty(name="Personality", default="DEFAULT", description="How much is shown",
                              items=[("DEFAULT", "As the file says", ""),
                                     *((each, each.capitalize(), "") for each in PERSONALITIES)])
    emotion: StringProperty(name="Emotion", description="As in joy=.6,fear=.2; auto: what the voice sounds like")
    direct: StringProperty(name="Direct", description="As in 0.0 joy .4; 2.3 anger .8 over .5; 3 look left; 4.1 blink")
    transcript: StringProperty(name="Words", description="What is said, or @FILE; leave it empty to go by ear")
    seed: IntProperty(name="Seed", min=0, description="Of blinks, gaze and head: another number, another performance; "
                                                      "0: as the performance file says")
    layers: BoolProperty(name="Layers", default=True, description="A track each for " + ", ".join(LAYERS))
    keys: EnumProperty(name="Keys", items=KEYS, default="CLOSE",
                       description="From every frame to few keys, which lie where an animator would put them")
    tolerance: FloatProperty(name="Error", default=0.01, min=0.0001, max=0.2, precision=4,
                             description="How far keys may be off at any frame, of a full weight of 1")
    keep: BoolProperty(name="Keep my edits", default=True,
                       description="Where the line was driven before, in this recording or another: keys that you "
                                   "moved, added or deleted are carried over to the new timing")
    place_sound: BoolProperty(name="Place sound", default=True,
                              description="The sound in the sequencer, too, where it is not there already")
    jaw_bone: BoolProperty(name="Jaw bone", default=True, description="Turn a jaw bone where no shape opens the mouth")
    jaw_deg: FloatProperty(name="Opening", default=18.0, min=-60, max=60,
                           description="Degrees of a jaw bone, wide open")
    rig: StringProperty(name="Rig", default=ARKIT, search=_rigs, search_options={"SUGGESTION"},
                        description="Rig of the curves, by name (rigdriver rig list)")
    rig_file: StringProperty(name="Rig file", subtype="FILE_PATH", options=BESIDE,
                             description="A rig file (.yaml) instead of a rig by name")
    pairs: CollectionProperty(type=Pair)
    pair: IntProperty()
    port: IntProperty(name="Port", default=9000, min=1, max=65535, description="UDP port on which live curves come in")

    @property
    def error(self) -> float:
        """How far keys may be off; 0 keys every frame."""
        return self.tolerance if self.keys == "OWN" else STEPS[self.keys.lower()]

    @property
    def chosen_rig(self) -> str:
        return bpy.path.abspath(self.rig_file) if self.rig_file else self.rig.strip()


class State(bpy.types.PropertyGroup):
    running: BoolProperty()
    cancel: BoolProperty()
    share: FloatProperty(min=0, max=1, subtype="FACTOR", name="rigdriver")
    told: StringProperty()
    missing: BoolProperty()
    missed: StringProperty()
    covered: StringProperty()
    linked: BoolProperty()


def of(context: bpy.types.Context) -> Settings:
    return context.scene.rigdriver


def state(context: bpy.types.Context) -> State:
    return context.window_manager.rigdriver


def sound_strip(context: bpy.types.Context) -> object:
    """The strip that is named, or the sequencer's active one where none is; None where that is no sound."""
    editor, named = context.scene.sequence_editor, of(context).strip
    active = editor.active_strip.name if editor and editor.active_strip else ""
    return next((strip for strip in timeline.sounds(context.scene) if strip.name == (named or active)), None)


CLASSES = (Pair, Settings, State)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.rigdriver = PointerProperty(type=Settings)
    bpy.types.WindowManager.rigdriver = PointerProperty(type=State)


def unregister() -> None:
    del bpy.types.WindowManager.rigdriver
    del bpy.types.Scene.rigdriver
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
