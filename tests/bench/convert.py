"""What converting many clips takes: `python -m tests.bench.convert [clips]` (1,000 unless told otherwise).

Clips of ten seconds at 60 fps with 61 curves, converted from each format into others as `rigdriver convert` does
it, in one process, files in a temporary folder. Prints seconds for all, milliseconds a clip, megabytes read and written
for each, and the most memory that the process has held.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from rigdriver import formats
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.conversion import Conversion, convert
from tests.helpers import ANGLES, TONGUE, WEIGHTS, waves

CLIPS, FRAMES, FPS = 1000, 600, 60
WAYS = (("livelink-csv", "npz", ""), ("npz", "livelink-csv", ""), ("npz", "plain-json", ""), ("plain-json", "npz", ""),
        ("npz", "audio2face", ""), ("npz", "gltf", ""), ("gltf", "npz", ""), ("npz", "metahuman", "metahuman"),
        ("npz", "rhubarb", "rhubarb"))
FULL = tuple(name for name in (*WEIGHTS, *ANGLES) if name not in TONGUE)


def sources(folder: Path, row: formats.Format, count: int) -> list[Path]:
    """So many paths, of eight different files."""
    whole = waves(FRAMES, FPS, 0, FULL)
    made = []
    for k in range(8):
        path = folder / f"source{k}{row.suffixes[0]}"
        values = np.roll(whole.values, 37 * k, axis=0) * np.float32(0.5)
        formats.write(Clip(whole.names, values, whole.fps), path, row.name)
        made.append(path)
    return [made[k % 8] for k in range(count)]


def measure(folder: Path, source: str, target: str, rig: str, count: int) -> str:
    rows = {row.name: row for row in formats.rows()}
    inputs = sources(folder, rows[source], count)
    how = Conversion(source_format=source, target_format=target, target_rig=rig or None)
    output = folder / f"out{rows[target].suffixes[0]}"
    began = time.perf_counter()
    for path in inputs:
        convert(path, output, how)
    took_s = time.perf_counter() - began
    size_mb = (inputs[0].stat().st_size + output.stat().st_size) / 1e6
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return f"{source:>13} → {target:13} {took_s:8.1f} {1000 * took_s / count:8.1f} {size_mb:8.2f} {held:8.0f}"


def main(count: int) -> None:
    print(f"{count} clips of {FRAMES / FPS:g} s, {len(FULL)} curves at {FPS} fps")
    print(f"{'way':31} {'s':>8} {'ms/clip':>8} {'MB/clip':>8} {'peak MB':>8}")
    for source, target, rig in WAYS:
        if not rig or rig in rigs.available():
            with tempfile.TemporaryDirectory() as folder:
                print(measure(Path(folder), source, target, rig, count), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS)
