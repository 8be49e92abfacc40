"""Metrics: what a service has done, as Prometheus reads it.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import numpy as np

from rigdriver.service.house import House

QUANTILES = (0.5, 0.99)
COUNTED = {"sessions": "streams begun", "sessions_refused": "streams turned away",
           "sessions_failed": "streams that broke", "frames_sent": "frames of streams that are over",
           "frames_dropped": "frames that slow clients did not get", "jobs": "recordings driven",
           "jobs_failed": "recordings that were not", "calls": "streams of Audio2Face's clients asked for",
           "calls_refused": "of them turned away, by whatever line", "calls_failed": "of them that broke"}


def text(house: House) -> str:
    lines: list[str] = []
    for name, about in COUNTED.items():
        lines += _rows(f"{name}_total", "counter", about, house.counted[name] + _now(house, name))
    lines += _rows("sessions", "gauge", "streams now", len(house.sessions))
    lines += _rows("sessions_limit", "gauge", "streams at most", house.limits.sessions)
    lines += _rows("calls", "gauge", "streams of Audio2Face's clients now", house.guests)
    lines += _rows("jobs", "gauge", "recordings being driven", house.jobs)
    ensemble = house.ensemble
    lines += _rows("ticks_total", "counter", "ticks of the clock", ensemble.ticks)
    lines += _rows("ticks_overrun_total", "counter", "ticks that took longer than they last", ensemble.overruns)
    lines += ["# HELP rigdriver_tick_seconds what a tick takes", "# TYPE rigdriver_tick_seconds summary"]
    busy = list(ensemble.busy_ms)
    lines += [f'rigdriver_tick_seconds{{quantile="{q}"}} {np.quantile(busy, q) / 1000 if busy else 0:.6f}'
              for q in QUANTILES]
    return "\n".join(lines) + "\n"


def _rows(name: str, kind: str, about: str, value: float) -> list[str]:
    return [f"# HELP rigdriver_{name} {about}", f"# TYPE rigdriver_{name} {kind}", f"rigdriver_{name} {value}"]


def _now(house: House, name: str) -> int:
    """What streams that still run add."""
    column = {"frames_sent": "sent", "frames_dropped": "dropped"}.get(name)
    return sum(getattr(voice, column) for voice in list(house.sessions)) if column else 0
