"""rigdriver in Blender: a recording becomes a talking face, in layers of few keys, on tracks that can be muted.

The panel is in the 3D view's sidebar. rigdriver itself runs outside, in its own Python; nothing of it is imported here.
"""

bl_info = {
    "name": "rigdriver",
    "author": "rigdriver",
    "version": (0, 1, 0),
    "blender": (3, 3, 0),
    "location": "3D View > Sidebar > rigdriver",
    "description": "A recording becomes a talking face, in layers of few keys",
    "category": "Animation",
}

import bpy  # noqa: E402 - Blender 3 reads bl_info before it runs anything

from . import live, maps, operators, panel, preferences, settings  # noqa: E402

_CLASSES = (*preferences.CLASSES, *operators.CLASSES, *maps.CLASSES, *live.CLASSES, *panel.CLASSES)


def register() -> None:
    settings.register()
    for each in _CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    live.SESSION.stop()
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
    settings.unregister()
