"""Where rigdriver is: chosen by a person, installed by a button, or found on PATH."""

import sys
from pathlib import Path

import bpy
from bpy.props import StringProperty

from . import process

OWN = "env"


class RIGDRIVER_Preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    program: StringProperty(name="rigdriver", subtype="FILE_PATH",
                            description="The rigdriver program, a Python or an environment that has it; empty: found")
    source: StringProperty(name="Install from", subtype="FILE_PATH",
                           description="What the button installs: rigdriver's folder, a wheel, or an address for pip")

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.prop(self, "program")
        layout.label(text=found(context))
        layout.operator("rigdriver.check", icon="VIEWZOOM")
        layout.separator()
        layout.prop(self, "source")
        layout.operator("rigdriver.install", icon="IMPORT")


def of(context: bpy.types.Context) -> RIGDRIVER_Preferences:
    return context.preferences.addons[__package__].preferences


def command(context: bpy.types.Context) -> list:
    """The words that start rigdriver. Raises MissingError."""
    return process.find(bpy.path.abspath(of(context).program), own_environment())


def found(context: bpy.types.Context) -> str:
    try:
        return "Found: " + " ".join(command(context))
    except process.MissingError as error:
        return str(error)


def own_environment() -> Path:
    """Where the button installs to: the add-on's own folder for files."""
    if __package__.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(__package__, path=OWN, create=False))
    return Path(bpy.utils.user_resource("DATAFILES", path="rigdriver")) / OWN


def installation(source: str) -> list:
    """The commands that install rigdriver into an environment of its own, in order."""
    place = own_environment()
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return [[sys.executable, "-m", "venv", str(place)],
            [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", source]]


CLASSES = (RIGDRIVER_Preferences,)
