"""A short look during training: correlation on real faces, closures on voices never heard.

A face without validation takes (FACEGOOD) is looked at on its last training take, which says only that it learns.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch

from rigdriver.lips import BILABIALS
from rigdriver.model.condition import Condition, condition
from rigdriver.model.frontend import features
from rigdriver.model.network import Network
from rigdriver.model.settings import PHONES
from rigdriver.training.dataset import Dataset, Lesson

MOST = 60  # takes of each kind
REAL = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel")
SHUT_PHONES = [PHONES.index(name) for name in BILABIALS]
VOWELS = [k for k, name in enumerate(PHONES) if name[0] in "AEIOU"]


def validate(network: Network, dataset: Dataset) -> dict[str, float]:
    """Figures of the network as it stands."""
    figures: dict[str, float] = {}
    default = network.settings.styles.index(network.settings.default_style)
    for index, style in enumerate(network.settings.styles):
        if index == default:
            continue
        lessons = dataset.of("validation", style=index) or dataset.of("train", style=index)[-1:]
        figures |= {f"{style}.{name}": r for name, r in _correlations(network, lessons[:MOST]).items()}
    voices = [lesson for lesson in dataset.of("validation", style=default) if lesson.source.startswith("speech")]
    return figures | _phonetics(network, voices[:MOST])


def _correlations(network: Network, lessons: list[Lesson]) -> dict[str, float]:
    pairs = [(answer(network, lesson)["curves"], lesson) for lesson in lessons]
    figures = {}
    for name in REAL:
        k = network.settings.outputs.index(name)
        if pairs and pairs[0][1].live[k]:
            made = np.concatenate([curves[:, k] for curves, _ in pairs])
            true = np.concatenate([lesson.curves[:, k] for _, lesson in pairs])
            figures[name] = float(np.corrcoef(made, true)[0, 1])
    return figures


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
    return {"closed": float(np.mean(closed)), "falsely_closed": float(np.mean(opened)), "phones": float(np.mean(right))}


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
    heard, _ = network.eval()(x, Condition(*map(torch.from_numpy, asked)), network.start())
    return {"curves": heard.curves[0, late:].clamp(0, 1).numpy(), "closure": heard.closure[0, late:].sigmoid().numpy(),
            "voice": heard.voice[0, late:].sigmoid().numpy(), "phones": heard.phones[0, late:].numpy()}
