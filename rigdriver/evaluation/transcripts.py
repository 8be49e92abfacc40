"""Transcripts: what the words of a recording do for the lips, and what wrong words do to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rigdriver import pipeline
from rigdriver.evaluation import voices
from rigdriver.evaluation.report import Rows
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.take import Take
from rigdriver.training.teacher.articulation import teach
from rigdriver.transcript import Transcript
from rigdriver.transcript.reading import of_text

FIGURES = ("bilabials closed", "vowels falsely closed", "false closures 1/s", "f v: lip under teeth",
           "closures: mean lateness ms")
FAR = 7  # takes from one to that whose text it is given as a wrong one: another speaker's

Told = Callable[[int, Take], Transcript | None]


def table(model: Model, takes: Sequence[Take]) -> Rows:
    """Figures of takes driven without a transcript, with their own words, their own with every other sentence of
    another's put in, another's words alone, and the true times of the phones."""
    known = [take for take in takes if take.text]
    told: dict[str, Told] = {
        "none": lambda k, take: None,
        "its own words": lambda k, take: of_text(take.text),
        "its own after another's": lambda k, take: of_text(f"{_other(known, k).text}. {take.text}"),
        "another's words": lambda k, take: of_text(_other(known, k).text),
        "true phone times": lambda k, take: Transcript(take.name, phones=take.phones),
    }
    if len(known) <= FAR:
        return {}
    rows = {name: _figures(model, known, give) for name, give in told.items()}
    return {figure: {name: row[figure] for name, row in rows.items()} for figure in FIGURES}


def _other(takes: Sequence[Take], k: int) -> Take:
    return takes[(k + FAR) % len(takes)]


def _figures(model: Model, takes: Sequence[Take], give: Told) -> dict[str, float]:
    seen = []
    for k, take in enumerate(takes):
        transcript, way = give(k, take), Drive(model)
        if transcript:
            way = pipeline.told(take.audio, way, transcript)
        seen.append(voices.observe(pipeline.drive(take.audio, way), take, teach(take.phones, take.audio)[0]))
    return voices.figures(voices.together(seen))
