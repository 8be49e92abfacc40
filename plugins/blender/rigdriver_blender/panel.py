"""The sidebar of the 3D view."""

import textwrap

import bpy

from . import live, settings
from .character import several

LETTER_PX = 8  # about what a letter of Blender's font is wide
MOST_LINES = 16


class _Panel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "rigdriver"


class RIGDRIVER_PT_drive(_Panel, bpy.types.Panel):
    bl_label = "Drive"

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen, state = self.layout, settings.of(context), settings.state(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        _sound(layout, context, chosen)
        layout.prop(chosen, "character")
        column = layout.column(align=True)
        for each in ("performance", "personality", "emotion", "direct", "transcript", "seed"):
            column.prop(chosen, each)
        column = layout.column(align=True)
        column.prop(chosen, "layers")
        column.prop(chosen, "keys")
        if chosen.keys == "OWN":
            column.prop(chosen, "tolerance")
        column.prop(chosen, "keep")
        column.prop(chosen, "place_sound")
        if state.running:
            _progress(layout, state)
        else:
            row = layout.row()
            row.scale_y = 1.6
            row.operator("rigdriver.drive", icon="PLAY")
            layout.operator("rigdriver.batch", icon="DOCUMENTS")
            layout.operator("rigdriver.export_edits", icon="EXPORT")
        _told(layout, state, _width(context))
        if state.linked:
            layout.operator("rigdriver.override", icon="LIBRARY_DATA_OVERRIDE")


def _sound(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: settings.Settings) -> None:
    layout.row().prop(chosen, "source", expand=True)
    if chosen.source == "FILE":
        layout.prop(chosen, "sound")
        layout.prop(chosen, "start")
        return
    editor = context.scene.sequence_editor
    if editor is None:
        layout.label(text="The sequencer holds no sound yet", icon="INFO")
    else:
        layout.prop_search(chosen, "strip", editor, "strips_all" if hasattr(editor, "strips_all") else "sequences_all")


def _progress(layout: bpy.types.UILayout, state: settings.State) -> None:
    row = layout.row(align=True)
    if hasattr(layout, "progress"):  # from Blender 4.0 on
        row.progress(factor=state.share, text="rigdriver is at work")
    else:
        row.label(text=f"rigdriver is at work, {state.share:.0%}")
    row.operator("rigdriver.cancel", text="", icon="X")


def _told(layout: bpy.types.UILayout, state: settings.State, width: int) -> None:
    """width: letters that fit beside each other."""
    if state.told:
        _lines(layout.box(), state.told, width)
    if state.missing:
        layout.operator("rigdriver.choose", icon="FILEBROWSER")
        layout.operator("rigdriver.install", icon="IMPORT")
        layout.operator("preferences.addon_show", text="Preferences", icon="PREFERENCES").module = __package__


def _lines(layout: bpy.types.UILayout, text: str, width: int) -> None:
    column = layout.column(align=True)
    for line in [part for each in text.splitlines() for part in textwrap.wrap(each, width)][:MOST_LINES]:
        column.label(text=line)


def _width(context: bpy.types.Context) -> int:
    return max(20, int(context.region.width / context.preferences.system.ui_scale) // LETTER_PX)


class RIGDRIVER_PT_map(_Panel, bpy.types.Panel):
    bl_label = "Map"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen, state = self.layout, settings.of(context), settings.state(context)
        column = layout.column(align=True)
        column.prop(chosen, "rig_file")
        if not chosen.rig_file:
            column.prop(chosen, "rig")
        row = layout.row(align=True)
        row.operator("rigdriver.fill", icon="VIEWZOOM")
        row.operator("rigdriver.fit", icon="FILE_REFRESH")
        if state.covered:
            _lines(layout, state.covered, _width(context))
        if len(chosen.pairs):
            layout.template_list("RIGDRIVER_UL_pairs", "", chosen, "pairs", chosen, "pair", rows=8)
            if chosen.pair < len(chosen.pairs):
                layout.prop(chosen.pairs[chosen.pair], "made", text="")
            layout.operator("rigdriver.save_map", icon="FILE_TICK")
        if state.missed:
            _lines(layout.box(), f"Nothing shows {state.missed}", _width(context))
        column = layout.column(align=True)
        column.prop(chosen, "jaw_bone")
        if chosen.jaw_bone:
            column.prop(chosen, "jaw_deg")


class RIGDRIVER_PT_live(_Panel, bpy.types.Panel):
    bl_label = "Live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen, receiver = self.layout, settings.of(context), live.SESSION.receiver
        row = layout.row()
        row.enabled = receiver is None
        row.prop(chosen, "port")
        layout.operator("rigdriver.live", text="Stop" if receiver else "Listen", icon="PAUSE" if receiver else "PLAY")
        if receiver:
            _heard(layout, receiver, _width(context))


def _heard(layout: bpy.types.UILayout, receiver: live.Receiver, width: int) -> None:
    _lines(layout, receiver.told, width)
    if receiver.recording is None:
        layout.operator("rigdriver.record", icon="REC")
    else:
        layout.operator("rigdriver.keep", text=f"Keep {receiver.recording.seconds:.0f} s as keys", icon="KEY_HLT")
    if receiver.unshown:
        _lines(layout, f"Nothing shows {several(receiver.unshown)}", width)


CLASSES = (RIGDRIVER_PT_drive, RIGDRIVER_PT_map, RIGDRIVER_PT_live)
