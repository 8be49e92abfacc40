"""The shipped model at work: engines agree, chunking changes nothing, lips do what the words ask."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver.clip import HEARD, HINTS, Clip, concatenate
from rigdriver.errors import InputError, SettingsError
from rigdriver.evaluation import metrics
from rigdriver.lips import LABIODENTALS, SIBILANTS
from rigdriver.model.condition import condition
from rigdriver.model.emotion import CATEGORIES, listen
from rigdriver.model.runtime import DEFAULT, Model, engine_for_one, hear
from tests.speech import cuts, hello, hello_phones


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load()


def heard(model: Model, pieces: list[np.ndarray]) -> Clip:
    return concatenate(hear(model, iter(pieces)))


def test_frames_cover_the_sound(model: Model) -> None:
    for count in (1, 320, 16000, 16001):
        clip = heard(model, [np.zeros(count, np.float32)])
        assert (clip.start, len(clip)) == (0, count * 60 // 16000 + 1)
    assert clip.names == model.settings.outputs + HINTS


@pytest.mark.parametrize("most", [267, 1600, 30000])
def test_chunking_changes_nothing(model: Model, most: int) -> None:
    samples = hello().samples
    whole = heard(model, [samples])
    assert len(whole) == len(samples) * 60 // 16000 + 1
    np.testing.assert_allclose(heard(model, cuts(samples, most, most)).values, whole.values, atol=1e-4)


def test_mood_is_what_the_ear_hears_by_the_time_a_frame_is_given(model: Model) -> None:
    samples = hello().samples
    hints = {"arousal": 0} | {hint: 1 + CATEGORIES.index(name) for name, hint in HEARD.items()}
    for lookahead in (0, 4, 30):
        stream = model.start(lookahead=lookahead)
        clip = concatenate([*[stream.push(piece) for piece in cuts(samples, lookahead, 5000)], stream.flush()])
        alone = listen(samples)[lookahead:]
        for hint, column in hints.items():
            np.testing.assert_allclose(clip[hint][: len(alone)], alone[:, column], rtol=0, atol=1e-5)
        assert max(clip[hint].max() for hint in HEARD.values()) > 0.1


def test_streams_do_not_touch(model: Model) -> None:
    first, second = model.start(), model.start()
    samples = hello().samples[:32000]
    both = [(first.push(piece), second.push(-0.5 * piece)) for piece in np.split(samples, 20)]
    alone = heard(model, [samples])
    got = concatenate([one for one, _ in both] + [first.flush()])
    np.testing.assert_allclose(got.values, alone.values, atol=1e-4)


def test_frames_come_within_the_lookahead(model: Model) -> None:
    stream, samples = model.start(), hello().samples[:16000]
    given = sum(len(stream.push(samples[k : k + 160])) for k in range(0, 16000, 160))
    assert model.settings.lookahead_s <= 0.08
    assert given >= (1.0 - model.settings.lookahead_s) * 60 - 1


def test_torch_and_onnx_agree(model: Model) -> None:
    pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")
    samples = hello().samples[:64000]
    onnx, torch = heard(model, [samples]), heard(Model.load(engine="torch"), [samples])
    np.testing.assert_allclose(torch.values, onnx.values, atol=1e-4)


def test_every_style_is_another_face(model: Model) -> None:
    samples = hello().samples[:48000]
    faces = [concatenate(hear(model, iter([samples]), style)) for style in model.settings.styles]
    for face in faces[1:]:
        assert np.abs(face["jawOpen"] - faces[0]["jawOpen"]).max() > 0.05


def test_bilabials_are_heard(model: Model) -> None:
    clip = heard(model, [hello().samples])
    spans = [(phone.start, phone.end) for phone in hello_phones() if phone.name in metrics.BILABIALS]
    peaks = [clip["closure"][int(60 * start) - 1 : int(60 * end) + 2].max() for start, end in spans]
    assert np.mean(np.array(peaks) > 0.5) >= 0.7  # a synthesiser's; people's are closed more often (model card)


def test_labiodentals_are_heard(model: Model) -> None:
    clip = heard(model, [hello().samples])
    spans = [(phone.start, phone.end) for phone in hello_phones() if phone.name in LABIODENTALS]
    assert len(spans) >= 2
    assert all(clip["labiodental"][int(60 * start) - 1 : int(60 * end) + 2].max() > 0.8 for start, end in spans)
    vowels = [clip["labiodental"][round(30 * (p.start + p.end))] for p in hello_phones() if p.name[0] in "AEIOU"]
    assert np.median(vowels) < 0.05


def test_sibilants_are_heard(model: Model) -> None:
    clip = heard(model, [hello().samples])
    spans = [(phone.start, phone.end) for phone in hello_phones() if phone.name in SIBILANTS]
    assert len(spans) >= 3
    peaks = [clip["sibilant"][int(60 * start) : int(60 * end) + 1].max() for start, end in spans]
    assert np.mean(np.array(peaks) > 0.8) >= 0.8
    vowels = [clip["sibilant"][round(30 * (p.start + p.end))] for p in hello_phones() if p.name[0] in "AEIOU"]
    assert np.median(vowels) < 0.05


def test_open_vowels_open_the_jaw(model: Model) -> None:
    clip = heard(model, [hello().samples])
    wide = [clip["jawOpen"][round(30 * (p.start + p.end))] for p in hello_phones() if p.name in ("AA", "AE")]
    shut = [clip["jawOpen"][round(30 * (p.start + p.end))] for p in hello_phones() if p.name in ("S", "P", "B", "M")]
    assert np.mean(wide) > 2 * np.mean(shut)


def test_voice_is_told_from_silence(model: Model) -> None:
    clip = heard(model, [np.concatenate([np.zeros(16000, np.float32), hello().samples])])
    assert clip["voice"][:50].max() < 0.2
    assert np.mean(clip["voice"][75:]) > 0.6


def test_unknown_style_and_file_are_named(model: Model, tmp_path) -> None:
    with pytest.raises(SettingsError, match=r"known: natural|did you mean"):
        model.start("naturel")
    with pytest.raises(SettingsError, match="no such model"):
        Model.load(tmp_path / "none.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(DEFAULT.read_bytes()[:1000])
    with pytest.raises(InputError, match="not a model"):
        Model.load(broken)


def test_the_engine_for_one_shows_the_face_that_it_was_started_for() -> None:
    """A mix of faces has no weights of its own, and a state belongs to a face."""
    model = Model.load(engine="alone")
    mixed = condition(model.settings)._replace(style=np.array([[0.5, 0.5, 0]], np.float32))
    with pytest.raises(SettingsError, match="no mix"):
        model.engine.start(mixed)
    other = condition(model.settings, model.settings.other_styles[0])
    x = np.zeros((1, model.settings.frontend.features), np.float32)
    with pytest.raises(ValueError, match="another face"):
        model.engine.answer(x, other, model.engine.start())


def test_the_engine_for_one_says_which_file_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"own\.alone\.onnx: no such model"):
        Model.load(tmp_path / "own.onnx", "alone")
    assert engine_for_one(tmp_path / "own.onnx") == "onnx" and engine_for_one(None) == "alone"
