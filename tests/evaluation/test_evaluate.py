"""`rigdriver eval` from end to end, on a data folder of our own making, with the shipped model."""

import gzip
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from rigdriver import rig
from rigdriver.audio import Audio
from rigdriver.cli import cli
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.evaluation import disturbances, evaluate, faces, streaming, summary, trivial, voices
from rigdriver.evaluation.report import BEGIN, END, Report, Table, number, update_card
from rigdriver.model.runtime import Model
from rigdriver.performance import EMOTIONS
from rigdriver.take import Take
from rigdriver.training.teacher.articulation import teach
from tests.speech import hello, hello_phones

SECONDS = 8


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three spoken utterances of two test speakers, and a captured face that moves as the teacher does."""
    folder = tmp_path_factory.mktemp("data")
    _spoken(folder / "speechocean762_adult")
    _captured(folder / "facegood")
    return folder


def _spoken(folder: Path) -> None:
    (folder / "audio").mkdir(parents=True)
    phones = [[phone.name, phone.start, phone.end, "word", -50] for phone in hello_phones()]
    with gzip.open(folder / "alignments.jsonl.gz", "wt", encoding="utf-8") as lines:
        for k, speaker in enumerate("aab"):
            soundfile.write(folder / "audio" / f"u{k}.opus", hello().samples, 16000, format="OGG", subtype="OPUS")
            row = {"utt": f"u{k}", "spk": speaker, "split": "test", "phones": phones}
            lines.write(json.dumps(row) + "\n")


def _captured(folder: Path) -> None:
    (folder / "bs_value").mkdir(parents=True)
    (folder / "wav_paired").mkdir()
    taught, maya = teach(hello_phones(), hello(), 30)[0], rig.load("facegood")
    values = np.zeros((len(taught), len(maya.names)), np.float32)
    values[:, maya.names.index("mouth_stretch_c")] = taught["jawOpen"]
    for name in ("1114_2_01", "1114_2_05"):
        np.savez(folder / "bs_value" / f"bs_value_{name}.npz", bs=values)
        path = folder / "wav_paired" / f"{name}.opus"
        soundfile.write(path, hello().samples, 16000, format="OGG", subtype="OPUS")


@pytest.fixture(scope="module")
def work(data: Path) -> evaluate.Evaluation:
    return evaluate.evaluate(Model.load(), data, lambda line: None)


def test_every_table_is_there(work: evaluate.Evaluation) -> None:
    assert list(work.report.tables) == ["facegood.r", "facegood.mae", "facegood.own", "facegood.default", "voices",
                                        "dynamics", "noise", "rest", "streaming", "going on", "lookahead", "emotions",
                                        "acting"]
    assert work.report.about["adults (speechocean762_adult)"] == "3 of 3 test utterances, 2 speakers"


def test_the_model_is_measured_beside_trivial_answers(work: evaluate.Evaluation) -> None:
    row = work.report.tables["facegood.r"].rows["jawOpen"]
    assert row["default style"] > max(row["shuffled"], row["loudness"], 0.6)  # it learned from this teacher
    assert row["mean pose"] == row["still face"] == 0
    assert list(work.report.tables["facegood.r"].rows) == ["jawOpen"]  # the other channels never move
    error = work.report.tables["facegood.mae"].rows["jawOpen"]
    assert error["default style"] < error["still face"]


def test_the_teacher_is_the_ceiling_of_voices(work: evaluate.Evaluation) -> None:
    rows = work.report.tables["voices"].rows
    assert rows["bilabials closed"]["teacher"] == 1
    assert rows["bilabials closed"]["all"] > rows["bilabials closed"]["loudness-driven jaw"] + 0.3
    assert rows["closure: lag against teacher ms"]["teacher"] == 0
    assert 0.3 < rows["phones right at centres"]["all"] < 1
    assert math.isnan(rows["phones right at centres"]["teacher"])


def test_streaming_and_rest(work: evaluate.Evaluation) -> None:
    for row in work.report.tables["streaming"].rows.values():
        assert row["largest difference"] < 1e-3
    for row in work.report.tables["rest"].rows.values():
        assert row["alone: mouth 1/s"] < 0.05


def test_lips_and_teeth_are_held_against_every_emotion(work: evaluate.Evaluation) -> None:
    rows = work.report.tables["emotions"].rows
    assert list(rows) == ["none", *EMOTIONS]
    none, wide = rows["none"], rows["amazement"]
    assert none["bilabials closed"] == pytest.approx(work.report.tables["voices"].rows["bilabials closed"]["all"])
    assert wide["bilabials closed: loss, points"] == pytest.approx(
        100 * (none["bilabials closed"] - wide["bilabials closed"]))
    assert none["sibilants: jaw p50"] < wide["sibilants: jaw p50"] <= 0.13
    goals = {goal.what: goal for goal in work.report.goals}
    worst = next(goal for what, goal in goals.items() if "bilabials closed: loss" in what)
    assert worst.got == max(row["bilabials closed: loss, points"] for name, row in rows.items() if name != "none")


def test_goals_stand_beside_what_was_measured(work: evaluate.Evaluation) -> None:
    by_name = {goal.what: goal for goal in work.report.goals}
    silence = by_name["the same: mouth speed in silence, 1/s"]
    assert silence.met == (silence.got <= 0.05)
    assert not any(name.startswith("GRID") for name in by_name)  # not there, so not claimed


def test_it_is_the_same_every_time(work: evaluate.Evaluation, data: Path) -> None:
    again = evaluate.evaluate(Model.load(), data, lambda line: None)
    assert again.report.json() == work.report.json()


def test_as_typed_with_pictures_and_card(work: evaluate.Evaluation, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    card = tmp_path / "CARD.md"
    card.write_text(f"# Card\n\n{BEGIN}\nold figures\n{END}\n\nlast words\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["eval", str(data), "-o", str(tmp_path / "out"), "--card", str(card)])
    assert done.exit_code == 0, done.output
    assert "## Summary" in done.output
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"report.json", "report.md", "bars_facegood.png", "curves_adults_u0.png", "acting.png",
            "curves_facegood_1114_2_05.png"} <= there
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["summary"]
    text = card.read_text(encoding="utf-8")
    assert text.startswith(f"# Card\n\n{BEGIN}\n\n### Summary") and text.endswith(f"{END}\n\nlast words\n")
    assert "old figures" not in text and work.report.card() in text


@pytest.mark.parametrize("text", ["no markers", f"{END}{BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_a_card_without_its_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    card = tmp_path / "CARD.md"
    card.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="should hold the lines"):
        update_card(card, Report())
    assert card.read_text(encoding="utf-8") == text
    with pytest.raises(InputError, match="no such model card"):
        update_card(tmp_path / "other.md", Report())


def test_a_report_in_numbers_and_words() -> None:
    report = Report(tables={"a": Table("A", {"row": {"x": 0.5, "y": float("nan")}, "next": {"y": 123.4}})})
    assert json.loads(report.json())["tables"]["a"]["rows"]["row"] == {"x": 0.5, "y": None}
    assert "| row | 0.500 | – |" in report.markdown() and "| next | – | 123 |" in report.markdown()
    assert report.figure("a", "row", "x") == 0.5
    assert report.figure("a", "row", "y") is report.figure("b", "row", "x") is None
    assert [number(value) for value in (3, 12.34, 0.0, 1e-5)] == ["3", "12.3", "0.000", "1e-05"]


def test_noise_lies_where_it_is_said_to_and_repeats() -> None:
    rng = np.random.default_rng(1)
    sounds = [Audio(rng.standard_normal(16000).astype(np.float32) * 0.1, 16000) for _ in range(6)]
    for k in range(3):
        noisy = disturbances.noisy(sounds[k], k, sounds)
        added = noisy.samples - sounds[k].samples
        ratio = 10 * np.log10(np.mean(sounds[k].samples**2) / np.mean(added**2))
        assert ratio == pytest.approx(10, abs=0.1)
        np.testing.assert_array_equal(disturbances.noisy(sounds[k], k, sounds).samples, noisy.samples)


@pytest.mark.parametrize("name", disturbances.RESTING)
def test_resting_sounds_have_their_level(name: str) -> None:
    sound = disturbances.resting(name, 3)
    assert len(sound) == 48000 and np.isfinite(sound).all()
    np.testing.assert_array_equal(sound, disturbances.resting(name, 3))
    if name == "digital silence":
        assert not sound.any()
    else:
        assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(disturbances.RESTING[name][1], abs=1)


def test_a_sample_is_spread_over_speakers() -> None:
    takes = [Take(f"{speaker}{k}", Audio(np.zeros(1), 16000), speaker=speaker) for speaker in "abc" for k in range(4)]
    assert [take.name for take in voices.sample(takes, 5)] == ["a0", "a1", "b0", "b1", "c0"]
    assert voices.sample(takes, None) == takes == voices.sample(takes, 99)


def test_counts_add_up_over_recordings() -> None:
    take = Take("hello", hello(), None, hello_phones())
    taught = teach(take.phones, take.audio)[0]
    logits = np.zeros((len(taught), 40))
    logits[:, 1] = 1  # AA, always
    one = voices.observe(taught, take, taught, logits)
    both = voices.figures(one + one)
    alone = voices.figures(one)
    assert both == pytest.approx(alone, nan_ok=True)
    spoken = [phone.name for phone in take.phones if phone.name != "SIL"]
    assert alone["phones right at centres"] == pytest.approx(spoken.count("AA") / len(spoken))
    ratio = voices.liveliness(one)["jawOpen"]
    half = Clip(taught.names, 0.5 * taught.values, taught.fps)
    assert voices.liveliness(voices.observe(half, take, taught))["jawOpen"]["p90"] == pytest.approx(ratio["p90"] / 2)


def test_trivial_answers() -> None:
    levels = np.array([-60.0, -40, -20])
    habits = trivial.habits(("a", "b"), np.array([[0, 1.0], [0.2, 1], [0.4, 1]]), levels)
    np.testing.assert_allclose(habits.mean, [0.2, 1])
    np.testing.assert_allclose(habits.slope, [0.01, 0], atol=1e-12)
    loud = Audio(np.full(16000, 0.1, np.float32), 16000)  # −20 dB
    np.testing.assert_allclose(habits.driven(loud).values[30], [0.4, 1], atol=1e-3)
    one, two = (Clip(("a",), np.full((4, 1), value, np.float32), Fraction(60)) for value in (1, 2))
    assert trivial.shuffled([one, two]) == [two, one]
    ramp = Clip(("a",), np.arange(4, dtype=np.float32)[:, None], Fraction(60))
    assert trivial.shuffled([ramp])[0]["a"].tolist() == [2, 3, 0, 1]


def test_a_network_with_one_lookahead_has_nothing_to_compare() -> None:
    one = SimpleNamespace(settings=replace(Model.load().settings, lookaheads=(4,)))
    assert streaming.lookaheads(one, {}, []) == {}  # type: ignore[arg-type]
    assert streaming.loss_percent(0.8, 0.6) == pytest.approx(25)


def test_takes_in_one_stream_keep_their_times() -> None:
    takes = [Take(f"hello {k}", hello(), None, hello_phones(), speaker="slt") for k in range(3)]
    parts = list(streaming._in_one_stream(Model.load(), takes))
    first = parts[0]["jawOpen"]
    for part in parts:
        assert (part.start, len(part)) == (0, len(hello()) * 60 // 16000 + 1)
        assert np.corrcoef(part["jawOpen"][: len(first)], first)[0, 1] > 0.8
    rows = streaming.going_on(Model.load(), takes)
    assert list(rows) == ["each take alone", "one stream a speaker"]
    assert streaming.going_on(Model.load(), takes[:1]) == {}


class Patient:
    """The shipped model, as if it had been taught three lookaheads; all of them answer alike but the shortest, which
    lags."""

    def __init__(self) -> None:
        self._model = Model.load()
        self.settings = replace(self._model.settings, lookaheads=(0, 5, 900))

    def start(self, style: str | None = None, lookahead: int | None = None) -> object:
        stream = self._model.start(style)
        return Late(stream) if lookahead == 0 else stream


class Late:
    def __init__(self, stream: object):
        self._stream = stream

    def push(self, samples: np.ndarray) -> Clip:
        clip = self._stream.push(samples)  # type: ignore[attr-defined]
        return Clip(clip.names, np.roll(clip.values, 8, axis=0), clip.fps, clip.start)

    def flush(self) -> Clip:
        return self._stream.flush()  # type: ignore[attr-defined]


def test_lookaheads_are_held_against_the_whole_file() -> None:
    take = Take("hello", hello(), teach(hello_phones(), hello(), 30)[0], hello_phones(), ("jawOpen", "mouthFunnel"))
    rows = streaming.lookaheads(Patient(), {"natural": [take]}, [take])  # type: ignore[arg-type]
    assert list(rows) == ["12 ms", "96 ms", "whole file"]
    assert rows["96 ms"] == rows["whole file"]
    assert all(loss == 0 for name, loss in rows["whole file"].items() if name.startswith("loss"))
    for name in ("natural: jawOpen r", "bilabials closed", "rounded vs spread: AUC of pucker + funnel"):
        assert rows["12 ms"][name] < rows["whole file"][name] and rows["12 ms"][f"loss %: {name}"] > 5


def test_summary_picks_the_farthest_and_the_nearest() -> None:
    report = Report(tables={
        "dynamics": Table("", {"jawOpen": {"p90": 1.2, "speed p95": 1.0},
                               "mouthFunnel": {"p90": 0.7, "speed p95": 0.9}}),
        "lookahead": Table("", {"0 ms": {"r": 0.5, "loss %: r": 12.0, "loss %: s": -1.0},
                                "83 ms": {"loss %: r": 2.0}, "160 ms": {"loss %: r": 9.0}, "whole file": {"r": 0.6}}),
    })
    got = {goal.what: (goal.got, goal.met) for goal in summary.goals(report)}
    assert got == {
        "unseen voices: p90 against real speech, farthest of 2 channels (mouthFunnel)": (0.7, False),
        "unseen voices: speed p95 against real speech, farthest of 2 channels (mouthFunnel)": (0.9, True),
        "lookahead 0 ms: largest loss against the whole file, %": (12.0, False),
        "lookahead 83 ms: largest loss against the whole file, %": (2.0, True),
    }


def test_faces_of_an_empty_folder(tmp_path: Path) -> None:
    assert faces.load("grid_s1", tmp_path) is faces.load("facegood", tmp_path) is None
