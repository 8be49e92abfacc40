"""Live: sound comes in small pieces, frames leave as soon as they are finished, 80 ms behind the voice."""

from pathlib import Path

import soundfile

from rigdriver.choose import way

HELLO = Path(__file__).with_name("hello.wav")
PIECE = 320  # samples: 20 ms, what a microphone gives

samples, rate = soundfile.read(HELLO, dtype="float32")
stream = way(fps=60).start()
frames = 0
for start in range(0, len(samples), PIECE):
    clip = stream.push(samples[start : start + PIECE])
    frames += len(clip)
    if len(clip) and frames % 120 == 0:
        print(f"after {(start + PIECE) / rate:.2f} s: frame {clip.end - 1}, jawOpen {clip['jawOpen'][-1]:.2f}")
print(f"{frames} frames live, {len(stream.flush())} more at the end")
