"""What a run of `tests.bench.live` found, as figures of the whole, as rows by time, and as a table for the docs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

ROW_S = 600.0
SETTLED_S = 60.0  # of a long run, in which the buffer finds its depth; a fifth of a short one
ENDS = 5  # windows at each end whose medians are compared


@dataclass(frozen=True)
class Window:
    """Some seconds of a run: their middle, since its beginning, and the latency of each frame in milliseconds."""

    at_s: float
    latency_ms: np.ndarray

    @property
    def middle_ms(self) -> float:
        return float(np.median(self.latency_ms))


@dataclass
class Watched:
    """What the process took by then, each few seconds: seconds of the run, seconds of a core, megabytes resident."""

    at_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    def cpu_percent(self, first_s: float = 0.0, last_s: float = np.inf) -> float:
        inside = [k for k, at in enumerate(self.at_s) if first_s <= at <= last_s]
        if len(inside) < 2 or self.at_s[inside[-1]] == self.at_s[inside[0]]:
            return float("nan")
        first, last = inside[0], inside[-1]
        return 100 * (self.cpu_s[last] - self.cpu_s[first]) / (self.at_s[last] - self.at_s[first])

    def memory_by(self, at_s: float) -> float:
        """Megabytes at the last look before."""
        return self.memory_mb[max(0, int(np.searchsorted(self.at_s, at_s, "right")) - 1)]


@dataclass(frozen=True)
class Figures:
    """One run. latency: from a sound to the packet that shows it. lost: frames that left and never came. late: frames
    that the loop dropped. drift: of the latency, the slope of a line once the buffer has settled, and the median of the
    last windows less that of the first. unsure: windows left out, for the witness itself was held up.
    memory: at the beginning, at the end, and from the first half minute, which fills caches, to the end."""

    seconds: float
    frames: int
    lost: int
    late: int
    latency_p50_ms: float
    latency_p99_ms: float
    jitter_p99_ms: float
    drift_ms_per_hour: float
    drift_ms: float
    cpu_percent: float
    memory_first_mb: float
    memory_mb: float
    memory_growth_mb: float
    unsure: int
    load: float


@dataclass(frozen=True)
class Row:
    """A part of a run, up to `until_s`."""

    until_s: float
    latency_p50_ms: float
    latency_p99_ms: float
    jitter_p99_ms: float
    cpu_percent: float
    memory_mb: float


def drift(windows: Sequence[Window]) -> tuple[float, float]:
    """Milliseconds an hour, by a line through the windows' medians once the buffer has settled; and how much later the
    last few are than the first few. NaN where there are too few."""
    settled = [each for each in windows if each.at_s >= min(SETTLED_S, windows[-1].at_s / 5)]
    if len(settled) < 3:
        return float("nan"), float("nan")
    at_s, middles = np.array([(each.at_s, each.middle_ms) for each in settled]).T
    ends = min(ENDS, len(settled) // 2)
    return (float(3600 * np.polyfit(at_s - at_s[0], middles, 1)[0]),
            float(np.median(middles[-ends:]) - np.median(middles[:ends])))


def rows(windows: Sequence[Window], at_s: np.ndarray, jitter_ms: np.ndarray, watched: Watched) -> list[Row]:
    """One for each ten minutes, or for each fifth of a shorter run. at_s, jitter_ms: of each packet."""
    seconds = float(at_s[-1])
    count = max(1, round(seconds / ROW_S)) if seconds > ROW_S else 5
    edges = np.linspace(0, seconds, count + 1)
    return [_row(first, last, [each for each in windows if first <= each.at_s < last],
                 jitter_ms[(at_s >= first) & (at_s <= last)], watched) for first, last in pairwise(edges)]


def _row(first: float, last: float, windows: Sequence[Window], jitter_ms: np.ndarray, watched: Watched) -> Row:
    latency = np.concatenate([each.latency_ms for each in windows]) if windows else np.full(1, np.nan)
    return Row(last, float(np.percentile(latency, 50)), float(np.percentile(latency, 99)),
               float(np.percentile(jitter_ms, 99)) if len(jitter_ms) else float("nan"),
               watched.cpu_percent(first, last), watched.memory_by(last))


def table(figures: Figures, parts: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| until | latency p50 | p99 | jitter p99 | CPU | memory |", "|---|---|---|---|---|---|"]
    lines += [f"| {row.until_s / 60:.1f} min | {row.latency_p50_ms:.1f} ms | {row.latency_p99_ms:.1f} ms | "
              f"{row.jitter_p99_ms:.2f} ms | {row.cpu_percent:.1f} % | {row.memory_mb:.1f} MB |" for row in parts]
    lines.append(f"| **whole** | {figures.latency_p50_ms:.1f} ms | {figures.latency_p99_ms:.1f} ms | "
                 f"{figures.jitter_p99_ms:.2f} ms | {figures.cpu_percent:.1f} % | "
                 f"{figures.memory_first_mb:.1f} → {figures.memory_mb:.1f} MB |")
    lines += ["", f"{figures.frames} frames in {figures.seconds / 60:.1f} minutes, {figures.lost} lost, {figures.late} "
              f"late; drift {figures.drift_ms_per_hour:+.2f} ms an hour, by a line through it, and "
              f"{figures.drift_ms:+.2f} ms from beginning to end."]
    return "\n".join(lines) + "\n"
