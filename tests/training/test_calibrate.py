"""Calibration on a made-up face: what it was made from is found again."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.settings import build, read_yaml
from rigdriver.take import Phone
from rigdriver.training.teacher import likeness
from rigdriver.training.teacher.articulation import GROUPS, Teacher, default_teacher, teach
from rigdriver.training.teacher.calibrate import (
    PLAN,
    fit_targets,
    fitted,
    influence,
    phonetic,
    spread_to_relatives,
    with_targets,
    write_targets,
)
from rigdriver.training.teacher.likeness import Observed

SPOKEN = ("AA", "AE", "EH", "IH", "IY", "UW", "AX", "T", "N", "K", "L", "D")


def face(teacher: Teacher, seed: int, sentences: int = 40) -> list[Observed]:
    """A face that does just what this teacher says."""
    rng = np.random.default_rng(seed)
    takes = []
    for _ in range(sentences):
        lengths = rng.uniform(0.06, 0.2, 20)
        edges = 0.3 + np.concatenate([[0], np.cumsum(lengths)])
        names = rng.choice(SPOKEN, 20)
        phones = (Phone("SIL", 0, 0.3), *(Phone(str(name), first, last)
                                          for name, first, last in zip(names, edges, edges[1:])))
        audio = Audio((0.1 * rng.standard_normal(int(16000 * (edges[-1] + 0.2)))).astype(np.float32), 16000)
        clip = teach(phones, audio, 60, teacher).clip
        times = np.arange(0, float(audio.duration), 0.04)
        truth = {f"{group}{kind}": np.interp(times, clip.times, clip[names_[0]]).astype(float)
                 for group, names_ in GROUPS.items() for kind in ("", " solved")}
        takes.append(Observed(phones, audio, times, truth))
    return takes


@pytest.fixture(scope="module")
def odd() -> Teacher:
    """A talker who opens his jaw for IY and hardly for AA."""
    teacher = default_teacher()
    targets = {name: dict(row) for name, row in teacher.targets.items()}
    targets["IY"]["jaw"], targets["AA"]["jaw"], targets["N"]["jaw"] = 0.45, 0.12, 0.02
    return dataclasses.replace(teacher, targets=targets)


def test_known_targets_are_found_again(odd: Teacher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAN, "jaw", dataclasses.replace(PLAN["jaw"], strength=1.0))
    found, jaw = fitted("jaw", default_teacher(), face(odd, 1)), list(GROUPS).index("jaw")
    spoken = [odd.rows[name] for name in SPOKEN]
    true = odd.target_table[jaw, spoken]
    scale = (found[spoken] @ true) / (true @ true)  # the face's scale is its tracker's own
    np.testing.assert_allclose(found[spoken] / scale, true, atol=0.03)


def test_a_row_that_was_not_spoken_keeps_its_prior(odd: Teacher) -> None:
    found = fitted("jaw", default_teacher(), face(odd, 2, 10))
    assert found[odd.rows["OW1"]] == pytest.approx(default_teacher().targets["OW1"]["jaw"], abs=1e-6)


def test_influence_is_what_the_teacher_does(odd: Teacher) -> None:
    take, group = face(odd, 3, 1)[0], list(GROUPS).index("pucker")
    made = influence(take, "pucker", odd) @ odd.target_table[group]
    np.testing.assert_allclose(made, take.truth["pucker"], atol=0.01)


def test_targets_are_never_negative() -> None:
    rng = np.random.default_rng(0)
    basis = rng.random((200, 3))
    found = fit_targets(basis, basis @ np.array([1.0, -1.0, 0.5]), np.ones(3), np.full(3, 0.1))
    assert found.min() >= 0 and found[1] < 0.05


def test_relatives_follow() -> None:
    teacher = default_teacher()
    wider = with_targets(teacher, {"pucker": teacher.target_table[list(GROUPS).index("pucker")]
                                   * (np.array(list(teacher.targets)) == "UW") * 1.2})
    moved = spread_to_relatives(wider, teacher, {"UW"})
    assert moved.targets["UW"]["pucker"] == pytest.approx(1.2 * teacher.targets["UW"]["pucker"], abs=0.002)


def test_a_teacher_file_gets_its_targets_and_keeps_its_comments(tmp_path: Path, odd: Teacher) -> None:
    path = tmp_path / "teacher.yaml"
    source = Path(likeness.__file__).with_name("teacher.yaml")
    path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    write_targets(odd, path)
    again = build(Teacher, read_yaml(path), "file")
    assert again.targets == odd.targets
    assert path.read_text(encoding="utf-8").count("#") == source.read_text(encoding="utf-8").count("#")


def test_phonetics_has_a_prior_for_every_row() -> None:
    teacher = default_teacher()
    assert set(phonetic(teacher).targets) == set(teacher.targets)


def test_chance_has_an_auc_of_a_half() -> None:
    assert likeness.auc(np.array([1.0, 2.0]), np.array([0.0, 0.5])) == 1.0
    assert likeness.auc(np.ones(3), np.ones(4)) == 0.5


def test_closures_are_timed(odd: Teacher) -> None:
    phones = (Phone("AA", 0.0, 0.5), Phone("B", 0.5, 0.6), Phone("AA", 0.6, 1.1))
    take = Observed(phones, Audio(np.zeros(17600, np.float32), 16000), np.arange(0, 1.1, 0.04), {})
    times = np.arange(0, 1.1, 0.01)
    apart = np.where((times > 0.495) & (times < 0.585), 0.0, 1.0)
    found = likeness.closures([(times, apart)], [take])
    assert found["closure width"] == pytest.approx(90, abs=15)
    assert found["closure from"] == pytest.approx(-5, abs=10)


def test_shares_find_what_the_voice_does() -> None:
    from rigdriver.training.teacher.prosody import Prosody
    rng = np.random.default_rng(0)
    curve, fast = rng.random(500), rng.standard_normal(500)
    heard = Prosody(rng.standard_normal(500), fast, rng.standard_normal(500))
    found = likeness.shares([curve], [heard], [curve * (1 + 0.2 * fast)])
    assert found["fast"] == pytest.approx(0.2, abs=1e-6)
    assert found["slow"] == pytest.approx(0, abs=1e-6)
