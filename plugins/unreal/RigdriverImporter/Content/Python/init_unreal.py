"""Unreal runs this file of every plugin when the editor starts; it puts our entries into the menus."""

from rigdriver_unreal import menu

menu.register()
