"""Sculpt the built-in head: -o writes it, --sheet draws its shapes, --portrait the head itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from rigdriver.formats.glb import pack
from rigdriver.preview import Camera, contact_sheet, load_actor, render, rotations, write_png
from rigdriver.preview.sheet import pair
from rigdriver.resources import HEAD
from rigdriver.sculpt.bust import sculpt
from rigdriver.sculpt.export import to_glb

PORTRAIT = Camera(target=(0.0, 0.205, 0.0), distance=1.2, height=0.335, yaw=0.40, pitch=0.02)
PORTRAIT_SIZE = (512, 560)
TALKING = {
    "jawOpen": 0.24,
    **pair("mouthSmile", 0.38),
    **pair("mouthUpperUp", 0.14),
    **pair("mouthLowerDown", 0.12),
    **pair("cheekSquint", 0.35),
    **pair("eyeSquint", 0.12),
    "browInnerUp": 0.30,
    **pair("browOuterUp", 0.10),
}
GLANCE = {"headYaw": 0.04, "headRoll": -0.04, "leftEyeYaw": 0.26, "rightEyeYaw": 0.26}


def main() -> None:
    """Read the command line and write what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.sculpt", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="the GLB to write; without it pictures show the one there is")
    parser.add_argument("--sheet", type=Path, help="write a PNG of every shape")
    parser.add_argument("--portrait", type=Path, help="write a PNG of the head in mid-word")
    options = parser.parse_args()
    if options.output:
        options.output.write_bytes(pack(to_glb(sculpt())))
    actor = load_actor(options.output or HEAD) if options.sheet or options.portrait else None
    if actor and options.sheet:
        write_png(options.sheet, contact_sheet(actor))
    if actor and options.portrait:
        wide, high = PORTRAIT_SIZE
        pose = TALKING, rotations(GLANCE)
        write_png(options.portrait, render(actor, *pose, width=wide, height=high, camera=PORTRAIT, shadows=True))


if __name__ == "__main__":
    main()
