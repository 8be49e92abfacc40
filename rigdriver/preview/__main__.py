"""`python -m rigdriver.preview CLIP -o strip.png`: a film strip of a take on the built-in head.

Without CLIP a sheet of what each emotion does to it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from rigdriver import formats
from rigdriver.preview import emotion_sheet, load_actor, strip, write_png
from rigdriver.resources import HEAD

FRAMES = 8


def main() -> None:
    """Read the command line and draw what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.preview", description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?", help="a take: .npz, .csv, .glb; default: a sheet of emotions")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--times", type=float, nargs="+", help=f"seconds; default: {FRAMES} evenly over the take")
    parser.add_argument("--words", nargs="+", help="what to write under each picture; default: its time")
    options = parser.parse_args()
    if options.clip is None:
        return write_png(options.output, emotion_sheet(load_actor(HEAD)))
    clip = formats.read(options.clip)
    times = options.times or np.linspace(clip.times[0], clip.times[-1], FRAMES + 2)[1:-1].tolist()
    return write_png(options.output, strip(load_actor(HEAD), clip, times, options.words or ()))


if __name__ == "__main__":
    main()
