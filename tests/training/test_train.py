"""Training as a user does it, on a toy: it learns, is killed, resumes to the same weights, and exports."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.training import toy

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from click.testing import CliRunner  # noqa: E402

from rigdriver.cli import cli  # noqa: E402
from rigdriver.model.checkpoint import save_network  # noqa: E402
from rigdriver.model.network import Network  # noqa: E402
from rigdriver.model.runtime import Model  # noqa: E402
from rigdriver.model.settings import ModelSettings  # noqa: E402
from rigdriver.training import config as configs  # noqa: E402
from rigdriver.training.begin import begin_from  # noqa: E402
from rigdriver.training.dataset import open_dataset  # noqa: E402
from rigdriver.training.train import Trainer  # noqa: E402

TINY = {"version": 1, "name": "toy",
        "network": {"width": 32, "layers": 1, "heads": 2, "context": 16, "lookaheads": [0, 4]},
        "shares": {"lj_prompts_male": 0.9, "resting": 0.1}, "steps": 300, "warmup": 20, "batch": 4, "seconds": 1.5,
        "rate": 0.006, "average": 0.9, "dropout": 0.1, "save_every": 20, "validate_every": 150}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return toy.make(tmp_path_factory.mktemp("data"))


def written(folder: Path, **changes) -> Path:
    path = folder / "toy.yaml"
    path.write_text(yaml.safe_dump(TINY | changes), encoding="utf-8")
    return path


def trainer(data: Path, folder: Path, config: configs.TrainConfig) -> Trainer:
    dataset = open_dataset(data, config.sources, config.model(), folder.parent / "cache", lambda _: None)
    return Trainer(config, dataset, folder, lambda _: None)


def test_it_learns_and_exports(data: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    command = ["train", str(written(tmp_path)), "--data", str(data), "-o", str(tmp_path / "run")]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    curves = [row["curves"] for row in log if "curves" in row]
    assert curves[-1] < 0.8 * curves[0]
    stream = Model.load(tmp_path / "run" / "toy.onnx").start()
    row = toy.phones(99)
    clip = stream.push(toy.sound(row)).then(stream.flush())
    centre = {name: [clip["jawOpen"][round(30 * (a + b))] for phone, a, b, *_ in row if phone == name]
              for name in ("AA", "B", "SIL")}
    assert np.mean(centre["AA"]) > 2 * np.mean(centre["B"])
    assert np.mean(centre["SIL"]) < 0.4 * np.mean(centre["AA"])


def test_a_killed_run_resumes_to_the_same_weights(data: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = trainer(data, tmp_path / "whole", configs.load(written(tmp_path, steps=40, validate_every=1000))).run()
    config = configs.load(written(tmp_path, steps=40, validate_every=1000))
    killed = trainer(data, tmp_path / "killed", config)
    killed._save = _dying(killed, after=20)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        killed.run()
    again = trainer(data, tmp_path / "killed", config)
    assert again.step == 20
    for one, other in zip(whole.parameters(), again.run().parameters()):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


def _dying(run: Trainer, after: int):
    save = run._save

    def saves_and_dies() -> None:
        save()
        if run.step >= after:
            raise KeyboardInterrupt
    return saves_and_dies


def test_unknown_keys_and_sets_are_named(tmp_path: Path) -> None:
    for changes, says in (({"batches": 3}, "did you mean 'batch'"), ({"shares": {"gird": 1}}, "no data set 'gird'"),
                          ({"batch": 0}, "batch should be 1"), ({"validate_every": 0}, "validate_every should be 1"),
                          ({"save_every": 0}, "save_every should be 1"), ({"styles": []}, "styles should name"),
                          ({"shares": {}}, "shares should say"), ({"shares": {"resting": -1}}, "0 or more"),
                          ({"shares": {"grid_s1": 1}}, "teaches the face 'grid_s1'")):
        result = CliRunner().invoke(cli, ["train", str(written(tmp_path, **changes)), "--data", str(tmp_path)])
        assert says in str(result.exception)


def test_a_run_may_begin_from_earlier_weights(data: Path, tmp_path: Path) -> None:
    """Same network: every weight is taken. Another style more: what it changes begins anew."""
    config = configs.load(written(tmp_path, steps=40))
    earlier = trainer(data, tmp_path / "earlier", config)
    save_network(earlier.network, tmp_path / "earlier.safetensors")
    told: list[str] = []
    for styles, taken in ((("natural",), "all"), (("natural", "second"), "some")):
        config = configs.load(written(tmp_path, steps=40, seed=9, styles=list(styles)))
        dataset = open_dataset(data, config.sources, config.model(), tmp_path / "cache", told.append)
        later = Trainer(config, dataset, tmp_path / taken, told.append, tmp_path / "earlier.safetensors")
        for begun in (later.network, later.average):
            torch.testing.assert_close(begun.stem.weight, earlier.network.stem.weight, atol=1e-3, rtol=1e-3)  # halves
    counts = [line.split(": ")[1].split() for line in told if line.startswith("begins from")]
    assert counts[0][0] == counts[0][2] and int(counts[1][0]) < int(counts[1][2])


def test_a_run_of_minutes_holds_its_rate_until_it_is_planned(data: Path, tmp_path: Path) -> None:
    run = trainer(data, tmp_path / "run", configs.load(written(tmp_path, minutes=1.0, warmup=5)))
    rates = []
    for run.step in (4, 5, 19):
        rates.append(run._rate())
    assert run.steps == 0 and rates == [run.config.rate] * 3


def test_the_pace_is_of_the_steps_that_were_timed(monkeypatch) -> None:
    from rigdriver.training import train

    now = [0.0]
    monkeypatch.setattr(train.time, "monotonic", lambda: now[0])
    clock = train._Clock(12)  # a run that goes on from there
    for step in range(13, 33):
        now[0] += 9 if step <= 17 else 2
        clock.tick(step)
    assert clock.taken == 20 and clock.pace_s == pytest.approx(2)


def test_faces_are_begun_by_their_names(tmp_path: Path) -> None:
    """What a face has of its own goes to the face of that name, wherever it stands; a new one begins with nothing."""
    sizes = {"outputs": ("jawOpen",), "width": 8, "layers": 2, "heads": 2, "context": 4, "face_rank": 2}
    earlier = Network(ModelSettings(styles=("natural", "a", "b"), **sizes))
    for name, weight in earlier.named_parameters():
        if name.endswith(".up"):
            torch.nn.init.normal_(weight)
    save_network(earlier, tmp_path / "earlier.safetensors")
    network = Network(ModelSettings(styles=("b", "c", "natural"), default_style="natural", **sizes))
    begin_from(network, tmp_path / "earlier.safetensors")
    for name, weight in network.named_parameters():
        if name.endswith(".up"):
            torch.testing.assert_close(weight[:2], earlier.get_parameter(name)[2:], atol=1e-3, rtol=1e-3)  # halves
            assert not weight[2:].any()


def test_only_faces_leaves_alone_what_all_share(data: Path, tmp_path: Path) -> None:
    changes = {"styles": ["natural", "lj"], "steps": 30, "only_faces": True}
    config = configs.load(written(tmp_path, **changes))
    dataset = open_dataset(data, config.sources, config.model(), tmp_path / "cache")
    dataset.lessons = [dataclasses.replace(lesson, style=1) for lesson in dataset.lessons]
    run = Trainer(config, dataset, tmp_path / "run", lambda line: None)
    before = {name: weight.clone() for name, weight in run.network.state_dict().items()}
    run.run()
    moved = {name for name, weight in run.network.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved and all(name.endswith((".down", ".up")) or name.startswith("faces.1.") for name in moved)
    assert any(name.endswith(".up") for name in moved) and any(name.startswith("faces.1.") for name in moved)
