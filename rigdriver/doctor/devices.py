"""Devices: every input is listened to for a second, and how loud it was is told."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from rigdriver.doctor.finding import BAD, GOOD, NOTE, Finding
from rigdriver.errors import InputError, MissingExtra
from rigdriver.live.sources.microphone import BLOCK_S, library

AREA = "devices"
LISTEN_S = 1.0
MOST = 8  # that are listened to, a second each
SILENT_DB, FAINT_DB, FULL_DB = -80.0, -45.0, -1.0  # loudest sample: nothing comes; turn it up; it is cut off


def look() -> Iterator[Finding]:
    try:
        sounds = library()
    except (InputError, MissingExtra) as error:
        yield Finding(AREA, NOTE, str(error))
        return
    inputs = [row for row in sounds.query_devices() if row["max_input_channels"]]
    if not inputs:
        yield Finding(AREA, NOTE, "no input device; on Linux, does the user's session run PulseAudio or PipeWire, and "
                      "is ALSA's plugin for it installed (libasound2-plugins)?")
    for row in inputs[:MOST]:
        yield _heard(sounds, row)
    if len(inputs) > MOST:
        yield Finding(AREA, NOTE, f"{len(inputs) - MOST} more inputs were not listened to; `rigdriver live --devices`")
    outputs = sum(bool(row["max_output_channels"]) for row in sounds.query_devices())
    yield Finding(AREA, GOOD if outputs else NOTE, f"{outputs} devices to play on", {"outputs": outputs})


def _heard(sounds: Any, row: dict[str, Any]) -> Finding:
    """A second of one input."""
    blocks: list[np.ndarray] = []
    at: list[float] = []

    def heard(block: np.ndarray, *_: Any) -> None:
        blocks.append(block.copy())
        at.append(time.perf_counter())

    rate = int(row["default_samplerate"])
    try:
        with sounds.InputStream(device=row["index"], samplerate=rate, channels=1, dtype="float32", latency="low",
                                blocksize=round(BLOCK_S * rate), callback=heard) as stream:
            time.sleep(LISTEN_S)
            latency_ms = 1000 * float(np.max(stream.latency))
    except (sounds.PortAudioError, ValueError) as error:
        return Finding(AREA, BAD, f"{row['name']}: cannot be opened ({str(error).splitlines()[0]})")
    return _judged(str(row["name"]), rate, np.concatenate(blocks) if blocks else np.zeros(0), at, latency_ms)


def _judged(name: str, rate: int, sound: np.ndarray, at: list[float], latency_ms: float) -> Finding:
    if not len(sound):
        return Finding(AREA, BAD, f"{name}: gave no sound in {LISTEN_S:g} s; is another program holding it, or has "
                       "this one no permission for the microphone?")
    loudest = float(np.abs(sound).max())
    level = 20 * math.log10(loudest) if loudest > 0 else -math.inf
    uneven_ms = 1000 * float(np.max(np.diff(at), initial=0.0))
    figures = {"device": name, "rate": rate, "level_db": max(level, -120.0), "latency_ms": latency_ms,
               "longest_wait_ms": uneven_ms}
    about = f"{name}, {rate} Hz: {max(level, -120.0):.0f} dB at its loudest, {latency_ms:.0f} ms late, " \
            f"at most {uneven_ms:.0f} ms between blocks"
    if level < SILENT_DB:
        return Finding(AREA, NOTE, f"{about}: silence; is it muted, or the wrong device?", figures)
    if level > FULL_DB:
        return Finding(AREA, NOTE, f"{about}: too loud, it is cut off", figures)
    hint = ": faint, if somebody spoke" if level < FAINT_DB else ""
    return Finding(AREA, GOOD, about + hint, figures)
