"""The model card of a run: what the weights learned from, under which licences, how well, and what they cannot do."""

from __future__ import annotations

from collections.abc import Mapping

from rigdriver.model.settings import ModelSettings
from rigdriver.rig import canonical
from rigdriver.training.config import TrainConfig

FIGURES = {
    "r": "Pearson r over pooled validation frames, mean over live channels",
    "null": "the same with answers turned by half: what structure alone gives",
    "learned": "share of an artist's changes that the model now makes by itself, along them",
    "explained": "part of them, squared, that is explained, less what else was changed",
    "elsewhere": "RMS change where nothing was edited",
    "closed": "p, b, m that the closure gate finds", "falsely_closed": "vowels that it falsely closes",
    "phones": "phones named right at their centres",
}


def card(settings: ModelSettings, config: TrainConfig, figures: Mapping[str, float], parameters: int, steps: int,
         begun: str = "") -> str:
    """Markdown. figures: of the last validation; begun: name of the checkpoint that the run began from."""
    parts = [_head(settings, parameters), _sources(settings, begun), _training(config, steps, begun),
             _figures(figures), _limits(settings, figures)]
    return "\n\n".join(parts) + "\n"


def _head(settings: ModelSettings, parameters: int) -> str:
    outputs = ", ".join(f"`{name}`" for name in settings.outputs)
    return (f"# Model card: {settings.name}\n\nSpeech at {settings.frontend.rate / 1000:g} kHz in, "
            f"{len(settings.outputs)} curves at {settings.frontend.fps} frames a second out, "
            f"{parameters / 1e6:.2f} million parameters, {1000 * settings.lookahead_s:.0f} ms of lookahead by default. "
            f"Written by `rigdriver train`.\n\nChannels: {outputs}.")


def _sources(settings: ModelSettings, begun: str) -> str:
    rows = "\n".join(f"| {source.name} | {source.licence} | {source.use or '–'} |" for source in settings.sources)
    earlier = f" The weights began from `{begun}` and carry what that learned from." if begun else ""
    return f"## What it learned from\n\n| data | licence | use |\n|---|---|---|\n{rows}\n\n" \
           f"Whoever ships these weights answers for every row.{earlier}"


def _training(config: TrainConfig, steps: int, begun: str) -> str:
    return (f"## How\n\n{steps} steps of {config.batch} crops of {config.seconds:g} s, seed {config.seed}, peak rate "
            f"{config.rate:g}" + (f", from `{begun}`." if begun else ", from nothing."))


def _figures(figures: Mapping[str, float]) -> str:
    if not figures:
        return "## Figures\n\nNone: there was nothing to validate on."
    rows = "\n".join(f"| {name} | {value:.3f} | {FIGURES.get(name.rsplit('.', 1)[-1], 'Pearson r of that channel')} |"
                     for name, value in figures.items())
    return "## Figures\n\nOn validation takes, which chose the weights; a test split says more.\n\n" \
           f"| | | |\n|---|---|---|\n{rows}"


def _limits(settings: ModelSettings, figures: Mapping[str, float]) -> str:
    limits = ["Other voices, languages and microphones than those above were not measured here."]
    if not all(name in settings.outputs for name in ("jawOpen", "mouthClose")):
        limits.append("No layer shuts its lips on p, b and m: it has no `jawOpen` and `mouthClose` by name.")
    if any(name not in canonical() for name in settings.outputs):
        limits.append("Channels of its own are given as learned: layers (blinks, gaze, silence …) do not know them.")
    if "closed" not in figures:
        limits.append("No phone times were known for validation, so closures were not counted.")
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in limits)
