"""Keys per second of speech and what they cost in likeness: `python -m tests.bench.keys [speech.wav …]`.

Prints, for some tolerances, how many keys a second of speech needs, in all and per curve that moves, how far the keyed
curves lie off at the frames, how many of the closures they keep, how many keys lie at moments of the phones (without
anchors and with them), and how long a minute takes. Without arguments it drives the examples' recordings.
"""

import sys
import time
from pathlib import Path

import numpy as np

from rigdriver import pipeline
from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.evaluation.closures import agreement
from rigdriver.keying import reduced
from rigdriver.keys import sampled
from rigdriver.phones import moments

EXAMPLES = Path(__file__).parents[2] / "examples"
TOLERANCES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def measure(clip: Clip, tolerance: float, moments_s: np.ndarray, anchored: bool) -> str:
    began = time.perf_counter()
    curves = reduced(clip, tolerance, anchors=moments_s if anchored else ())
    took_s = time.perf_counter() - began
    again = sampled(curves, clip.fps, clip.start, clip.end - 1)
    off = again.values - clip.pick(again.names).values
    keys, seconds = sum(map(len, curves.values())), float(clip.duration)
    lips = agreement(again.pick(clip.names), clip)
    assert lips is not None
    rows = np.round(np.concatenate([each.times for each in curves.values()]) * float(clip.fps))
    there = np.isin(rows, np.round(moments_s * float(clip.fps))).mean()
    return (f"{tolerance:9g} {'anchors' if anchored else '-':>8} {keys / seconds:7.0f} "
            f"{keys / seconds / len(curves):9.1f} {len(clip) * len(curves) / keys:9.1f} "
            f"{np.abs(off).max():9.5f} {np.sqrt(np.mean(off**2)):9.5f} "
            f"{lips.found:4d}/{lips.found + lips.missed} +{lips.false} {100 * there:7.0f} % "
            f"{60e3 * took_s / seconds:9.0f}")


def main(recordings: list[str]) -> None:
    settings = way()
    for path in recordings or [EXAMPLES / "hello.wav", EXAMPLES / "moons.wav"]:
        clip, moments_s = pipeline.drive(path, settings), moments(pipeline.phones(path, settings.model))
        clip = clip.without(name for name, curve in zip(clip.names, clip.values.T) if not curve.any())
        share = len(np.unique(np.round(moments_s * float(clip.fps)))) / len(clip)
        print(f"{path}: {float(clip.duration):.1f} s, {len(clip.names)} moving curves at {clip.fps} fps; "
              f"{100 * share:.0f} % of frames are moments of phones")
        print("tolerance           keys/s  …a curve  frames/key       max       rms  closures  at phones  ms/minute")
        print("\n".join(measure(clip, tolerance, moments_s, anchored)
                        for tolerance in TOLERANCES for anchored in (False, True)))


if __name__ == "__main__":
    main(sys.argv[1:])
