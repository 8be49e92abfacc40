"""What `--monitor` tells: the voice, where the time goes, and what each receiver sees."""

import re
from pathlib import Path

import numpy as np

from rigdriver.choose import way
from rigdriver.live.intake import Intake
from rigdriver.live.monitor import Monitor
from rigdriver.live.show import Place, Show
from tests.live.manual_clock import ManualClock
from tests.speech import hello

RATE = 16000


class Spoken:
    free_running = False

    def run(self, intake: Intake, *_: object) -> None:
        intake.push(hello().samples[: 3 * RATE], RATE)


def test_lines_of_a_show(tmp_path: Path) -> None:
    places = [Place(f"npz:{tmp_path / 'a.npz'}"), Place("osc://127.0.0.1:9")]
    with Show(way(), Spoken(), places, lambda line: None, clock := ManualClock()) as show:
        monitor = Monitor(show)
        before = monitor.lines(1.0)
        show.run(lambda: clock.now() < 102)
        voice, time, recording, osc = monitor.lines(2.0)
    assert "-90 dB" in before[0] and before[2].endswith("curves")
    assert re.search(r"voice +-?\d+ dB  waiting \d+ ms  ran dry 0 times$", voice)
    parts = [float(number) for number in re.findall(r"(\d+(?:\.\d)?) ?(?:\+|=|ms;)", time)[:5]]
    assert time.startswith("time   capture 0 + step 17 + lookahead 67") and len(parts) == 5
    newest = show.loop.newest
    assert newest is not None
    shown = re.search(r"(\d+) curves, (\w+) (-?\d\.\d\d)", recording)
    names = show.outputs[0].header.names
    assert shown and int(shown[1]) == len(names)
    assert abs(float(shown[3]) - newest.values[0][names.index(shown[2])]) < 0.006
    assert abs(float(shown[3])) + 0.006 > np.abs(newest.values[0]).max()
    frames = show.loop.pulse.frames
    assert f"{frames / 2:.0f} packets/s" in recording and "failed" in osc


def test_sound_that_came_too_late_is_told(tmp_path: Path) -> None:
    with Show(way(), Spoken(), [Place(f"npz:{tmp_path / 'a.npz'}")], lambda line: None, ManualClock()) as show:
        show.intake.skipped_s = 1.25
        assert "1.2 s came too late" in Monitor(show).lines(1.0)[0]
