"""One parameter file directs a performance: a calm listener and a lively speaker from the same sound."""

from pathlib import Path

import numpy as np

import rigdriver
from rigdriver import performance

HELLO = Path(__file__).with_name("hello.wav")
CALM = """
version: 1
strength: {lower_face_strength: 0.7}
head: {head_strength: 0.3}
blink: {enabled: false}
"""
LIVELY = """
version: 1
seed: 5
strength: {lower_face_strength: 1.3}
head: {head_strength: 1.5}
"""

for name, text in (("calm", CALM), ("lively", LIVELY)):
    clip = rigdriver.drive(HELLO, performance=performance.parse(text, name))
    speed = np.abs(np.diff(clip["headYaw"])).mean() * float(clip.fps)
    print(f"{name:7} jaw up to {clip['jawOpen'].max():.2f}, head {np.degrees(speed):.1f}°/s, "
          f"lids down to {clip['eyeBlinkLeft'].max():.2f}")
