"""Keys per second of speech and what they cost: `python -m tests.bench.keys [speech.wav …] [--picture OUT.png]`.

Prints, for each step from dense to sparse, of keys that every curve has for itself and of keys that the curves of a
part of the face share: how many a second of speech needs, on how many frames a second some curve is keyed (all, and of
the mouth), how many of the mouth's curves such a frame has, how far the keyed curves lie off, how many closures still
shut, how many keys lie at moments of the phones, and how long a minute takes. By default it drives the examples'.
"""

import sys
import time
from pathlib import Path

import numpy as np

from rigdriver import gathering, pipeline
from rigdriver.anchoring import Accents, anchors
from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.keying import STEPS, reduced
from rigdriver.keys import Keys
from rigdriver.likeness import Likeness

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLowerDownLeft", "mouthSmileLeft")
SHOWN_S = 3.0
HEAD = ("step       keys    keys/s  frames/s  mouth's  curves each       max       rms  closures     gap  at moments  "
        "ms/minute")


def driven(path: str | Path) -> tuple[Clip, dict[str, list[float]]]:
    """The moving curves, and the moments that an animator would key."""
    settings, accents = way(), Accents()
    clip = pipeline.drive(path, settings, witness=accents)
    clip = clip.without(name for name, curve in zip(clip.names, clip.values.T) if not curve.any())
    return clip, anchors(pipeline.phones(path, settings.model), accents)


def rows_of(clip: Clip, curves: dict[str, Keys]) -> np.ndarray:
    return np.round(np.concatenate([each.times for each in curves.values()]) * float(clip.fps)).astype(int)


def measure(clip: Clip, step: str, moments: dict[str, list[float]], shared: bool) -> str:
    began = time.perf_counter()
    curves = reduced(clip, STEPS[step], anchors=moments if shared else (), shared=shared)
    took_s = time.perf_counter() - began
    cost, seconds = Likeness.of(clip, curves), float(clip.duration)
    mouth = {name: curves[name] for name in gathering.parts(curves)[gathering.MOUTH]}
    rows = rows_of(clip, mouth)
    frames = len(np.unique(rows))
    there = np.isin(rows, np.round(np.array(moments[gathering.MOUTH]) * float(clip.fps))).mean()
    return (f"{step:10s} {'shared' if shared else 'alone':6s} {cost.per_second:7.0f} {cost.frames / seconds:9.1f} "
            f"{frames / seconds:8.1f} {len(rows) / frames:12.1f} {cost.most:9.4f} {cost.rms:9.5f} "
            f"{cost.kept:5d}/{cost.closures:<3d} {cost.gap:7.4f} {100 * there:9.0f} % {60e3 * took_s / seconds:10.0f}")


def picture(clip: Clip, moments: dict[str, list[float]], path: str, step: str = "loose") -> None:
    """Some of the mouth's curves, dense and keyed both ways, for a few seconds."""
    from matplotlib import pyplot

    made = {"alone": reduced(clip, STEPS[step]), "shared": reduced(clip, STEPS[step], anchors=moments, shared=True)}
    figure, axes = pyplot.subplots(2, 1, figsize=(17, 11), sharex=True)
    times = np.arange(0.3, 0.3 + SHOWN_S, 0.002)
    for axis, (how, curves) in zip(axes, made.items()):
        for k, name in enumerate(SHOWN):
            colour, up = f"C{k}", 0.55 * (len(SHOWN) - 1 - k)
            axis.plot(clip.times, clip[name] + up, color=colour, alpha=0.35, linewidth=4)
            axis.plot(times, curves[name].at(times) + up, color=colour, linewidth=1)
            axis.plot(curves[name].times, curves[name].values + up, "o", color=colour, markersize=5)
            axis.text(0.31, up + 0.2, name)
        for at in np.unique(rows_of(clip, {name: curves[name] for name in SHOWN})) / float(clip.fps):
            axis.axvline(at, color="0.85", linewidth=0.8, zorder=0)
        axis.plot(moments[gathering.MOUTH], np.full(len(moments[gathering.MOUTH]), -0.08), "k^", markersize=6)
        axis.set(xlim=(times[0], times[-1]), ylim=(-0.15, 3.5), title=f"{step}, keyed {how}: " +
                 next(Likeness.of(clip, curves).lines()))
    figure.tight_layout()
    figure.savefig(path, dpi=70)


def main(arguments: list[str]) -> None:
    out = arguments.pop(arguments.index("--picture") + 1) if "--picture" in arguments else ""
    recordings = [each for each in arguments if each != "--picture"]
    for path in recordings or [EXAMPLES / "hello.wav", EXAMPLES / "moons.wav"]:
        clip, moments = driven(path)
        print(f"{path}: {float(clip.duration):.1f} s, {len(clip.names)} moving curves at {clip.fps} fps")
        print(HEAD)
        print("\n".join(measure(clip, step, moments, shared)
                        for step in STEPS if STEPS[step] for shared in (False, True)))
        if out:
            picture(clip, moments, out)
            out = ""


if __name__ == "__main__":
    main(sys.argv[1:])
