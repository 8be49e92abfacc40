"""Where the files lie that travel with the package: rigs, the built-in head, the trained weights."""

from pathlib import Path

PACKAGE = Path(__file__).parent
PERSONALITIES = PACKAGE / "personalities"
WEIGHTS = PACKAGE / "model" / "weights"


def rigs_folder() -> Path:
    """The folder of `rigs/`: inside an installed wheel it lies in the package, in a checkout beside it."""
    packaged = PACKAGE / "rigs"
    return packaged if packaged.is_dir() else PACKAGE.parent / "rigs"


HEAD = rigs_folder() / "head.glb"
