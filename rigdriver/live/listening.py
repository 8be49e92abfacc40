"""Listening: what a sender sends, told from its packets alone: how many, how evenly, which names, which of them move.

Times are those of arrival on this machine, so their jitter holds the network's and our own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rigdriver.outputs import Packet
from rigdriver.outputs.packet import MOST
from rigdriver.rig import Rig

KEPT = 4096  # intervals that percentiles are taken of
STILL = 0.005  # a value that spans less does not move
SHOWN = 4  # values in a line
PAUSE_S = 0.5  # without a packet: it does not count as jitter
PART_S = 0.006  # after a packet, one with other names is the rest of its frame


@dataclass
class Span:
    """Of one value: the last, the least and the largest, since it was looked at last."""

    now: float
    low: float
    high: float

    def take(self, value: float) -> None:
        self.now, self.low, self.high = value, min(self.low, value), max(self.high, value)

    @property
    def moved(self) -> float:
        return self.high - self.low


class Traffic:
    """One sender's packets. frames: of which each may take several packets. missing: frames that its own numbers say
    were sent and never came."""

    def __init__(self, sender: str, subject: str, now: float):
        self.sender, self.subject = sender, subject
        self.packets = self.frames = self.missing = self.pauses = 0
        self.fps: Fraction | None = None
        self.spans: dict[str, Span] = {}
        self.notes: tuple[str, ...] = ()
        self._began, self._last = now, now
        self._intervals_ms: deque[float] = deque(maxlen=KEPT)
        self._frame: float | None = None
        self._names: set[str] = set()  # of the frame that came last
        self._counted = 0

    def take(self, packet: Packet, now: float) -> None:
        """A packet that came at `now`, in seconds."""
        self.packets += 1
        if self._is_rest(packet, now):
            self._names.update(packet.names)
        else:
            self._begin(packet, now)
        self.fps, self.notes = packet.fps or self.fps, packet.notes
        for name, value in zip(packet.names, packet.values.tolist()):
            if name in self.spans:
                self.spans[name].take(value)
            elif len(self.spans) < MOST:
                self.spans[name] = Span(value, value, value)

    def _is_rest(self, packet: Packet, now: float) -> bool:
        """Whether it belongs to the frame of the packet before."""
        if packet.frame is not None:
            return packet.frame == self._frame
        return self.frames > 0 and now - self._last < PART_S and self._names.isdisjoint(packet.names)

    def _begin(self, packet: Packet, now: float) -> None:
        """Another frame."""
        if self.frames and now - self._last > PAUSE_S:
            self.pauses += 1
        elif self.frames:
            self._intervals_ms.append(1000 * (now - self._last))
        self.frames += 1
        self._last, self._names = now, set(packet.names)
        self._count(packet)

    def _count(self, packet: Packet) -> None:
        """Gaps in the sender's own numbers; a jump of more than a second is a new beginning."""
        if packet.frame is None:
            return
        ahead = 0.0 if self._frame is None else packet.frame - self._frame
        if 1 < ahead <= float(packet.fps or 60):
            self.missing += round(ahead) - 1
        self._frame = packet.frame

    @property
    def rate(self) -> float:
        """Frames a second over the whole time."""
        return (self.frames - 1) / (self._last - self._began) if self._last > self._began else 0.0

    @property
    def jitter_ms(self) -> tuple[float, float]:
        """How far from each other frames come, beside their usual distance: median and 99th percentile."""
        if len(self._intervals_ms) < 2:
            return 0.0, 0.0
        off = np.abs(np.array(self._intervals_ms) - np.median(self._intervals_ms))
        return float(np.median(off)), float(np.percentile(off, 99))

    def line(self, seconds: float) -> str:
        """The last `seconds`, in a line; what moves is looked for anew after it."""
        rate, self._counted = (self.packets - self._counted) / max(seconds, 1e-6), self.packets
        moving = sorted((span.moved, name) for name, span in self.spans.items() if span.moved >= STILL)[::-1][:SHOWN]
        shown = ", ".join(f"{name} {self.spans[name].now:.2f}" for _, name in moving) or "nothing moves"
        for span in self.spans.values():
            span.low = span.high = span.now
        whose = f"{self.sender} {self.subject!r}" if self.subject else self.sender
        about = f"  ({'; '.join(self.notes[:2])})" if self.notes else ""
        return (f"{whose}  {rate:.0f} packets/s  {len(self.spans)} values  jitter {self.jitter_ms[1]:.1f} ms  "
                f"{shown}{about}")

    def summary(self) -> dict[str, Any]:
        """Everything, as plain values."""
        usual, worst = self.jitter_ms
        return {"sender": self.sender, "subject": self.subject, "packets": self.packets, "frames": self.frames,
                "frames_per_s": round(self.rate, 2), "said_fps": str(self.fps) if self.fps else None,
                "missing": self.missing, "pauses": self.pauses, "jitter_p50_ms": round(usual, 3),
                "jitter_p99_ms": round(worst, 3), "names": list(self.spans), "notes": list(self.notes)}


def expected(names: Iterable[str], rig: Rig) -> tuple[list[str], list[str]]:
    """What a rig has and the names lack, and what they have beyond it; case does not count, as receivers read them."""
    sent, wanted = {name.lower(): name for name in names}, {name.lower(): name for name in rig.names}
    return ([name for key, name in wanted.items() if key not in sent],
            [name for key, name in sent.items() if key not in wanted])
