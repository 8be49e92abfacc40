"""Animation into your own GLB. The report says which shapes were found and what your character lacks.

Here the built-in head stands in for your character; give the path of yours instead.
"""

import tempfile
from pathlib import Path

import rigdriver
from rigdriver.resources import HEAD

HELLO = Path(__file__).with_name("hello.wav")
YOURS = HEAD

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder) / "hero_speaks.glb"
    report = rigdriver.write(rigdriver.drive(HELLO, fps=30), out, onto=YOURS, animation="hello")
    print(report)
