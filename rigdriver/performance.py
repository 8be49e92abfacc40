"""Performance: the one parameter file that directs a face, read by every command and plug-in alike.

A section per layer, in the order in which the layers run. A field's default, range and comment stand together
below, and `default_yaml` prints them, so the file that users start from cannot disagree with the code. Where
users of Audio2Face know a name, it is used here with the same meaning.
"""

# ruff: noqa: RUF009 (`_option` and the like make dataclass fields; they are no defaults shared by mistake)

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from rigdriver import rig, stylization
from rigdriver.errors import SettingsError, nearest
from rigdriver.resources import PERSONALITIES
from rigdriver.settings import parse_yaml, read_yaml, update
from rigdriver.tracks import Track, Tracks

VERSION = 1
PERSONALITY = "natural"
EMOTIONS = ("amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness")
"""By the names that Audio2Face-3D gives them."""
UNKEYED = ("emotion.transition_s", "emotion.follow_voice", "blink.double_share")
"""Numbers beside those of `speech` that no track may change."""
ALIASES = {"happy": "joy", "happiness": "joy", "sad": "sadness", "surprise": "amazement", "angry": "anger"}
"""Other names that people know them by, EmoFace's among them."""
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
                _check(item.name, getattr(self, item.name), item.metadata["low"], item.metadata["high"])


def _check(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, dict):
        for channel, part in value.items():
            if channel not in rig.canonical():
                raise ValueError(f"{name}: no channel {channel!r}; {nearest(channel, rig.canonical().names)}")
            _check(f"{name}: {channel}", part, low, high)
        return
    ends = value if isinstance(value, tuple) else (value,)
    if not all(low <= end <= high for end in ends):  # written so that NaN is refused too
        raise ValueError(f"{name} should lie in {low:g}..{high:g}, not {_plain(value)}")
    if list(ends) != sorted(ends):
        raise ValueError(f"{name} should run from low to high, not {_plain(value)}")


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

    upper_face_strength: float = _option(1.0, 0, 2, "lids, eyes and brows that the model moves")
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
    wins at the lips. Weights change over time by `tracks`."""

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
    transition_s: float = _option(0.5, 0, 10, "how long a direction takes that does not say, seconds")
    emotion_strength: float = _option(1.0, 0, 2, "size of all of it")
    upper_strength: float = _option(1.0, 0, 2, "of its part on lids and brows")
    lower_strength: float = _option(1.0, 0, 2, "and on cheeks, nose and mouth")
    follow_voice: float = _option(1.0, 0, 2, "how much a roused voice enlarges head and brows, a flat one less")
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
    double_share: float = _option(0.12, 0, 1, "share of blinks that come twice")
    full_share: float = _option(0.75, 0, 1, "share that closes all the way; the others stop halfway")
    close_s: Span = _option((0.09, 0.12), 0.02, 0.5, "closing time, drawn for each blink, seconds")
    hold_s: Span = _option((0.0, 0.01), 0, 0.5, "closed time, seconds")
    open_s: Span = _option((0.14, 0.22), 0.05, 1, "opening time, seconds")
    pause_factor: float = _option(3.0, 0, 10, "likelier by this in the first .4 s of a pause inside a turn")
    phrase_factor: float = _option(0.5, 0, 10, "and by this inside a phrase")
    onset_factor: float = _option(1.5, 0, 10, "and by this in a phrase's first .2 s")


@dataclass(frozen=True)
class Gaze(Section):
    """Where the eyes rest and when they leave. Writes the eyeLook weights and the eye angles alike."""

    enabled: bool = _switch("move the eyes")
    saccade_strength: float = _option(1.0, 0, 2, "size of every eye movement; 0 stares at the target")
    look_at_yaw_deg: float = _option(0.0, -30, 30, "the partner or camera: degrees towards the character's left")
    look_at_pitch_deg: float = _option(0.0, -30, 30, "and degrees down")
    speaking_mutual_s: float = _option(3.1, 0.3, 60, "mean time on the partner while speaking, seconds")
    speaking_away_s: float = _option(0.9, 0.1, 60, "mean time away while speaking, seconds")
    listening_mutual_s: float = _option(7.9, 0.3, 60, "mean time on the partner while listening, seconds")
    listening_away_s: float = _option(0.45, 0.1, 60, "mean time away while listening, seconds")
    fixation_s: float = _option(0.4, 0.1, 5, "median rest on one point of the partner's face, seconds")
    face_deg: float = _option(2.2, 0, 10, "half the distance of the partner's eyes as seen from here, degrees")
    microsaccades_per_s: float = _option(1.0, 0, 5, "tiny jumps of .2 to .6 degrees")
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
    nods_at_s: tuple[float, ...] = _option((), 0, 86400, "nods at these times beside its own, seconds")
    nod_deg: Span = _option((1.0, 3.0), 0, 15, "depth of a nod, degrees")
    follow_share: float = _option(0.6, 0, 1, "share of a gaze shift beyond 12 degrees that the head takes over")


@dataclass(frozen=True)
class Brows(Section):
    """Small raises of the brows on accents, over a slow drift."""

    enabled: bool = _switch("move the brows")
    brow_strength: float = _option(1.0, 0, 2, "size of all brow motion")
    drift: float = _option(0.02, 0, 0.2, "standard deviation of the drift, so that the forehead never freezes")
    raise_share: float = _option(0.2, 0, 1, "share of strong accents that get one")
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
class Asymmetry(Section):
    """The two sides of a mouth are never alike: a leaning that the seed gives each face, and a slow drift."""

    enabled: bool = _switch("move the sides of the mouth unlike")
    mouth: float = _option(0.06, 0, 0.5, "standard deviation of how much more one side moves than their mean")


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
        if self.open_below >= self.shut_above:
            raise ValueError(f"open_below ({self.open_below:g}) should lie below shut_above ({self.shut_above:g})")


@dataclass(frozen=True)
class Labiodental(Section):
    """The lower lip, which lies under the upper teeth on f and v, whatever the strengths above say."""

    enabled: bool = _switch("tuck the lower lip in where the model hears f or v")
    labiodental_strength: float = _option(1.0, 0, 1, "1 tucks it all the way in")
    free_below: float = _option(0.1, 0, 0.9, "a hint up to this does nothing")
    tucked_above: float = _option(0.8, 0.1, 1, "and from this on the lip lies under the teeth")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.free_below >= self.tucked_above:
            raise ValueError(f"free_below ({self.free_below:g}) should lie below tucked_above ({self.tucked_above:g})")


@dataclass(frozen=True)
class Limits(Section):
    """Ranges: those of the rig, and narrower ones where you say so (angles in radians). Lips that must shut, or lie
    under the teeth, go past them."""

    weight_limits: dict[str, Span] = _by_channel(-3.1416, 3.1416, "lowest and highest, as in {jawOpen: [0, 0.6]}")


@dataclass(frozen=True)
class Performance:
    """Everything that directs a face beside the sound. Raises ValueError for another version or a negative seed."""

    version: int = VERSION
    seed: int = 0
    personality: str = PERSONALITY
    speech: Speech = field(default_factory=Speech)
    manner: Manner = field(default_factory=Manner)
    strength: Strength = field(default_factory=Strength)
    smoothing: Smoothing = field(default_factory=Smoothing)
    silence: Silence = field(default_factory=Silence)
    emotion: Emotion = field(default_factory=Emotion)
    blink: Blink = field(default_factory=Blink)
    gaze: Gaze = field(default_factory=Gaze)
    head: Head = field(default_factory=Head)
    brows: Brows = field(default_factory=Brows)
    breath: Breath = field(default_factory=Breath)
    asymmetry: Asymmetry = field(default_factory=Asymmetry)
    channels: Channels = field(default_factory=Channels)
    labiodental: Labiodental = field(default_factory=Labiodental)
    closure: Closure = field(default_factory=Closure)
    limits: Limits = field(default_factory=Limits)
    tracks: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version {self.version} is not known here; this rigdriver reads version {VERSION}")
        if self.seed < 0:
            raise ValueError(f"seed should be 0 or more, not {self.seed}")
        for name, keys in self.tracks.items():
            self._check_track(name, keys)
        self._check_together(Tracks(self.tracks))

    def _check_track(self, name: str, keys: tuple[tuple[float, float], ...]) -> None:
        section, _, key = name.partition(".")
        if section == "speech" or name in UNKEYED:
            raise ValueError(f"tracks: {name} is the same for a whole take")
        numbers = numbers_of(section)
        if key not in numbers:
            known = [f"{section}.{number}" for number in numbers] or [f"{each}." for each in _sections()]
            raise ValueError(f"tracks: {name!r} is no number of a section; {nearest(name, known)}")
        try:
            Track.of(keys)
            for _, value in keys:
                _check(key, value, *_range(getattr(self, section), key))
        except ValueError as error:
            raise ValueError(f"tracks: {name}: {error}") from None

    def _check_together(self, tracks: Tracks) -> None:
        """Numbers of a section that must keep an order keep it at all times."""
        for section in {name.partition(".")[0] for name in tracks}:
            own = tracks.of(section)
            for time_s in own.moments().tolist():
                try:
                    replace(getattr(self, section), **{key: float(track.at([time_s])[0]) for key, track in own.items()})
                except ValueError as error:
                    raise ValueError(f"tracks: {section} at {time_s:.2f} s: {error}") from None


def _range(section: Section, key: str) -> tuple[float, float]:
    metadata = next(item.metadata for item in dataclasses.fields(section) if item.name == key)
    return metadata["low"], metadata["high"]


def numbers_of(section: str) -> tuple[str, ...]:
    """The keys of a section that are single numbers, and so may be keyed over time; none of what is no section."""
    value = _sections().get(section)
    return () if value is None else tuple(item.name for item in dataclasses.fields(value)
                                          if isinstance(getattr(value, item.name), float))


def personalities() -> list[str]:
    """Names of the house's own, from calm to large."""
    return sorted((path.stem for path in PERSONALITIES.glob("*.yaml")), key=lambda name: _of(name).head.head_strength)


@cache
def _of(name: str) -> Performance:
    """The performance of a personality, which all else that is said is added to. Raises SettingsError."""
    known = {path.stem: path for path in PERSONALITIES.glob("*.yaml")}
    if name not in known:
        raise SettingsError(f"no personality {name!r}; {nearest(name, known)}")
    path = known[name]
    return replace(update(Performance(), read_yaml(path), str(path)), personality=name)


def load(path: str | Path | None, personality: str | None = None) -> Performance:
    """A performance from a YAML file, or from none; what it does not say is as in `default_yaml`. Raises SettingsError.

    A stylization file of Audio2Face-3D is read as well (`rigdriver.stylization`).

    personality: instead of the file's.
    """
    said = read_yaml(path) if path else {}
    if stylization.is_one(said):
        said, _ = stylization.translated(said, str(path))
    emotion = said.get("emotion")
    if path and isinstance(emotion, dict) and isinstance(emotion.get("poses"), str) and emotion["poses"]:
        said = {**said, "emotion": {**emotion, "poses": str(Path(path).parent / emotion["poses"])}}  # beside the file
    asked = {} if personality is None else {"personality": personality}
    return _build({**said, **asked}, str(path or "the command line"))


def left_out(path: str | Path) -> list[str]:
    """What of a stylization file has no counterpart here; nothing of a file of our own."""
    said = read_yaml(path)
    return stylization.translated(said, str(path))[1] if stylization.is_one(said) else []


def parse(text: str, where: str = "performance") -> Performance:
    """A performance from YAML text; `where` names it in errors. Raises SettingsError."""
    return _build(parse_yaml(text.removeprefix("\ufeff"), where), where)


def changed(performance: Performance, values: Mapping[str, Any], where: str) -> Performance:
    """With other values by `section.key` (or `seed`), checked as a file's are. Raises SettingsError."""
    document: dict[str, Any] = {}
    if "personality" in values:
        raise SettingsError(f"{where}: a personality is what a performance begins with; name it in the file")
    for key, value in values.items():
        section, _, name = key.partition(".")
        if not name:
            document[section] = value
        elif isinstance(document.setdefault(section, {}), dict):
            document[section][name] = list(value) if isinstance(value, tuple) else value
        else:
            raise SettingsError(f"{where}: {section} and {key} are both said")
    anew = {_plainly(key) for key in values}  # what is said anew, for the whole take, is keyed no longer
    tracks = {key: keys for key, keys in performance.tracks.items() if key not in anew}
    return _build(document, where, replace(performance, tracks=tracks))


def _plainly(key: str) -> str:
    section, _, name = key.partition(".")
    return f"emotion.{ALIASES.get(name, name)}" if section == "emotion" else key


def _build(document: dict[str, Any], where: str, base: Performance | None = None) -> Performance:
    # A section whose every line is commented out reads as None, and means its defaults.
    said = {key: {} if value is None and key in _sections() else value for key, value in document.items()}
    if isinstance(said.get("emotion"), dict):
        said["emotion"] = _by_name(said["emotion"], where)
    return update(_base(said, where) if base is None else base, said, where)


def _by_name(emotions: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Without aliases. Raises SettingsError where one emotion is said twice."""
    named: dict[str, Any] = {}
    for key, value in emotions.items():
        name = ALIASES.get(key, key)
        if name in named:
            raise SettingsError(f"{where}: emotion: {key!r} says {name!r} a second time")
        named[name] = value
    return named


def _base(said: Mapping[str, Any], where: str) -> Performance:
    try:
        return _of(str(said.get("personality", PERSONALITY)))
    except SettingsError as error:
        raise SettingsError(f"{where}: personality: {error}") from None


def _sections() -> dict[str, Section]:
    performance = Performance()
    values = {item.name: getattr(performance, item.name) for item in dataclasses.fields(performance)}
    return {name: value for name, value in values.items() if isinstance(value, Section)}


def default_yaml(personality: str = PERSONALITY) -> str:
    """The commented parameter file: every key as a personality has it, what it does and its range."""
    return "\n".join(_lines(personality)) + "\n"


def _lines(personality: str) -> Iterator[str]:
    told = _of(personality)
    yield "# A performance: everything that directs a face beside the sound. Keep only the lines that you change."
    yield "# Weights are 0..1 and angles in degrees unless a line says otherwise; left is the character's own."
    yield f"version: {VERSION}"
    yield "seed: 0  # another seed, other blinks, glances and nods; the same seed gives the same face"
    yield f"personality: {personality}  # what the rest is added to: {', '.join(personalities())}"
    for name, section in _sections().items():
        yield ""
        yield from (f"# {line.strip()}" for line in (type(section).__doc__ or "").splitlines())
        yield f"{name}:"
        for item in dataclasses.fields(section):
            yield f"  {item.name}: {_plain(getattr(getattr(told, name), item.name))}  # {_comment(item.metadata)}"
    yield ""
    yield "# Any number above as a curve over the take: [seconds, value] keys, eased between; two at one time step."
    yield "tracks: {}  # as in {emotion.joy: [[0, 0], [1.5, 0.6]], head.head_strength: [[4, 1], [5, 0.2]]}"


def _comment(metadata: Any) -> str:
    limits = f" ({metadata['low']:g} to {metadata['high']:g})" if "low" in metadata else ""
    return metadata["about"] + limits


def _plain(value: Any) -> str:
    """A value as YAML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value == "":
        return '""'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return "{}" if isinstance(value, dict) else str(value)
