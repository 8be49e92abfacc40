"""The buttons: drive, drive many, cancel, find and install rigdriver, export what was edited."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from . import actions, character, preferences, process, settings, timeline
from .errors import PluginError
from .process import Order, Run
from .take import Take
from .waiting import Waiting
from .work import Place, Work

GAP_S = 0.5  # between lines that are placed one after the other
SOUNDS = "*.wav;*.flac;*.ogg;*.opus;*.mp3;*.aiff;*.aif;*.m4a"


def order(context: bpy.types.Context, speech: str) -> Order:
    """What the panel says, for one recording. Raises PluginError."""
    chosen = settings.of(context)
    if not Path(speech).is_file():
        raise PluginError(f"{speech}: is not there" if speech else "choose a recording")
    return Order(speech, timeline.fps(context.scene), chosen.chosen_rig, bpy.path.abspath(chosen.performance),
                 "" if chosen.personality == "DEFAULT" else chosen.personality, chosen.emotion.strip(),
                 _told_or_file(chosen.direct), _told_or_file(chosen.transcript), chosen.seed)


def _told_or_file(text: str) -> str:
    """Words, or @ and a file, which may lie beside the .blend (@//words.txt)."""
    text = text.strip()
    return f"@{bpy.path.abspath(text[1:])}" if text.startswith("@") else text


def take(context: bpy.types.Context, speech: str, start: int) -> Take:
    chosen = settings.of(context)
    return Take(Path(speech).stem, order(context, speech), start, chosen.error, chosen.jaw_deg, layered=chosen.layers,
                keep=chosen.keep)


def _of_strip(context: bpy.types.Context) -> Take:
    """The chosen strip where it lies; of a trimmed one what is heard of it. Raises PluginError."""
    strip = settings.sound_strip(context)
    if strip is None:
        raise PluginError("choose a sound strip of the sequencer")
    made = take(context, timeline.file_of(strip, Path(tempfile.gettempdir())), timeline.begins(strip))
    if timeline.is_retimed(strip):
        told = f"the strip {strip.name} plays at another speed; its whole recording was driven, at its own"
        return replace(made, notes=(told,))
    part = timeline.trimmed(strip)
    if part is None:
        return made
    part_s = tuple(float(frame / made.order.fps) for frame in part)
    return replace(made, name=strip.name, order=replace(made.order, part_s=part_s))


def place(context: bpy.types.Context) -> Place:
    """Raises PluginError where no character is chosen."""
    chosen = settings.of(context)
    root = chosen.character or context.active_object
    if root is None:
        raise PluginError("choose a character: its armature, or a mesh with shape keys")
    settings.state(context).linked = bool(character.linked(character.belonging(root)))
    return Place(context.scene, root, chosen.place_sound, chosen.jaw_bone)


class RIGDRIVER_OT_drive(Waiting, bpy.types.Operator):
    """Hear the recording and animate the character with it"""

    bl_idname = "rigdriver.drive"
    bl_label = "Drive"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def begin(self, context: bpy.types.Context) -> Work:
        where, command = place(context), preferences.command(context)
        if settings.of(context).source == "FILE":
            chosen = settings.of(context)
            return Work(command, [take(context, bpy.path.abspath(chosen.sound), chosen.start)], where)
        return Work(command, [_of_strip(context)], replace(where, sound=False))

    def end(self, context: bpy.types.Context, work: Work) -> str:
        return _told(work)


class RIGDRIVER_OT_batch(Waiting, bpy.types.Operator, ImportHelper):
    """Drive many recordings onto the character, each as actions of its own"""

    bl_idname = "rigdriver.batch"
    bl_label = "Drive many"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    filter_glob: StringProperty(default=SOUNDS, options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN"})
    placing: EnumProperty(name="Place", items=[
        ("ACTIONS", "As actions", "Kept with the file, not on the timeline: for a game's export"),
        ("ROW", "In a row", "One after the other on the tracks, with their sounds")])  # fmt: skip

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set:
        return ImportHelper.invoke(self, context, event)

    def execute(self, context: bpy.types.Context) -> set:
        if bpy.app.background or context.window is None:
            return Waiting.execute(self, context)
        return Waiting.invoke(self, context, None)

    def begin(self, context: bpy.types.Context) -> Work:
        where, command = place(context), preferences.command(context)
        named = [str(Path(self.directory) / each.name) for each in self.files if each.name] or [self.filepath]
        row = self.placing == "ROW"
        takes = [replace(take(context, each, settings.of(context).start), place=row) for each in named]
        if len({each.name for each in takes}) < len(takes):
            raise PluginError("two recordings have the same name; their actions would be one")
        takes = [replace(each, together=frozenset(other.name for other in takes)) for each in takes]
        return Work(command, takes, where, _one_after_the_other if row else None)

    def end(self, context: bpy.types.Context, work: Work) -> str:
        return _told(work)


def _one_after_the_other(take: Take, ended: int) -> Take:
    return replace(take, start=ended + round(GAP_S * take.order.fps) if ended else take.start)


def _told(work: Work) -> str:
    lines = [report.line() for report in work.reports]
    notes = dict.fromkeys(note for report in work.reports for note in report.notes)
    return "\n".join([*lines, *notes])


class RIGDRIVER_OT_cancel(bpy.types.Operator):
    """Stop rigdriver; nothing is changed"""

    bl_idname = "rigdriver.cancel"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set:
        settings.state(context).cancel = True
        return {"FINISHED"}


class RIGDRIVER_OT_check(bpy.types.Operator):
    """Look for rigdriver and start it once"""

    bl_idname = "rigdriver.check"
    bl_label = "Check"

    def execute(self, context: bpy.types.Context) -> set:
        try:
            told = f"rigdriver {process.version(preferences.command(context))} is there"
        except PluginError as error:
            settings.state(context).told, settings.state(context).missing = str(error), True
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        settings.state(context).told, settings.state(context).missing = told, False
        self.report({"INFO"}, told)
        return {"FINISHED"}


class RIGDRIVER_OT_choose(bpy.types.Operator, ImportHelper):
    """Choose the rigdriver program, or a Python that has it"""

    bl_idname = "rigdriver.choose"
    bl_label = "Choose rigdriver"

    def execute(self, context: bpy.types.Context) -> set:
        preferences.of(context).program = self.filepath
        return bpy.ops.rigdriver.check()


class Installing:
    """pip at work."""

    def __init__(self, commands: list):
        self._run = Run([], at_once=1)
        for command in commands:
            self._run.add(command)

    @property
    def share(self) -> float:
        return self._run.share

    def step(self) -> bool:
        return self._run.poll()

    def close(self) -> None:
        self._run.close()


class RIGDRIVER_OT_install(Waiting, bpy.types.Operator):
    """Install rigdriver into an environment of its own, beside this add-on's files (about 250 MB)"""

    bl_idname = "rigdriver.install"
    bl_label = "Install rigdriver"

    def begin(self, context: bpy.types.Context) -> Installing:
        source = bpy.path.abspath(preferences.of(context).source)
        if not source:
            raise PluginError("say in the preferences what to install from: rigdriver's folder, a wheel, or an address")
        if not getattr(bpy.app, "online_access", True):
            raise PluginError("Blender is set to stay offline; allow online access in Preferences > System")
        return Installing(preferences.installation(source))

    def end(self, context: bpy.types.Context, work: Installing) -> str:
        return f"rigdriver {process.version(preferences.command(context))} is installed"


class RIGDRIVER_OT_export_edits(bpy.types.Operator, ExportHelper):
    """Write what was generated and what was edited in the character's actions, as JSON"""

    bl_idname = "rigdriver.export_edits"
    bl_label = "Export edits"

    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})
    edited_only: BoolProperty(name="Only edited actions", default=False)

    def execute(self, context: bpy.types.Context) -> set:
        root = settings.of(context).character or context.active_object
        if root is None:
            self.report({"ERROR"}, "choose a character first")
            return {"CANCELLED"}
        found = [actions.edits(action) for action in bpy.data.actions
                 if (actions.told(action) or {}).get("character") == root.name
                 and (actions.is_edited(action) or not self.edited_only)]
        if not found:
            self.report({"ERROR"}, "no action of rigdriver's is on this character")
            return {"CANCELLED"}
        document = {"format": "rigdriver-blender-edits", "version": 1, "takes": found}
        try:
            Path(self.filepath).write_text(json.dumps(document), encoding="utf-8")
        except OSError as error:
            self.report({"ERROR"}, f"{self.filepath}: {error.strerror}")
            return {"CANCELLED"}
        self.report({"INFO"}, f"{len(found)} actions written")
        return {"FINISHED"}


CLASSES = (RIGDRIVER_OT_drive, RIGDRIVER_OT_batch, RIGDRIVER_OT_cancel, RIGDRIVER_OT_check, RIGDRIVER_OT_choose,
           RIGDRIVER_OT_install, RIGDRIVER_OT_export_edits)
