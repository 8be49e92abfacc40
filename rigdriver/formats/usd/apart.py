"""Reading USD in a process of its own, with as much memory and time as a file of that size may need.

usd-core checks little of a .usdc before it makes room for what the file says it holds. There its giving up, or its
crashing, is one of our errors.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import npz
from rigdriver.formats.losses import Loss
from rigdriver.formats.usd.reading import read_here

MAGIC = (b"#usda", b"PXR-USDC")
MEMORY, MEMORY_A_BYTE = 512 << 20, 40  # bytes beyond what the process begins with, and for each byte of the file
SECONDS, SECONDS_A_MB = 4, 2  # of work; a minute of 52 curves, a megabyte, takes .2 s
ALONE = {"PXR_WORK_THREAD_LIMIT": "1", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For every thread makes room of its own, many times what a clip needs."""

STATUS = Path("/proc/self/statm")  # what the process has, in pages, where the system tells
PAGE, FIRST = 4096, 2 << 30

_CODE = "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n" \
        "from rigdriver.formats.usd.apart import answer; answer(*sys.argv[2:])"


def read(path: str | Path, *, prim: str | None = None, losses: list[Loss] | None = None) -> Clip:
    """The weights at the animation's own rate: one frame for each time code, or for each sample where those lie evenly.

    prim: path of the SkelAnimation; by default the first that has blendshapes.
    Raises InputError for a file that is no USD, holds no such animation, or too long a one.
    """
    _check_magic(path)
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.npz"
        command = [sys.executable, "-c", _CODE, json.dumps(sys.path), str(path), str(clip), prim or ""]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              env={**os.environ, **ALONE})
        said = _last_line(done.stdout)
        if "clip" not in said:
            raise InputError(said.get("error", f"{path}: is no USD that can be read: usd-core gave up on it"))
        if losses is not None:
            losses += [Loss(each["kind"], each["words"], tuple(each["names"])) for each in said["clip"]]
        return npz.read(clip)


def _check_magic(path: str | Path) -> None:
    """Most of what is no USD needs no process to be told."""
    try:
        with Path(path).open("rb") as file:
            begins = file.read(8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if not begins.startswith(MAGIC):
        raise InputError(f"{path}: is no USD that can be read (it begins like neither .usda nor .usdc)")


def _last_line(output: bytes) -> dict[str, Any]:
    lines = output.decode("utf-8", "replace").splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith('{"') else {}


def answer(path: str, place: str, prim: str) -> None:
    """What the process does: the clip into a file, and one line of JSON that tells what was lost, or the error."""
    _limit(path)
    losses: list[Loss] = []
    try:
        npz.write(read_here(path, prim or None, losses), place)
        print(json.dumps({"clip": [loss.as_dict() for loss in losses]}))
    except InputError as error:
        print(json.dumps({"error": str(error)}))


def _limit(path: str) -> None:
    """Memory and time, where the system knows of such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    has = int(STATUS.read_text().split()[0]) * PAGE if STATUS.exists() else FIRST
    for what, most in ((resource.RLIMIT_AS, has + MEMORY + MEMORY_A_BYTE * size),
                       (resource.RLIMIT_CPU, SECONDS + SECONDS_A_MB * (size >> 20))):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
