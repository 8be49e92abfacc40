"""A portrait of a face's acting in one picture: blink gaps, main sequence, and traces of eyes, head and lids.

Holds ready figures and draws them; finding them is the work of `acting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.clip import Clip

TRACES_S = 20.0
BINS_S = 0.25
LONGEST_GAP_S = 10.0  # of the histogram; what is longer stands in its last bin
LEAST_MS, MOST_MS = (20.0, 2.2), (30.0, 2.7)  # a saccade's duration: so much, and so much a degree (BEHAVIOUR 4.1)
INK = {"made": "#0b5394", "aim": "#cc4125", "grey": "#999999"}


@dataclass(frozen=True, eq=False)
class Gaps:
    """Seconds between blinks in one state, and the log-normal that they are held against."""

    state: str
    seconds: np.ndarray
    mean_s: float
    spread: float


@dataclass(frozen=True, eq=False)
class Portrait:
    """gaps: by state. sizes, durations_ms: a point for each saccade. typical: (size, ms) of saccades of one size
    together. traces: 20 s with the names of `gaze`, `head` and `lids` curves in degrees and 0..1, and `voice`."""

    name: str
    gaps: tuple[Gaps, ...]
    sizes: np.ndarray
    durations_ms: np.ndarray
    typical: tuple[tuple[float, float], ...]
    traces: Clip

    def figure(self) -> Any:
        """The picture, as matplotlib has it."""
        from matplotlib import pyplot

        figure: Any = pyplot.figure(figsize=(13, 11), layout="constrained")
        upper, lower = figure.subfigures(2, 1, height_ratios=(1, 2))
        row = upper.subplots(1, len(self.gaps) + 1)
        for axis, gaps in zip(row, self.gaps):
            _histogram(axis, gaps)
        self._main_sequence(row[-1])
        self._traces(lower.subplots(len(ROWS), 1, sharex=True))
        return figure

    def _main_sequence(self, axis: Any) -> None:
        axis.scatter(self.sizes, self.durations_ms, s=4, alpha=0.15, color=INK["made"], linewidth=0)
        axis.plot(*zip(*self.typical), "o", color=INK["made"])
        sizes = np.linspace(1, 28, 2)
        for begin, slope in (LEAST_MS, MOST_MS):
            axis.plot(sizes, begin + slope * sizes, color=INK["aim"])
        axis.set_title("Saccades: duration against size; red: target", fontsize=10)
        axis.set_xlabel("degrees")
        axis.set_ylabel("ms")
        axis.set_ylim(0, 130)

    def _traces(self, axes: Any) -> None:
        times, voice = self.traces.times, self.traces["voice"]
        for axis, (label, names) in zip(axes, ROWS.items()):
            for name in names:
                axis.plot(times, self.traces[name], linewidth=1.1, label=name)
            low, high = axis.get_ylim()
            axis.fill_between(times, low, high, where=voice > 0.5, color=INK["grey"], alpha=0.2, linewidth=0)
            axis.set_ylim(low, high)
            axis.set_ylabel(label, fontsize=8)
            axis.legend(loc="upper right", fontsize=7, ncols=3)
        axes[0].set_title("Grey: the voice", fontsize=10)
        axes[-1].set_xlabel("s")


ROWS = {
    "gaze in the room, degrees": ("gaze left", "gaze down"),
    "head, degrees": ("headYaw", "headPitch", "headRoll"),
    "lids": ("lids",),
    "brow": ("browInnerUp",),
}
"""What the traces show, row by row."""


def _histogram(axis: Any, gaps: Gaps) -> None:
    edges = np.arange(0, LONGEST_GAP_S + BINS_S, BINS_S)
    axis.hist(np.minimum(gaps.seconds, LONGEST_GAP_S - 1e-6), edges, density=True, color=INK["made"], alpha=0.6)
    t = np.linspace(0.05, LONGEST_GAP_S, 400)
    z = (np.log(t / gaps.mean_s) + gaps.spread**2 / 2) / gaps.spread
    axis.plot(t, np.exp(-z * z / 2) / (t * gaps.spread * np.sqrt(2 * np.pi)), color=INK["aim"])
    axis.set_title(f"Blink gaps, {gaps.state} ({len(gaps.seconds)}); red: target", fontsize=10)
    axis.set_xlabel("s")
