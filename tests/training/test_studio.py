"""A studio's run as a studio does it: three takes teach a face, through kills and restarts, to a file that drives."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, SettingsError
from rigdriver.training.takes.textgrid import write_textgrid
from tests.training import toy_takes
from tests.training.toy_takes import ARKIT, OWN, toy

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from click.testing import CliRunner, Result  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from rigdriver.cli import cli  # noqa: E402
from rigdriver.model.runtime import Model  # noqa: E402
from rigdriver.training.begin import mixture  # noqa: E402
from rigdriver.training.stopping import Patience  # noqa: E402

HERE = Path(__file__).parents[2]
TINY = {"version": 1, "name": "model", "styles": ["studio"], "takes": "takes",
        "network": {"width": 32, "layers": 2, "heads": 2, "context": 24, "lookaheads": [0, 4, 8], "lookahead_steps": 4},
        "shares": {"takes": 0.95, "resting": 0.05}, "steps": 130, "batch": 6, "seconds": 2.0, "rate": 0.006,
        "warmup": 20, "average": 0.95, "dropout": 0.05, "save_every": 20, "validate_every": 40}
LEARNED, ABOVE_NULL = 0.8, 0.5  # mean r over channels on the validation take, and how far above the null


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As the subprocesses have it, PyTorch and NumPy's BLAS alike: sums in another order are other sums."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with takes on the ARKit rig, on one of its own, and the training file."""
    folder = tmp_path_factory.mktemp("studio")
    toy_takes.make(folder / "takes", names=ARKIT)
    toy_takes.make(folder / "own", names=OWN)
    written(folder)
    return folder


def written(folder: Path, name: str = "tiny", **changes) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(TINY | changes), encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def spawned(*arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "rigdriver", *map(str, arguments)]
    return subprocess.Popen(command, cwd=HERE, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE)


def log(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def wait_for(path: Path, process: subprocess.Popen, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not path.is_file() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert path.is_file(), process.communicate()[1]


@pytest.fixture(scope="module")
def taught(place: Path) -> Path:
    """An uninterrupted run of the toy takes."""
    result = run("train", place / "tiny.yaml", "-o", place / "whole", "--init", "none")
    assert result.exit_code == 0, result.output + str(result.exception)
    return place / "whole"


def test_it_learns(taught: Path) -> None:
    figures = [row for row in log(taught) if "studio.r" in row][-1]
    assert figures["studio.r"] > LEARNED
    assert figures["studio.r"] > figures["studio.null"] + ABOVE_NULL


def test_killed_it_goes_on_to_the_same_weights(place: Path, taught: Path) -> None:
    arguments = ("train", place / "tiny.yaml", "-o", place / "killed", "--init", "none")
    process = spawned(*arguments)
    wait_for(place / "killed" / "checkpoint.pt", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (place / "killed" / "model.onnx").exists()
    result = run(*arguments)
    assert result.exit_code == 0 and "going on from step" in result.output, result.output
    assert "going on from step 130" not in result.output
    whole, resumed = (load_file(folder / "model.safetensors") for folder in (taught, place / "killed"))
    assert whole.keys() == resumed.keys()
    for name, weight in whole.items():
        np.testing.assert_array_equal(weight, resumed[name], err_msg=name)
    assert [row["step"] for row in log(place / "killed")] == [row["step"] for row in log(taught)]


def test_what_it_ships_drives(place: Path, taught: Path) -> None:
    recording = next(path for path in sorted((place / "takes").glob("*.wav")))
    for suffix in (".npz", ".csv", ".glb"):
        result = run("drive", "--model", taught / "model.onnx", recording, "-o", place / f"driven{suffix}", "-q")
        assert result.exit_code == 0, result.output + str(result.exception)
    driven, true = formats.read(place / "driven.npz"), formats.read(recording.with_suffix(".csv"))
    frames = min(len(driven), len(true))
    r = np.corrcoef(driven["jawOpen"][:frames], true["jawOpen"][:frames])[0, 1]
    assert r > LEARNED and driven["eyeBlinkLeft"].max() > 0.5  # and the layers blink


def test_the_card_says_what_it_learned_from(taught: Path) -> None:
    card = (taught / "MODEL_CARD.md").read_text(encoding="utf-8")
    for fact in ("takes of takes", "their owner's", "`jawOpen`", "studio.r", "studio.null", "Limits", "130 steps"):
        assert fact in card


def test_ctrl_c_saves_and_says_how_to_go_on(place: Path) -> None:
    folder = place / "stopped"
    process = spawned("train", place / "tiny.yaml", "-o", folder, "--init", "none", "--steps", 100000)
    wait_for(folder / "log.jsonl", process)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert "saved; the same command goes on from there" in said and "Traceback" not in said
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] >= 20


@pytest.fixture(scope="module")
def own(place: Path) -> Path:
    """A short run on a rig of one's own, whose jaw runs −5 to 10 or so."""
    for path in (place / "own").glob("*.npz"):
        clip = formats.read(path)
        values = clip.values.copy()
        values[:, clip.column(OWN["jaw"])] = values[:, clip.column(OWN["jaw"])] * 15 - 5
        formats.write(replace(clip, values=values), path)
    result = run("train", written(place, "own", takes="own", steps=60), "-o", place / "own_run", "--init", "none")
    assert result.exit_code == 0, result.output + str(result.exception)
    return place / "own_run"


def test_a_rig_of_ones_own_is_driven_in_its_own_channels_and_units(place: Path, own: Path) -> None:
    recording = place / "own" / "take_0.wav"
    result = run("drive", "--model", own / "model.onnx", recording, "-o", place / "own.npz", "--fps", 30, "-q")
    assert result.exit_code == 0, result.output + str(result.exception)
    driven, true = formats.read(place / "own.npz"), formats.read(recording.with_suffix(".npz"))
    assert driven.names == tuple(OWN.values()) and driven.fps == 30
    jaw = driven[OWN["jaw"]]
    assert jaw.min() < -2 and jaw.max() > 2 and driven[OWN["round"]].min() >= 0
    assert np.corrcoef(jaw[: len(true)], true[OWN["jaw"]][: len(jaw)])[0, 1] > 0.7
    assert run("drive", "--model", own / "model.onnx", recording, "-o", place / "own.csv", "--fps", 30).exit_code == 0
    np.testing.assert_allclose(formats.read(place / "own.csv").values, driven.values, atol=1e-4)


def test_a_face_learned_from_earlier_weights_keeps_their_ear(place: Path) -> None:
    """The earlier model was told of phones; the new face is another rig, of takes without any."""
    spoken = toy_takes.make(place / "spoken")
    for k in range(3):
        write_textgrid(toy(k).phones, spoken / f"take_{k}.TextGrid")
    base, later = place / "base", place / "later"
    run("train", written(place, "base", takes="spoken", steps=150), "-o", base, "--init", "none")
    changes = {"takes": "own", "steps": 40, "rate": 0.003, "keep": 1.0}
    result = run("train", written(place, "later", **changes), "-o", later, "--init", base / "model.safetensors")
    assert result.exit_code == 0, result.output + str(result.exception)
    found = {}
    for folder in (base, later):
        stream = Model.load(folder / "model.onnx").start()
        take = toy(20)
        closure = stream.push(take.sound).then(stream.flush())["closure"]
        at = [(phone.name, closure[round(30 * (phone.start + phone.end))]) for phone in take.phones]
        found[folder.name] = [np.mean([value > 0.5 for name, value in at if name == wanted]) for wanted in ("M", "AA")]
    assert found["base"][0] > 0.8 and found["base"][1] < 0.1
    assert found["later"][0] > found["base"][0] - 0.15 and found["later"][1] < 0.15


def test_two_processes_train_as_one(place: Path) -> None:
    config = written(place, "pair", steps=12, warmup=4, batch=2, seconds=1.0, save_every=4, validate_every=12)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "rigdriver",
               "train", str(config), "-o", str(place / "pair"), "--init", "none"]
    done = subprocess.run(command, cwd=HERE, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True,
                          text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]
    steps = [row["step"] for row in log(place / "pair") if "curves" in row]
    assert steps == [4, 8, 12]  # one process writes
    assert done.stderr.count("wrote ") == 1 and (place / "pair" / "model.onnx").is_file()


def test_gradients_of_two_processes_are_one(tmp_path: Path) -> None:
    """Each process hears another half of the sequence; after a step all have the same weights."""
    script = tmp_path / "pair.py"
    script.write_text(
        "import sys, torch\nfrom rigdriver.training import together\n"
        "def step():\n"
        "    net = torch.nn.Linear(1, 1, bias=False); torch.nn.init.ones_(net.weight)\n"
        "    shared = together.sharing(net)\n"
        "    shared(torch.tensor([[1.0 + 2 * together.rank()]])).sum().backward()\n"
        "    together.wait()\n"
        "    seen = together.agreed(7.0 + together.rank(), torch.device('cpu'))\n"
        "    said = together.any_of(together.rank() == 1, torch.device('cpu'))\n"
        "    open(f'{sys.argv[1]}/{together.rank()}', 'w').write(f'{net.weight.grad.item()} {seen} {said}')\n"
        "with together.processes():\n"
        "    step()\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    done = subprocess.run([*command, str(tmp_path)], cwd=HERE, env=os.environ | {"PYTHONPATH": str(HERE)}, text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [(tmp_path / rank).read_text() for rank in "01"] == ["2.0 7.0 True"] * 2


def test_a_run_ends_when_it_gets_no_better(place: Path) -> None:
    config = written(place, "idle", rate=1e-9, patience=2, validate_every=3, save_every=3, warmup=2)
    result = run("train", config, "-o", place / "idle", "--init", "none")
    assert "no better for 2 validations: ends at step 9" in result.output, result.output
    assert result.exception is None, repr(result.exception)
    assert (place / "idle" / "model.onnx").is_file()
    best = torch.load(place / "idle" / "best.pt", weights_only=True)
    shipped = load_file(place / "idle" / "model.safetensors")
    assert best["step"] == 3
    text = (place / "idle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "3 steps" in text and f"| studio.r | {best['figures']['studio.r']:.3f} |" in text
    np.testing.assert_array_equal(best["average"]["mix.weight"].half().numpy(), shipped["mix.weight"])


def test_minutes_become_steps(place: Path) -> None:
    result = run("train", place / "tiny.yaml", "-o", place / "brief", "--init", "none", "--minutes", 0.1)
    assert "steps fit into 0.1 minutes" in result.output, result.output
    assert log(place / "brief")[-1]["step"] == torch.load(place / "brief" / "checkpoint.pt", weights_only=True)["steps"]


@pytest.mark.parametrize(("arguments", "says"), [
    (("nowhere",), "neither a folder of takes nor a training file"),
    (("tiny.yaml", "--rig", "facegood"), "no curve is a channel of the rig 'facegood'"),
    (("tiny.yaml", "--init", "nothing.safetensors"), "no such checkpoint"),
    (("data.yaml",), "needs --data"),
    (("tiny.yaml", "--data", "."), "learns from takes alone"),
    (("tiny.yaml", "--steps", 5, "--minutes", 1), "give one of them"),
    (("rig.yaml", "--data", "."), "another rig is learned from takes"),
    (("shares.yaml",), "no data set 'grid_s1'"),
    (("two.yaml", "--init", "none"), "takes teach one face"),
])
def test_what_cannot_be_is_one_clear_line(place: Path, arguments: tuple[str, ...], says: str) -> None:
    written(place, "data", takes="", styles=["grid_s1"], shares={"grid_s1": 1.0})
    written(place, "rig", takes="", rig="facegood", styles=["grid_s1"], shares={"grid_s1": 1.0})
    written(place, "shares", shares={"grid_s1": 1.0})
    written(place, "two", styles=["one", "two"])
    first, *rest = arguments
    result = run("train", place / first, *rest, "-o", place / "never")
    assert isinstance(result.exception, (InputError, SettingsError)) and says in str(result.exception)


def test_a_new_face_begins_from_the_nearest_known() -> None:
    from rigdriver.model.settings import ModelSettings
    from rigdriver.rig import load

    rig = load("facegood")
    theirs = ModelSettings(outputs=("jawOpen", "mouthPucker"))
    ours = ModelSettings(outputs=("mouthPucker", "mouth_stretch_c", "mouth_oh_c"))
    assert mixture(ours, theirs, rig).tolist() == [[0, 1], [1, 0], [0, 0]]
    assert mixture(ours, theirs, None).tolist() == [[0, 1], [0, 0], [0, 0]]


def test_a_face_begun_from_another_range_gives_the_same_curves() -> None:
    from rigdriver.model.settings import ModelSettings
    from rigdriver.training.begin import _mix

    theirs = ModelSettings(outputs=("jaw", "lips"), ranges=((-5.0, 10.0), (0.0, 1.0)))
    ours = ModelSettings(outputs=("lips", "jaw"), ranges=((0.0, 2.0), (-1.0, 4.0)))
    near, own, heard = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2), torch.randn(5, 3)
    _mix(own, near, torch.from_numpy(mixture(ours, theirs, None)), ours, theirs)
    (low, span), (near_low, near_span) = (torch.from_numpy(settings.spans) for settings in (ours, theirs))
    curves, before = (low + span * own(heard)).detach(), (near_low + near_span * near(heard)).detach()
    torch.testing.assert_close(curves, before[:, [1, 0]], atol=1e-5, rtol=1e-5)


def test_batches_drawn_ahead_are_the_same_batches(place: Path, taught: Path) -> None:
    """As a GPU is fed: by processes that take turns."""
    from torch.utils.data import DataLoader

    from rigdriver.training.machine import _Drawn

    class Numbers:
        def draw(self, number: int) -> dict:
            return {"step": torch.tensor(number)}

    loader = DataLoader(_Drawn(Numbers(), 5), batch_size=None, num_workers=2)  # type: ignore[arg-type]
    assert [int(batch["step"]) for batch, _ in zip(loader, range(6))] == [5, 6, 7, 8, 9, 10]


def test_patience_counts_validations_without_a_better_one() -> None:
    patience = Patience(2)
    assert [patience.improved(score) for score in (0.1, 0.3, 0.2)] == [True, True, False] and not patience.over
    assert not patience.improved(0.3) and patience.over
    assert not Patience(0, best=1, since=99).over


def test_a_models_own_channels_pass_beside_the_canonical_ones() -> None:
    """A rig that has the model's channels and a map takes the rest (lids, say) from the layers."""
    from rigdriver.layers.canonical import Canonical
    from rigdriver.layers.retarget import Retarget
    from rigdriver.rig import load
    from rigdriver.stage import run as through

    rig = load("facegood")
    clip = Clip(("mouth_oh_c", "mouthPucker"), np.array([[0.4, 0.6]], np.float32), 60)
    own = ("mouth_oh_c",)
    out = through(Retarget(rig, own), through(Canonical(own), clip))
    assert out.names == rig.names
    assert out["mouth_oh_c"][0] == np.float32(0.4) and out["mouth_pucker_l"][0] == np.float32(0.6)


def test_silence_is_told_from_speech_by_level(place: Path) -> None:
    from rigdriver.training.dataset import SPEAKING
    from rigdriver.training.studio import speaking

    class Loud:
        samples = (np.concatenate([toy(1, 2).sound, 1e-4 * np.ones(32000)]) * 32767).astype(np.int16)

        def __len__(self) -> int:
            return 241

    told = speaking(Loud())  # type: ignore[arg-type]
    assert (told[30:110] == SPEAKING).mean() > 0.6 and (told[140:] == 0).all()


def test_sound_of_any_rate_will_do(tmp_path: Path) -> None:
    take = toy(1, 2)
    path = toy_takes.write(tmp_path, "a", take)
    soundfile.write(path, np.repeat(take.sound, 3), 48000)
    from rigdriver.training.takes.folder import look
    found = next(look(tmp_path, lambda _: None).takes())
    assert found.audio.rate == 16000 and abs(len(found.audio) - 32000) < 600
