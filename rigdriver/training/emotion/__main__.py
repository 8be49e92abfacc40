"""Fits the ear for emotion, judges it on speakers it has not heard, and writes its parameters.

    python -m rigdriver.training.emotion --data ../shared/data [--out emotion.npz]

Ten fits leave out one actor and every tenth reader each, the last one learns from all and is what is written.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from rigdriver.errors import RigdriverError
from rigdriver.formats.atomic import replacing
from rigdriver.model.emotion import CATEGORIES, DEFAULT, Judgement, Parameters
from rigdriver.training.emotion import fit, judge, sessions

SOURCE = ("fitted by rigdriver.training.emotion to EmoDB, the Berlin Database of Emotional Speech (CC0-1.0 by "
          "audEERING's data card), as acted; to speechocean762 and GRID talker s1 (both CC BY 4.0) and the dc_tts male "
          "voice (Apache-2.0) as everyday speech. Licence of these numbers: Apache-2.0")


def main() -> None:
    """Read the command line, fit, report on standard output, write."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.training.emotion",
                                     description="Teach the ear for emotion.")
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets: emodb and so on")
    parser.add_argument("--out", type=Path, default=DEFAULT, help="where the parameters go (default: those that ship)")
    asked = parser.parse_args()
    try:
        teach(asked.data, asked.out)
    except RigdriverError as error:
        print(f"rigdriver: {error}", file=sys.stderr)
        sys.exit(2)


def teach(data: Path, out: Path) -> None:
    """The whole of it: about four minutes on one core."""
    rng = np.random.default_rng(0)
    acted, read = sessions.acted(data), sessions.read(data, rng)
    taught = [*sessions.lessons(acted, rng, sessions.COPIES), *sessions.lessons(read, rng, sessions.READ_COPIES)]
    base = fit.average(taught)
    lessons = fit.lessons(taught, base)
    folds = _folds(sorted({one.speaker for one in acted}), sorted({one.speaker for one in read}))
    fitted = {name: fit.fit(lessons.without(left), base, SOURCE) for name, left in folds.items()}
    unheard = {name: fitted[fold] for fold, left in folds.items() for name in left}
    _report(acted, read, unheard)
    save(fit.fit(lessons, base, SOURCE), out)


def _folds(actors: list[str], readers: list[str]) -> dict[str, set[str]]:
    """For each actor the speakers that its fit does not hear: itself, and every so-manieth reader."""
    return {actor: {actor, *readers[k :: len(actors)]} for k, actor in enumerate(actors)}


def _report(acted: list[sessions.Utterance], read: list[sessions.Utterance], unheard: dict[str, Parameters]) -> None:
    for condition in judge.CONDITIONS:
        for kind in (judge.alone, judge.strung):
            verdicts = judge.judge(kind(acted, condition), unheard.__getitem__)
            print(f"{condition:12} {kind.__name__:7} {verdicts.line()}", flush=True)
            if condition == "clean" and kind is judge.alone:
                print(_table(verdicts.confusion))
    spoken = np.concatenate([_said(one, unheard[one.speaker]) for one in judge.strung(read)])
    print(f"everyday speech: arousal {spoken.mean():.2f} ± {spoken.std():.2f}, "
          f"{((spoken > 0.3) & (spoken < 0.7)).mean():.1%} of ticks within 0.3 to 0.7")


def _said(one: sessions.Session, parameters: Parameters) -> np.ndarray:
    return Judgement(parameters).push(one.values, one.shares)[:, 0]


def _table(confusion: np.ndarray) -> str:
    head = f"{'meant, said':12}" + "".join(f"{name[:8]:>9}" for name in CATEGORIES)
    rows = [f"{name:12}" + "".join(f"{share:9.2f}" for share in row) for name, row in zip(CATEGORIES, confusion)]
    return "\n".join([head, *rows])


def save(parameters: Parameters, path: Path) -> None:
    """An NPZ of float32 with settings and source inside."""
    texts = {"settings": json.dumps(dataclasses.asdict(parameters.settings)), "source": parameters.source}
    arrays = {name: array.astype(np.float32) for name, array in parameters.arrays().items()}
    with replacing(path) as file:
        np.savez(file, **arrays, **texts)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
