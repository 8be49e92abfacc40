"""A studio's folder of takes: recordings, and beside each its curves in any format that rigdriver reads.

    take_01.wav  take_01.csv  take_01.txt        sound, curves; the text, or phone times (see `labels`), where there are
    aya/…  ben/…                                 folders are speakers
    train/…  validation/…  test/…  or split.csv  who teaches and who judges (see `splits`)

Curves keep their own names: the channels that move are what the model will give. Looking at a folder reads every
curve and label file once and no sound; sound is read take by take when it is asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver import formats, inputs, rig
from rigdriver.audio import Audio
from rigdriver.clip import HINTS, Clip
from rigdriver.errors import InputError, RigdriverError
from rigdriver.inputs import files, open_sound
from rigdriver.take import Phone, Take
from rigdriver.training.takes import splits
from rigdriver.transcript import labels

Say = Callable[[str], None]
RATE = 16000  # Hz, the model's
DEAD = 0.01  # a channel whose standard deviation over the folder is lower carries nothing to learn
OVERHANG_S = 0.5  # curves that outlast their sound by more are likely another recording's
SHORTEST_S = 0.5  # a shorter take teaches nothing
PERCENT_OF_ARKIT = 5.0  # ARKit weights run 0..1; what reaches higher was written as per cent
PERCENT = 20.0  # other rigs have controls of 0..10 of their own; what reaches higher was written as per cent
HIGHEST = 150.0  # and past this it is neither
NAMED = 6  # channels or files that a line names before it counts the rest


@dataclass(frozen=True)
class Source:
    """One take as files. scale: what its curves are multiplied by; seconds: of sound that has curves.

    labelled: whether its phone times are known.
    """

    name: str
    sound: Path
    curves: Path
    seconds: float = 0.0
    scale: float = 1.0
    split: str = "train"
    labelled: bool = False

    @property
    def speaker(self) -> str:
        return splits.speaker(self.name)


@dataclass(frozen=True, eq=False)
class TakeFolder:
    """A folder that was looked at and found good.

    channels: every curve that some take has; live: those worth learning, in the same order.
    ranges: lowest and highest value of each live channel: 0 and 1, or wider where the takes go beyond.
    """

    folder: Path
    sources: tuple[Source, ...]
    channels: tuple[str, ...]
    live: tuple[str, ...]
    ranges: dict[str, tuple[float, float]]

    def of(self, split: str) -> list[Source]:
        return [source for source in self.sources if source.split == split]

    def takes(self) -> Iterator[Take]:
        """Takes one by one, sound read now; phones where a label file gives them. Raises InputError."""
        listed: dict[Path, dict[str, tuple[Phone, ...]]] = {}
        for source in self.sources:
            place = source.sound.parent
            if place not in listed:
                listed[place] = labels.read_alignments(place)
            yield self._take(source, listed[place])

    def _take(self, source: Source, listed: dict[str, tuple[Phone, ...]]) -> Take:
        file = labels.beside(source.sound)
        phones = labels.read(file) if file else listed.get(source.sound.stem, ())
        clip = _read_curves(source.curves)
        names = tuple(name for name in self.live if name in clip)
        clip = replace(clip, values=clip.values * np.float32(source.scale)).pick(names)
        audio, clip, phones = _aligned(files.read(source.sound, RATE), clip, phones)
        return Take(source.name, audio, clip, phones, names, source.speaker, split=source.split,
                    source=str(self.folder))


def look(folder: Path, say: Say = print, wanted: tuple[str, ...] = ()) -> TakeFolder:
    """Finds, pairs, checks and splits the takes of a folder; says in lines what it found and left out.

    wanted: channels to learn, in order; by default all that move, but for those that layers move by themselves.
    Raises InputError where nothing is left to learn from.
    """
    sources, moments = _surveyed(folder, _paired(folder, say), say)
    if not sources:
        raise InputError(f"{folder}: no take is left; each is a recording and its curves with the same name before "
                         "the dot, such as line_01.wav and line_01.csv")
    split = splits.split(folder, {source.name: source.seconds for source in sources}, say)
    sources = [replace(source, split=split[source.name]) for source in sources]
    taught = [moments[source.name] for source in sources if source.split == "train"]
    channels = tuple(dict.fromkeys(name for moment in moments.values() for name in moment.names))
    live, ranges = _live(channels, taught, wanted, folder, say)
    _tell(sources, say)
    return TakeFolder(folder, tuple(sources), channels, live, ranges)


def _paired(folder: Path, say: Say) -> list[Source]:
    """Recordings with the one file of curves that has their stem, beside them or elsewhere in the folder.

    Curves that lie beside a recording are that one's alone.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: {'is a file, not' if folder.exists() else 'no such folder;'} a folder of takes")
    everything = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    sounds = [path for path in everything if path.suffix.lower() in inputs.SUFFIXES]
    if not sounds:
        raise InputError(f"{folder}: no recordings; looked for {', '.join(inputs.SUFFIXES)}")
    readable = {suffix for row in formats.rows() if row.reads for suffix in row.suffixes} - {".txt"}  # a text of words
    curves = [path for path in everything if path.suffix.lower() in readable]
    twice = Counter(path.with_suffix("") for path in sounds)
    beside = _grouped(curves, lambda path: path.with_suffix(""))
    elsewhere = _grouped((path for path in curves if path.with_suffix("") not in twice), lambda path: path.stem)
    found = []
    for sound in sounds:
        own = beside.get(sound.with_suffix("")) or elsewhere.get(sound.stem, [])
        if len(own) == 1 and twice[sound.with_suffix("")] == 1:
            found.append(Source(sound.relative_to(folder).with_suffix("").as_posix(), sound, own[0]))
        else:
            say(f"skipped {_why_not(sound, own)}")
    return found


def _grouped(paths: Iterable[Path], key: Callable[[Path], Path | str]) -> dict[Path | str, list[Path]]:
    groups = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return dict(groups)


def _why_not(sound: Path, curves: list[Path]) -> str:
    if not curves:
        return f"{sound}: a recording without curves; they should lie beside it as {sound.stem}.csv, .npz, .glb …"
    if len(curves) > 1:
        return f"{sound}: {' and '.join(path.name for path in curves)} both have its name; keep the right one"
    return f"{sound}: another recording has the same name; keep one"


@dataclass(frozen=True, eq=False)
class _Moments:
    """What is remembered of a take's curves: frames, and per name the sum, the sum of squares, least and most."""

    names: tuple[str, ...]
    count: int
    sums: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, clip: Clip) -> _Moments:
        values = clip.values.astype(np.float64)
        return cls(clip.names, len(clip), values.sum(0), (values**2).sum(0), values.min(0), values.max(0))

    def scaled(self, scale: float) -> _Moments:
        return _Moments(self.names, self.count, self.sums * scale, self.squares * scale**2, self.low * scale,
                        self.high * scale)


def _surveyed(folder: Path, found: list[Source], say: Say) -> tuple[list[Source], dict[str, _Moments]]:
    """Takes that can be read, their lengths and units, and the moments of their curves in 0..1 units.

    Raises InputError for a damaged alignments.jsonl.
    """
    listed = {place: labels.read_alignments(place).keys() for place in {source.sound.parent for source in found}}
    sources, moments, peaks = [], {}, {}
    for source in found:
        try:
            clip, sound = _read_curves(source.curves), open_sound(source.sound)
            file = labels.beside(source.sound)
            labelled = labels.read(file) if file else source.sound.stem in listed[source.sound.parent]
            seconds = _shared_s(source, clip, sound.duration_s, say)
            moment = _Moments.of(clip)
            peaks[source.name] = _peak(source, moment)
        except RigdriverError as error:
            say(f"skipped {error}")
            continue
        sources.append(replace(source, seconds=seconds, labelled=bool(labelled)))
        moments[source.name] = moment
    scales = _scales(folder, sources, peaks, say)
    return ([replace(source, scale=scales[source.name]) for source in sources],
            {name: moment.scaled(scales[name]) for name, moment in moments.items()})


def _read_curves(path: Path) -> Clip:
    clip = formats.read(path).without(HINTS)
    if not len(clip) or not clip.names:
        raise InputError(f"{path}: holds no curves")
    if not np.isfinite(clip.values).all():
        raise InputError(f"{path}: holds values that are not numbers")
    return clip


def _shared_s(source: Source, clip: Clip, sound_s: float | None, say: Say) -> float:
    """Seconds that have both sound and curves. Raises InputError for next to none."""
    end_s = float(clip.end / clip.fps)
    if sound_s is not None and abs(end_s - sound_s) > OVERHANG_S:
        gap = f"{end_s - sound_s:.2f} s longer than" if end_s > sound_s else f"{sound_s - end_s:.2f} s shorter than"
        say(f"note {source.curves}: curves {gap} the sound {source.sound.name}; is it the same take? "
            "What both cover is used")
    shared = (end_s if sound_s is None else min(sound_s, end_s)) - max(0.0, float(clip.start / clip.fps))
    if shared < SHORTEST_S:
        raise InputError(f"{source.sound}: shares only {max(0.0, shared):.2f} s with its curves; "
                         f"a take needs {SHORTEST_S} s")
    return shared


def _peak(source: Source, moment: _Moments) -> float:
    """How far a take's weights reach, in units of the highest that is no per cent. Raises InputError past HIGHEST."""
    weights = [k for k, name in enumerate(moment.names) if name not in _angles()]
    if not weights:
        return 0.0
    low, high = float(moment.low[weights].min()), float(moment.high[weights].max())
    if max(-low, high) > HIGHEST:
        raise InputError(f"{source.curves}: curves run from {low:g} to {high:g}; weights should run 0 to 1")
    known = any(moment.names[k] in rig.canonical() for k in weights)
    return max(-low, high) / (PERCENT_OF_ARKIT if known else PERCENT)


def _scales(folder: Path, sources: list[Source], peaks: dict[str, float], say: Say) -> dict[str, float]:
    """By take's name 1, or .01 for per cent: what most takes are all are, since a quiet one does not tell.

    Where only a few reach so high, they alone are per cent.
    """
    loud = [source for source in sources if peaks[source.name] > 1]
    if 2 * len(loud) > len(sources):
        say(f"note {folder}: curves of {len(loud)} of {len(sources)} takes run far past 1; all are taken as per cent "
            "and divided by 100 (weights should run 0 to 1)")
        return {source.name: 0.01 for source in sources}
    for source in loud:
        say(f"note {source.curves}: curves run far past 1, most takes' do not; taken as per cent and divided by 100 "
            "(weights should run 0 to 1)")
    return {source.name: 0.01 if peaks[source.name] > 1 else 1.0 for source in sources}


def _angles() -> set[str]:
    return {channel.name for channel in rig.canonical().channels if channel.unit == "radian"}


def _by_layers() -> set[str]:
    """Canonical channels that layers move by themselves (head, gaze, blinks): speech alone does not say where."""
    return _angles() | set(rig.canonical().of_region("eyes"))


def _live(channels: tuple[str, ...], taught: list[_Moments], wanted: tuple[str, ...], folder: Path,
          say: Say) -> tuple[tuple[str, ...], dict[str, tuple[float, float]]]:
    """Channels that move in the training takes, with their ranges; what is left out is said."""
    ours = tuple(name for name in wanted if name in channels) or tuple(
        name for name in channels if name not in _by_layers())
    stray = [name for name in channels if name not in ours]
    facts = {name: _pooled(taught, name) for name in ours}
    live = tuple(name for name in ours if facts[name][0] >= DEAD)
    dead = [name for name in ours if name not in live]
    say(f"{len(live)} of {len(channels)} channels are learned")
    if dead:
        say(f"{len(dead)} hardly move (standard deviation under {DEAD}) and are left out: {_some(dead)}")
    if stray:
        why = "they are not of the rig" if wanted else "layers move them, not speech"
        say(f"{len(stray)} are left out, since {why}: {_some(stray)}")
    if not live:
        raise InputError(f"{folder}: no channel moves (standard deviation of {DEAD} or more); nothing to learn")
    return live, {name: _range(name, *facts[name][1:]) for name in live}


def _pooled(moments: list[_Moments], name: str) -> tuple[float, float, float]:
    """Standard deviation, least and most of a channel over takes that have it."""
    having = [(moment, moment.names.index(name)) for moment in moments if name in moment.names]
    count = sum(moment.count for moment, _ in having)
    if not count:
        return 0.0, 0.0, 0.0
    mean = sum(moment.sums[k] for moment, k in having) / count
    square = sum(moment.squares[k] for moment, k in having) / count
    low, high = min(moment.low[k] for moment, k in having), max(moment.high[k] for moment, k in having)
    return float(np.sqrt(max(0.0, square - mean**2))), float(low), float(high)


def _range(name: str, low: float, high: float) -> tuple[float, float]:
    return (0.0, 1.0) if name in rig.canonical() else (min(0.0, low), max(1.0, high))


def _aligned(audio: Audio, clip: Clip, phones: tuple[Phone, ...]) -> tuple[Audio, Clip, tuple[Phone, ...]]:
    """The stretch that sound and curves share, beginning at sample 0 of one and frame 0 of the other."""
    first = max(0, clip.start)
    last = min(clip.end, int(audio.duration * clip.fps) + 1)
    begin, end = Fraction(first) / clip.fps, min(audio.duration, Fraction(last) / clip.fps)
    samples = audio.samples[round(begin * audio.rate) : round(end * audio.rate)]
    shift, length = float(begin), float(end - begin)
    moved = (Phone(phone.name, max(0.0, phone.start - shift), min(length, phone.end - shift), phone.stress)
             for phone in phones)
    return (Audio(samples, audio.rate), replace(clip.cut(first, last), start=0),
            tuple(phone for phone in moved if phone.end > phone.start))


def _tell(sources: list[Source], say: Say) -> None:
    counts = Counter(source.split for source in sources)
    told = ", ".join(f"{counts[split]} {split}" for split in splits.SPLITS if counts[split])
    say(f"{len(sources)} takes, {sum(source.seconds for source in sources) / 60:.1f} min: {told}")
    unaligned = [source for source in sources
                 if not source.labelled and source.sound.with_suffix(".txt").is_file()]
    if unaligned:
        say(f"note: {len(unaligned)} takes have a text and no phone times; for English, "
            "`python -m rigdriver.training.takes.align FOLDER` writes them, and closed lips are learned better")


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
