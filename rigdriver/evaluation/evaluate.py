"""A model against the test splits of a data folder: captured faces, unseen voices, noise, rest,
streaming, and what the face does beside its lips."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rigdriver import __version__
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.evaluation import (
    acting,
    disturbances,
    emotions,
    faces,
    rest,
    streaming,
    summary,
    transcripts,
    trivial,
    voices,
)
from rigdriver.evaluation.closures import NEEDED
from rigdriver.evaluation.hearing import Product
from rigdriver.evaluation.plots import Sheet
from rigdriver.evaluation.portrait import Portrait
from rigdriver.evaluation.report import Report, Rows, Table
from rigdriver.evaluation.voices import Observed
from rigdriver.model.runtime import Model
from rigdriver.take import Take
from rigdriver.training.takes.sources import SOURCES
from rigdriver.training.teacher.articulation import teach

Say = Callable[[str], None]
FACES = ("grid_s1", "facegood")
VOICES = {"speechocean762_adult": ("adults", 300), "speechocean762_child": ("children", 200)}
"""Sets of voices, what a column of theirs is called, and how many utterances are taken, evenly over the speakers."""
STREAMED = 8  # speakers whose takes are heard in one stream
COMPARED = 60  # utterances, spread over both sets, that lookaheads are compared on
TOLD = 120  # utterances driven with transcripts
DRAWN = 2  # takes of each set that get a sheet of curves
FACE_SHEET = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "mouthStretchLeft", "mouthLowerDownLeft")
VOICE_SHEET = (*FACE_SHEET[:4], "mouthRollLower", "mouthLowerDownLeft", "mouthUpperUpLeft")


@dataclass
class Evaluation:
    """A report while it grows, and the curves worth a picture."""

    model: Model
    say: Say
    report: Report = field(default_factory=Report)
    sheets: list[Sheet | Portrait] = field(default_factory=list)
    seen: dict[str, list[Take]] = field(default_factory=dict)  # test takes of captured faces, by style

    def add(self, key: str, title: str, rows: Rows, note: str = "", card: bool = False) -> None:
        if rows:
            self.report.tables[key] = Table(title, rows, note, card)


def evaluate(model: Model, data: Path, say: Say = print, everything: bool = False) -> Evaluation:
    """All that the data folder allows; a set that is not there is left out. Raises InputError for another rig's model.

    Of the sets of voices it takes the samples of VOICES, or with `everything` every test utterance.
    """
    missing = [name for name in NEEDED if name not in model.settings.outputs]
    if missing:
        raise InputError(f"model {model.settings.name} has no {', '.join(missing)}: it speaks a rig of its own; "
                         "compare its clips with yours by `rigdriver eval CLIP --against TRUTH`")
    began, work = time.monotonic(), Evaluation(model, say)
    work.report.about |= {"model": model.settings.name, "rigdriver": __version__,
                          "lookahead ms": round(1000 * model.settings.lookahead_s)}
    for name in FACES:
        _face(work, name, data)
    spoken = _voices(work, data, everything)
    if work.report.tables:
        _steady(work, spoken)
        _emotions(work, spoken)
        _acting(work, spoken)
    work.report.goals = summary.goals(work.report)
    work.say(f"done in {time.monotonic() - began:.0f} s")
    return work


def _face(work: Evaluation, name: str, data: Path) -> None:
    face = faces.load(name, data)
    if face is None:
        return
    work.say(f"{name}: {len(face.takes)} test takes")
    style = SOURCES[name].style
    made = faces.answers(work.model, face, style)
    work.report.tables |= faces.tables(name, face, made)
    work.report.about[f"{name} takes"] = len(face.takes)
    if style in work.model.settings.styles:
        work.seen[style] = face.takes
    for take, clip in list(zip(face.takes, next(iter(made.values()))))[:DRAWN]:
        assert take.clip is not None
        channels = tuple(channel for channel in FACE_SHEET if channel in take.live)
        work.sheets.append(Sheet(f"{name}_{take.name}", f"{name} {take.name}, {next(iter(made))}", take.audio, clip,
                                 "captured", take.clip, channels, take.phones))


def _voices(work: Evaluation, data: Path, everything: bool) -> list[Take]:
    """The tables of unseen voices; gives the takes that they rest on."""
    product, heard, takes = Product(work.model), {}, []
    for name, (group, most) in VOICES.items():
        there = [take for take in SOURCES[name].takes(data) if take.split == "test" and take.phones]
        picked = voices.sample(there, None if everything else most)
        if picked:
            work.report.about[f"{group} ({name})"] = (f"{len(picked)} of {len(there)} test utterances, "
                                                      f"{len({take.speaker for take in picked})} speakers")
            heard[group] = _Group(work, product, group, picked)
            takes += picked
    if heard:
        _voice_tables(work, heard)
    return takes


class _Group:
    """One set of voices, heard: as it is and in noise, beside the teacher and trivial answers."""

    def __init__(self, work: Evaluation, product: Product, group: str, takes: list[Take]):
        work.say(f"{group}: {len(takes)} test takes, as they are and in {disturbances.NOISE_DB:g} dB noise")
        taught = [teach(take.phones, take.audio)[0] for take in takes]
        clean = [product(take.audio) for take in takes]
        made = [clip for clip, _ in clean]
        names = made[0].names
        self.clean = _observed(takes, taught, made, [logits for _, logits in clean])
        self.noisy = voices.together(
            voices.observe(clip, take, true, logits) for take, true, (clip, logits) in
            zip(takes, taught, map(product, self._noisy(takes))))
        self.beside = {
            "teacher": _observed(takes, taught, taught),
            "loudness-driven jaw": _observed(takes, taught, [trivial.loud_jaw(names, take.audio) for take in takes]),
            "shuffled": _observed(takes, taught, trivial.shuffled(made)),
        }
        for take, true, clip in list(zip(takes, taught, made))[:DRAWN]:
            work.sheets.append(Sheet(f"{group}_{take.name}", f"{group} {take.name}, default style, every layer",
                                     take.audio, clip, "teacher on true phones", true, VOICE_SHEET, take.phones))

    @staticmethod
    def _noisy(takes: list[Take]) -> Iterator:
        sounds = [take.audio for take in takes]
        return (disturbances.noisy(audio, k, sounds) for k, audio in enumerate(sounds))


def _observed(takes: list[Take], taught: list[Clip], made: list[Clip], logits: list | None = None) -> Observed:
    return voices.together(voices.observe(clip, take, true, logits[k] if logits else None)
                           for k, (take, true, clip) in enumerate(zip(takes, taught, made)))


def _voice_tables(work: Evaluation, heard: dict[str, _Group]) -> None:
    clean = {group: part.clean for group, part in heard.items()}
    everyone = {"all": voices.together(clean.values())}
    beside = {who: voices.together(part.beside[who] for part in heard.values()) for who in
              next(iter(heard.values())).beside}
    by_group = {who: voices.figures(seen) for who, seen in {**clean, **everyone, **beside}.items()}
    by_figure = {name: {who: row[name] for who, row in by_group.items()} for name in by_group["all"]}
    work.add("voices", "Unseen voices, default style, whole product", by_figure,
             "From `teacher` on: all voices, answered by the teacher on true phones, by loudness alone, by the model's "
             "curves for another utterance. A still face has every bilabial and every vowel shut, and AUCs of .5.",
             card=True)
    lively = {who: voices.liveliness(seen) for who, seen in {**everyone, "teacher": beside["teacher"]}.items()}
    work.add("dynamics", "Unseen voices: size and speed over those of real speech",
             {name: lively["all"][name] | {f"teacher {key}": value for key, value in lively["teacher"][name].items()}
              for name in voices.LIVELY},
             "Level and speed over speech frames, divided by those of a real face (20 s of one actor); 1 is alike, "
             ".8 to 1.25 is good.", card=True)
    noisy = voices.together(part.noisy for part in heard.values())
    work.add("noise", f"Unseen voices in {disturbances.NOISE_DB:g} dB noise ({', '.join(disturbances.KINDS)} in turn)",
             _losses(everyone["all"], noisy), "loss: how much of its value a figure of which more is better falls by; "
             "a size or speed may also grow.", card=True)


def _losses(clean: Observed, noisy: Observed) -> Rows:
    before, after = streaming.with_open_vowels(voices.figures(clean)), streaming.with_open_vowels(voices.figures(noisy))
    rows = {name: {"clean": before[name], "noisy": after[name]} for name in before}
    for name in streaming.COMPARED:
        rows[name]["loss %"] = streaming.loss_percent(before[name], after[name])
    lively = voices.liveliness(clean), voices.liveliness(noisy)
    for name in voices.LIVELY:
        for figure in ("p90", "speed p95"):
            was, became = lively[0][name][figure], lively[1][name][figure]
            rows[f"{name} {figure}"] = {"clean": was, "noisy": became, "loss %": streaming.loss_percent(was, became)}
    return rows


def _steady(work: Evaluation, spoken: list[Take]) -> None:
    """Rest, and streaming: what needs no truth, or little."""
    work.say("rest: breath, music, noise, clicks")
    work.add("rest", "Mouth speed while nobody speaks", rest.table(Product(work.model), spoken[0] if spoken else None),
             f"{rest.SECONDS:g} s of each sound; the mean over jaw and mouth channels of |speed|.", card=True)
    work.say("streaming against offline")
    sound = next(iter([*spoken, *(take for takes in work.seen.values() for take in takes)]), None)
    if sound is not None:
        work.add("streaming", "Pushes of any size against one push", streaming.chunked(work.model, sound.audio))
    speakers = list(dict.fromkeys(take.speaker for take in spoken))[:STREAMED]
    work.add("going on", f"All takes of {len(speakers)} speakers, alone and in one stream a speaker",
             streaming.going_on(work.model, [take for take in spoken if take.speaker in speakers]), card=True)
    picked = voices.sample(spoken, COMPARED)
    work.add("transcripts", "Lips with a transcript: right, half right and wrong words",
             transcripts.table(work.model, voices.sample(spoken, TOLD)),
             "True phone times are those of the aligner that all figures here rest on.", card=True)
    work.add("lookahead", "What less lookahead costs",
             streaming.lookaheads(work.model, dict(work.seen), picked), card=True)


def _emotions(work: Evaluation, spoken: list[Take]) -> None:
    work.say(f"emotions: {len(spoken)} takes under each")
    work.add("emotions", "Unseen voices under each emotion at 1.0", emotions.table(work.model, spoken), emotions.NOTE,
             card=True)


def _acting(work: Evaluation, spoken: list[Take]) -> None:
    takes = voices.sample(spoken, acting.TAKES) or [take for seen in work.seen.values() for take in seen]
    if not takes:
        return
    clip = acting.heard(work.model, takes)
    minutes = float(clip.duration) / 3 / 60 * acting.SEEDS
    work.say(f"acting: {acting.SEEDS} seeds, {minutes:.0f} min of speech, of silence, of listening to somebody")
    work.report.about["acting"] = f"{minutes:.1f} min of speech, of silence and of listening, {acting.SEEDS} seeds"
    scenes = acting.acted(clip, accent=acting.accented(takes, clip))
    work.report.tables["acting"] = acting.table(acting.figures(scenes))
    work.sheets.append(acting.portrait(scenes))
