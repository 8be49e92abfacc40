"""Phones as a Praat TextGrid; read by `transcript.labels`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rigdriver.formats.atomic import replacing
from rigdriver.take import Phone


def write_textgrid(phones: Iterable[Phone], path: Path) -> None:
    """Phones as the tier `phones` of a Praat TextGrid, long text form; gaps between them become SIL."""
    rows = list(_filled(phones))
    end = rows[-1].end if rows else 0.0
    head = (f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = {end:.4f}\ntiers? <exists>\n'
            f'size = 1\nitem []:\n    item [1]:\n        class = "IntervalTier"\n        name = "phones"\n'
            f'        xmin = 0\n        xmax = {end:.4f}\n        intervals: size = {len(rows)}\n')
    body = "".join(f"        intervals [{k}]:\n            xmin = {phone.start:.4f}\n"
                   f'            xmax = {phone.end:.4f}\n            text = "{phone.name}"\n'
                   for k, phone in enumerate(rows, 1))
    with replacing(path) as file:
        file.write((head + body).encode("ascii"))


def _filled(phones: Iterable[Phone]) -> Iterable[Phone]:
    at = 0.0
    for phone in phones:
        if phone.start > at + 1e-6:
            yield Phone("SIL", at, phone.start)
        yield phone
        at = phone.end
