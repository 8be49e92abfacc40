"""What this machine makes of rigdriver: cold start, speed, latency of a hop, memory, and how cost grows with length.

All on one core, in one run, on sound that needs no file: noise in syllables (the cost does not depend on what is
said). Figures of different machines compare only as ratios within a run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.layers import Layers
from rigdriver.model.runtime import Model, hear
from rigdriver.performance import Performance

RATE = 16000
COLD_RUNS = 3
MODEL_S, HOP_S = 60, 20  # seconds of sound for the speed of the model, and for single hops
LAYERED_S = 5  # and for the layers at single hops
LENGTHS_S = (10, 100, 1000)
COLD_S = 10
LAYERS_AIM = 10  # percent of the network's time that all layers may take together
CORE_SHARE = 0.8  # of a core that live streams may take together before frames run late


@dataclass(frozen=True)
class Figure:
    """One measured line."""

    name: str
    value: float
    unit: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name:34} {self.value:9.3g} {self.unit:14} {self.note}".rstrip()


def speech_like(seconds: float, seed: int = 0) -> np.ndarray:
    """(n,) float32: noise in four syllables a second, with a pause every three seconds."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    loud = np.maximum(0, np.sin(2 * np.pi * 4 * t)) * (t % 3 < 2.4)
    return (0.1 * rng.standard_normal(len(t), np.float32) * loud).astype(np.float32)


def bench() -> Iterator[Figure]:
    """Figures, each as soon as it is measured, on one core where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the processes that it starts inherit it
    yield from _model()
    yield from _hops()
    with tempfile.TemporaryDirectory() as folder:
        yield from _whole(Path(folder))


def _model() -> Iterator[Figure]:
    began = time.perf_counter()
    model = Model.load()
    yield Figure("model load", 1000 * (time.perf_counter() - began), "ms")
    sound = speech_like(MODEL_S)
    blocks = [sound[k : k + 4 * RATE] for k in range(0, len(sound), 4 * RATE)]
    took = min(_timed(lambda: list(hear(model, iter(blocks)))) for _ in range(3))
    yield Figure("model, one thread", MODEL_S / took, "x real time", f"{MODEL_S} s of sound, best of 3")
    hops = np.array_split(sound[: LAYERED_S * RATE], LAYERED_S * model.settings.frontend.fps)
    for pushes, how in ((blocks, "in blocks of 4 s"), (hops, "a hop at a time")):
        yield Figure(f"layers, {how}", 100 * _layers_share(model, pushes), "%",
                     f"of the model's time, all layers together; aim: {LAYERS_AIM} at most")


def _layers_share(model: Model, pushes: list[np.ndarray]) -> float:
    """What all layers take over what the model takes for the same pushes, each at its best of 3."""
    clips = list(hear(model, iter(pushes)))
    heard = min(_timed(lambda: list(hear(model, iter(pushes)))) for _ in range(3))
    return min(_layered(clips) for _ in range(3)) / heard


def _layered(clips: list[Clip]) -> float:
    """Seconds that every layer takes on the model's clips, pushed as they came."""
    stream = Layers(Performance()).start(clips[0].cut(clips[0].start, clips[0].start), 0)
    return _timed(lambda: [stream.push(clip) for clip in clips])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _hops() -> Iterator[Figure]:
    """The live way: one hop of sound in, finished frames of the whole pipeline out."""
    settings = way()
    stream, sound = settings.start(), speech_like(HOP_S)
    fps = settings.model.settings.frontend.fps
    edges = np.arange(HOP_S * fps + 1) * RATE // fps
    took = [_timed(partial(stream.push, piece)) for piece in np.split(sound, edges[1:-1])][fps:]  # warmed up
    milliseconds = np.array(took) * 1000
    for share in (50, 95, 99):
        yield Figure(f"one hop, p{share}", float(np.percentile(milliseconds, share)), "ms",
                     f"a hop is {1000 / fps:.1f} ms of sound; model, layers and rig")
    yield Figure("live streams a core", CORE_SHARE * 1000 / fps / float(milliseconds.mean()), f"at {fps} fps",
                 f"{CORE_SHARE:.0%} of one core, one network call a stream")


def _whole(folder: Path) -> Iterator[Figure]:
    """Whole processes: from nothing to a written GLB."""
    costs = {}
    for seconds in LENGTHS_S:
        sound = folder / f"{seconds}.wav"
        _write(sound, seconds)
        runs = [_process(sound) for _ in range(COLD_RUNS if seconds == COLD_S else 1)]
        costs[seconds] = statistics.median(took for took, _ in runs)
        peak = max(memory for _, memory in runs)
        yield Figure(f"{seconds} s of sound to a GLB, cold", costs[seconds], "s",
                     f"whole process; peak memory {peak:.0f} MB" if peak else "whole process")
    short, middle, long = LENGTHS_S
    growth = (costs[long] - costs[middle]) / (costs[middle] - costs[short])
    yield Figure("growth of cost with length", growth * (middle - short) / (long - middle), "(1 = linear)")


def _write(path: Path, seconds: int) -> None:
    """In pieces, since a process that is started counts its parent's memory into its own peak."""
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for _ in range(0, seconds, LENGTHS_S[0]):
            file.write(speech_like(LENGTHS_S[0]))


def _process(sound: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of `rigdriver drive` in a process of its own (0 where the system does not say)."""
    command = [sys.executable, "-m", "rigdriver", "drive", str(sound), "-q"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=sound.parent)
    if not hasattr(os, "wait4"):
        return _finished(process.wait(), began), 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    return _finished(process.returncode, began), usage.ru_maxrss / scale


def _finished(code: int, began: float) -> float:
    if code:
        raise RuntimeError(f"rigdriver drive ended with {code}")
    return time.perf_counter() - began
