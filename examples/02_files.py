"""The same clip as a talking head, as a Live Link Face recording for Unreal, and as our lossless file."""

import tempfile
from pathlib import Path

import rigdriver

HELLO = Path(__file__).with_name("hello.wav")

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder)
    clip = rigdriver.drive(HELLO)
    rigdriver.write(clip, out / "hello.glb")  # the built-in head speaks
    rigdriver.write(clip, out / "hello.csv")
    rigdriver.write(clip, out / "hello.npz")

    for path in sorted(out.iterdir()):
        print(f"{path.name:10} {path.stat().st_size / 1000:8.0f} kB, reads back {len(rigdriver.read(path))} frames")
