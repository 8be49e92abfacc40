"""The ear's own training: sessions, the fit, the judge; and what ships, on the data it came from."""

import os
from pathlib import Path

import numpy as np
import pytest

from rigdriver.errors import InputError
from rigdriver.model.emotion import CATEGORIES, Parameters, learned
from rigdriver.model.prosody import MEASURES

pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from rigdriver.training.emotion import fit, judge, sessions
from rigdriver.training.emotion.__main__ import save

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))
ANGER, SADNESS = CATEGORIES.index("anger"), CATEGORIES.index("sadness")


def toy(speaker: str, label: int, seed: int) -> sessions.Session:
    """A session of one emotion whose only sign is its pitch."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((60, len(MEASURES)))
    values[:, MEASURES.index("pitch")] += {ANGER: 4.0, SADNESS: -4.0}.get(label, 0.0)
    return sessions.Session(speaker, values, np.ones_like(values), np.full(60, label))


def test_a_fit_learns_what_shows() -> None:
    taught = [toy(f"s{k % 4}", k % (len(CATEGORIES) + 1), k) for k in range(64)]
    base = fit.average(taught)
    parameters = fit.fit(fit.lessons(taught, base), base, "a toy")
    verdicts = judge.judge([toy("new", label, 900 + k) for k, label in enumerate([ANGER, SADNESS] * 8)],
                           lambda _: parameters)
    assert verdicts.auc > 0.95
    assert min(verdicts.confusion[ANGER, ANGER], verdicts.confusion[SADNESS, SADNESS]) > 0.6


def test_those_left_out_are_left_out() -> None:
    taught = [toy(f"s{k % 4}", k % len(CATEGORIES), k) for k in range(16)]
    lessons = fit.lessons(taught, fit.average(taught))
    assert set(lessons.without({"s1", "s3"}).speakers) == {"s0", "s2"}


def test_parameters_come_back(tmp_path) -> None:
    path = tmp_path / "ear.npz"
    save(learned(), path)
    again = Parameters.load(path)
    assert (again.settings, again.source) == (learned().settings, learned().source)
    for name, array in again.arrays().items():
        np.testing.assert_array_equal(array, learned().arrays()[name])


def test_verdicts() -> None:
    labels = np.array([ANGER, ANGER, SADNESS, SADNESS])
    said = np.zeros((4, 1 + len(CATEGORIES)))
    said[:, 0] = [0.9, 0.4, 0.5, 0.1]
    said[[0, 1, 2, 3], [1 + ANGER, 1 + ANGER, 1 + ANGER, 1 + SADNESS]] = 1
    verdicts = judge.Verdicts(labels, said)
    assert verdicts.auc == 0.75
    assert verdicts.confusion[ANGER, ANGER] == 1 and verdicts.confusion[SADNESS, ANGER] == 0.5


def test_sessions_label_their_ticks() -> None:
    rng = np.random.default_rng(1)
    said = [sessions.Utterance("s", label, (0.1 * rng.standard_normal(32000)).astype(np.float32)) for label in (2, 5)]
    one = sessions.session(said, rng, lambda sound, _: sound)
    assert len(one.values) == len(one.shares) == len(one.labels)
    assert one.labels[0] == 2 and one.labels[-1] == 5 and np.isfinite(one.values).all()


def test_a_folder_without_recordings_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match="emodb"):
        sessions.acted(tmp_path)


def test_the_shipped_ear_on_acted_speech() -> None:
    """What ships heard these actors in training: on new ones it is a little worse (see `rigdriver.model.emotion`)."""
    if not (DATA / "emodb" / "audio").is_dir():
        pytest.skip(f"needs {DATA / 'emodb' / 'audio'}; set RIGDRIVER_DATA to the folder of the test data")
    verdicts = judge.judge(judge.alone(sessions.acted(DATA)), lambda _: learned())
    assert verdicts.auc > 0.985
    assert verdicts.correlation > 0.85
    assert verdicts.accuracy > 0.55
