"""What a frame costs each protocol, encoding and sending over the loopback: `python -m tests.bench.outputs`."""

from __future__ import annotations

import time

import numpy as np

from rigdriver import outputs
from rigdriver.clip import Clip
from rigdriver.rig import available, canonical, load

FRAMES = 2000
ROUNDS = 5
BUDGET_US = 300.0  # a frame at 60 fps lasts 16,667


def header(rig: str) -> Clip:
    """The protocol's own rig where it is there, else ARKit's."""
    return Clip.header((load(rig) if rig in available() else canonical()).names, 60)


def cost_us(scheme: str, frames: int = FRAMES, rounds: int = ROUNDS) -> tuple[float, int, int]:
    """Microseconds of a frame in the best of some rounds, its datagrams and its bytes."""
    clip = header(outputs.wants(f"{scheme}://"))
    values = np.random.default_rng(0).uniform(0, 1, (frames, len(clip.names))).astype(np.float32)
    best = np.inf
    with (outputs.open_listener(f"{scheme}://127.0.0.1:0") as listener,
          outputs.open_output(f"{scheme}://127.0.0.1:{listener.port}", clip) as output):
        for _ in range(rounds):
            start = time.perf_counter()
            for index, frame in enumerate(values):
                output.send(frame, index, index / 60)
            best = min(best, time.perf_counter() - start)
        counted = output.counters
        return best / frames * 1e6, counted.packets // counted.sent, counted.bytes // counted.sent


def main() -> None:
    print(f"{'protocol':14} {'µs a frame':>10} {'datagrams':>10} {'bytes':>7}")
    for row in outputs.rows():
        if row.listens:
            cost, datagrams, size = cost_us(row.name)
            print(f"{row.name:14} {cost:10.1f} {datagrams:10d} {size:7d}")


if __name__ == "__main__":
    main()
