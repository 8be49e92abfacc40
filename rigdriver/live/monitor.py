"""Monitor: what goes on in a show, in a line for the voice, a line for time, and a line for each output."""

from __future__ import annotations

import math

import numpy as np

from rigdriver.live.loop import Pulse
from rigdriver.live.show import Show
from rigdriver.outputs import Output

SILENT_DB = -90.0


class Monitor:
    """Made once for a show; `lines` tells what happened since it was asked last, `seconds` ago."""

    def __init__(self, show: Show):
        self._show = show
        self._packets = [0] * len(show.outputs)

    def lines(self, seconds: float) -> list[str]:
        return [self._voice(), self._time(),
                *(self._output(k, output, seconds) for k, output in enumerate(self._show.outputs))]

    def _voice(self) -> str:
        intake = self._show.intake
        decibels = max(SILENT_DB, 20 * math.log10(intake.level)) if intake.level > 0 else SILENT_DB
        old = f"  {intake.skipped_s:.1f} s came too late" if intake.skipped_s else ""
        return f"voice  {decibels:4.0f} dB  waiting {1000 * intake.waiting_s:.0f} ms  ran dry {intake.gaps} times{old}"

    def _time(self) -> str:
        """The latency, from a sound to the packet that shows it, in its parts."""
        pulse, performer = self._show.loop.pulse, self._show.performer
        step = 1000 / performer.steps_per_s
        ahead = 1000 * performer.latency_s - step
        busy, late = (Pulse.percentile(values, 99) for values in (pulse.busy_ms, pulse.late_ms))
        waits = 1000 * self._show.intake.waiting_s if self._show.intake.free_running else 0.0
        return (f"time   capture {waits:.0f} + step {step:.0f} + lookahead {ahead:.0f} + late {late:.1f} = "
                f"{waits + step + ahead + late:.0f} ms; computing {busy:.1f} ms a step (p99); "
                f"{pulse.frames} frames, {pulse.dropped} too late")

    def _output(self, k: int, output: Output, seconds: float) -> str:
        counters, before = output.counters, self._packets[k]
        self._packets[k] = counters.packets
        trouble = f"  last trouble: {counters.last_error}" if counters.last_error else ""
        return (f"{output.address}  {(counters.packets - before) / max(seconds, 1e-6):.0f} packets/s  "
                f"{counters.sent} sent, {counters.dropped} dropped, {counters.failed} failed  {self._seen(k)}{trouble}")

    def _seen(self, k: int) -> str:
        """What the receiver sees now: how many curves, and the one that stands out most."""
        newest, names = self._show.loop.newest, self._show.outputs[k].header.names
        if newest is None:
            return f"{len(names)} curves"
        values = newest.values[self._show.loop.sinks[k][1]]
        most = int(np.abs(values).argmax())
        return f"{len(names)} curves, {names[most]} {values[most]:.2f}"
