"""Edited takes as a data set: what an artist did to some lines, the model does by itself in another."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rigdriver import formats, pipeline
from rigdriver.audio import Audio
from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.edits import taking
from rigdriver.errors import InputError, SettingsError
from tests.speech import EXAMPLES, hello

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from click.testing import CliRunner, Result  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

from rigdriver.cli import cli  # noqa: E402
from rigdriver.resources import WEIGHTS  # noqa: E402
from rigdriver.training import config, ship  # noqa: E402
from rigdriver.training.edits import edits  # noqa: E402

SHIPPED = WEIGHTS / "rigdriver-1.safetensors"
WIDER = 1.3
LINE_S = 3.0


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def wider(clip: Clip) -> Clip:
    values = clip.values.copy()
    values[:, clip.column("jawOpen")] *= WIDER
    return replace(clip, values=values)


def edited(folder: Path, line: Audio, name: str, suffix: str = ".csv", saved_as: str = "") -> None:
    """A line as it is driven, then edited and saved, over itself or under another name."""
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / f"{name}.wav", line.samples, line.rate)
    taking.write(pipeline.drive(line, way()), folder / f"{name}{suffix}")
    formats.write(wider(formats.read(folder / f"{name}{suffix}")), folder / f"{saved_as or name}{suffix}")


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> Path:
    """Two thirds of the example with a wider jaw, as CSV in place and as GLB under another name."""
    folder, sound = tmp_path_factory.mktemp("edited"), hello()
    size = int(LINE_S * sound.rate)
    edited(folder / "lines", Audio(sound.samples[:size], sound.rate), "one")
    edited(folder / "lines", Audio(sound.samples[size : 2 * size], sound.rate), "two", ".glb", "two_mine")
    (folder / "lines" / "split.csv").write_text("take,split\none,train\ntwo,train\n")
    return folder


@pytest.fixture(scope="module")
def taught(lines: Path) -> Path:
    result = run("train", lines / "lines", "-o", lines / "run", "--steps", 25)
    assert result.exit_code == 0, result.output + str(result.exception)
    assert "2 takes with" in result.output and "jawOpen" in result.output
    return lines / "run"


def test_another_line_in_another_voice_moves_toward_the_edit(taught: Path) -> None:
    before = pipeline.drive(EXAMPLES / "moons.wav", way())
    after = pipeline.drive(EXAMPLES / "moons.wav", way(model=taught / "model.onnx"))
    asked, made = (clip["jawOpen"] - before["jawOpen"] for clip in (wider(before), after))
    assert 0.6 < (asked * made).sum() / (asked**2).sum() < 1.4
    others = [name for name in before.names if name not in ("jawOpen", "mouthClose")]  # sealed lips follow the jaw
    apart = after.pick(others).values - before.pick(others).values
    assert np.sqrt((apart**2).mean()) < 0.1 * np.sqrt((asked**2).mean())


def test_only_the_last_layers_of_one_face_learn(taught: Path) -> None:
    before, after = load_file(SHIPPED), load_file(taught / "model.safetensors")
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed and all(name.startswith("faces.0.") for name in changed)


def test_the_card_says_how_far_edits_were_learned(taught: Path) -> None:
    text = (taught / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "edits.learned" in text and "edited takes of lines" in text


def test_what_was_left_alone_asks_for_nothing_and_weighs_little(lines: Path) -> None:
    plan = config.load(ship.EDITED, {"takes": "lines"})
    settings, dataset = edits(plan, lines / "lines", SHIPPED, lambda _: None)
    jaw = settings.outputs.index("jawOpen")
    for lesson in dataset.lessons:
        assert lesson.trust is not None
        others = np.delete(np.arange(len(settings.outputs)), jaw)
        assert not lesson.curves[:, others].any() and (lesson.trust[:, others] == np.float32(plan.unchanged)).all()
        assert (lesson.trust[np.abs(lesson.curves[:, jaw]) > 0, jaw] == 1).all() and lesson.curves[:, jaw].max() > 0.05


def test_takes_that_were_captured_are_learned_as_ever(tmp_path: Path) -> None:
    from rigdriver.training.takes.edited import remembers
    from tests.training import toy_takes
    assert not remembers(toy_takes.make(tmp_path))


@pytest.mark.parametrize(("change", "says"), [("nothing", "nothing to learn"), ("both", "both edited"),
                                              ("blink", "nothing to learn"), ("mixed", "taught apart")])
def test_what_cannot_be_learned_is_one_clear_line(change: str, says: str, tmp_path: Path) -> None:
    line = Audio(hello().samples[:24000], hello().rate)
    edited(tmp_path, line, "a")
    clip = pipeline.drive(line, way())
    if change == "both":
        taking.write(clip, tmp_path / "a.csv")
        for name in ("a_mine", "a_hers"):
            formats.write(wider(clip), tmp_path / f"{name}.csv")
    elif change == "mixed":
        soundfile.write(tmp_path / "b.wav", line.samples, line.rate)
        formats.write(clip, tmp_path / "b.csv")
    else:
        values = clip.values.copy()
        values[:, clip.column("eyeBlinkLeft")] = 0.7 if change == "blink" else clip["eyeBlinkLeft"]
        formats.write(replace(clip, values=values), tmp_path / "a.csv")
    result = run("train", tmp_path, "-o", tmp_path / "never")
    assert isinstance(result.exception, (InputError, SettingsError))
    assert says in f"{result.output} {result.exception}"
    if change == "blink":
        assert "eyeBlinkLeft" in result.output


def test_edits_need_weights_to_begin_from(lines: Path) -> None:
    result = run("train", lines / "lines", "-o", lines / "never", "--init", "none")
    assert isinstance(result.exception, InputError) and "begin from its weights" in str(result.exception)
