"""What a tick of `rigdriver serve` takes against the number of streams: `python -m tests.bench.serve [SECONDS]`.

One process, everybody speaks, frames are encoded as JSON; sockets are not in it (`--sockets`: they are). Time is the
thread's own (what a core does), beside it what the clock on the wall says. Streams a core: those whose ticks would fill
it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.ensemble import Ensemble, delay_steps
from rigdriver.service.voice import Shown, Voice
from rigdriver.service.wire import json_encoder
from tests.bench import sockets
from tests.speech import hello

TICK_MS = 1000 / 60
RATE = 16000
COUNTS = (1, 4, 8, 16, 24, 32, 40, 48)
WAYS = {"alone": ("onnx", {"batched": False}), "batched": ("onnx", {}), "steps": ("steps", {}),
        "steps, hop 2": ("steps", {"hop": 2}), "steps, hop 4": ("steps", {"hop": 4})}


class Steady:
    """A clock on which no tick is ever missed, so that every tick does a tick's work."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def wait_until(self, moment: float) -> None:
        self._now = max(self._now, moment)


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a tick: of the thread's own time, and on the wall."""

    mean: float
    p50: float
    p99: float
    wall_p99: float

    def streams(self, count: int) -> float:
        """That fill a core."""
        return count * TICK_MS / self.mean


def cost(way: Drive, count: int, seconds: float = 4.0, hop: int = 1, batched: bool = True) -> Cost:
    ensemble = Ensemble(way.model.engine, Steady(), _broken, hop, batched)
    samples = np.tile(hello().samples, 2 + round((seconds + 2) * RATE / len(hello().samples)))
    for k in range(count):
        voice = Voice(way, delay_steps(hop), 60.0)
        voice.listen(np.roll(samples, -1777 * k), RATE)
        ensemble.join(voice)
        ensemble.turn()  # people come one by one, and what each voice does ten times a second falls into other ticks
    for _ in range(12):
        ensemble.turn()
        ensemble.leaving()
    own, wall = [], []
    for _ in range(round(seconds * 60 / hop)):
        began, began_own = time.perf_counter(), time.thread_time()
        ensemble.turn()
        _encoded(ensemble.leaving())
        own.append(1000 * (time.thread_time() - began_own) / hop)
        wall.append(1000 * (time.perf_counter() - began) / hop)
    return Cost(float(np.mean(own)), *np.percentile(own, (50, 99)).tolist(), float(np.percentile(wall, 99)))


def _encoded(leaving: Sequence[tuple[Voice, list[Shown]]]) -> None:
    for voice, frames in leaving:
        encode = json_encoder(voice.header)
        for shown in frames:
            encode(shown.frame, shown.time_s, shown.said_s)


def _broken(_: Voice, error: Exception) -> None:
    raise error


def main() -> None:
    seconds, *options = [word for word in sys.argv[1:] if word != "--sockets"] or ["4"]
    if "--sockets" in sys.argv:
        sockets.main(float(seconds), options)
    else:
        ticks(float(seconds))


def ticks(seconds: float) -> None:
    print(f"{'':16}{'streams':>8}{'mean ms':>9}{'p50':>8}{'p99':>8}{'wall p99':>10}{'a core':>8}")
    for name, (engine, options) in WAYS.items():
        way = Drive(Model.load(engine=engine))
        for count in COUNTS:
            got = cost(way, count, seconds, **options)
            print(f"{name:16}{count:8}{got.mean:9.2f}{got.p50:8.2f}{got.p99:8.2f}{got.wall_p99:10.2f}"
                  f"{got.streams(count):8.1f}", flush=True)


if __name__ == "__main__":
    main()
