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

PORTRAIT = Camera(target=(0.0, 0.196, 0.0), distance=1.2, height=0.36, yaw=0.55, pitch=0.03)
PORTRAIT_SIZE = (512, 560)
TALKING = {
    "jawOpen": 0.26,
    **pair("mouthSmile", 0.26),
    **pair("mouthUpperUp", 0.16),
    **pair("mouthLowerDown", 0.16),
    **pair("cheekSquint", 0.25),
    "browInnerUp": 0.15,
    **pair("browOuterUp", 0.15),
}
GLANCE = {"headYaw": 0.06, "headRoll": 0.05, "leftEyeYaw": 0.36, "rightEyeYaw": 0.36}


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
        write_png(options.portrait, render(actor, TALKING, rotations(GLANCE), width=wide, height=high, camera=PORTRAIT))


if __name__ == "__main__":
    main()
