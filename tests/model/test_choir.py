"""Streams that sing together give what each gives alone."""

import numpy as np
import pytest

from rigdriver.errors import InputError
from rigdriver.model.choir import together
from rigdriver.model.runtime import Model, ModelStream
from tests.speech import cuts, hello

KINDS = ({}, {"lookahead": 0}, {"lookahead": 30}, {"style": "grid_s1"}, {"manner": {"jaw": 0.5}}, {})


@pytest.fixture(scope="module", params=["onnx", "steps", "alone"])
def model(request: pytest.FixtureRequest) -> Model:
    return Model.load(engine=request.param)


def sounds(count: int) -> list[np.ndarray]:
    samples = hello().samples
    return [np.roll(samples, -4000 * k)[: 24000 + 800 * k] for k in range(count)]


def started(model: Model) -> list[ModelStream]:
    return [model.start(**kind) for kind in KINDS]


def test_together_as_alone_whatever_style_lookahead_and_cuts(model: Model) -> None:
    """Pieces of other sizes for each, so that steps differ in number and streams pause, leave and come together."""
    streams, alone = started(model), started(Model.load())
    pieces = [cuts(sound, k, 700) for k, sound in enumerate(sounds(len(streams)))]
    clips = [stream.push(np.zeros(0, np.float32)) for stream in streams]
    for turn in range(max(map(len, pieces))):
        here = [k for k in range(len(streams)) if turn < len(pieces[k])]
        found = together(model._engine, [streams[k].pushing(pieces[k][turn]) for k in here])
        for k, clip in zip(here, found):
            clips[k] = clips[k].then(clip)
    for stream, clip, sound in zip(alone, clips, sounds(len(streams))):
        whole = stream.push(sound)
        assert len(whole) == len(clip) > 60
        np.testing.assert_allclose(clip.values, whole.values, atol=1e-4)


def test_an_engine_without_batches_is_asked_one_by_one(model: Model) -> None:
    class Single:
        settings, start, answer = model._engine.settings, model._engine.start, model._engine.answer

    single = Model(Single())
    found = together(single._engine, [single.start().pushing(sound) for sound in sounds(2)])
    for clip, sound in zip(found, sounds(2)):
        np.testing.assert_allclose(clip.values, model.start().push(sound).values, atol=1e-4)


def test_one_streams_trouble_is_its_own(model: Model) -> None:
    def broken():
        raise InputError("no voice")
        yield

    good, bad = together(model._engine, [model.start().pushing(sounds(1)[0]), broken()])
    assert len(good) > 60 and isinstance(bad, InputError)


def test_a_stream_that_sang_with_others_goes_on_alone(model: Model) -> None:
    one, other = model.start(), model.start()
    sound = sounds(1)[0]
    first, _ = together(model._engine, [one.pushing(sound[:9000]), other.pushing(-sound[:9000])])
    np.testing.assert_allclose(first.then(one.push(sound[9000:])).values, model.start().push(sound).values, atol=1e-4)
