"""Sections of the parameter file: what can be said of each part of a face, with its default, range and comment.

A section per layer, in the order in which the layers run. A field's default, range and comment stand together, and
`performance.default_yaml` prints them, so the file that users start from cannot disagree with the code. Where users of
Audio2Face know a name, it is used here with the same meaning.
"""

# ruff: noqa: RUF009 (`_option` and the like make dataclass fields; they are no defaults shared by mistake)

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rigdriver import rig
from rigdriver.errors import nearest

EMOTIONS = ("amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness")
"""By the names that Audio2Face-3D gives them."""
AUTO = 0.4
"""What `auto` means where no number is said: the most that a guess should show (BEHAVIOUR 8)."""
Span = tuple[float, float]


def _option(default: Any, low: float, high: float, about: str) -> Any:
    """A field whose value (or both ends of whose span) must lie in low..high; `about` is its comment in the file."""
    return field(default=default, metadata={"low": low, "high": high, "about": about})


def _switch(about: str) -> Any:
    return field(default=True, metadata={"about": about})


def _emotion() -> Any:
    return _option(0.0, 0, 1, "weight")


def _by_channel(low: float, high: float, about: str) -> Any:
    """A mapping from channels of the canonical rig to values in low..high."""
    return field(default_factory=dict, metadata={"low": low, "high": high, "about": about})


@dataclass(frozen=True)
class Section:
    """Settings whose ranges stand in their fields. Raises ValueError that names the field and its range."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            if "low" in item.metadata:
                check(item.name, getattr(self, item.name), item.metadata["low"], item.metadata["high"])


def check(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, dict):
        for channel, part in value.items():
            if channel not in rig.canonical():
                raise ValueError(f"{name}: no channel {channel!r}; {nearest(channel, rig.canonical().names)}")
            check(f"{name}: {channel}", part, low, high)
        return
    ends = value if isinstance(value, tuple) else (value,)
    if not all(low <= end <= high for end in ends):  # written so that NaN is refused too
        raise ValueError(f"{name} should lie in {low:g}..{high:g}, not {plain(value)}")
    if list(ends) != sorted(ends):
        raise ValueError(f"{name} should run from low to high, not {plain(value)}")


@dataclass(frozen=True)
class Speech(Section):
    """How phrases, pauses and turns are told from the model's voice probability; every layer hears them alike."""

    start_above: float = _option(0.5, 0, 1, "a phrase starts where the voice probability rises to this")
    stop_below: float = _option(0.3, 0, 1, "and stops where it falls below this")
    turn_gap_s: float = _option(1.5, 0.1, 10, "a longer pause ends the turn: from there the character listens")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stop_below > self.start_above:
            raise ValueError(f"stop_below ({self.stop_below:g}) should not lie above start_above "
                             f"({self.start_above:g})")


@dataclass(frozen=True)
class Manner(Section):
    """How the talker articulates, as the network learned it (default style only). 0 is as calm as it was mostly taught;
    the defaults bring size and speed near those of real faces in speech."""

    jaw: float = _option(0.2, -1, 1, "how far the jaw goes: a tight jaw to a wide one")
    lips: float = _option(0.3, -1, 1, "how far the lips go")
    speed: float = _option(0.8, -1, 1, "sluggish to crisp movements")
    precision: float = _option(0.0, -1, 1, "mumbled to enunciated; p, b and m close either way")
    anticipation: float = _option(0.0, -1, 1, "how early the lips prepare for a sound")


@dataclass(frozen=True)
class Strength(Section):
    """Gains on what the model says, by region."""

    upper_face_strength: float = _option(1.0, 0, 2, "lids, eyes and brows, where the model moves any: one of yours")
    lower_face_strength: float = _option(1.0, 0, 2, "jaw, mouth, cheeks and nose")
    jaw_strength: float = _option(1.0, 0, 2, "the jaw beside that: .5 mumbles, 1.6 is theatrical; closures scale along")
    tongue_strength: float = _option(1.0, 0, 2, "the tongue track")


@dataclass(frozen=True)
class Smoothing(Section):
    """Two cascaded exponential averages with alpha = 1 - 0.5 ** (dt / half-life), the same at every frame rate."""

    upper_face_smoothing: float = _option(0.0, 0, 1, "half-life, seconds; 0 is off, .001 does nothing at 60 fps")
    lower_face_smoothing: float = _option(0.0, 0, 1, "half-life, seconds; .006 is 8 ms late, .015 loses closures")


@dataclass(frozen=True)
class Silence(Section):
    """The mouth rests where nobody speaks, so that breath, music and hum do not make it flicker."""

    enabled: bool = _switch("ease the mouth to rest in silence")
    attack_s: float = _option(0.05, 0, 1, "time to let the mouth go when the voice starts, seconds")
    hold_s: float = _option(0.1, 0, 2, "pauses up to this long change nothing, seconds")
    release_s: float = _option(0.15, 0, 2, "time to ease to rest after that, seconds")


@dataclass(frozen=True)
class Emotion(Section):
    """What the face shows beside speech: weights of ten emotions, which blend (more than 1 in all counts as 1). Speech
    wins at the lips. Weights change over time by `tracks`.

    `emotion: auto` instead of a section, or `auto` in it, lets the voice choose among anger, disgust, fear, joy and
    sadness: a guess, slow, weak, and off unless asked for. Of actors never heard before, each emotion kept up for a
    scene, it shows the right one 49 % of the time, a wrong one 9 %, none 42 %; joy it takes for anger as often as for
    joy. In other languages and microphones trust it less. Of ordinary reading it shows nothing 99 % of the time. What
    you say yourself comes first. In silence the guess eases to neutral: half is gone after 6 s, nearly all after 13."""

    enabled: bool = _switch("show emotions")
    amazement: float = _emotion()
    anger: float = _emotion()
    cheekiness: float = _emotion()
    disgust: float = _emotion()
    fear: float = _emotion()
    grief: float = _emotion()
    joy: float = _emotion()
    outofbreath: float = _emotion()
    pain: float = _emotion()
    sadness: float = _emotion()
    auto: float = _option(0.0, 0, 1, f"weight up to which an emotion guessed from the voice is shown; try {AUTO:g}")
    transition_s: float = _option(0.5, 0, 10, "how long a direction takes that does not say, seconds")
    emotion_strength: float = _option(1.0, 0, 2, "size of all of it")
    upper_strength: float = _option(1.0, 0, 2, "of its part on lids and brows")
    lower_strength: float = _option(1.0, 0, 2, "and on cheeks, nose and mouth")
    follow_voice: float = _option(1.0, 0, 2, "how much a roused voice enlarges head and brows, a flat one less")
    jaw_follow_voice: float = _option(0.0, 0, 2, "and jaw: off, no capture of shouting was there to measure it by")
    variation: float = _option(0.15, 0, 0.5, "how much a held expression comes and goes")
    poses: str = field(default="", metadata={"about": "a pose file of yours; begin from layers/poses.yaml"})


@dataclass(frozen=True)
class Blink(Section):
    """Blinks: log-normal gaps, rarer inside a phrase, likelier where it ends."""

    enabled: bool = _switch("add blinks")
    blink_strength: float = _option(1.0, 0, 1, "how far the lids close: 1 is all the way")
    listening_share: float = _option(0.5, 0, 1, "in a dialogue: share of the partner's phrases that end in our blink")
    at_s: tuple[float, ...] = _option((), 0, 86400, "blinks at these times beside its own, seconds")
    eyelid_open_offset: float = _option(0.0, -1, 1, "above 0 opens the eyes wider, below 0 lets the lids hang")
    idle_per_min: float = _option(17.0, 0, 60, "blinks a minute while listening or alone")
    speaking_per_min: float = _option(24.0, 0, 60, "blinks a minute during a turn")
    spread: float = _option(0.65, 0.05, 1.5, "sigma of the log-normal gaps: small is a metronome")
    refractory_s: float = _option(0.35, 0, 2, "shortest gap, double blinks excepted, seconds")
    double_share: float = _option(0.1, 0, 1, "share of blinks that come twice")
    full_share: float = _option(0.75, 0, 1, "share that closes all the way; the others stop halfway")
    close_s: Span = _option((0.09, 0.12), 0.02, 0.5, "closing time, drawn for each blink, seconds")
    hold_s: Span = _option((0.0, 0.01), 0, 0.5, "closed time, seconds")
    open_s: Span = _option((0.14, 0.22), 0.05, 1, "opening time, seconds")
    pause_factor: float = _option(3.0, 0, 10, "likelier by this in the first .4 s of a pause inside a turn")
    phrase_factor: float = _option(0.35, 0, 10, "and by this inside a phrase")
    onset_factor: float = _option(1.5, 0, 10, "and by this in a phrase's first .2 s")
    shift_factor: float = _option(1.0, 0, 3, "how much gaze shifts of 10 degrees or more bring a blink that is near")


@dataclass(frozen=True)
class Gaze(Section):
    """Where the eyes rest and when they leave. Writes the eyeLook weights and the eye angles alike."""

    enabled: bool = _switch("move the eyes")
    saccade_strength: float = _option(1.0, 0, 2, "size of every eye movement; 0 stares at the target")
    look_at_yaw_deg: float = _option(0.0, -30, 30, "the partner or camera: degrees towards the character's left")
    look_at_pitch_deg: float = _option(0.0, -30, 30, "and degrees down")
    speaking_mutual_s: float = _option(3.1, 0.3, 60, "mean time on the partner while speaking, seconds")
    speaking_away_s: float = _option(2.5, 0.1, 60, "mean time away while speaking, seconds")
    listening_mutual_s: float = _option(7.9, 0.3, 60, "mean time on the partner while listening, seconds")
    listening_away_s: float = _option(2.6, 0.1, 60, "mean time away while listening, seconds")
    fixation_s: float = _option(0.62, 0.1, 5, "median rest on one point of the partner's face, seconds")
    face_deg: float = _option(2.1, 0, 10, "half the distance of the partner's eyes as seen from here, degrees")
    microsaccades_per_s: float = _option(1.4, 0, 5, "tiny jumps of .2 to .6 degrees")
    vergence_deg: float = _option(0.3, 0, 15, "angle between the two lines of sight, degrees")
    lid_follow: float = _option(1.0, 0, 2, "how much the lids follow the eyes up and down")


@dataclass(frozen=True)
class Head(Section):
    """Head motion; the eyes turn against it, so the gaze stays where it is."""

    enabled: bool = _switch("move the head")
    head_strength: float = _option(1.0, 0, 3, "size of all head motion")
    yaw_deg: float = _option(1.36, 0, 10, "standard deviation while speaking, degrees")
    pitch_deg: float = _option(1.23, 0, 10, "standard deviation while speaking, degrees")
    roll_deg: float = _option(0.86, 0, 10, "standard deviation while speaking, degrees")
    idle_share: float = _option(0.45, 0, 1, "how much of that is left in a long pause")
    nod_share: float = _option(0.35, 0, 1, "share of strong accents that get a nod")
    listening_nod_share: float = _option(0.4, 0, 1, "in a dialogue: share of the partner's phrases that get a nod")
    listening_nod_deg: Span = _option((2.0, 4.0), 0, 15, "depth of such a nod, degrees")
    posture_s: float = _option(12.0, 1, 300, "while listening or alone, mean time between new postures, seconds")
    nods_at_s: tuple[float, ...] = _option((), 0, 86400, "nods at these times beside its own, seconds")
    nod_deg: Span = _option((1.0, 3.0), 0, 15, "depth of a nod, degrees")
    turn_share: float = _option(0.25, 0, 1, "share of strong accents that get a quick turn to one side")
    turn_deg: Span = _option((1.5, 4.0), 0, 15, "size of such a turn, degrees")
    follow_share: float = _option(0.6, 0, 1, "share of a gaze shift beyond 12 degrees that the head takes over")


@dataclass(frozen=True)
class Brows(Section):
    """Small raises of the brows on accents, over a slow drift."""

    enabled: bool = _switch("move the brows")
    brow_strength: float = _option(1.0, 0, 2, "size of all brow motion")
    drift: float = _option(0.02, 0, 0.2, "standard deviation of the drift, so that the forehead never freezes")
    raise_share: float = _option(0.2, 0, 1, "share of strong accents that get one")
    listening_raise_share: float = _option(0.12, 0, 1, "in a dialogue: share of the partner's phrases that get one")
    inner: Span = _option((0.15, 0.45), 0, 1, "browInnerUp at the peak")
    outer: Span = _option((0.1, 0.3), 0, 1, "browOuterUp at the peak")
    rise_s: Span = _option((0.12, 0.2), 0.03, 2, "time up, seconds")
    fall_s: Span = _option((0.4, 0.8), 0.05, 5, "time down, seconds")


@dataclass(frozen=True)
class Breath(Section):
    """Breathing, as far as a face shows it: in pauses after a phrase, and quietly while nobody speaks."""

    enabled: bool = _switch("breathe")
    breath_strength: float = _option(1.0, 0, 3, "how much nostrils and jaw show it")
    quiet_per_min: float = _option(15.0, 0, 40, "breaths a minute at rest")


@dataclass(frozen=True)
class Idle(Section):
    """What a mouth does in a long silence, seldom and small: it is over as soon as the voice begins."""

    enabled: bool = _switch("let the mouth live in long silences")
    idle_strength: float = _option(1.0, 0, 2, "size of all of it")
    swallows_per_min: float = _option(0.8, 0, 20, "swallows a minute")
    presses_per_min: float = _option(1.2, 0, 20, "times a minute that the lips press together")
    corners_per_min: float = _option(1.5, 0, 20, "times a minute that one corner of the mouth draws in")


@dataclass(frozen=True)
class Asymmetry(Section):
    """The two sides of a mouth are never alike: a leaning that the seed gives each face, and a slow drift."""

    enabled: bool = _switch("move the sides of the mouth unlike")
    mouth: float = _option(0.06, 0, 0.5, "standard deviation of how much more one side moves than their mean")


@dataclass(frozen=True)
class Restraint(Section):
    """Keeps a face from over-acting: from two thirds of a highest weight on, weights bend towards it, and so do speeds
    towards a highest speed. Lids, gaze and head are left alone, and lips that must shut do. Off unless said."""

    OFF_PER_S: ClassVar[float] = 30.0

    upper_face_most: float = _option(1.0, 0.1, 1, "highest weight of brows, squints and wide eyes; 1 is off")
    lower_face_most: float = _option(1.0, 0.1, 1, "of mouth, cheeks and nose")
    jaw_most: float = _option(1.0, 0.1, 1, "and of the jaw; .6 is as wide as an actor's widest in talk")
    upper_face_per_s: float = _option(OFF_PER_S, 0.5, OFF_PER_S, "highest speed, weight a second; 30 is off")
    lower_face_per_s: float = _option(OFF_PER_S, 0.5, OFF_PER_S, "of mouth, cheeks, nose, jaw; real speech goes to 10")


@dataclass(frozen=True)
class Channels(Section):
    """The last word on single channels of the canonical rig, before lips and ranges are made sure of."""

    lip_open_offset: float = _option(0.0, -0.2, 0.2, "above 0 parts the lips at rest, below 0 keeps them nearer")
    weight_multipliers: dict[str, float] = _by_channel(-5, 5, "one channel's gain, as in {mouthSmileLeft: 1.2}")
    weight_offsets: dict[str, float] = _by_channel(-1, 1, "added after the gain, as in {browInnerUp: 0.1}")


@dataclass(frozen=True)
class Closure(Section):
    """Lips that must shut on p, b and m do, whatever the strengths above say."""

    enabled: bool = _switch("shut the lips where the model hears p, b or m")
    closure_strength: float = _option(1.0, 0, 1, "1 shuts them all the way")
    open_below: float = _option(0.1, 0, 0.9, "a hint up to this does nothing")
    shut_above: float = _option(0.8, 0.1, 1, "and from this on the lips are shut")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rise(self, "open_below", "shut_above")


@dataclass(frozen=True)
class Labiodental(Section):
    """The lower lip, which lies under the upper teeth on f and v, whatever the strengths above say."""

    enabled: bool = _switch("tuck the lower lip in where the model hears f or v")
    labiodental_strength: float = _option(1.0, 0, 1, "1 tucks it all the way in")
    free_below: float = _option(0.1, 0, 0.9, "a hint up to this does nothing")
    tucked_above: float = _option(0.8, 0.1, 1, "and from this on the lip lies under the teeth")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rise(self, "free_below", "tucked_above")


@dataclass(frozen=True)
class Sibilant(Section):
    """The teeth, which stay close on s, z, sh, zh, ch and jh, whatever an emotion or the strengths above say."""

    enabled: bool = _switch("keep the teeth close where the model hears s, z, sh, zh, ch or j")
    sibilant_strength: float = _option(1.0, 0, 1, "1 keeps them as close as the next line says")
    widest_jaw: float = _option(0.12, 0, 1, "jawOpen at most on such a sound; more where the model itself says so")
    free_below: float = _option(0.1, 0, 0.9, "a hint up to this does nothing")
    narrowed_above: float = _option(0.8, 0.1, 1, "and from this on the jaw is held")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rise(self, "free_below", "narrowed_above")


@dataclass(frozen=True)
class Limits(Section):
    """Ranges: those of the rig, and narrower ones where you say so (angles in radians). Lips that must shut, or lie
    under the teeth, go past them."""

    weight_limits: dict[str, Span] = _by_channel(-3.1416, 3.1416, "lowest and highest, as in {jawOpen: [0, 0.6]}")


def _check_rise(section: Section, low: str, high: str) -> None:
    below, above = getattr(section, low), getattr(section, high)
    if below >= above:
        raise ValueError(f"{low} ({below:g}) should lie below {high} ({above:g})")


def plain(value: Any) -> str:
    """A value as YAML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value == "":
        return '""'
    if isinstance(value, tuple):
        return f"[{', '.join(map(plain, value))}]"
    return "{}" if isinstance(value, dict) else str(value)
