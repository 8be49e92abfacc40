"""How much a studio's rig needs: FACEGOOD as a studio would bring it, learned from ever more minutes of takes.

    python -m rigdriver.training.learning_curve --data DATA -o OUT

Takes 2_01 to 2_04 teach in the order in which they were recorded, the end of 2_04 chooses the weights, 2_05 judges. The
rig is FACEGOOD's own 116 Maya channels, of which those that move are learned. Each amount is a `rigdriver train` of its
own in OUT; what is done is not done again. OUT/learning_curve.md holds the table, .json the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from rigdriver import formats
from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import InputError, RigdriverError
from rigdriver.evaluation import metrics
from rigdriver.inputs import files
from rigdriver.model.runtime import Model
from rigdriver.training.ship import train_and_ship
from rigdriver.training.teacher.prosody import level_db

TAUGHT, JUDGE = ("1114_2_01", "1114_2_02", "1114_2_03", "1114_2_04"), "1114_2_05"
FPS = 30
HELD_S = 30  # of the last taught take, to choose weights by
AMOUNTS = (0.5, 1.0, 2.0, 4.0, 7.0)  # minutes; the last is all there is
NAMED = {"jaw": ("mouth_stretch_c",),
         "funnel": ("mouth_funnel_dl", "mouth_funnel_dr", "mouth_funnel_ul", "mouth_funnel_ur")}
LEVEL_S = 0.1  # over which the level is taken that the loudness answer follows


def read(data: Path, name: str) -> tuple[Audio, Clip]:
    """One recording and its 116 curves. Raises InputError where the set is not in `data`."""
    folder = data / "facegood"
    curves = folder / "bs_value" / f"bs_value_{name}.npz"
    if not curves.is_file():
        raise InputError(f"{data}: has no facegood/bs_value/{curves.name}; give the folder of data sets by --data")
    with np.load(curves) as file:
        clip = Clip(rigs.load("facegood").names, file["bs"].astype(np.float32), Fraction(FPS))
    return files.read(folder / "wav_paired" / f"{name}.opus"), clip


def studio_takes(data: Path, folder: Path, minutes: float) -> float:
    """Writes a folder of takes: `minutes` to learn from, and those to choose by; returns the minutes there are."""
    left_s, used_s = minutes * 60, 0.0
    for name in TAUGHT:
        audio, clip = read(data, name)
        end_s = min(float(audio.duration), len(clip) / FPS)
        if name == TAUGHT[-1]:
            _write(folder / "validation" / name, audio, clip, end_s - HELD_S, end_s)
            end_s -= HELD_S
        if min(end_s, left_s) >= 1:
            _write(folder / "train" / name, audio, clip, 0.0, min(end_s, left_s))
            used_s += min(end_s, left_s)
        left_s -= min(end_s, left_s)
    return used_s / 60


def _write(place: Path, audio: Audio, clip: Clip, start_s: float, end_s: float) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    first, last = int(start_s * FPS), int(end_s * FPS)
    step = audio.rate / FPS
    soundfile.write(place.with_suffix(".wav"), audio.samples[round(first * step) : round(last * step)], audio.rate)
    formats.write(replace(clip.cut(first, last), start=0), place.with_suffix(".npz"))


def judged(model: Path, data: Path) -> dict[str, float]:
    """Pearson r on 2_05: jaw, funnel, the mean of all channels that move there; beside it loudness and a null."""
    audio, true = read(data, JUDGE)
    stream = Model.load(model).start()
    made = stream.push(audio.samples).then(stream.flush())
    true = true.cut(0, min(len(true), int(audio.duration * FPS)))
    live = [name for name in true.names if true[name].std() >= 0.01]
    each = {name: _r(made, true, name) for name in live}
    figures = {part: _group(made, true, names) for part, names in NAMED.items()}
    turned = replace(made, values=np.roll(made.values, len(made) // 2, axis=0))
    level = level_db(audio, true.times, LEVEL_S)
    return figures | {"all": float(np.mean([*each.values()])), "channels": len(live),
                      "null jaw": _group(turned, true, NAMED["jaw"]),
                      "loudness jaw": metrics.pearson(level, _mean(true, NAMED["jaw"], true.times))}


def _r(made: Clip, true: Clip, name: str) -> float:
    return _group(made, true, (name,))


def _group(made: Clip, true: Clip, names: tuple[str, ...]) -> float:
    """Of the mean of these channels; 0 for an answer that lacks them or does not move."""
    names = tuple(name for name in names if name in made)
    if not names:
        return 0.0
    ours = _mean(made, names, true.times)
    return metrics.pearson(ours, _mean(true, names, true.times)) if ours.std() > 1e-6 else 0.0


def _mean(clip: Clip, names: tuple[str, ...], times: np.ndarray) -> np.ndarray:
    return np.mean([np.interp(times, clip.times, clip[name]) for name in names], axis=0)


def curve(data: Path, folder: Path, amounts: tuple[float, ...], init: Path | None,
          changes: dict[str, Any]) -> list[dict]:
    """One row an amount: minutes of takes, minutes of training, figures on 2_05."""
    rows = []
    for minutes in amounts:
        place = folder / f"{minutes:g}_min"
        if not (place / "row.json").is_file():
            used = studio_takes(data, place / "takes", minutes)
            began = time.monotonic()
            path = train_and_ship(place / "takes", None, place, _say, init, {"rig": "facegood", **changes})
            assert path is not None
            row = {"minutes of takes": used, "minutes of training": (time.monotonic() - began) / 60}
            (place / "row.json").write_text(json.dumps(row | judged(path, data)), encoding="utf-8")
        rows.append(json.loads((place / "row.json").read_text(encoding="utf-8")))
        _report(rows, folder)
    return rows


def _report(rows: list[dict], folder: Path) -> None:
    columns = list(rows[0])
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(f'{row[name]:.3g}' for name in columns)} |" for row in rows]
    (folder / "learning_curve.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "learning_curve.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    _say("\n".join(lines))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line and draw the curve."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.training.learning_curve", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the runs and the table")
    parser.add_argument("--amounts", type=float, nargs="+", default=AMOUNTS, help="minutes of takes")
    parser.add_argument("--init", type=Path, help="checkpoint to begin from; default: the shipped one; `none`: nothing")
    parser.add_argument("--steps", type=int, help="of each run, instead of studio.yaml's")
    parser.add_argument("--minutes", type=float, help="of each run, instead of steps")
    options = parser.parse_args()
    changes = {name: value for name in ("steps", "minutes") if (value := getattr(options, name))}
    try:
        curve(options.data, options.output, tuple(options.amounts), options.init, changes)
    except RigdriverError as error:
        _say(f"rigdriver: {error}")
        sys.exit(2)


if __name__ == "__main__":
    main()
