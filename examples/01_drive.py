"""Speech in, curves out: the shortest way, and what a clip holds."""

from pathlib import Path

import rigdriver

HELLO = Path(__file__).with_name("hello.wav")

clip = rigdriver.drive(HELLO)
print(f"{len(clip)} frames at {clip.fps} fps, {len(clip.names)} curves")

jaw = clip["jawOpen"]
widest = int(jaw.argmax())
print(f"the jaw is widest, {jaw[widest]:.2f}, at {clip.times[widest]:.2f} s")
