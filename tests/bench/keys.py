"""Keys per second of speech and what they cost in likeness: `python -m tests.bench.keys [speech.wav …]`.

Prints, for some tolerances, how many keys a second of speech needs, in all and per curve that moves, how far the keyed
curves lie off at the frames, and how long a minute takes. Without arguments it drives the examples' recordings.
"""

import sys
import time
from pathlib import Path

import numpy as np

import rigdriver
from rigdriver.clip import Clip
from rigdriver.keying import reduced
from rigdriver.keys import sampled

EXAMPLES = Path(__file__).parents[2] / "examples"
TOLERANCES = (0.001, 0.002, 0.005, 0.01, 0.02)


def measure(clip: Clip, tolerance: float) -> str:
    began = time.perf_counter()
    curves = reduced(clip, tolerance)
    took_s = time.perf_counter() - began
    again = sampled(curves, clip.fps, clip.start, clip.end - 1)
    off = again.values - clip.pick(again.names).values
    keys, seconds = sum(map(len, curves.values())), float(clip.duration)
    return (f"{tolerance:9g} {keys / seconds:9.0f} {keys / seconds / len(curves):9.1f} "
            f"{len(clip) * len(curves) / keys:9.1f} "
            f"{np.abs(off).max():9.5f} {np.sqrt(np.mean(off**2)):9.5f} {60e3 * took_s / seconds:9.0f}")


def main(recordings: list[str]) -> None:
    for path in recordings or [EXAMPLES / "hello.wav", EXAMPLES / "moons.wav"]:
        clip = rigdriver.drive(path)
        clip = clip.without(name for name, curve in zip(clip.names, clip.values.T) if not curve.any())
        print(f"{path}: {float(clip.duration):.1f} s, {len(clip.names)} moving curves at {clip.fps} fps")
        print("tolerance    keys/s  …a curve  frames/key       max       rms  ms/minute")
        print("\n".join(measure(clip, tolerance) for tolerance in TOLERANCES))


if __name__ == "__main__":
    main(sys.argv[1:])
