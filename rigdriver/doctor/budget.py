"""The latency budget: from a sound to the packet that shows it, in its parts, measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from rigdriver import outputs
from rigdriver import rig as rigs
from rigdriver.choose import way
from rigdriver.doctor.finding import BAD, GOOD, NOTE, Finding
from rigdriver.live.clock import SystemClock
from rigdriver.live.intake import TARGET_S, Intake
from rigdriver.live.performer import Frame, Performer

AREA = "latency"
STEPS, WARM = 240, 60  # of hearing that are timed, and before them
SLEEPS = 90
CROWDED = 0.6  # of a step that hearing may take before frames are late whenever something else runs


def look() -> Iterator[Finding]:
    choice = way()
    intake = Intake(choice.model.settings.frontend.rate)
    performer = Performer(choice, intake, [rigs.load("arkit")])
    step_ms = 1000 / performer.steps_per_s
    busy, frames = _hearing(performer, intake)
    late, sent = _waking(1 / performer.steps_per_s), _sending(performer, frames)
    parts = {"capture": 1000 * TARGET_S, "step": step_ms, "lookahead": 1000 * performer.latency_s - step_ms,
             "compute": busy, "wake": late, "send": sent}
    total = sum(parts.values()) - busy  # hearing is done long before the next step is due
    yield Finding(AREA, GOOD, f"capture {parts['capture']:.0f} + step {step_ms:.0f} + lookahead "
                  f"{parts['lookahead']:.0f} + waking late {late:.1f} + send {sent:.2f} = {total:.0f} ms from a sound "
                  "to its packet, and what the sound card takes",
                  {**{f"{name}_ms": value for name, value in parts.items()}, "total_ms": total})
    share = busy / step_ms
    state = BAD if share > 1 else NOTE if share > CROWDED else GOOD
    yield Finding(AREA, state, f"hearing takes {busy:.1f} ms of every {step_ms:.1f} (p99)"
                  f"{': too slow, frames will be dropped' if share > 1 else ': tight' if share > CROWDED else ''}",
                  {"compute_p99_ms": busy, "share": share})


def _hearing(performer: Performer, intake: Intake) -> tuple[float, list[Frame]]:
    """Milliseconds of a step (p99), and the frames that came of it. The cost does not depend on what is said."""
    noise = np.random.default_rng(0).normal(0, 0.05, intake.rate * (STEPS + WARM) // performer.steps_per_s + 1000)
    intake.push(noise.astype(np.float32), intake.rate)
    took: list[float] = []
    frames: list[Frame] = []
    for _ in range(WARM + STEPS):
        began = time.perf_counter()
        frames += performer.perform(1)
        took.append(1000 * (time.perf_counter() - began))
    return float(np.percentile(took[WARM:], 99)), frames


def _waking(step_s: float) -> float:
    """Milliseconds after the asked moment that this machine wakes us (p99)."""
    clock, late = SystemClock(), []
    for _ in range(SLEEPS):
        moment = clock.now() + step_s / 2
        clock.wait_until(moment)
        late.append(1000 * (clock.now() - moment))
    return float(np.percentile(late, 99))


def _sending(performer: Performer, frames: list[Frame]) -> float:
    """Milliseconds of encoding and handing on a frame (p99), on the loopback."""
    took = []
    with (outputs.open_listener("livelink://127.0.0.1:0") as listener,
          outputs.open_output(f"livelink://127.0.0.1:{listener.port}", performer.headers[0]) as output):
        for frame in frames:
            began = time.perf_counter()
            output.send(frame.values[0], frame.index, 0.0)
            took.append(1000 * (time.perf_counter() - began))
    return float(np.percentile(took, 99))
