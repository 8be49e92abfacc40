"""Adapters: each data set of the folder given by `--data` becomes takes. One function a set, one row in SOURCES.

The folder's own layout is each set's published one; a set whose folder is missing gives no takes.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from rigdriver import rig
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.model.settings import Source
from rigdriver.take import Phone, Take
from rigdriver.training.solve.grid import solve_grid
from rigdriver.training.synthesis.synthetic import synthetic_takes
from rigdriver.training.takes.emodb import EMOTIONS, SPLITS, labelled

GRID_LIVE = (  # what a monocular tracker saw move; its other mouth weights have a standard deviation under .01
    "jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthPressLeft", "mouthPressRight", "mouthRollUpper",
)  # fmt: skip
FACEGOOD_LIVE = (
    "jawOpen", "mouthFunnel", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
)  # fmt: skip
HELD_OUT_EVERY = 12  # each so-manieth of speechocean762's training speakers becomes its validation: a few of every kind


@dataclass(frozen=True)
class DataSet:
    """A row of the table: how to read a set, what it is, and the style that its curves teach.

    stamp: what else than the folder's place its takes depend on; another stamp makes lessons anew.
    """

    takes: Callable[[Path], Iterator[Take]]
    source: Source
    style: str = "natural"
    stamp: str = ""


def read_audio(path: Path) -> Audio:
    """A recording of a data set: mono at the model's 16 kHz already."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return Audio(samples.mean(1), rate)


def aligned(folder: Path, file: str = "alignments.jsonl.gz") -> dict[str, dict]:
    """Lines of a forced alignment by utterance."""
    path = folder / file
    if not path.is_file():
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {row["utt"]: row for row in map(json.loads, lines)}


def phones_of(row: dict) -> tuple[Phone, ...]:
    return tuple(Phone(name, start, end) for name, start, end, *_ in row["phones"])


def grid(data: Path) -> Iterator[Take]:
    """GRID talker s1: 25 fps tracker weights and aligned phones. 900 utterances train, 50 validation, 50 test."""
    folder = data / "grid_s1"
    if not folder.is_dir():
        return
    phones = aligned(folder, "alignments_phones.jsonl.gz")
    with np.load(folder / "mediapipe_arkit52.npz") as file:
        names, values, seen = list(file["names"]), file["W"], file["ok"].astype(bool)
        utterances = [str(name) for name in file["utt"]]
    columns = [names.index(name) for name in GRID_LIVE]
    for k, name in enumerate(utterances):
        clip = Clip(GRID_LIVE, _bridge(values[k][:, columns], seen[k]), Fraction(25))
        split = "train" if k < 900 else "validation" if k < 950 else "test"
        spoken = phones_of(phones[name]) if name in phones else ()
        yield Take(name, read_audio(folder / "audio" / f"{name}.opus"), clip, spoken, GRID_LIVE, "s1", "en", "", split)


SOLVED_LIVE = (  # what the landmarks know of a mouth and the tracker's own weights do not
    "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "mouthRollLower",
)  # fmt: skip


def grid_lips(data: Path) -> Iterator[Take]:
    """GRID with the rest of the mouth, solved from its landmarks: what training learns this face from."""
    if not (data / "grid_s1").is_dir():
        return
    solution = solve_grid(data)
    columns = [solution.face.names.index(name) for name in SOLVED_LIVE]
    rows = dict(zip(solution.utterances, solution.weights[:, :, columns]))
    for take in grid(data):
        assert take.clip is not None
        values = np.concatenate([take.clip.values, rows[take.name]], 1)
        clip = Clip(GRID_LIVE + SOLVED_LIVE, values.astype(np.float32), take.clip.fps)
        yield dataclasses.replace(take, clip=clip, live=clip.names)


def _bridge(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Frames that the tracker lost, bridged by a straight line."""
    frames = np.arange(len(values))
    if seen.all():
        return values.astype(np.float32)
    return np.stack([np.interp(frames, frames[seen], column[seen]) for column in values.T], 1).astype(np.float32)


def facegood(data: Path) -> Iterator[Take]:
    """FACEGOOD: hand-made Maya curves at 30 fps. 2_01 to 2_04 train, 2_05 test."""
    folder = data / "facegood"
    for path in sorted(folder.glob("bs_value/*.npz")):
        name = path.stem.removeprefix("bs_value_")
        maya = rig.load("facegood")
        with np.load(path) as file:
            values = file["bs"] @ maya.to_arkit
        clip = Clip(rig.canonical().names, values.astype(np.float32), Fraction(30)).pick(FACEGOOD_LIVE)
        audio = read_audio(folder / "wav_paired" / f"{name}.opus")
        split = "test" if name.endswith("2_05") else "train"
        yield Take(name, audio, clip, (), FACEGOOD_LIVE, "facegood", "cmn", "", split)


def speechocean(folder_name: str) -> Callable[[Path], Iterator[Take]]:
    """speechocean762: read English by Mandarin natives; phones only. Its own split, by speaker."""

    def takes(data: Path) -> Iterator[Take]:
        folder = data / folder_name
        rows = aligned(folder)
        held = sorted({row["spk"] for row in rows.values() if row["split"] == "train"})[::HELD_OUT_EVERY]
        for name, row in rows.items():
            split = "validation" if row["spk"] in held else row["split"]
            audio = read_audio(folder / "audio" / f"{name}.opus")
            yield Take(name, audio, None, phones_of(row), (), row["spk"], "en", "", split, row.get("text", ""))

    return takes


def lj_male(data: Path) -> Iterator[Take]:
    """One male voice reading LJ Speech prompts; phones only."""
    folder = data / "lj_prompts_male"
    for name, row in aligned(folder).items():
        yield Take(name, read_audio(folder / f"{name}.opus"), None, phones_of(row), (), "lj_male", "en")


def emodb(data: Path) -> Iterator[Take]:
    """EmoDB: ten German actors, seven acted emotions, phones labelled by hand; what the labels do not meet is left out.

    Speakers 03 and 08 to 13 train, 14 is the validation, 15 and 16 the test.
    """
    folder = data / "emodb"
    for path in sorted(folder.glob("audio/*.opus")):
        name = path.stem
        labels = sorted(folder.glob(f"lablaut/{name}*.lablaut"))
        audio = read_audio(path)
        phones = labelled(labels[0], audio) if labels else ()
        if phones:
            yield Take(name, audio, None, phones, (), name[:2], "de", EMOTIONS[name[5]], SPLITS.get(name[:2], "train"))


def librivox(data: Path) -> Iterator[Take]:
    """Five recordings of one LibriVox reader with pocketsphinx's reference phones; all of them test."""
    for path in sorted((data / "librivox5").glob("*.phone.json")):
        words = json.loads(path.read_text(encoding="utf-8"))["w"]
        phones = tuple(Phone(phone["t"], phone["b"], phone["b"] + phone["d"]) for word in words for phone in word["w"])
        name = path.name.removesuffix(".phone.json")
        yield Take(name, read_audio(path.with_name(f"{name}.wav")), None, phones, (), "librivox", "en", "", "test")


def synthetic(data: Path) -> Iterator[Take]:
    """Speech with exact phone times, made on the spot by the synthesisers that are installed; needs no data folder."""
    return synthetic_takes()


SOURCES = {
    "grid_s1": DataSet(grid, Source("GRID corpus, talker s1, with MediaPipe face weights", "CC BY 4.0",
                                    "real jaw and lip curves, 45 min; aligned phones"), "grid_s1"),
    "grid_s1_lips": DataSet(grid_lips, Source(
        "GRID corpus, talker s1, with MediaPipe face weights and landmarks", "CC BY 4.0",
        "real jaw and mouth curves, 45 min: the tracker's weights, and lips solved from its landmarks; aligned phones"),
        "grid_s1"),
    "facegood": DataSet(facegood, Source("FACEGOOD-Audio2Face training data", "MIT",
                                         "hand-made Mandarin mouth curves, 7 min"), "facegood"),
    "speechocean762_adult": DataSet(speechocean("speechocean762_adult"), Source(
        "speechocean762, adults", "CC BY 4.0", "aligned phones, 62 training speakers")),
    "speechocean762_child": DataSet(speechocean("speechocean762_child"), Source(
        "speechocean762, children", "CC BY 4.0", "aligned phones, 53 training speakers")),
    "lj_prompts_male": DataSet(lj_male, Source("dc_tts male voice, LJ Speech prompts", "Apache-2.0",
                                               "aligned phones, one speaker, 18 min")),
    "emodb": DataSet(emodb, Source("EmoDB, Berlin Database of Emotional Speech", "CC0-1.0 (audEERING's data card)",
                                   "hand-labelled phones, 7 training speakers, acted emotions")),
    "librivox5": DataSet(librivox, Source("pocketsphinx test data, LibriVox recordings", "BSD-2-Clause; public domain",
                                          "reference phones, test only, 30 s")),
    "synthetic": DataSet(synthetic, Source(
        "speech made with espeak-ng, flite, festival and Open JTalk (voice nitech-jp-atr503-m001)",
        "programs GPL-3 and BSD-like, what they say is not derived from them; the Open JTalk voice CC BY 3.0",
        "exact phones, 15 languages, 2.5 h")),
}
