"""A short look during training: correlation on real faces, closures on voices never heard.

A face without validation takes (FACEGOOD) is looked at on its last training take, which says only that it learns.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch

from rigdriver.model.condition import Condition, condition
from rigdriver.model.frontend import features
from rigdriver.model.network import Network
from rigdriver.phones import PHONES
from rigdriver.training.dataset import SHUT_PHONES, Dataset, Lesson
from rigdriver.training.objective import listen

MOST = 60  # takes of each kind
STILL = 1e-3  # a channel that moves less in the takes looked at says nothing
REAL = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel")
VOWELS = [k for k, name in enumerate(PHONES) if name[0] in "AEIOU"]


def validate(network: Network, dataset: Dataset) -> dict[str, float]:
    """Figures of the network as it stands. `r` is the mean over a face's live channels, `null` that of wrong takes.

    A model with one face is looked at in that one; beside captured faces the default is the teacher's, and is not.
    """
    figures: dict[str, float] = {}
    styles = network.settings.styles
    default = styles.index(network.settings.default_style)
    for index, style in enumerate(styles):
        if index == default and len(styles) > 1:
            continue
        lessons = dataset.of("validation", style=index) or dataset.of("train", style=index)[-1:]
        figures |= {f"{style}.{name}": r for name, r in _correlations(network, _spread(lessons)).items()}
    voices = [lesson for lesson in dataset.of("validation", style=default) if (lesson.phones > 0).any()]
    return figures | _phonetics(network, _spread(voices))


def _spread(lessons: list[Lesson]) -> list[Lesson]:
    """At most MOST, evenly over the list, so that every set and speaker has its part."""
    return lessons[:: -(-len(lessons) // MOST)] if lessons else []


def score(figures: dict[str, float]) -> float:
    """One number to choose weights by, more is better: how well faces are followed and phones are heard."""
    good = [value for name, value in figures.items()
            if name.endswith((".r", ".explained")) or name in ("closed", "phones")]
    return float(np.mean(good or [0.0])) - figures.get("falsely_closed", 0.0)


def validate_changes(network: Network, elder: Network, dataset: Dataset) -> dict[str, float]:
    """How far edits were learned: on validation takes, or where nothing was edited in those, on the last training take.

    learned: the share of the artist's changes that the network makes by itself, 1 for all, along them. explained: the
    part of them, squared, that is explained, less what else was changed, each value as it is trusted; 0 for a network
    that is as it was. elsewhere: RMS change where nothing was edited.
    """
    edited = [lesson for split in ("train", "validation") for lesson in dataset.of(split) if lesson.curves.any()]
    lessons = _spread([lesson for lesson in edited if lesson.split == "validation"]) or edited[-1:]
    if not lessons:
        return {}
    made = np.concatenate([answer(network, each)["curves"] - answer(elder, each)["curves"] for each in lessons])
    asked = np.concatenate([each.curves for each in lessons])
    trust = np.concatenate([np.ones_like(each.curves) if each.trust is None else each.trust for each in lessons])
    whole = max(float((trust * asked**2).sum()), 1e-9)
    return {"edits.learned": float((made * asked).sum() / max(float((asked**2).sum()), 1e-9)),
            "edits.explained": 1 - float((trust * (made - asked) ** 2).sum()) / whole,
            "edits.elsewhere": float(np.sqrt(np.mean(made[trust < 1] ** 2))) if (trust < 1).any() else 0.0}


def _correlations(network: Network, lessons: list[Lesson]) -> dict[str, float]:
    """Of the channels of REAL; then the mean of all live ones, and of the same with answers turned by half."""
    if not lessons:
        return {}
    made = np.concatenate([answer(network, lesson)["curves"] for lesson in lessons])
    true = np.concatenate([np.asarray(lesson.curves, np.float32) for lesson in lessons])
    live = [k for k in np.flatnonzero(lessons[0].live) if true[:, k].std() > STILL]
    each = {network.settings.outputs[k]: _r(made[:, k], true[:, k]) for k in live}
    turned = np.roll(made, len(made) // 2, 0)
    return {name: r for name, r in each.items() if name in REAL} | {
        "r": float(np.mean([*each.values()] or [0.0])),
        "null": float(np.mean([_r(turned[:, k], true[:, k]) for k in live] or [0.0]))}


def _r(made: np.ndarray, true: np.ndarray) -> float:
    """Pearson's; 0 for an answer that does not move."""
    return float(np.corrcoef(made, true)[0, 1]) if made.std() > 1e-6 else 0.0


def _phonetics(network: Network, lessons: list[Lesson]) -> dict[str, float]:
    """Closures found, vowels falsely closed, and phones right, at phone centres of voices never heard."""
    closed, opened, right = [], [], []
    for lesson in lessons:
        heard = answer(network, lesson)
        for phone, frame in _centres(lesson.phones):
            right.append(int(heard["phones"][frame].argmax() == phone))
            if phone in SHUT_PHONES:
                closed.append(heard["closure"][max(0, frame - 3) : frame + 4].max() > 0.5)
            if phone in VOWELS:
                opened.append(heard["closure"][frame] > 0.5)
    if not right:
        return {}
    found = {"closed": closed, "falsely_closed": opened, "phones": right}
    return {name: float(np.mean(hits)) for name, hits in found.items() if hits}


def _centres(phones: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(phones, prepend=-2, append=-2))
    return [(int(phones[a]), int(a + b) // 2) for a, b in itertools.pairwise(edges) if phones[a] > 0]


@torch.no_grad()
def answer(network: Network, lesson: Lesson, lookahead: int | None = None) -> dict[str, np.ndarray]:
    """What the network says of each frame of a lesson, in the lesson's style."""
    settings = network.settings
    asked = condition(settings, settings.styles[lesson.style], lookahead=lookahead)
    late = int(asked.lookahead)
    rate, fps = settings.frontend.rate, settings.frontend.fps
    sound = np.pad(lesson.samples.astype(np.float32) / 32768, (0, (late + 1) * rate // fps))
    x = torch.from_numpy(features(sound, settings.frontend)[: len(lesson) + late])[None]
    place = network.mix.weight.device
    heard = listen(network.eval(), x.to(place), Condition(*(torch.from_numpy(part).to(place) for part in asked)))
    return {name: part[0, late:].cpu().numpy() for name, part in heard.ready()._asdict().items()}
