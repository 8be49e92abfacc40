"""`python -m rigdriver.sculpt -o rigs/head.glb`: sculpt the head; `--sheet FILE.png` draws its shapes."""

from __future__ import annotations

import argparse
from pathlib import Path

from rigdriver.formats.glb import pack
from rigdriver.sculpt.bust import sculpt
from rigdriver.sculpt.export import to_glb


def main() -> None:
    """Read the command line and write what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.sculpt", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="the GLB to write")
    options = parser.parse_args()
    if options.output:
        options.output.write_bytes(pack(to_glb(sculpt())))


if __name__ == "__main__":
    main()
