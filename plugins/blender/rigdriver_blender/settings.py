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

from . import timeline
from .layered import LAYERS

PERSONALITIES = ("reserved", "natural", "lively", "theatrical")
ARKIT = "arkit"


class Pair(bpy.types.PropertyGroup):
    """One row of the map: a shape key and what it is made of."""

    shape: StringProperty(name="Shape key")
    made: StringProperty(name="Curves", description="A curve of ARKit, or a sum: 0.8 mouthSmileLeft + 0.5 jawOpen")


class Settings(bpy.types.PropertyGroup):
    source: EnumProperty(name="Sound", items=[("FILE", "File", "A recording"),
                                              ("STRIP", "Strip", "A sound strip in the sequencer, where it lies")])
    sound: StringProperty(name="File", subtype="FILE_PATH", description="The recording to speak")
    strip: StringProperty(name="Strip", description="The sound strip to speak")
    start: IntProperty(name="Start", default=1, description="Frame at which the recording begins")
    character: PointerProperty(name="Character", type=bpy.types.Object,
                               description="Its armature, a mesh with shape keys, or an empty that holds them")
    performance: StringProperty(name="Performance", subtype="FILE_PATH", description="A performance file (.yaml)")
    personality: EnumProperty(name="Personality", default="DEFAULT", description="How much is shown",
                              items=[("DEFAULT", "As the file says", ""),
                                     *((each, each.capitalize(), "") for each in PERSONALITIES)])
    emotion: StringProperty(name="Emotion", description="As in joy=.6,fear=.2; auto: what the voice sounds like")
    direct: StringProperty(name="Direct", description="As in 0.0 joy .4; 2.3 anger .8 over .5; 3 look left; 4.1 blink")
    transcript: StringProperty(name="Words", description="What is said, or @FILE; leave it empty to go by ear")
    seed: IntProperty(name="Seed", min=0, description="Of blinks, gaze and head: another number, another performance")
    layers: BoolProperty(name="Layers", default=True, description="A track each for " + ", ".join(LAYERS))
    keys: EnumProperty(name="Keys", items=[("SPARSE", "Sparse", "Few keys, where an animator would put them"),
                                           ("DENSE", "Every frame", "A key at each frame")])
    tolerance: FloatProperty(name="Error", default=0.005, min=0.0001, max=0.1, precision=4,
                             description="How far sparse keys may be off, of a full weight, from .001 (no eye tells) "
                                         "over .005 and .04 (few keys to edit) to .1 (poses)")
    keep: BoolProperty(name="Keep my edits", default=True,
                       description="Where the line was driven before, in this recording or another: keys that you "
                                   "moved, added or deleted are carried over to the new timing")
    place_sound: BoolProperty(name="Sound in the sequencer", default=True)
    jaw_bone: BoolProperty(name="Jaw bone", default=True, description="Turn a jaw bone where no shape opens the mouth")
    jaw_deg: FloatProperty(name="Opening", default=18.0, min=-60, max=60,
                           description="Degrees of a jaw bone, wide open")
    rig: StringProperty(name="Rig", default=ARKIT, description="Rig of the curves, by name (rigdriver rig list)")
    rig_file: StringProperty(name="Rig file", subtype="FILE_PATH",
                             description="A rig file (.yaml) instead of a rig by name")
    pairs: CollectionProperty(type=Pair)
    pair: IntProperty()
    port: IntProperty(name="Port", default=9000, min=1, max=65535, description="UDP port on which live curves come in")

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


def of(context: bpy.types.Context) -> Settings:
    return context.scene.rigdriver


def state(context: bpy.types.Context) -> State:
    return context.window_manager.rigdriver


def sound_strip(context: bpy.types.Context) -> object:
    """The strip that is named, or None."""
    named = of(context).strip
    return next((strip for strip in timeline.sounds(context.scene) if strip.name == named), None)


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
