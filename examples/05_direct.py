"""Direct a line: a personality, an emotion that changes, a glance and a blink, from the same sound."""

from pathlib import Path

import numpy as np

import rigdriver
from rigdriver import performance

HELLO = Path(__file__).with_name("hello.wav")
CALM = """
version: 1
personality: reserved
blink: {enabled: false}
"""
LIVELY = """
version: 1
personality: lively
seed: 5
tracks: {head.head_strength: [[0, 1], [2, 2]]}
"""
DIRECTIONS = "0.0 joy .4; 1.0 anger .8 over .5; 1.6 look left; 2.0 blink"

for name, text, direct in (("calm", CALM, None), ("lively", LIVELY, None), ("directed", "", DIRECTIONS)):
    clip = rigdriver.drive(HELLO, performance=performance.parse(text, name), direct=direct)
    speed = np.abs(np.diff(clip["headYaw"])).mean() * float(clip.fps)
    print(f"{name:8} jaw up to {clip['jawOpen'].max():.2f}, head {np.degrees(speed):.1f}°/s, "
          f"lids down to {clip['eyeBlinkLeft'].max():.2f}, brows down to {clip['browDownLeft'].max():.2f}")
