"""Loss: what a good answer is. Curves and their speed, closures above all, phones and voice as a guide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rigdriver.lips import PARTING
from rigdriver.model.network import Answer
from rigdriver.model.settings import ModelSettings
from rigdriver.training.batches import Batch, voice_of
from rigdriver.training.dataset import SHUT_PHONES, Dataset

JAW = "jawOpen"
SHUT = (JAW, "mouthClose", *PARTING)
BEND = 1.0  # error, in spreads, below which the loss is square: a mean, where a median would leave rare lips open
SHUT_SHARE = 0.1  # of speech, about, that is p, b or m: what their bags weigh against all other frames
LEAST_SPREAD = 0.02  # a channel that hardly moves is not blown up


@dataclass(frozen=True)
class Weights:
    """Weight of each term. speed: how many frames of change weigh as much as one of value; captured_speed: the same for
    captured faces, whose fastest motion no sound foretells (4 cost .011 of the jaw's r on GRID); jaw: its weight
    among channels, since it is what one sees; shut: extra on the six channels that seal the lips, while they must;
    captured: weight of a captured face's curves against the teacher's, whose many live channels would outvote them."""

    speed: float = 4.0
    captured_speed: float = 1.0
    jaw: float = 4.0
    shut: float = 2.0
    captured: float = 3.0
    phones: float = 1.0
    closure: float = 0.5
    shut_once: float = 0.5
    voice: float = 0.3
    accent: float = 0.3


def spreads(dataset: Dataset, settings: ModelSettings) -> Tensor:
    """(styles, outputs): standard deviation of each channel in each face, the unit of its error."""
    if dataset.spread is not None:
        return torch.from_numpy(dataset.spread).float().clamp_min(LEAST_SPREAD).expand(len(settings.styles), -1)
    rows = []
    for style in range(len(settings.styles)):
        lessons = dataset.of("train", style=style)
        values = torch.cat([torch.from_numpy(lesson.curves[::7].astype(np.float32)) for lesson in lessons] or
                           [torch.zeros(2, len(settings.outputs))])
        rows.append(values.std(0).clamp_min(LEAST_SPREAD))
    return torch.stack(rows)


def loss(answer: Answer, batch: Batch, spread: Tensor, settings: ModelSettings,
         weights: Weights) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and its terms for the log. The answer's first `lookahead` steps belong to no frame."""
    late = int(batch["lookahead"])
    terms = {"curves": _curves(answer.curves[:, late:].float(), batch, spread, settings, weights),
             "phones": weights.phones * _phones(answer.phones[:, late:].float(), batch["phones"]),
             "closure": weights.closure * _track(answer.closure[:, late:].float(), batch["gate"]),
             "shut_once": weights.shut_once * _shut_once(answer.closure[:, late:].float(), batch["phones"]),
             "accent": weights.accent * _track(answer.accent[:, late:].float(), batch["accent"]),
             "voice": weights.voice * _voice(answer.voice[:, late:].float(), batch["phones"])}
    return sum(terms.values()), {name: float(term.detach()) for name, term in terms.items()}  # type: ignore[return-value]


def _curves(curves: Tensor, batch: Batch, spread: Tensor, settings: ModelSettings, weights: Weights) -> Tensor:
    error = (curves - batch["curves"]) / (batch["style"] @ spread)[:, None]  # (B, T, outputs)
    taught = batch["style"][:, settings.styles.index(settings.default_style), None, None]  # (B, 1, 1), 1 or 0
    live = batch["live"][:, None].float() * (weights.captured + (1 - weights.captured) * taught)  # (B, 1, outputs)
    faster = weights.captured_speed + (weights.speed - weights.captured_speed) * taught
    shut = torch.tensor([name in SHUT for name in settings.outputs], dtype=curves.dtype, device=curves.device)
    jaw = torch.tensor([weights.jaw if name == JAW else 1.0 for name in settings.outputs], device=curves.device)
    live = live * jaw
    heavier = 1 + weights.shut * shut * batch["gate"].nan_to_num(0.0)[..., None]
    frames = live.sum() * error.shape[1]
    trust = batch.get("trust", torch.ones((), device=curves.device)).expand_as(error)
    value = (_bent(error) * live * heavier * trust).sum() / frames
    speed = (_bent(faster * error.diff(dim=1)) * live * trust[:, 1:]).sum() / frames
    return value + speed


def _bent(error: Tensor) -> Tensor:
    return functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none", beta=BEND)


def _phones(logits: Tensor, phones: Tensor) -> Tensor:
    known = phones >= 0
    if not known.any():
        return logits.sum() * 0
    return functional.cross_entropy(logits[known], phones[known].long(), label_smoothing=0.05)


def _track(logits: Tensor, truth: Tensor) -> Tensor:
    known = ~truth.isnan()
    if not known.any():
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[known], truth[known])


def _shut_once(logits: Tensor, phones: Tensor) -> Tensor:
    """Each p, b, m is shut at its likeliest frame, wherever in it that lies, and other sounds never: what a viewer asks
    for. Being unsure of the time then makes a peak, where a gate learned by frames would become a low hill that bleeds
    into vowels. (Multiple-instance learning: the largest answer of a bag of frames answers for it.)"""
    shut = (phones[..., None] == torch.tensor(SHUT_PHONES, device=phones.device)).any(-1)  # (B, T)
    begins = functional.pad(phones[:, 1:] != phones[:, :-1], (1, 0), value=True)
    bag = begins.flatten().cumsum(0) - 1  # (B × T,) which run of frames of one phone
    most = logits.new_full((int(bag[-1]) + 1,), -20.0).scatter_reduce(0, bag, logits.flatten(), "amax")
    wanted = most[bag[(begins & shut).flatten()]]
    others = logits[~shut & (phones >= 0)]
    if not len(wanted) or not len(others):
        return logits.sum() * 0
    return functional.softplus(-wanted).mean() * SHUT_SHARE + functional.softplus(others).mean()


def _voice(logits: Tensor, phones: Tensor) -> Tensor:
    voice, known = voice_of(phones)
    each = functional.binary_cross_entropy_with_logits(logits, voice, reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1)
