"""Likeness: figures that say how like a real face the teacher is, for `calibrate` to show before and after.

Truth is GRID's talker, 25 frames a second: the tracker's weights, curves solved from its landmarks (`… solved`), and
how far the lips are apart. Levels and contrasts are counted on voices that have no face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.fft import dct

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.evaluation import metrics
from rigdriver.take import Phone, Take
from rigdriver.training.solve.grid import curves_of, read, solve_grid
from rigdriver.training.takes import sources
from rigdriver.training.teacher.articulation import GROUPS, Teacher, teach
from rigdriver.training.teacher.prosody import Prosody, level_db, pitch, prosody, spoken_frames, standing

FPS = 60
LAST = 950  # of GRID's utterances: its test utterances, from here on, are not read
TRAIN_EVERY = 3  # of GRID's training utterances: 300 settle fifty targets
VOICES = 100  # utterances whose levels are counted
APART = "lips apart"  # name of the inner lips' distance among the truths
ROUND_VOWELS, SPREAD_VOWELS = ("UW", "UH", "OW", "AO", "W"), ("IY", "IH", "EY", "EH", "AE")
OPEN_VOWELS, CLOSE_VOWELS = ("AA", "AE", "AY", "AW"), ("IY", "IH", "UW", "UH")
STROKES = {  # truth → phones whose mean stroke is timed
    "jaw": ("AY", "AW", "EY", "EH"), "lower solved": ("AY", "AW", "EY", "EH", "IY"),
    "upper solved": ("AY", "EY", "IY", "S"), "pucker": ("W", "UW"),
}  # fmt: skip
SHUT = 0.25  # lips nearer than this share of their usual distance in speech count as shut, for widths


@dataclass(frozen=True, eq=False)
class Observed:
    """An utterance with its face: times (frames,) s and truth by name (frames,), 0 where the face rests."""

    phones: tuple[Phone, ...]
    audio: Audio
    times: np.ndarray
    truth: dict[str, np.ndarray]


def observed(data: Path, solve: Path | None = None) -> tuple[list[Observed], list[Observed]]:
    """GRID's training and validation utterances. solve: a file that `training.solve` wrote; else solved now."""
    names, _, weights = read(solve) if solve else curves_of(solve_grid(data))
    with np.load(data / "grid_s1" / "lip_geometry.npz") as file:
        apart = np.nan_to_num(file["aperture"].astype(np.float64))
    seen: dict[str, list[Observed]] = {"train": [], "validation": []}
    for k, take in enumerate(islice(sources.grid(data), LAST)):
        if take.split == "validation" or k % TRAIN_EVERY == 0:
            seen[take.split].append(_observe(take, weights[k], names, apart[k]))
    _rest(seen["train"], seen["train"] + seen["validation"])
    return seen["train"], seen["validation"]


def _observe(take: Take, solved: np.ndarray, names: tuple[str, ...], apart: np.ndarray) -> Observed:
    assert take.clip is not None
    times = take.clip.times[take.clip.times <= float(take.audio.duration)]
    truth = {APART: apart[: len(times)]}
    for group, channels in GROUPS.items():
        columns = [names.index(name) for name in channels if name in names]
        if columns:
            truth[f"{group} solved"] = solved[: len(times), columns].mean(1)
        if set(channels) <= set(take.clip.names):
            truth[group] = np.mean([take.clip[name] for name in channels], 0)[: len(times)].astype(float)
    return Observed(take.phones, take.audio, times, truth)


def _rest(train: list[Observed], takes: list[Observed]) -> None:
    """Takes away what the face does in silence, so that rest is 0."""
    for name in train[0].truth:
        if name != APART:
            quiet = np.concatenate([take.truth[name][~spoken_frames(take.phones, take.times)] for take in train])
            for take in takes:
                take.truth[name] -= np.median(quiet)


def voices(data: Path) -> list[Take]:
    """Utterances of many training speakers, evenly out of speechocean762's adults."""
    takes = [take for take in sources.speechocean("speechocean762_adult")(data) if take.split == "train"]
    return takes[:: max(1, len(takes) // VOICES)][:VOICES]


def opening(clip: Clip) -> np.ndarray:
    """(frames,): how far the curves part the lips, in no unit."""
    return clip["jawOpen"] - clip["mouthClose"] + clip["mouthLowerDownLeft"] + clip["mouthUpperUpLeft"]


def _curve(clip: Clip, truth: str) -> np.ndarray:
    return opening(clip) if truth == APART else clip[GROUPS[truth.split()[0]][0]]


def agreement(teacher: Teacher, takes: list[Observed]) -> dict[str, float]:
    """Pearson r with the face over pooled frames, by name of truth; of the jaw also over frames of speech alone, where
    rest and speech no longer make up most of it."""
    clips = [teach(take.phones, take.audio, FPS, teacher).clip for take in takes]
    spoken = np.concatenate([spoken_frames(take.phones, take.times) for take in takes])
    found = {}
    for name in takes[0].truth:
        made = np.concatenate([np.interp(take.times, clip.times, _curve(clip, name))
                               for take, clip in zip(takes, clips)])
        true = np.concatenate([take.truth[name] for take in takes])
        found[name] = metrics.pearson(made, true)
        if name.startswith("jaw"):
            found[f"{name}, speaking"] = metrics.pearson(made[spoken], true[spoken])
    return found


def spoken_curves(teacher: Teacher, takes: Sequence[Take]) -> dict[str, np.ndarray]:
    """By group, and speeds (1/s) as `group speed`: values over the frames in which somebody speaks."""
    found: dict[str, list[np.ndarray]] = {}
    for take in takes:
        clip = teach(take.phones, take.audio, FPS, teacher).clip
        spoken = spoken_frames(take.phones, clip.times)
        for group, names in [*GROUPS.items(), ("close", ("mouthClose",))]:
            curve = clip[names[0]]
            found.setdefault(group, []).append(curve[spoken])
            found.setdefault(f"{group} speed", []).append(np.abs(np.gradient(curve) * FPS)[spoken])
    return {name: np.concatenate(rows) for name, rows in found.items()}


def statistics(teacher: Teacher, takes: list[Take]) -> dict[str, float]:
    """Of BEHAVIOUR 2.1: mean, p90, p99 and 95th percentile of speed (1/s), by group."""
    values = spoken_curves(teacher, takes)
    found: dict[str, float] = {}
    for group in ("jaw", "close", "funnel", "pucker", "lower", "upper", "stretch", "smile"):
        curve = values[group]
        found |= {f"{group} mean": float(curve.mean()), f"{group} p90": float(np.quantile(curve, 0.9)),
                  f"{group} p99": float(np.quantile(curve, 0.99)),
                  f"{group} speed p95": float(np.quantile(values[f"{group} speed"], 0.95))}
    return found


def contrasts(teacher: Teacher, takes: list[Take]) -> dict[str, float]:
    """At phones' centres: AUC of pucker + funnel, rounded against spread, and of jaw, open against close vowels; share
    of bilabials that seal; lowest lower-lip roll and highest lower-lip drop of f and v; 90th percentile of s's jaw."""
    at: dict[str, list[dict[str, float]]] = {}
    hits: list[tuple[int, int]] = []
    channels = ("mouthPucker", "mouthFunnel", "jawOpen", "mouthRollLower", "mouthLowerDownLeft")
    for take in takes:
        clip = teach(take.phones, take.audio, FPS, teacher).clip
        hits.append(metrics.closures(clip, take.phones))
        for phone in take.phones:
            frame = min(round((phone.start + phone.end) / 2 * FPS), len(clip) - 1)
            at.setdefault(phone.name, []).append({name: float(clip[name][frame]) for name in channels})

    def of(phones: Sequence[str], *names: str) -> np.ndarray:
        return np.array([sum(values[name] for name in names) for phone in phones for values in at.get(phone, ())])

    rounding = ("mouthPucker", "mouthFunnel")
    sealed, count = np.sum(hits, axis=0)
    return {"AUC rounded / spread": auc(of(ROUND_VOWELS, *rounding), of(SPREAD_VOWELS, *rounding)),
            "AUC open / close": auc(of(OPEN_VOWELS, "jawOpen"), of(CLOSE_VOWELS, "jawOpen")),
            "bilabials sealed": float(sealed / count),
            "f v roll, least": float(of("FV", "mouthRollLower").min()),
            "f v lowerDown, most": float(of("FV", "mouthLowerDownLeft").max()),
            "sibilant jaw p90": float(np.quantile(of(("S", "Z", "SH", "CH", "JH"), "jawOpen"), 0.9))}


def auc(higher: np.ndarray, lower: np.ndarray) -> float:
    """Chance that one of `higher` lies above one of `lower`; ties count half."""
    order = np.sort(lower)
    below = np.searchsorted(order, higher, "left") + np.searchsorted(order, higher, "right")
    return float(below.mean() / (2 * len(order)))


def timing(teacher: Teacher | None, takes: list[Observed]) -> dict[str, float]:
    """Of the teacher, or of the face where it is None, in ms: median closure of p, b and m inside speech, and how its
    edges lie to the phone's; of mean strokes, half the way up after a phone's start, half down after its end."""
    tracks = [{name: (take.times, values) for name, values in take.truth.items()} if teacher is None else
              _tracks(take, teacher) for take in takes]
    found = closures([track[APART] for track in tracks], takes)
    for name, phones in STROKES.items():
        spans = [[(p.start, p.end) for p in take.phones if p.name in phones and p.end - p.start > 0.08]
                 for take in takes]
        rise, fall = _stroke([track[name] for track in tracks], spans)
        found |= {f"{name} half up": rise, f"{name} half down": fall}
    return found


def _tracks(take: Observed, teacher: Teacher) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    clip = teach(take.phones, take.audio, FPS, teacher).clip
    return {name: (clip.times, _curve(clip, name)) for name in take.truth}


def closures(tracks: list[tuple[np.ndarray, np.ndarray]], takes: list[Observed]) -> dict[str, float]:
    """Median ms: width of the closures of p, b, m that do not follow silence, their start and end against the phone's.

    tracks: times and distance of the lips.
    """
    found = []
    for (times, apart), take in zip(tracks, takes):
        fine = np.arange(0, times[-1], 0.005)
        apart = np.interp(fine, times, apart)
        shut = apart < SHUT * np.quantile(apart[spoken_frames(take.phones, fine)], 0.7)
        for before, phone in zip(take.phones, take.phones[1:]):
            near = np.flatnonzero((fine > phone.start - 0.06) & (fine < phone.end + 0.06))
            if phone.name in metrics.BILABIALS and before.name != "SIL" and len(near) and shut[near].any():
                lowest = near[np.argmin(apart[near])]
                first = lowest - np.argmin(shut[lowest::-1])
                last = lowest + np.argmin(shut[lowest:])
                found.append((fine[last] - fine[first], fine[first] - phone.start, fine[last] - phone.end))
    middle = 1000 * np.median(found, axis=0)
    return {"closure width": middle[0], "closure from": middle[1], "closure to": middle[2]}


def _stroke(tracks: list[tuple[np.ndarray, np.ndarray]], spans: list) -> tuple[float, float]:
    """Of the mean stroke over these spans: ms from start to half the rise, and from end to half the fall."""
    around = np.arange(-0.3, 0.3, 0.002)
    at_start, at_end = (np.mean([np.interp(span[edge] + around, *track) for track, all_ in zip(tracks, spans)
                                 for span in all_], axis=0) for edge in (0, 1))
    return _half(at_start, around, -1), _half(at_end, around, 1)


def _half(mean: np.ndarray, around: np.ndarray, way: int) -> float:
    """ms at which the mean, going from its peak to the left (way −1) or right, has half of its fall behind it."""
    near = (around * way > -0.25) & (around * way < 0.05)
    peak = int(np.argmax(np.where(near, mean, -np.inf)))
    path = mean[peak::way][:125]  # a quarter of a second
    return float(1000 * around[peak + way * int(np.argmax(path <= (mean[peak] + path.min()) / 2))])


def shares(made: list[np.ndarray], heard: list[Prosody], truth: list[np.ndarray]) -> dict[str, float]:
    """What a curve that follows the phones alone lacks for the voice: per standard deviation of level, slow and fast,
    and per octave of pitch, the share by which the truth lies higher; and r without and with the voice."""
    curve = np.concatenate(made)
    terms = [curve] + [curve * np.concatenate([getattr(one, name) for one in heard])
                       for name in ("slow", "fast", "pitch")]
    basis, true = np.stack(terms, 1), np.concatenate(truth)
    solution = np.linalg.lstsq(basis, true, rcond=None)[0]
    return dict(zip(("slow", "fast", "pitch"), (solution[1:] / solution[0]).tolist())) | {
        "r of phones": metrics.pearson(curve, true), "r with voice": metrics.pearson(basis @ solution, true)}


def grid_shares(still: Teacher, takes: list[Observed]) -> dict[str, float]:
    """`shares` of GRID's jaw. still: the teacher without emphasis."""
    by = still.emphasis
    clips = [teach(take.phones, take.audio, FPS, still).clip for take in takes]
    heard = [prosody(take.audio, take.phones, take.times, by.slow_ms / 1000, by.fast_ms / 1000) for take in takes]
    return shares([np.interp(take.times, clip.times, clip["jawOpen"]) for take, clip in zip(takes, clips)], heard,
                  [take.truth["jaw"] for take in takes])


def facegood_shares(data: Path, teacher: Teacher) -> dict[str, float]:
    """`shares` of FACEGOOD's jaw, all takes; nobody knows its phones, so the shape of the spectrum stands for them."""
    takes = [take for take in sources.facegood(data) if take.clip is not None]
    shapes, heard, truth = [], [], []
    for take in takes:
        assert take.clip is not None
        times = take.clip.times[take.clip.times <= float(take.audio.duration) - 0.02]
        level = level_db(take.audio, times, teacher.emphasis.fast_ms / 1000)
        spoken = level > np.quantile(level, 0.95) - 28
        slow = level_db(take.audio, times, teacher.emphasis.slow_ms / 1000)
        heard.append(Prosody(standing(slow, spoken), standing(level, spoken),
                             np.where(spoken, pitch(take.audio, times, spoken), 0.0)))
        shapes.append(spectral_shape(take.audio, times) * spoken[:, None])
        truth.append(take.clip["jawOpen"][: len(times)].astype(float))
    basis = np.concatenate(shapes)
    basis = np.column_stack([basis / (basis.std(0) + 1e-3), np.concatenate([one.fast != 0 for one in heard])])
    known = np.concatenate(truth)
    solution = np.linalg.solve(basis.T @ basis + 50 * np.eye(basis.shape[1]), basis.T @ known)
    return shares([np.maximum(basis @ solution, 0)], _joined(heard), [known])


def _joined(heard: list[Prosody]) -> list[Prosody]:
    return [Prosody(*(np.concatenate([getattr(one, name) for one in heard]) for name in ("slow", "fast", "pitch")))]


def spectral_shape(audio: Audio, times: np.ndarray) -> np.ndarray:
    """(frames, 75): cepstra 1 to 15 of 25 ms, here and up to three frames to either side; level drops out."""
    size, bands = int(0.025 * audio.rate), 26
    starts = np.round(times * audio.rate).astype(int) + size - size // 2
    windows = np.pad(audio.samples, size)[starts[:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.rfft(windows, 512)) ** 2
    mel = 2595 * np.log10(1 + np.fft.rfftfreq(512, 1 / audio.rate) / 700)
    edges = np.linspace(150, 2800, bands)  # mel: 100 Hz to 7.7 kHz
    bank = np.maximum(0, 1 - np.abs(mel[:, None] - edges[1:-1]) / (edges[1] - edges[0]))
    cepstra = dct(np.log(power @ bank + 1e-6), axis=1, norm="ortho")[:, 1:16]
    return np.concatenate([np.roll(cepstra, shift, axis=0) for shift in (-3, -1, 0, 1, 3)], axis=1)
