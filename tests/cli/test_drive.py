"""`rigdriver drive` as it is typed: files, folders, and every bad input with its one line."""

import csv
import json
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import rigdriver
from rigdriver.formats import glb
from rigdriver.formats.glb import Glb, pack
from rigdriver.rig import available
from tests.glb_builder import avatar
from tests.speech import EXAMPLES, HELLO

SECOND = (0.1 * np.sin(np.arange(16000) / 20)).astype(np.float32)


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "rigdriver", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def one_line(done: subprocess.CompletedProcess, *says: str) -> None:
    """Exit code 2 and one clear line, no traceback."""
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    for word in says:
        assert word in lines[0]


@pytest.fixture
def short(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "line.wav", SECOND, 16000)
    return tmp_path / "line.wav"


def test_with_no_other_word_a_glb_appears_beside_the_recording(tmp_path: Path) -> None:
    shutil.copy(HELLO, tmp_path)
    done = run("drive", "hello.wav", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    clip = rigdriver.read(tmp_path / "hello.glb")
    assert clip["jawOpen"].max() > 0.1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hello.glb", "hello.wav"]


def test_a_folder_becomes_a_folder(tmp_path: Path) -> None:
    done = run("drive", EXAMPLES, "-o", tmp_path / "out", "--format", "csv", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    recordings = sorted(path for path in EXAMPLES.glob("*.wav"))
    assert [Path(row["speech"]) for row in rows] == recordings
    for row, path in zip(rows, recordings):
        read, made = rigdriver.read(row["output"]), rigdriver.drive(path)
        assert len(read) == row["frames"] == len(made)
        for name in read.names:
            np.testing.assert_allclose(read[name], made[name], atol=1e-9)


def test_folders_inside_the_folder(short: Path, tmp_path: Path) -> None:
    (tmp_path / "lines" / "act one").mkdir(parents=True)
    shutil.copy(short, tmp_path / "lines" / "act one" / "hi.wav")
    done = run("drive", tmp_path / "lines", "-o", tmp_path / "out", "--format", "npz", "-q")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "act one" / "hi.npz").is_file()


def test_an_hour_of_silence_is_a_still_mouth_that_blinks(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.flac", np.zeros(3600 * 8000, np.int16), 8000)
    done = run("drive", tmp_path / "silence.flac", "-o", tmp_path / "silence.npz", "-q")
    assert done.returncode == 0, done.stderr
    clip = rigdriver.read(tmp_path / "silence.npz")
    assert len(clip) == 3600 * 60 + 1
    assert clip["jawOpen"].std() < 0.01
    assert (np.diff((clip["eyeBlinkLeft"] > 0.4).astype(int)) == 1).sum() > 600


def test_several_files_and_a_bad_one_among_them(short: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF" + bytes(50))
    done = run("drive", tmp_path / "bad.wav", short, "-o", tmp_path / "out", "--format", "npz", "-q")
    one_line(done, "bad.wav")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["line.npz"]


def test_quiet_is_quiet(short: Path) -> None:
    done = run("drive", short, "-o", short.with_suffix(".npz"), "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_options_reach_the_face(short: Path, tmp_path: Path) -> None:
    (tmp_path / "calm.yaml").write_text("version: 1\r\nblink: {enabled: false}\r\n", encoding="utf-8")
    done = run("drive", short, "-o", tmp_path / "a.npz", "--fps", "25", "--performance", tmp_path / "calm.yaml", "-q")
    assert done.returncode == 0, done.stderr
    clip = rigdriver.read(tmp_path / "a.npz")
    assert clip.fps == 25
    assert clip["eyeBlinkLeft"].max() < 0.3


def test_a_director_is_heard(tmp_path: Path) -> None:
    """An emotion throughout, a key of the file, and directions from a file with Windows line ends."""
    speech = EXAMPLES / HELLO.name
    (tmp_path / "plan.txt").write_bytes(b"1.0 look left\r\n1.5 set blink.blink_strength 0 over 0 # stare\r\n")
    plain, directed = tmp_path / "plain.npz", tmp_path / "directed.npz"
    assert run("drive", speech, "-o", plain, "-q").returncode == 0
    done = run("drive", speech, "-o", directed, "-q", "--emotion", "happy=.6", "--set", "head.head_strength=0",
               "--set", "limits.weight_limits={browInnerUp: [0, 0.05], browDownLeft: [0, 0.3]}",
               "--direct", f"@{tmp_path / 'plan.txt'}")
    assert done.returncode == 0, done.stderr
    plain, directed = rigdriver.read(plain), rigdriver.read(directed)
    assert (directed["cheekSquintLeft"] - plain["cheekSquintLeft"]).mean() > 0.1
    assert np.ptp(directed["headYaw"][:60]) < 1e-3 < np.ptp(plain["headYaw"][:60])  # until the head follows the eyes
    yaw = np.degrees(directed["leftEyeYaw"] - plain["leftEyeYaw"])
    assert abs(yaw[:60].mean()) < 3 and yaw[70:].mean() > 10
    assert directed["eyeBlinkLeft"][120:].max() < 0.3 and directed["browInnerUp"].max() <= 0.05


def test_tracks_that_nobody_follows_are_named(short: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("tracks: {emotion.joy: [[0, 0], [1, 1]], head.roll_deg: [[0, 1]]}\n")
    drive = ("drive", short, "-o", tmp_path / "a.npz", "--performance", tmp_path / "p.yaml", "--set",
             "emotion.enabled=false")
    done = run(*drive)
    assert done.returncode == 0
    told = [line for line in done.stderr.splitlines() if line.startswith("note:")]
    assert told == ["note: emotion is switched off, so emotion.joy will do nothing"]
    assert not run(*drive, "-q").stderr


@pytest.mark.parametrize(("options", "says"), [
    (("--emotion", "joi=.5"), "did you mean 'joy'"),
    (("--emotion", "joy=5"), "joy should lie in 0..1"),
    (("--emotion", "joy"), "NAME=VALUE"),
    (("--set", "blink.often=1"), "unknown key 'often'"),
    (("--set", "blink.enabled=perhaps"), "true or false"),
    (("--direct", "0.2 joi .4"), "did you mean 'joy'"),
    (("--direct", "7 joy .4"), "ends at 1.00 s; a direction comes later, at 7 s"),
    (("--direct", "@nowhere.txt"), "nowhere.txt"),
    (("--personality", ""), "no personality"),
    (("--set", "head=3", "--set", "head.yaw_deg=1"), "both said"),
    (("--emotion", "joy=.5", "--set", "emotion.poses=nowhere.yaml"), "nowhere.yaml: no such file"),
])
def test_a_slip_of_a_director(short: Path, tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    one_line(run("drive", short, "-o", tmp_path / "out.npz", *options, cwd=tmp_path), says)
    assert not (tmp_path / "out.npz").exists()


def test_a_dialogue_from_two_channels_and_from_two_files(tmp_path: Path) -> None:
    """One speaks, then the other; both clips are as long, each mouth moves in its own turn, and the listener lives."""
    speech, rate = soundfile.read(EXAMPLES / HELLO.name, dtype="float32")
    pause = np.zeros_like(speech)
    first, second = np.concatenate([speech, pause, speech]), np.concatenate([pause, speech, pause])
    soundfile.write(tmp_path / "both.wav", np.stack([first, second], 1), rate)
    done = run("drive", "--dialogue", tmp_path / "both.wav", "-o", tmp_path / "both.npz", "-q")
    assert done.returncode == 0, done.stderr
    clips = [rigdriver.read(tmp_path / f"both_{k}.npz") for k in (1, 2)]
    assert len(clips[0]) == len(clips[1]) == len(first) * 60 // rate + 1
    turn = slice(20, len(speech) * 60 // rate - 20)
    assert clips[0]["jawOpen"][turn].std() > 0.03 > 0.01 > clips[1]["jawOpen"][turn].std()
    assert clips[1]["headYaw"][turn].std() > 0
    assert not np.array_equal(clips[0]["eyeBlinkLeft"], clips[1]["eyeBlinkLeft"])
    for name, voice in (("a.wav", first), ("b.wav", second[: len(speech) * 2])):
        soundfile.write(tmp_path / name, voice, rate)
    done = run("drive", "--dialogue", tmp_path / "a.wav", tmp_path / "b.wav", "--format", "npz", "-q")
    assert done.returncode == 0, done.stderr
    for clip, name in zip(clips, ("a.npz", "b.npz")):
        np.testing.assert_allclose(rigdriver.read(tmp_path / name).values, clip.values, atol=2e-3)


def test_a_dialogue_of_one(short: Path) -> None:
    one_line(run("drive", "--dialogue", short), "a dialogue needs several recordings, or a channel each")


def test_telephone_and_surround(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "phone.wav", SECOND[::2], 8000, "PCM_U8")
    soundfile.write(tmp_path / "surround.wav", np.repeat(np.repeat(SECOND, 12)[:, None], 6, 1), 192000, "PCM_24")
    done = run("drive", tmp_path / "phone.wav", tmp_path / "surround.wav", "--format", "npz", "-q")
    assert done.returncode == 0, done.stderr
    assert len(rigdriver.read(tmp_path / "phone.npz")) == len(rigdriver.read(tmp_path / "surround.npz")) == 61


def test_twenty_milliseconds_work_with_a_word_of_warning(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "blip.wav", SECOND[:320], 16000)
    done = run("drive", tmp_path / "blip.wav", "-o", tmp_path / "blip.glb")
    assert done.returncode == 0
    assert "too short" in done.stderr
    assert len(rigdriver.read(tmp_path / "blip.glb")) == 2


@pytest.mark.parametrize("name, content, says", [
    ("empty.wav", b"", "empty"),
    ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG picture"),
    ("cut.wav", b"RIFF\xff\xff\1\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
     + b"data" + struct.pack("<I", 90000) + bytes(500), "truncated"),
    ("noise.mp3", bytes(range(5, 125)) * 9, "no MP3 frame"),
    ("renamed.mp3", b"PK\x03\x04" + bytes(200), "ZIP archive"),
])
def test_what_is_no_sound(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    one_line(run("drive", tmp_path / name), name, says)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("samples, says", [(np.zeros(0), "0 samples"), (np.full(900, np.nan), "NaN"),
                                           (np.full(900, np.inf), "infinite")])
def test_samples_that_are_none(tmp_path: Path, samples: np.ndarray, says: str) -> None:
    soundfile.write(tmp_path / "odd.wav", samples, 16000, "FLOAT")
    one_line(run("drive", tmp_path / "odd.wav"), says)
    assert len(list(tmp_path.iterdir())) == 1


def test_no_file_and_a_folder_with_no_sound(tmp_path: Path) -> None:
    one_line(run("drive", tmp_path / "none.wav"), "no such file")
    (tmp_path / "notes.txt").write_text("hello")
    one_line(run("drive", tmp_path), "no recordings")


def broken_characters() -> dict[str, tuple[bytes, str]]:
    asset = {"asset": {"version": "2.0"}}
    whole = pack(Glb(asset | {"meshes": [{"primitives": [{"attributes": {}}]}], "nodes": [{"mesh": 0}]}))
    wild = {"buffers": [{"byteLength": 4}], "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 400}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 100, "type": "SCALAR"}]}
    return {"text.glb": (b"this is no model at all, it is text", "GLB"), "cut.glb": (whole[:-8], "cut short"),
            "bare.glb": (whole, "morph target"), "wild.glb": (pack(Glb(asset | wild, bytes(4))), "")}


@pytest.mark.parametrize("name", broken_characters())
def test_characters_that_cannot_be_driven(short: Path, tmp_path: Path, name: str) -> None:
    content, says = broken_characters()[name]
    (tmp_path / name).write_bytes(content)
    one_line(run("drive", short, "--onto", tmp_path / name, "-o", tmp_path / "out.glb"), name, says)
    assert (tmp_path / name).read_bytes() == content
    assert not (tmp_path / "out.glb").exists()


def test_a_broken_character_is_told_once_for_many_recordings(short: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "other.wav", SECOND, 16000)
    (tmp_path / "hero.glb").write_bytes(b"no model at all, but text")
    one_line(run("drive", short, tmp_path / "other.wav", "--onto", tmp_path / "hero.glb"), "hero.glb")


def test_outputs_that_cannot_be(short: Path, tmp_path: Path) -> None:
    one_line(run("drive", short, "-o", tmp_path / "none" / "out.glb"), "none", "does not exist")
    one_line(run("drive", short, "-o", tmp_path / "out.docx"), ".docx", "gltf")
    one_line(run("drive", short, short, "-o", tmp_path / "two.csv"), "names a file", "folder")
    one_line(run("drive", short, short, "-o", tmp_path / "two.glb"), "two recordings are called line")
    assert not (tmp_path / "two.glb").exists()
    one_line(run("drive", short, "--format", "word97"), "word97", "known")
    one_line(run("drive", short, "-o", short, "--format", "npz"), "overwrite")
    one_line(run("drive", short, "--fps", "24", "-o", tmp_path / "out.csv"), "30", "60")


def test_two_recordings_of_one_name_are_not_mixed_up(short: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "line.flac", SECOND, 16000)
    one_line(run("drive", tmp_path), "line.flac", "line.wav")


def test_a_performance_with_an_unknown_key(short: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("version: 1\nblik: {rate: 3}\n", encoding="utf-8")
    one_line(run("drive", short, "--performance", tmp_path / "p.yaml"), "p.yaml", "'blik'", "did you mean 'blink'")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_half_written(tmp_path: Path, stop: signal.Signals) -> None:
    soundfile.write(tmp_path / "long.wav", np.tile(SECOND, 2400), 16000)
    command = [sys.executable, "-m", "rigdriver", "drive", str(tmp_path / "long.wav"), "-o", str(tmp_path / "long.glb")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(3)  # well inside: 40 minutes of sound take ten seconds and more
    process.send_signal(stop)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]


def test_version_and_help() -> None:
    assert run("--version").stdout.strip().endswith(rigdriver.__version__)
    assert "drive" in run("--help").stdout


def test_the_default_performance_is_a_valid_one(short: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(run("performance").stdout, encoding="utf-8")
    assert run("drive", short, "--performance", tmp_path / "p.yaml", "--format", "npz", "-q").returncode == 0


def test_report_of_one_recording(tmp_path: Path) -> None:
    done = run("drive", HELLO, "-o", tmp_path / "hello.npz", "--report")
    assert done.returncode == 0 and "closures sealed" in done.stderr
    done = run("drive", HELLO, "-o", tmp_path / "hello.npz")
    assert "closures" not in done.stderr


def test_report_of_many_recordings(tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    shutil.copy(HELLO, tmp_path / "lines" / "a.wav")
    soundfile.write(tmp_path / "lines" / "b.wav", SECOND, 16000)
    (tmp_path / "half.yaml").write_text("version: 1\nclosure: {closure_strength: 0.5}\n", encoding="utf-8")
    words = ("drive", tmp_path / "lines", "-o", tmp_path / "out", "--format", "npz", "--performance",
             tmp_path / "half.yaml", "--report-file")
    done = run(*words, tmp_path / "report.csv", "--json")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "report.csv").open(encoding="utf-8")))
    told = [json.loads(line)["figures"] for line in done.stdout.splitlines()]
    assert [Path(row["speech"]).name for row in rows] == ["a.wav", "b.wav"]
    assert int(rows[0]["missed"]) == told[0]["missed"] == len(rows[0]["missed_s"].split()) > 0
    assert told[0]["closures"] == told[0]["sealed"] + told[0]["missed"]
    done = run(*words, tmp_path / "report.md")
    assert done.stderr.count("closures sealed") == 2
    lines = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4 and "a.wav" in lines[2]  # worst first


def test_bad_report_files(short: Path, tmp_path: Path) -> None:
    one_line(run("drive", short, "--report-file", tmp_path / "r.txt"), "r.txt", ".csv")
    one_line(run("drive", short, "--report-file", tmp_path / "none" / "r.csv"), "does not exist")
    assert not (tmp_path / "line.glb").exists()


def test_text_is_said_and_driven(tmp_path: Path) -> None:
    """By a synthesiser of one's own; a recording that lies there is left alone."""
    speak = tmp_path / "speak.py"
    speak.write_text(f"import shutil, sys; shutil.copy({str(EXAMPLES / HELLO.name)!r}, sys.argv[1])")
    (tmp_path / "line.wav").write_bytes(b"an actor's")
    synth = f'"{sys.executable}" "{speak}" {{out}}'
    done = run("drive", "--say", "Hello", "--synth", synth, "-o", tmp_path / "line.npz")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "line.wav").read_bytes() == b"an actor's" and (tmp_path / "line.say.wav").is_file()
    assert rigdriver.read(tmp_path / "line.npz")["jawOpen"].max() > 0.1


HELLO_TEXT = ("Hello, my name is Bobby. Papa built me from numbers. Put me on your own character, and maybe I will "
              "speak for them, too.")


def test_a_transcript_shuts_lips_where_it_fits_and_only_there(tmp_path: Path) -> None:
    """Its own words leave the face alike; another line's words are told of, and change nothing."""
    speech = EXAMPLES / HELLO.name
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "hello.txt").write_text(HELLO_TEXT)
    clips = {}
    for name, given in {"none": (), "own": ("--transcript", f"@{tmp_path / 'texts'}"),
                        "other": ("--transcript", "Lemon trees look lonely in a rusty yard")}.items():
        done = run("drive", speech, "-o", tmp_path / f"{name}.npz", *given)
        assert done.returncode == 0, done.stderr
        assert ("note: the sound bears out" in done.stderr) == (name == "other"), done.stderr
        clips[name] = rigdriver.read(tmp_path / f"{name}.npz")
    assert (clips["other"].values == clips["none"].values).mean() > 0.99
    moved = np.abs(clips["own"].values - clips["none"].values)
    assert moved.max() > 0 and moved.mean() < 0.01


@pytest.mark.parametrize(("given", "says"), [
    (("--transcript", "@nowhere.txt"), "--transcript @nowhere.txt: no such file or folder"),
    (("--transcript", ""), "holds no word that can be pronounced"),
    (("--transcript", "hello", "--dialogue"), "--dialogue goes with no --report, --direct or --transcript"),
])
def test_a_slip_with_a_transcript(short: Path, tmp_path: Path, given: tuple[str, ...], says: str) -> None:
    one_line(run("drive", short, *given, cwd=tmp_path), says)
    assert not (tmp_path / "line.glb").exists()


def test_one_text_for_several_recordings(short: Path, tmp_path: Path) -> None:
    one_line(run("drive", short, EXAMPLES / HELLO.name, "--transcript", "hello", "-o", tmp_path / "out/"),
             "one text for 2 recordings; give a folder")


def test_a_synthesiser_that_gives_phone_times_is_believed(tmp_path: Path) -> None:
    """The whole recording as one long m: lips that would open stay shut."""
    speak = tmp_path / "speak.py"
    speak.write_text(f"import shutil, sys; shutil.copy({str(EXAMPLES / HELLO.name)!r}, sys.argv[1] + '.wav')\n"
                     "open(sys.argv[1] + '.lab', 'w').write('0.0 2.5 M\\n')")
    done = run("drive", "--say", "Hello", "--synth", f'"{sys.executable}" "{speak}" {{stem}} {{text}}',
               "-o", tmp_path / "line.npz")
    assert done.returncode == 0, done.stderr
    clip = rigdriver.read(tmp_path / "line.npz")
    gap = clip["jawOpen"] - clip["mouthClose"]
    assert gap[:148].max() < 0.01 < 0.1 < gap[160:].max()


def test_neither_speech_nor_text_or_both(short: Path) -> None:
    for given in ((), (short, "--say", "hello")):
        one_line(run("drive", *given), "needs recordings, or --say TEXT, and not both")
    one_line(run("drive", "--say", "", cwd=short.parent), "the text is empty")


def animations(path: Path) -> list[str]:
    return [animation["name"] for animation in glb.read(path).document["animations"]]


def test_several_lines_become_one_file_of_several_animations(tmp_path: Path) -> None:
    (tmp_path / "lines" / "act one").mkdir(parents=True)
    soundfile.write(tmp_path / "lines" / "a.wav", SECOND, 16000)
    soundfile.write(tmp_path / "lines" / "act one" / "b.wav", SECOND[:8000], 16000)
    done = run("drive", tmp_path / "lines", "-o", tmp_path / "all.glb", "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["frames"] for line in done.stdout.splitlines()] == [61, 31]
    assert animations(tmp_path / "all.glb") == ["a", "act one/b"]
    for name, line in (("a", "a.wav"), ("act one/b", "act one/b.wav")):
        made = rigdriver.drive(tmp_path / "lines" / line)
        np.testing.assert_allclose(rigdriver.read(tmp_path / "all.glb", animation=name)["jawOpen"], made["jawOpen"])
    one_line(run("drive", tmp_path / "lines", "-o", tmp_path / "b.glb", "--animation", "x"), "--animation", "named")


def test_a_line_that_cannot_be_heard_leaves_the_others(short: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    done = run("drive", short, tmp_path / "broken.wav", "-o", tmp_path / "all.glb")
    assert done.returncode == 2
    assert "broken.wav" in done.stderr
    assert animations(tmp_path / "all.glb") == ["line"]


def test_an_animation_has_a_name_and_can_be_replaced(short: Path, tmp_path: Path) -> None:
    assert run("drive", short, "-o", tmp_path / "a.glb", "--animation", "hello", "--keys", "0.01").returncode == 0
    assert animations(tmp_path / "a.glb") == ["hello"]
    for options, expected in (((), ["hello", "hello.001"]), (("--replace",), ["hello"])):
        onto = ("--onto", tmp_path / "a.glb", "--animation", "hello", *options)
        done = run("drive", short, "-o", tmp_path / "b.glb", *onto)
        assert done.returncode == 0, done.stderr
        assert animations(tmp_path / "b.glb") == expected
    whole = run("drive", short, "-o", tmp_path / "c.glb", "--animation", "hello")
    assert whole.returncode == 0
    assert (tmp_path / "a.glb").stat().st_size < (tmp_path / "c.glb").stat().st_size
    one_line(run("drive", short, "-o", tmp_path / "a.npz", "--replace"), "npz", "no option 'replace'")


@pytest.mark.skipif("vrm1" not in available(), reason="the rig of VRM's presets is not there")
def test_an_avatar_of_presets_speaks_with_them(short: Path, tmp_path: Path) -> None:
    hero = avatar(0, {"aa": {"x1": 1.0}, "ih": {"x2": 1.0}, "blink": {"x3": 1.0}}).write_glb(tmp_path / "hero.vrm")
    for name in ("a.vrm", "a.vrma"):
        done = run("drive", HELLO, "-o", tmp_path / name, "--onto", hero)
        assert done.returncode == 0, done.stderr
        clip = rigdriver.read(tmp_path / name)
        assert clip["aa"].max() > 0.1
        assert clip["blink"].max() > 0.5
    assert run("drive", short, "-o", tmp_path / "any.vrma").returncode == 0
    assert "aa" in rigdriver.read(tmp_path / "any.vrma")


@pytest.mark.parametrize("output", ["line.anim", "line.glb"])
def test_keys_by_step_tell_what_they_cost(output: str, tmp_path: Path) -> None:
    costs = []
    for step in ("close", "loose"):
        result = run("drive", HELLO, "-o", tmp_path / output, "--keys", step, "--json")
        costs.append(json.loads(result.stdout)["keys"])
    close, loose = costs
    assert loose["keys"] < close["keys"] and loose["most"] > close["most"] > 0 and close["most"] <= 0.0051
    assert loose["kept"] == loose["closures"] == close["closures"] == close["kept"] > 10 and loose["gap"] < 1e-3
    told = run("drive", HELLO, "-o", tmp_path / output, "--keys", "loose").stderr
    assert "keys: " in told and "closures shut" in told


def test_an_unknown_step_is_one_clear_line(tmp_path: Path) -> None:
    for wrong, says in (("lose", "loose"), ("-1", "largest error"), ("nan", "largest error")):
        one_line(run("drive", HELLO, "-o", tmp_path / "line.anim", "--keys", wrong), says)
    assert not (tmp_path / "line.anim").exists()


def test_plain_json_says_where_keys_belong(tmp_path: Path) -> None:
    run("drive", HELLO, "-o", tmp_path / "line.json", "--format", "plain-json")
    told = json.loads((tmp_path / "line.json").read_text())["anchors"]
    assert len(told["mouth"]) > 40 and told["brows"] and told["mouth"] == sorted(told["mouth"])
