"""The network as a function of state: chunking, batches, causality, and its settings inside its file."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from rigdriver.errors import InputError, SettingsError  # noqa: E402
from rigdriver.model.checkpoint import halve, load_network, save_network  # noqa: E402
from rigdriver.model.condition import Condition, condition  # noqa: E402
from rigdriver.model.engine_onnx import OnnxEngine  # noqa: E402
from rigdriver.model.export import export_onnx  # noqa: E402
from rigdriver.model.network import Network  # noqa: E402
from rigdriver.model.runtime import DEFAULT, Model  # noqa: E402
from rigdriver.model.settings import FrontendSettings, ModelSettings  # noqa: E402

SETTINGS = ModelSettings(frontend=FrontendSettings(mels=8), outputs=("jawOpen", "mouthClose"), styles=("natural", "a"),
                         width=16, layers=2, heads=2, context=9, lookaheads=(0, 2, 6), lookahead_steps=2)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(SETTINGS).eval()


def asked(rows: int = 1, **wishes) -> Condition:
    style, manner, lookahead = map(torch.from_numpy, condition(SETTINGS, **wishes))
    return Condition(style.expand(rows, -1), manner.expand(rows, -1, -1), lookahead)


def answers(network: Network, x: torch.Tensor, cuts: tuple[int, ...] = (), **wishes) -> torch.Tensor:
    state, parts = network.start(len(x)), []
    for part in torch.tensor_split(x, cuts, 1):
        answer, state = network(part, asked(len(x), **wishes), state)
        parts.append(torch.cat([answer.curves, answer.phones, answer.closure[..., None], answer.accent[..., None]], -1))
    return torch.cat(parts, 1)


@torch.inference_mode()
@pytest.mark.parametrize("lookahead", [0, 2, 6])
@pytest.mark.parametrize("cuts", [(1,), (10, 11, 12), tuple(range(1, 40))])
def test_chunking_changes_nothing(network: Network, cuts: tuple[int, ...], lookahead: int) -> None:
    x = torch.randn(2, 40, SETTINGS.frontend.features)
    whole = answers(network, x, lookahead=lookahead)
    torch.testing.assert_close(answers(network, x, cuts, lookahead=lookahead), whole, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_rows_of_a_batch_do_not_touch(network: Network) -> None:
    x = torch.randn(3, 20, SETTINGS.frontend.features)
    alone = torch.cat([answers(network, row[None]) for row in x])
    torch.testing.assert_close(answers(network, x), alone, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("lookahead", [0, 2, 6])
def test_a_frame_hears_its_lookahead_and_no_more(network: Network, lookahead: int) -> None:
    """The answer at step s is frame s − lookahead, so frame 20 − lookahead is the first that step 20 changes."""
    x = torch.randn(1, 30, SETTINGS.frontend.features)
    other = torch.cat([x[:, :20], torch.randn(1, 10, SETTINGS.frontend.features)], 1)
    one, two = (answers(network, sound, lookahead=lookahead)[:, lookahead:] for sound in (x, other))
    torch.testing.assert_close(one[:, : 20 - lookahead], two[:, : 20 - lookahead])
    assert (one[:, 20 - lookahead] - two[:, 20 - lookahead]).abs().max() > 1e-4


@torch.inference_mode()
def test_a_captured_face_has_parts_of_its_own(network: Network) -> None:
    """They change that face alone; where a stream is asked for the default one, they are not there."""
    x = torch.randn(1, 9, SETTINGS.frontend.features)
    before = {style: answers(network, x, style=style) for style in SETTINGS.styles}
    for name, weight in network.named_parameters():
        if name.endswith(".up"):
            torch.nn.init.normal_(weight)
    torch.testing.assert_close(answers(network, x, style="natural"), before["natural"])
    assert (answers(network, x, style="a") - before["a"]).abs().max() > 1e-3


@torch.inference_mode()
def test_a_manner_moves_the_face(network: Network) -> None:
    torch.nn.init.normal_(network.manner.weight)
    x = torch.randn(1, 9, SETTINGS.frontend.features)
    plain, wide = answers(network, x), answers(network, x, manner={"jaw": 1.0})
    assert (plain[..., :2] - wide[..., :2]).abs().max() > 1e-3
    torch.testing.assert_close(plain[..., 2:], wide[..., 2:])  # what is heard does not change


def test_shipped_network_is_small() -> None:
    network = load_network(DEFAULT.with_suffix(".safetensors"))
    assert sum(weight.numel() for weight in network.parameters()) <= 5_000_000


def test_settings_travel_in_both_files(network: Network, tmp_path: Path) -> None:
    halve(network)
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
    with pytest.raises(ValueError, match="lookahead_steps 9 is outside 0 to 6"):
        ModelSettings(lookaheads=(0, 6), lookahead_steps=9)
    with pytest.raises(SettingsError, match="lookahead 7 is outside 0 to 6 steps"):
        condition(SETTINGS, lookahead=7)
    with pytest.raises(SettingsError, match=r"no manner 'jw'.*did you mean 'jaw'"):
        condition(SETTINGS, manner={"jw": 0.5})
    with pytest.raises(SettingsError, match="manner jaw should be −1 to 1, not 2"):
        condition(SETTINGS, manner={"jaw": 2})
    (tmp_path / "m.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a safetensors file"):
        load_network(tmp_path / "m.safetensors")


def test_milliseconds_become_steps() -> None:
    settings = ModelSettings()
    for seconds, steps in ((0.0, 0), (0.0125, 0), (0.04, 1), (0.08, 4), (0.16, 8), (0.32, 18), (9.0, 30)):
        assert settings.steps_ahead(seconds) == steps
        assert settings.seconds_ahead(steps) <= max(seconds, 0.0125)
