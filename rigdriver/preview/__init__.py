"""Look at a talking head without a GPU, a browser or a game engine: GLB in, pictures out, NumPy alone."""

from rigdriver.preview.actor import Actor, load_actor
from rigdriver.preview.emotions import emotion_sheet
from rigdriver.preview.frame import render
from rigdriver.preview.png import png_bytes, write_png
from rigdriver.preview.raster import Camera
from rigdriver.preview.sheet import contact_sheet
from rigdriver.preview.strip import strip
from rigdriver.preview.turning import rotations

__all__ = ["Actor", "Camera", "contact_sheet", "emotion_sheet", "load_actor", "png_bytes", "render", "rotations",
           "strip", "write_png"]
