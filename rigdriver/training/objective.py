"""The objective: the network and what its answers should have been, as one module, so that one call is one step.

Several processes share gradients around this call, and a GPU runs all of it in mixed precision.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from rigdriver.model.condition import Condition
from rigdriver.model.network import Answer, Network
from rigdriver.training.batches import Batch
from rigdriver.training.loss import Weights, loss

PIECE = 102  # steps heard at a time in training; a third of a crop


class Objective(nn.Module):
    """batch → the weighted loss and its terms.

    spread: (styles, outputs), the unit of each channel's error.
    elder, keep: a network whose ear this one is to keep, and how much that weighs. A studio's takes seldom have phones;
    without an elder to agree with, what the shared layers know of closures would fade while the face is learned.
    changes: the batches' curves are changes to what the elder says of the same sound.
    """

    def __init__(self, network: Network, spread: Tensor, weights: Weights, elder: Network | None = None,
                 keep: float = 0.0, changes: bool = False):
        super().__init__()
        self.network, self.weights, self.keep, self.changes = network, weights, keep, changes
        self.register_buffer("spread", spread, persistent=False)
        is_asked = keep > 0 or changes
        self._elder = [elder.requires_grad_(False).eval()] if elder and is_asked else []  # a list: no module

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        x, condition = batch["x"], batch.condition
        with torch.autocast(x.device.type, dtype=torch.bfloat16):  # as wide as float32: no gradient needs scaling
            answer = listen(self.network, x, condition)
        if self.changes:
            batch = self._changed(batch)
        total, terms = loss(answer, batch, self.spread, self.network.settings, self.weights)  # type: ignore[arg-type]
        for elder in self._elder if self.keep else ():
            kept = self.keep * agreement(answer, _elders(elder, x, condition))
            total, terms = total + kept, terms | {"kept": float(kept.detach())}
        return total, terms

    @torch.no_grad()
    def _changed(self, batch: Batch) -> Batch:
        """The same batch with curves as the elder gives them, changed as the artist did."""
        x, late = batch["x"], int(batch["lookahead"])
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            said = listen(self._elder[0], x, batch.condition).curves[:, late:].float()
        return Batch(batch, curves=said + batch["curves"])


def listen(network: Network, x: Tensor, condition: Condition) -> Answer:
    """Answers of whole crops, heard in pieces as a stream hears them: attention never meets keys out of its reach."""
    state, answers = network.start(len(x)), []
    for piece in x.split(PIECE, 1):
        answer, state = network(piece, condition, state)
        answers.append(answer)
    return Answer(*(torch.cat(parts, 1) for parts in zip(*answers)))


def agreement(answer: Answer, elder: Answer) -> Tensor:
    """How far the shared answers are from another network's: cross-entropies less what they are where both agree."""
    apart = torch.zeros((), device=answer.voice.device)
    for name in ("closure", "voice", "accent"):
        ours, theirs = getattr(answer, name).float(), getattr(elder, name).float()
        wanted = theirs.sigmoid()
        apart = apart + _binary(ours, wanted) - _binary(theirs, wanted)
    ours, theirs = (phones.float().log_softmax(-1) for phones in (answer.phones, elder.phones))
    return apart + functional.kl_div(ours, theirs, log_target=True, reduction="none").sum(-1).mean()


def _binary(logits: Tensor, wanted: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, wanted)


@torch.no_grad()
def _elders(elder: Network, x: Tensor, condition: Condition) -> Answer:
    """What the elder says of the same sound; its faces and manners do not matter to what is shared."""
    settings, rows = elder.settings, len(x)
    style, manner = (x.new_zeros(rows, len(names)) for names in (settings.styles, settings.manners))
    with torch.autocast(x.device.type, dtype=torch.bfloat16):
        return listen(elder, x, Condition(style, manner[:, None], condition.lookahead))
