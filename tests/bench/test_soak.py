"""The figures of a soak, from runs whose truth is known."""

import numpy as np
import pytest

from tests.bench.live import FPS, Packets, jitter_ms, lag_s, windows
from tests.bench.soak import Figures, Watched, Window, drift, rows, table

PERIOD = np.abs(np.sin(np.arange(600) / 7.0)) * (1 + np.sin(np.arange(600) / 95.0))
SAID_S = 1000.0


def packets(seconds: float, latency_s: float, drift_per_s: float = 0.0) -> Packets:
    """Frames that show the sound so late, ever later."""
    frames = np.arange(round(seconds * FPS))
    at_s = SAID_S + latency_s + frames / FPS * (1 + drift_per_s)
    return Packets(frames.tolist(), at_s.tolist(), PERIOD[frames % len(PERIOD)].tolist())


@pytest.mark.parametrize("latency_s", [-0.05, 0.0987])
def test_a_latency_is_found_and_its_drift(latency_s: float) -> None:
    sent = packets(150, latency_s, 2e-5)  # 72 ms an hour
    found = list(windows(sent, PERIOD, SAID_S, lambda first_s, last_s: SAID_S))
    assert None not in found and len(found) == 7
    assert np.concatenate([each.latency_ms for each in found]) == pytest.approx(1000 * latency_s + 1.5, abs=2.5)
    slope, ends = drift(found)
    assert slope == pytest.approx(72, abs=15) and 1 < ends < 3.5


def test_windows_of_which_nobody_knows_are_left_out() -> None:
    sent = packets(60, 0.1)
    sent.jaw[:1200] = np.random.default_rng(0).uniform(0, 1, 1200).tolist()  # the sound broke off
    found = list(windows(sent, PERIOD, SAID_S, lambda first_s, last_s: None if last_s > SAID_S + 50 else SAID_S))
    assert [each is None for each in found] == [True, False, True]
    assert np.isnan(lag_s(np.arange(600), np.ones(600) + np.arange(600) % 2, PERIOD))
    assert all(np.isnan(each) for each in drift([Window(10, np.ones(3))]))


def test_a_table_of_an_hour() -> None:
    sent = packets(3600, 0.1)
    watched = Watched(*([scale * k + base for k in range(720)] for scale, base in ((5.0, 0), (0.45, 0), (0.001, 130))))
    parts = [Window(10 + 20.0 * k, np.full(10, 100.0)) for k in range(180)]
    jitter = jitter_ms(sent)
    found = rows(parts, np.array(sent.at_s) - sent.at_s[0], jitter, watched)
    assert len(found) == 6 and found[0].cpu_percent == pytest.approx(9) and found[-1].memory_mb > found[0].memory_mb
    figures = Figures(3600, 216000, 0, 1, 100, 101, 0.5, 0.1, 0.2, 9, 130, 131, 1, 0, 0.3)
    text = table(figures, found)
    assert text.count("| 100.0 ms |") == 7 and "**whole**" in text and "0 lost, 1 late" in text


def test_a_run_that_broke_off_has_a_table() -> None:
    found = rows([], np.array([0.0, 1.0]), np.array([0.1, 0.2]), Watched([0.0], [0.0], [100.0]))
    assert len(found) == 5 and np.isnan(found[0].latency_p50_ms) and found[0].memory_mb == 100
