"""The map panel: how much of a rig the character shows, which rig it shows best, and pairs to edit and save."""

from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper

from . import character, mapping, preferences, process, settings
from .errors import PluginError


class RIGDRIVER_UL_pairs(bpy.types.UIList):
    """Shape keys and what each is made of"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:
        made = item.made.strip()
        text = item.shape if made in ("", item.shape) else f"{item.shape} = {made}"
        layout.label(text=text, icon="CHECKMARK" if made else "BLANK1")


def asked(context: bpy.types.Context, rig: str) -> list:
    return mapping.rows(process.asked(preferences.command(context), "rig", "show", rig))


@dataclass(frozen=True)
class Fit:
    """How well a character shows a rig: its channels, and those that move something of the character."""

    rig: str
    channels: int
    shown: int

    def __str__(self) -> str:
        return f"{self.shown} of {self.channels} curves of {self.rig} are shown"


def fits(context: bpy.types.Context, root: bpy.types.Object) -> list:
    """Of every rig that rigdriver has, the one that moves most of the character's shapes first; of several, the one
    of which least is missing."""
    command, found = preferences.command(context), []
    for rig in mapping.listed(process.asked(command, "rig", "list")):
        names = [row.name for row in mapping.rows(process.asked(command, "rig", "show", rig))]
        there = character.of(root, names, settings.of(context).jaw_bone)
        fit = Fit(rig, len(names), len(names) - len(there.missing))
        moved = len({(face.label, shape) for face in there.faces for shape in face.moves})
        found.append((moved, fit.shown / max(1, fit.channels), rig == settings.ARKIT, fit))
    return [each[-1] for each in sorted(found, key=lambda each: each[:-1], reverse=True)]


def fill(context: bpy.types.Context) -> str:
    """The pairs anew from the chosen rig and the character's names; what is covered, in words. Raises PluginError."""
    chosen = settings.of(context)
    root = _root(context)
    rows = asked(context, chosen.chosen_rig)
    made = {row.name: row.made or row.name for row in rows}
    found = character.of(root, list(made), chosen.jaw_bone)
    chosen.pairs.clear()
    shapes = {}
    for face in character.faces(character.belonging(root)):
        names = [block.name for block in face.key.key_blocks if block != face.key.reference_key]
        shapes.update(dict.fromkeys(name for name in names if name not in shapes))
    for face in found.faces:
        shapes.update({shape: made[curve] for shape, curve in face.moves.items()})
    for shape, what in shapes.items():
        pair = chosen.pairs.add()
        pair.shape, pair.made = shape, what or ""
    settings.state(context).missed = ", ".join(found.missing)
    fit = Fit(Path(chosen.chosen_rig).name, len(rows), len(rows) - len(found.missing))
    settings.state(context).covered = "\n".join([str(fit), *found.left])
    settings.state(context).linked = bool(character.linked(character.belonging(root)))
    return str(fit)


def _root(context: bpy.types.Context) -> bpy.types.Object:
    root = settings.of(context).character or context.active_object
    if root is None:
        raise PluginError("choose a character first")
    return root


class RIGDRIVER_OT_fill(bpy.types.Operator):
    """Look which curves of the rig this character shows"""

    bl_idname = "rigdriver.fill"
    bl_label = "Coverage"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set:
        try:
            told = fill(context)
        except PluginError as error:
            settings.state(context).missing = isinstance(error, process.MissingError)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, told)
        return {"FINISHED"}


class RIGDRIVER_OT_fit(bpy.types.Operator):
    """Look which of rigdriver's rigs this character shows best, and choose it"""

    bl_idname = "rigdriver.fit"
    bl_label = "Find the rig"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set:
        try:
            best = fits(context, _root(context))[0]
            if not best.shown:
                raise PluginError("the character shows nothing of any rig by its names; draw up a map of your own")
            settings.of(context).rig, settings.of(context).rig_file = best.rig, ""
            fill(context)
        except PluginError as error:
            settings.state(context).missing = isinstance(error, process.MissingError)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, str(best))
        return {"FINISHED"}


class RIGDRIVER_OT_override(bpy.types.Operator):
    """Make library overrides of the character's meshes, whose shape keys can be animated then"""

    bl_idname = "rigdriver.override"
    bl_label = "Override its meshes"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set:
        try:
            found = character.linked(character.belonging(_root(context)))
        except PluginError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for mesh in dict.fromkeys(thing.data for thing in found):
            mesh.override_create(remap_local_usages=True)
        settings.state(context).linked = False
        self.report({"INFO"}, f"{len(found)} meshes have overrides of their own")
        return {"FINISHED"}


class RIGDRIVER_OT_save_map(bpy.types.Operator, ExportHelper):
    """Save the pairs as a rig file, and use it"""

    bl_idname = "rigdriver.save_map"
    bl_label = "Save rig file"

    filename_ext = ".yaml"
    filter_glob: StringProperty(default="*.yaml;*.yml", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set:
        try:
            told = self._save(context)
        except (PluginError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, told)
        return {"FINISHED"}

    def _save(self, context: bpy.types.Context) -> str:
        chosen, path = settings.of(context), Path(self.filepath)
        if chosen.rig_file:
            why = mapping.editable(Path(chosen.chosen_rig).read_text(encoding="utf-8"))
            if why:
                raise PluginError(f"{chosen.chosen_rig}: {why}")
        arkit = asked(context, settings.ARKIT)
        angles = [row.name for row in arkit if row.unit == "radian"]
        pairs = {pair.shape: pair.made for pair in chosen.pairs}
        path.write_text(mapping.text(path.stem, pairs, angles, [row.name for row in arkit]), encoding="utf-8")
        rows = asked(context, str(path))  # rigdriver reads it, or says what is wrong
        chosen.rig_file = str(path)
        return f"{path.name}: {len(rows)} channels, and it is used from now on"


CLASSES = (RIGDRIVER_UL_pairs, RIGDRIVER_OT_fill, RIGDRIVER_OT_fit, RIGDRIVER_OT_override, RIGDRIVER_OT_save_map)
