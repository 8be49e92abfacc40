"""Captured faces: made curves against true ones, beside trivial answers, on takes that nothing learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation import aperture, dynamics, hearing, metrics, trivial
from rigdriver.evaluation.aperture import Aperture
from rigdriver.evaluation.report import Rows, Table
from rigdriver.evaluation.sync import lag_s
from rigdriver.evaluation.trivial import Habits
from rigdriver.model.runtime import Model
from rigdriver.take import Take
from rigdriver.training.takes.sources import SOURCES
from rigdriver.training.teacher.articulation import teach

STEADY = 1e-3  # standard deviation of a true channel under which there is nothing to follow
LIPS = "lip aperture"
OWN, DEFAULT, TEACHER = "own style", "default style", "teacher on true phones"
LOUD, MEAN, STILL, SHUFFLED = "loudness", "mean pose", "still face", "shuffled"

Answers = Mapping[str, Sequence[Clip]]
"""By name of who answers: a clip for every take."""


@dataclass(frozen=True, eq=False)
class Face:
    """A data set's test takes and what its training takes say of the face as a whole."""

    takes: list[Take]
    habits: Habits
    aperture: Aperture | None = None
    apertures: tuple[np.ndarray, ...] = ()
    """For each test take, (frames,) at its clip's rate; none where the set has none."""


def load(name: str, data: Path) -> Face | None:
    """The test split of a set of SOURCES, or None where it is not there."""
    values, levels, lips, takes = [], [], [], []
    tracked = aperture.tracked(data) if name == "grid_s1" else {}
    for take in SOURCES[name].takes(data):
        assert take.clip is not None
        if take.split == "train":
            values.append(take.clip.pick(take.live).values)
            levels.append(trivial.level(take.audio, take.clip.times))
            lips.append(_fitted(tracked, take))
        elif take.split == "test":
            takes.append(take)
    if not takes or not values:
        return None
    names, poses = takes[0].live, np.concatenate(values).astype(np.float64)
    habits = trivial.habits(names, poses, np.concatenate(levels))
    if not tracked:
        return Face(takes, habits)
    return Face(takes, habits, aperture.fit(names, poses, np.concatenate(lips)),
                tuple(_fitted(tracked, take) for take in takes))


def _fitted(tracked: dict[str, np.ndarray], take: Take) -> np.ndarray:
    """(frames,): a take's tracked aperture, not a number where there is none."""
    assert take.clip is not None
    known = tracked.get(take.name, np.zeros(0))[: len(take.clip)]
    return np.concatenate([known, np.full(len(take.clip) - len(known), np.nan)])


def answers(model: Model, face: Face, style: str) -> dict[str, list[Clip]]:
    """Everybody's curves for every take: the model in the face's style and in its default one, then those that
    it should be read beside."""
    sounds = [take.audio for take in face.takes]
    names, settings = face.takes[0].live, model.settings
    made = {DEFAULT: [hearing.curves(model, audio) for audio in sounds]}
    if style in settings.styles and style != settings.default_style:
        made = {OWN: [hearing.curves(model, audio, style) for audio in sounds], **made}
    if all(take.phones for take in face.takes):
        made[TEACHER] = [teach(take.phones, take.audio)[0] for take in face.takes]
    return made | {
        LOUD: [face.habits.driven(audio) for audio in sounds],
        SHUFFLED: trivial.shuffled(next(iter(made.values()))),
        MEAN: [face.habits.posed(audio) for audio in sounds],
        STILL: [trivial.held(names, np.zeros(len(names)), audio) for audio in sounds],
    }


def tables(name: str, face: Face, made: Answers) -> dict[str, Table]:
    """A face's tables by key."""
    fair = "r of what does not move (mean pose, still face) is 0."
    if face.aperture is not None:
        fair += (" Lip aperture: tracked opening of the inner lips against a linear map of the mouth channels, fitted "
                 f"on the training split's true curves; from the test takes' own true curves it foretells r "
                 f"{metrics.pearson(*_lips(face, [take.clip for take in face.takes if take.clip])):.3f}.")
    found = {
        f"{name}.r": Table(f"{name}, test takes: Pearson r over pooled frames", _rows(face, made, metrics.pearson),
                           fair, card=True),
        f"{name}.mae": Table(f"{name}, test takes: mean absolute error", _rows(face, made, metrics.mae),
                             "Rewards a face that does not move: read it beside the mean pose."),
    }
    for who in (OWN, DEFAULT):
        if who in made:
            found[f"{name}.{who.split()[0]}"] = Table(
                f"{name}, {who}: motion", motion(face, made[who]),
                "lag: above 0 is late. p50, p90, p99 (levels), speed p95 and jitter: made over true, 1 is alike.")
    return found


def _rows(face: Face, made: Answers, measure: Callable[[np.ndarray, np.ndarray], float]) -> Rows:
    pairs = {channel: {who: _pooled(face, clips, channel) for who, clips in made.items()} for channel in moving(face)}
    rows = {channel: {who: measure(*pair) for who, pair in by.items()} for channel, by in pairs.items()}
    if face.aperture is not None:
        rows[LIPS] = {who: measure(*_lips(face, clips)) for who, clips in made.items()}
    return rows


def moving(face: Face) -> list[str]:
    """Live channels that do move in the test takes."""
    return [name for name in face.takes[0].live if np.concatenate([_true(t, name) for t in face.takes]).std() > STEADY]


def motion(face: Face, clips: Sequence[Clip]) -> Rows:
    """Per channel: error, velocity, lag, and how lively it is beside the truth."""
    return {name: _motion(face.takes, clips, name) for name in moving(face)}


def _motion(takes: Sequence[Take], clips: Sequence[Clip], name: str) -> dict[str, float]:
    fps = float(takes[0].clip.fps)  # type: ignore[union-attr]
    true = [_true(take, name) for take in takes]
    made = [metrics.at_times(clip, name, _times(take)) if name in clip else np.zeros(len(_times(take)))
            for clip, take in zip(clips, takes)]
    speeds = [np.concatenate([metrics.velocity(one, fps) for one in curves]) for curves in (made, true)]
    late = lag_s([(clip.times, clip.pick([name])[name]) for clip in clips],
                 [(_times(take), row) for take, row in zip(takes, true)])
    lively = dynamics.ratios(dynamics.of(made, fps), dynamics.of(true, fps))
    grain = sum(metrics.jitter(row, fps) for row in made) / max(sum(metrics.jitter(row, fps) for row in true), 1e-9)
    return {"r": metrics.pearson(np.concatenate(made), np.concatenate(true)),
            "MAE": metrics.mae(np.concatenate(made), np.concatenate(true)),
            "velocity r": metrics.pearson(*speeds), "velocity MAE 1/s": metrics.mae(*speeds), "lag ms": 1000 * late,
            **lively, "jitter": grain}


def _pooled(face: Face, clips: Sequence[Clip], name: str) -> tuple[np.ndarray, np.ndarray]:
    """(frames,) made and true over all takes; a channel that nobody made is at rest."""
    made = [metrics.at_times(clip.pick([name]), name, _times(take)) for clip, take in zip(clips, face.takes)]
    return np.concatenate(made), np.concatenate([_true(take, name) for take in face.takes])


def _lips(face: Face, clips: Sequence[Clip]) -> tuple[np.ndarray, np.ndarray]:
    """(frames,) foretold and tracked aperture over all takes, frames that were not tracked left out."""
    assert face.aperture is not None
    made = [np.interp(_times(take), clip.times, face.aperture.of(clip)) for clip, take in zip(clips, face.takes)]
    true = [lips[: len(_times(take))] for lips, take in zip(face.apertures, face.takes)]
    tracked = np.isfinite(np.concatenate(true))
    return np.concatenate(made)[tracked], np.concatenate(true)[tracked]


def _times(take: Take) -> np.ndarray:
    """Times of the true frames that lie in the sound."""
    assert take.clip is not None
    return take.clip.times[take.clip.times <= float(take.audio.duration)]


def _true(take: Take, name: str) -> np.ndarray:
    assert take.clip is not None
    return take.clip[name][: len(_times(take))]
