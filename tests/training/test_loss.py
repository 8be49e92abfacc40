"""The loss by cases whose answer is known."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from rigdriver.model.network import Answer  # noqa: E402
from rigdriver.model.settings import ModelSettings  # noqa: E402
from rigdriver.phones import PHONES  # noqa: E402
from rigdriver.training.batches import Batch  # noqa: E402
from rigdriver.training.loss import Weights, loss  # noqa: E402

SETTINGS = ModelSettings(outputs=("jawOpen", "mouthPucker"), styles=("natural", "face"))
SIL, AA, B, M = (PHONES.index(name) for name in ("SIL", "AA", "B", "M"))
YES, NO = 12.0, -12.0


def terms(closure: list[float], phones: list[int], *, style: int = 0, error: float = 0.0, wobble: float = 0.0,
          **weights: float) -> dict[str, float]:
    """The loss's terms for one row of answers: jaw off by `error`, and by ±`wobble` from frame to frame."""
    frames = len(phones)
    curves = torch.zeros(1, frames, 2)
    curves[0, :, 0] = error + wobble * torch.tensor([(-1.0) ** k for k in range(frames)])
    logits = torch.full((1, frames, len(PHONES)), 0.0)
    answer = Answer(curves, torch.tensor([closure]), torch.zeros(1, frames), torch.zeros(1, frames), logits)
    batch = Batch(curves=torch.zeros(1, frames, 2), live=torch.ones(1, 2, dtype=torch.bool),
                  phones=torch.tensor([phones], dtype=torch.int8), gate=torch.zeros(1, frames),
                  accent=torch.full((1, frames), torch.nan), style=torch.eye(2)[[style]], lookahead=torch.tensor(0))
    return loss(answer, batch, torch.ones(2, 2), SETTINGS, Weights(**weights))[1]


def test_a_bilabial_that_is_shut_anywhere_is_shut() -> None:
    phones = [SIL, B, B, B, AA, M, M, SIL]
    right = [[NO, YES, NO, NO, NO, YES, NO, NO], [NO, NO, NO, YES, NO, NO, YES, NO],
             [NO, YES, YES, YES, NO, YES, YES, NO]]
    assert all(terms(closure, phones)["shut_once"] < 1e-3 for closure in right)
    assert terms([NO, NO, NO, NO, NO, YES, NO, NO], phones)["shut_once"] > 0.2  # B is missed
    assert terms([NO, YES, NO, NO, YES, YES, NO, NO], phones)["shut_once"] > 0.5  # AA is shut


def test_two_bilabials_in_a_row_are_two() -> None:
    assert terms([NO, YES, NO, NO, NO], [AA, B, B, M, M])["shut_once"] > 0.2
    assert terms([NO, YES, NO, YES, NO], [AA, B, B, M, M])["shut_once"] < 1e-3


def test_what_nobody_labelled_is_not_judged() -> None:
    assert terms([YES, YES, YES], [-1, -1, -1])["shut_once"] == 0


def test_fast_motion_weighs_less_on_a_captured_face() -> None:
    quiet = {"captured": 1.0, "jaw": 1.0, "shut": 0.0}
    taught, captured = (terms([NO] * 8, [AA] * 8, style=style, wobble=0.05, **quiet)["curves"] for style in (0, 1))
    assert captured < 0.5 * taught
    taught, captured = (terms([NO] * 8, [AA] * 8, style=style, error=0.2, **quiet)["curves"] for style in (0, 1))
    assert captured == pytest.approx(taught)


def test_the_jaw_outweighs_other_channels() -> None:
    light, heavy = (terms([NO] * 8, [AA] * 8, error=0.2, jaw=jaw)["curves"] for jaw in (1.0, 4.0))
    assert heavy == pytest.approx(light * (4 / 5) / (1 / 2), rel=1e-3)
