"""Sixty seconds of 52 curves at 60 fps onto a character of 30 MB: how long it takes, and how much memory.

Prints its figures: pytest -s tests/bench/test_gltf_writing.py
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rigdriver.formats import gltf
from tests.glb_builder import ARKIT, face
from tests.helpers import pose, waves

LIMIT_S, LIMIT_SIZES = 0.3, 2.0
SIZE = 30_000_000

# A process of its own: its highest memory is the writer's. What was loaded before is not counted, nor is the clip.
MEASURE = """
import json, sys, time
import rigdriver
from rigdriver.formats import gltf
clip = rigdriver.read(sys.argv[1])
gltf.write(clip, sys.argv[3], onto=sys.argv[2])  # files in the cache, modules loaded
took = []
for _ in range(5):
    began = time.perf_counter()
    gltf.write(clip, sys.argv[3], onto=sys.argv[2])
    took.append(time.perf_counter() - began)
lines = open("/proc/self/status").read().splitlines()  # not getrusage, which remembers who started us
peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
print(json.dumps({"best_s": min(took), "worst_s": max(took), "peak": peak}))
"""


def measure(folder: Path, hero: Path) -> dict[str, float]:
    command = [sys.executable, "-c", MEASURE, str(folder / "clip.npz"), str(hero), str(folder / "out.glb")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_writing_onto_a_large_character(tmp_path: Path) -> None:
    import rigdriver

    rigdriver.write(waves(3600, 60, names=ARKIT), tmp_path / "clip.npz")
    small = face(ARKIT).write_glb(tmp_path / "small.glb")
    builder = face(ARKIT)
    builder.view(np.random.default_rng(0).bytes(SIZE))
    large = builder.write_glb(tmp_path / "large.glb")
    without, with_it = measure(tmp_path, small), measure(tmp_path, large)
    sizes = (with_it["peak"] - without["peak"]) / SIZE
    assert sizes > 0.5, "a writer that reads the file holds it"
    print(f"\n60 s × 52 × 60 fps onto 30 MB: {with_it['best_s']:.3f} s (worst of five {with_it['worst_s']:.3f}), "
          f"{sizes:.2f} × the file's size in memory; onto a small file {without['best_s']:.3f} s")
    assert with_it["best_s"] <= LIMIT_S
    assert sizes <= LIMIT_SIZES
    assert gltf.read(tmp_path / "out.glb")["jawOpen"].size == 3600


def test_a_thousand_lines_in_one_file(tmp_path: Path) -> None:
    """Many small animations cost what their bytes cost: nothing in the file is walked once for each of them."""
    import time

    lines = {f"line {k}": pose(frames=120, jawOpen=0.5) for k in range(1000)}
    hero = face(["jawOpen"]).write_glb(tmp_path / "hero.glb")
    began = time.perf_counter()
    gltf.write_all(lines, tmp_path / "all.glb", onto=hero)
    took = time.perf_counter() - began
    print(f"\n1,000 lines into one file: {took:.2f} s")
    assert took < 5
