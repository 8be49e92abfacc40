"""Acting: what a face does beside its lips, an hour each of speech, silence and listening; figures beside targets.

The network hears ten minutes once, and the layers act on its clip again and again, each time with another seed: what
is measured is theirs, found in the curves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import PARTNER, Clip
from rigdriver.evaluation import blinks, disturbances, dynamics, heads, hearing, lasting, raises, saccades
from rigdriver.evaluation.portrait import TRACES_S, Gaps, Portrait
from rigdriver.evaluation.report import Table
from rigdriver.evaluation.summary import Aim, at_least, at_most, between
from rigdriver.evaluation.turns import Acted, turns
from rigdriver.layers import Layers
from rigdriver.model.runtime import Model
from rigdriver.performance import Performance
from rigdriver.stage import run
from rigdriver.take import Take
from rigdriver.training.teacher.articulation import teach

SPOKEN_S = 600.0  # of real recordings, one after the other
TAKES = 150  # spread over all speakers; about four seconds each
SEEDS = 6
ROOM_S = 30.0  # of room noise that the network hears; what it says of it is repeated


def heard(model: Model, takes: Sequence[Take]) -> Clip:
    """The model's clip for takes as one stream, then as long a silence, then as long again while a partner says the
    same: its curves and hints, before any layer.

    takes: at least one, all at the model's rate; what lies past ten minutes is left out.
    """
    rate = takes[0].audio.rate
    sound = np.concatenate([take.audio.samples for take in takes])[: int(SPOKEN_S * rate)]
    spoken = hearing.curves(model, Audio(sound, rate))
    room = hearing.curves(model, Audio(disturbances.resting("room noise", ROOM_S), disturbances.RATE)).values
    silent = np.resize(room, spoken.values.shape)
    whole = Clip(spoken.names, np.concatenate([spoken.values, silent, silent]), spoken.fps, spoken.start)
    return whole.with_column(PARTNER, np.concatenate([np.zeros(2 * len(spoken), np.float32), spoken["voice"]]))


def accented(takes: Sequence[Take], clip: Clip) -> np.ndarray | None:
    """(frames,) 0..1: what stands out in the sound of `heard`, by the teacher, who knows when each phone was said; None
    where a take's phones are not known."""
    if not all(take.phones for take in takes):
        return None
    curve, begin_s = np.zeros(len(clip)), 0.0
    for take in takes:
        taught = teach(take.phones, take.audio)
        here = slice(*np.searchsorted(clip.times, (begin_s, begin_s + float(take.audio.duration))))
        curve[here] = np.interp(clip.times[here] - begin_s, taught.clip.times, taught.accent)
        begin_s += float(take.audio.duration)
    return curve * (clip.times < SPOKEN_S)


def acted(clip: Clip, seeds: Sequence[int] = range(SEEDS), accent: np.ndarray | None = None) -> list[Acted]:
    """The clip with every layer, once for each seed. accent: what was truly accented, as `accented` gives it."""
    states = turns(clip)
    return [Acted(run(Layers(Performance()), clip, seed), states, accent) for seed in seeds]


def figures(scenes: Sequence[Acted]) -> dict[str, float]:
    """Every figure of acting by name; not a number where nothing of the kind happened."""
    return {**blinks.figures(scenes), **saccades.figures(scenes), **heads.figures(scenes), **raises.figures(scenes),
            **lasting.figures(scenes)}


def portrait(scenes: Sequence[Acted]) -> Portrait:
    """The picture of the scenes: all their blinks and saccades, and the first one's first 20 s."""
    seen = [(scene, blinks.blinks(scene.clip)) for scene in scenes]
    gaps = tuple(Gaps(state, blinks.state_gaps(seen, state), 60 / per_min, blinks.SPREAD)
                 for state, per_min in (("talking", blinks.SPEAKING_PER_MIN), ("listening", blinks.LISTENING_PER_MIN)))
    found = [saccade for scene in scenes for saccade in saccades.saccades(scene.clip)]
    typical = [(size, saccades.of_size(found, size)) for size in (3.0, 5.0, 8.0, 12.0, 15.0, 20.0)]
    return Portrait("acting", gaps, np.array([saccade.size for saccade in found]),
                    np.array([1000 * saccades.duration_s([saccade]) for saccade in found]),
                    tuple((size, 1000 * saccades.duration_s(some)) for size, some in typical if some),
                    _traces(scenes[0].clip))


def _traces(clip: Clip) -> Clip:
    clip = clip.cut(clip.start, min(clip.end, clip.start + round(TRACES_S * clip.fps)))
    at = saccades.gaze(clip)
    rows = {"gaze left": at.real, "gaze down": at.imag, "lids": blinks.lids(clip), "voice": clip["voice"],
            raises.BROW: clip[raises.BROW], **{name: np.degrees(clip[name]) for name in heads.ANGLES.values()}}
    return Clip(tuple(rows), np.stack(list(rows.values()), 1).astype(np.float32), clip.fps, clip.start)


@dataclass(frozen=True)
class Target:
    """What is aimed at, or nothing, and where in BEHAVIOUR.md that stands."""

    section: str
    aim: Aim | None = None


def alike(real: float) -> Aim:
    """As near to a real face as its dynamics should be."""
    low, high = dynamics.GOOD
    return between(float(f"{low * real:.3g}"), float(f"{high * real:.3g}"))


def table(got: dict[str, float]) -> Table:
    """Figures beside their targets; a verdict where both are there."""
    words = {name: _words(got[name], TARGETS[name]) for name in got if name in TARGETS}
    return Table("Performance: blinks, gaze, head and brows", {name: {"got": value} for name, value in got.items()},
                 "Events are found in the final curves. Targets are those of the project's study of behaviour, by "
                 "section; where they are one actor's or contradict each other, a miss is a question and no fault.",
                 card=True, words=words)


def _words(got: float, target: Target) -> dict[str, str]:
    if target.aim is None:
        return {"from": target.section}
    says, reached = target.aim
    met = "–" if np.isnan(got) else "yes" if reached(got) else "no"
    return {"aim": says, "met": met, "from": target.section}


def _actor(name: str, sd: float, median: float, peak: float, energy_hz: float) -> dict[str, Target]:
    """A head angle of BEHAVIOUR 5.1: one actor, 20 s of speech."""
    return {f"head {name}, speaking: sd, degrees": Target("5.1", alike(sd)),
            f"head {name}, speaking: sd in 20 s, degrees": Target("5.1", alike(sd)),
            f"head {name}, speaking: median speed, degrees/s": Target("5.1", alike(median)),
            f"head {name}, speaking: peak speed, degrees/s": Target("5.1", alike(peak)),
            f"head {name}, speaking: 90 % of energy below, Hz": Target("5.1", alike(energy_hz)),
            f"head {name}: sd listening over speaking": Target("5.1", at_most(0.8))}


TARGETS: dict[str, Target] = {
    "blinks a minute, speaking": Target("3.4: 24", between(21.6, 26.4)),
    "blinks a minute, listening or idle": Target("3.4: 18, 17", between(15.3, 19.8)),
    "blink gaps, speaking: KS distance": Target("3.4, 6", at_most(0.15)),
    "blink gaps, listening or idle: KS distance": Target("3.4, 6", at_most(0.15)),
    "share of blinks that come twice": Target("3.4: .12", between(0.09, 0.15)),
    "share of blinks incomplete": Target("3.4: .25", between(0.2, 0.3)),
    "blink closing, a tenth to the peak, ms": Target("3.2: actor 83", between(67, 100)),
    "blink shut, above nine tenths, ms": Target("3.2: actor 33", between(17, 50)),
    "blink opening, peak to a tenth, ms": Target("3.2: actor 150", between(150, 262)),
    "blink width at half height, ms": Target("3.2: actor 117", between(100, 133)),
    "blinks of a turn in the first .4 s of a pause": Target("3.4"),
    "the same by chance": Target("3.4"),
    "blink rate there over that inside phrases": Target("3.4: 3 / .5", between(4, 8)),
    **{f"saccades, speaking: size p{part}, degrees": Target("4.1: actor", alike(size))
       for part, size in ((10, 1.8), (25, 2.6), (50, 4.8), (75, 7.5), (90, 11.4))},
    "saccades, speaking: share < 15 degrees": Target("4.1", at_least(0.9)),
    **{f"saccades, speaking: {kind}": Target(f"4.1: actor {part}", between(round(part - 0.1, 2), round(part + 0.1, 2)))
       for kind, part in (("horizontal", 0.57), ("vertical", 0.20), ("oblique", 0.23))},
    "saccades of 5 degrees last, ms": Target("4.1", between(31, 43.5)),  # 20 to 30 + 2.2 to 2.7 a degree
    "saccades of 15 degrees last, ms": Target("4.1", between(53, 70.5)),
    "time between saccades, speaking: median, s": Target("4.1: actor", alike(0.39)),
    "time between saccades, speaking: mean, s": Target("4.1: actor", alike(1.2)),
    "micro-saccades a second": Target("4.1", between(1, 2)),
    # Shares as most studies find them, stays as Eyes Alive has them; times away follow (`rigdriver.layers.gaze`).
    "mutual gaze, speaking: share": Target("4.1: dyads .6", between(0.5, 0.7)),
    "mutual gaze, speaking: mean stay, s": Target("4.1", alike(3.1)),
    "mutual gaze, speaking: mean time away, s": Target("4.1: by share and stay", alike(2.1)),
    "mutual gaze, listening: share": Target("4.1: .75", between(0.65, 0.85)),
    "mutual gaze, listening: mean stay, s": Target("4.1", alike(7.9)),
    "mutual gaze, listening: mean time away, s": Target("4.1: by share and stay", alike(2.6)),
    "gaze shifts < 10 degrees with a blink": Target("3.4: .15", between(0.1, 0.33)),
    "gaze shifts of 10 degrees or more with a blink": Target("3.4: .35 to .65", between(0.35, 0.65)),
    **_actor("yaw", 1.36, 5.1, 49, 2.8),
    **_actor("pitch", 1.23, 3.4, 30, 1.2),
    **_actor("roll", 0.86, 2.4, 18, 1.2),
    "brow raises a minute, speaking": Target("5.2"),
    "brow raises on accents": Target("5.2"),
    "brow raises on accents by chance": Target("5.2"),
    "accents with a brow raise": Target("5.2: .3 to .5 of strong ones", between(0.15, 0.5)),
    "brow raises on accents: peak after the accent's, ms": Target("5.2: on its vowel", between(-50, 100)),
    "brow raises on true accents": Target("5.2: .71 on F0 rises", between(0.61, 0.81)),
    "brow raises on true accents by chance": Target("5.2"),
    # Ten minutes of listening: what is no loop and does not drift, and rates at rest in every minute.
    "listening: correlation with itself, 5 s to 2 min later": Target("ours", at_most(0.4)),
    "listening: nearest two moments over the usual distance": Target("ours", at_least(0.1)),
    "listening: change of a mean over the stretch, in sd": Target("ours", at_most(0.5)),
    "listening: blinks in the emptiest minute": Target("3.1: 8 to 32", at_least(8)),
    "listening: blinks in the fullest minute": Target("3.1: 8 to 32", at_most(32)),
    "listening: shifts of gaze in the emptiest minute": Target("4.1: actor 50", at_least(20)),
    "listening: shifts of gaze in the fullest minute": Target("4.1: actor 50", at_most(80)),
    "listening: breaths in the emptiest minute": Target("5.2: 12 to 18", at_least(12)),
    "listening: breaths in the fullest minute": Target("5.2: 12 to 18", at_most(18)),
    "listening to somebody: nods a minute": Target("5.1"),
    "listening: mouth speed, 1/s": Target("6", at_most(0.05)),
}
