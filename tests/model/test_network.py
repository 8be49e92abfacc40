"""The network as a function of state: chunking, batches, causality, and its settings inside its file."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from rigdriver.errors import InputError, SettingsError  # noqa: E402
from rigdriver.model.checkpoint import load_network, save_network  # noqa: E402
from rigdriver.model.engine_onnx import OnnxEngine  # noqa: E402
from rigdriver.model.export import export_onnx  # noqa: E402
from rigdriver.model.network import Network  # noqa: E402
from rigdriver.model.runtime import DEFAULT, Model  # noqa: E402
from rigdriver.model.settings import FrontendSettings, ModelSettings  # noqa: E402

SETTINGS = ModelSettings(frontend=FrontendSettings(mels=8), outputs=("jawOpen", "mouthClose"), styles=("natural", "a"),
                         width=16, layers=2, heads=2, context=9)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(SETTINGS).eval()


def answers(network: Network, x: torch.Tensor, cuts: tuple[int, ...]) -> torch.Tensor:
    style, state = torch.eye(2)[:1].expand(len(x), 2), network.start(len(x))
    parts = []
    for part in torch.tensor_split(x, cuts, 1):
        answer, state = network(part, style, state)
        parts.append(torch.cat([answer.curves, answer.phones, answer.closure[..., None]], -1))
    return torch.cat(parts, 1)


@torch.inference_mode()
@pytest.mark.parametrize("cuts", [(1,), (10, 11, 12), tuple(range(1, 40))])
def test_chunking_changes_nothing(network: Network, cuts: tuple[int, ...]) -> None:
    x = torch.randn(2, 40, SETTINGS.frontend.features)
    torch.testing.assert_close(answers(network, x, cuts), answers(network, x, ()), atol=1e-5, rtol=0)


@torch.inference_mode()
def test_rows_of_a_batch_do_not_touch(network: Network) -> None:
    x = torch.randn(3, 20, SETTINGS.frontend.features)
    alone = torch.cat([answers(network, row[None], ()) for row in x])
    torch.testing.assert_close(answers(network, x, ()), alone, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_the_future_is_not_heard(network: Network) -> None:
    x = torch.randn(1, 30, SETTINGS.frontend.features)
    other = torch.cat([x[:, :20], torch.randn(1, 10, SETTINGS.frontend.features)], 1)
    torch.testing.assert_close(answers(network, x, ())[:, :20], answers(network, other, ())[:, :20])


def test_shipped_network_is_small() -> None:
    network = load_network(DEFAULT.with_suffix(".safetensors"))
    assert sum(weight.numel() for weight in network.parameters()) <= 5_000_000


def test_settings_travel_in_both_files(network: Network, tmp_path: Path) -> None:
    save_network(network, tmp_path / "m.safetensors")
    export_onnx(network, tmp_path / "m.onnx")
    assert load_network(tmp_path / "m.safetensors").settings == SETTINGS
    assert OnnxEngine(tmp_path / "m.onnx").settings == SETTINGS
    sound = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    clips = []
    for engine in ("onnx", "torch"):
        stream = Model.load(tmp_path / "m.onnx", engine).start("a")
        clips.append(stream.push(sound).then(stream.flush()))
    np.testing.assert_allclose(clips[0].values, clips[1].values, atol=1e-4)


def test_unfit_settings_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'layers'"):
        ModelSettings.from_json('{"layer": 3}', "m.onnx")
    with pytest.raises(ValueError, match="not a multiple of 5 heads"):
        ModelSettings(width=16, heads=5)
    (tmp_path / "m.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a safetensors file"):
        load_network(tmp_path / "m.safetensors")
