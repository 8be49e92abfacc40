"""`convert`, `rig`, `eval` and `bench` as they are typed."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import rigdriver
from rigdriver import bench
from rigdriver.cli import STOPPED, cli, main
from rigdriver.errors import InputError
from tests.helpers import waves


def invoke(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [str(word) for word in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_convert_keeps_the_curves(tmp_path: Path) -> None:
    clip = waves(30, 30)
    rigdriver.write(clip, tmp_path / "a.npz")
    invoke("convert", tmp_path / "a.npz", tmp_path / "a.csv")
    invoke("convert", tmp_path / "a.csv", tmp_path / "b.npz")
    back = rigdriver.read(tmp_path / "b.npz")
    np.testing.assert_allclose(back["jawOpen"], clip["jawOpen"], atol=1e-9)


def test_convert_to_another_rate(tmp_path: Path) -> None:
    clip = waves(61, 60)
    rigdriver.write(clip, tmp_path / "a.npz")
    invoke("convert", tmp_path / "a.npz", tmp_path / "b.npz", "--fps", "30")
    back = rigdriver.read(tmp_path / "b.npz")
    assert back.fps == 30
    np.testing.assert_allclose(back["jawOpen"], clip["jawOpen"][::2], atol=1e-6)


def test_rigs_are_listed_and_shown() -> None:
    assert "arkit" in invoke("rig", "list") and "facegood" in invoke("rig", "list")
    lines = invoke("rig", "show", "arkit").splitlines()
    assert len(lines) == 65 and lines[0].startswith("eyeBlinkLeft")


def test_eval_of_a_folder_with_no_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the known data sets"):
        invoke("eval", "--data", tmp_path)


def test_bench_sound_is_what_it_says() -> None:
    sound = bench.speech_like(6)
    assert len(sound) == 6 * bench.RATE
    assert not sound[int(2.5 * bench.RATE) : int(2.9 * bench.RATE)].any()
    assert np.abs(sound[: bench.RATE]).max() > 0.1


def test_bench_measures_the_model() -> None:
    figures = list(bench._model())
    assert [figure.unit for figure in figures] == ["ms", "x real time", "%", "%"]
    assert all(figure.value > 0 for figure in figures)
    assert json.dumps(vars(figures[0]))


def test_a_stop_while_compiled_code_is_loaded_is_a_stop(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """pybind11 makes an ImportError of a KeyboardInterrupt."""
    def loading(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr(cli, "main", loading)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == STOPPED and "stopped" in capsys.readouterr().err
