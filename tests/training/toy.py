"""A toy data set of our own making: three takes of aligned phones, one pitch a phone."""

import gzip
import json
from pathlib import Path

import numpy as np
import soundfile

RATE = 16000
PITCH = {"SIL": 0, "AA": 300, "B": 120, "IY": 900}  # Hz; so plain that a tiny network hears them


def phones(seed: int, count: int = 24) -> list[list]:
    rng = np.random.default_rng(seed)
    names = ["SIL", *rng.choice(["AA", "B", "IY"], count - 2), "SIL"]
    edges = np.cumsum([0, *rng.uniform(0.1, 0.25, count)]).round(3)
    return [[name, float(a), float(b), "word", -50] for name, a, b in zip(names, edges, edges[1:])]


def sound(row: list[list]) -> np.ndarray:
    out = np.zeros(int(row[-1][2] * RATE), np.float32)
    for name, start, end, *_ in row:
        t = np.arange(int(start * RATE), int(end * RATE)) / RATE
        out[int(start * RATE) : int(start * RATE) + len(t)] = 0.3 * np.sin(2 * np.pi * PITCH[name] * t)
    return out


def make(folder: Path, takes: int = 3) -> Path:
    """Writes `folder`/lj_prompts_male (phones only); returns `folder`, for `--data`."""
    spoken = folder / "lj_prompts_male"
    spoken.mkdir(parents=True)
    with gzip.open(spoken / "alignments.jsonl.gz", "wt", encoding="utf-8") as lines:
        for k in range(takes):
            row = phones(k)
            soundfile.write(spoken / f"toy{k}.opus", sound(row), RATE, format="OGG", subtype="OPUS")
            lines.write(json.dumps({"utt": f"toy{k}", "text": "", "dur": row[-1][2], "phones": row}) + "\n")
    return folder
