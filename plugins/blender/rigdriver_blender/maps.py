"""The map panel: how much of a rig the character shows, and pairs to edit and save as a rig file."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper

from . import character, mapping, preferences, process, settings
from .errors import PluginError


class RIGDRIVER_UL_pairs(bpy.types.UIList):
    """Shape keys and what each is made of"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:
        row = layout.split(factor=0.45)
        row.label(text=item.shape, icon="CHECKMARK" if item.made.strip() else "BLANK1")
        row.prop(item, "made", text="", emboss=False)


def asked(context: bpy.types.Context, rig: str) -> list:
    return mapping.rows(process.asked(preferences.command(context), "rig", "show", rig))


def fill(context: bpy.types.Context) -> str:
    """The pairs anew from the chosen rig and the character's names; what is covered, in words. Raises PluginError."""
    chosen = settings.of(context)
    root = chosen.character or context.active_object
    if root is None:
        raise PluginError("choose a character first")
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
    return f"{len(rows) - len(found.missing)} of {len(rows)} curves of {chosen.chosen_rig} are shown"


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
        settings.state(context).told = told
        self.report({"INFO"}, told)
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


CLASSES = (RIGDRIVER_UL_pairs, RIGDRIVER_OT_fill, RIGDRIVER_OT_save_map)
