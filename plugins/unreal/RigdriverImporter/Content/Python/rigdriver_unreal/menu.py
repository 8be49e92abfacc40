"""Menu entries: Tools → Import facial curves, and the same on Skeletal Meshes and Skeletons in the Content Browser."""

from __future__ import annotations

import unreal

MENUS = ("LevelEditor.MainMenu.Tools", "ContentBrowser.AssetContextMenu.SkeletalMesh",
         "ContentBrowser.AssetContextMenu.Skeleton")  # fmt: skip
SECTION = "Rigdriver"
COMMAND = "from rigdriver_unreal import dialog; dialog.open()"


def register() -> None:
    """Adds the entries. A menu may be extended before it exists; in a commandlet nobody will ever open it."""
    menus = unreal.ToolMenus.get()
    for name in MENUS:
        menu = menus.extend_menu(name)
        menu.add_section(SECTION, "rigdriver")
        menu.add_menu_entry(SECTION, _entry())
    menus.refresh_all_widgets()


def _entry() -> unreal.ToolMenuEntry:
    entry = unreal.ToolMenuEntry(name="RigdriverImport", type=unreal.MultiBlockType.MENU_ENTRY)
    entry.set_label("Import facial curves…")
    entry.set_tool_tip("A folder of rigdriver, Live Link Face or JSON files into Animation Sequences")
    entry.set_string_command(unreal.ToolMenuStringCommandType.PYTHON, "", COMMAND)
    return entry
