"""rigdriver, run outside Blender in its own Python: found, asked for curves, watched, stopped. No bpy here.

Curves come back as rigdriver's plain JSON, which NumPy, and no package that Blender lacks, reads.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from .copied.clip import Clip
from .copied.errors import InputError
from .copied.record import Record
from .errors import FailedError, MissingError

NAME = "rigdriver"
STARTS_S = 60.0  # the first start after an installation compiles hundreds of files
AT_ONCE = min(8, max(2, os.cpu_count() or 2))  # each is one thread
SCRIPTS = ("bin", "Scripts")
WAIT_S = 0.02
USUAL_S = 1.0  # about what a line takes; only the progress bar goes by it
LEFT_OUT = ("PYTHONHOME", "PYTHONPATH")  # Blender's or a studio's packages are not rigdriver's


@dataclass(frozen=True)
class Order:
    """One line to drive. Empty texts are left out, so that rigdriver's own defaults hold."""

    speech: str
    fps: Fraction
    rig: str = ""
    performance: str = ""
    personality: str = ""
    emotion: str = ""
    direct: str = ""
    transcript: str = ""
    seed: int = 0
    sets: tuple[str, ...] = ()
    part_s: tuple[float, ...] = ()  # (first, last) seconds of the recording, where only those are wanted

    def arguments(self, output: str | Path) -> list[str]:
        """The command line after `rigdriver`; the output is a name that each layer's is put into (`layer_file`)."""
        told = {"--rig": self.rig, "--performance": self.performance, "--personality": self.personality,
                "--emotion": self.emotion, "--direct": self.direct, "--transcript": self.transcript}
        given = [word for option, value in told.items() if value for word in (option, value)]
        sets = [word for each in self.sets for word in ("--set", each)]
        seed = ["--seed", str(self.seed)] if self.seed else []  # else the performance file's own
        return ["drive", self.speech, "-o", str(output), "--format", "plain-json", "--layers", "--fps", str(self.fps),
                "--json", "--quiet", *seed, *given, *sets]


def find(chosen: str = "", own: str | Path = "") -> list[str]:
    """The words that start rigdriver. chosen: a program, a Python or a virtual environment that a person named, and
    then nothing else is tried; own: the environment that the add-on installs. Raises MissingError."""
    if chosen:
        return _starter(Path(chosen)) or _missing(f"{chosen} is neither rigdriver, nor a Python, nor an environment")
    on_path = shutil.which(NAME)
    starter = (_starter(Path(own)) if own else None) or ([on_path] if on_path else None)
    return starter or _missing("rigdriver was not found: install it or choose where it is, in the preferences")


def _missing(why: str) -> list[str]:
    raise MissingError(why)


def _starter(place: Path) -> list[str] | None:
    if place.is_dir():
        inside = (place / folder / name for folder in SCRIPTS for name in (NAME, f"{NAME}.exe", "python", "python.exe"))
        return next((_starter(path) for path in inside if path.is_file()), None)
    if not place.is_file():
        return None
    return [str(place), "-m", NAME] if place.name.lower().startswith("python") else [str(place)]


def version(command: list[str]) -> str:
    """What rigdriver says of itself, as in "0.1.0". Raises MissingError where it does not start."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=STARTS_S,
                              env=environment(), **_quietly())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"{command[0]} does not start ({error})") from None
    words = done.stdout.split()
    if done.returncode or not words or words[0].strip(",") != NAME:
        why = _last(done.stderr or done.stdout) or "it is silent"
        raise MissingError(f"{' '.join(command)} is not rigdriver: {why}")
    return words[-1]


def asked(command: list[str], *arguments: str) -> str:
    """What a short command prints. Raises FailedError with rigdriver's own line, MissingError where it is not there."""
    try:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, encoding="utf-8",
                              timeout=STARTS_S, env=environment(), **_quietly())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"{command[0]} does not start ({error})") from None
    if done.returncode:
        raise FailedError(_last(done.stderr) or f"rigdriver ended with {done.returncode}")
    return done.stdout


def environment() -> dict[str, str]:
    """This process's, without what belongs to Blender's Python."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**kept, "PYTHONIOENCODING": "utf-8"}


def _quietly() -> dict[str, int]:
    """No console window on Windows."""
    return {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {"start_new_session": True}


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("rigdriver: ")[:300] if lines else ""


class Run:
    """Several commands, some at once; their files lie in a folder that goes with the run."""

    def __init__(self, command: list[str], at_once: int = AT_ONCE):
        self._command, self._at_once = command, at_once
        self._folder = Path(tempfile.mkdtemp(prefix="rigdriver-"))
        self._waiting: list[tuple[list[str], Path]] = []
        self._running: list[tuple[subprocess.Popen, Path, float]] = []
        self.total = self.done = 0

    def output(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def add(self, arguments: list[str]) -> None:
        """One more command, to be started when its turn comes."""
        self._waiting.append((arguments, self._folder / f"{self.total}.err"))
        self.total += 1

    @property
    def share(self) -> float:
        """0..1 of the way; how far a command is that still runs is a guess from how long it has."""
        guessed = sum(1 - 0.5 ** ((time.monotonic() - began) / USUAL_S) for *_, began in self._running)
        return (self.done + guessed) / max(1, self.total)

    def poll(self) -> bool:
        """Starts what may start; whether all is done. Raises FailedError or MissingError, and stops the rest."""
        try:
            self._reap()
            while self._waiting and len(self._running) < self._at_once:
                self._start(*self._waiting.pop(0))
        except Exception:
            self.close()
            raise
        return not self._running

    def _reap(self) -> None:
        for process, told, began in list(self._running):
            if process.poll() is None:
                continue
            self._running.remove((process, told, began))
            if process.returncode:
                words = _last(told.read_text(encoding="utf-8", errors="replace"))
                raise FailedError(words or f"rigdriver ended with {process.returncode}")
            self.done += 1

    def _start(self, arguments: list[str], told: Path) -> None:
        with told.open("wb") as errors:
            try:
                process = subprocess.Popen([*self._command, *arguments], stdin=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL, stderr=errors, env=environment(), **_quietly())
            except OSError as error:
                raise MissingError(f"{self._command[0]} does not start ({error})") from None
        self._running.append((process, told, time.monotonic()))

    def wait(self) -> None:
        while not self.poll():
            time.sleep(WAIT_S)

    def close(self) -> None:
        """Stops what still runs and removes the files. May be called again."""
        self._waiting.clear()
        for process, *_ in self._running:
            _end(process)
        self._running.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


def _end(process: subprocess.Popen) -> None:
    """With its children: on some systems the program that was found starts Python as another process."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except OSError:
        pass  # it ended by itself
    process.wait(timeout=10)


@dataclass(frozen=True, eq=False)
class Driven:
    """What rigdriver made of a recording. parts: clips by layer, lowest first, that add up to the whole face. heard:
    (frames, phones) log probabilities of what is said, by which edits find their place in another recording. anchors:
    seconds that an animator would key, by part of the face."""

    parts: dict[str, Clip]
    heard: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    anchors: dict[str, list[float]] = field(default_factory=dict)

    def within(self, part_s: Sequence[float]) -> Driven:
        """Only those seconds, which keep their place in the recording; everything where there are none. What is heard
        stays whole. Raises FailedError where nothing of the recording lies there."""
        if not part_s:
            return self
        parts = {}
        for layer, clip in self.parts.items():
            first, last = (min(max(round(at * clip.fps), clip.start), clip.end) for at in part_s)
            if last <= first:
                raise FailedError("the strip plays nothing of its recording")
            parts[layer] = clip.cut(first, last)
        anchors = {part: [at for at in each if part_s[0] <= at <= part_s[1]] for part, each in self.anchors.items()}
        return Driven(parts, self.heard, anchors)


def layer_file(output: Path, layer: str) -> Path:
    return output.with_suffix(f".{layer}{output.suffix}")


def driven(output: Path, layers: Iterable[str]) -> Driven:
    """What `drive --layers` wrote. Raises FailedError for anything else."""
    parts = {layer: read(layer_file(output, layer)) for layer in layers}
    record = Path(f"{layer_file(output, next(iter(parts)))}.rigdriver")
    try:
        heard = Record.unpack(record.read_bytes(), record.name).heard if record.is_file() else np.zeros((0, 0))
    except (OSError, InputError) as error:
        raise FailedError(f"what rigdriver heard cannot be read ({error})") from None
    return Driven(parts, heard, _anchors(layer_file(output, next(iter(parts)))))


def _anchors(path: Path) -> dict[str, list[float]]:
    """Seconds that an animator would key, by part of the face, of a `rigdriver-clip` file; none where it tells none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8")).get("anchors", {})
        return {str(part): [float(at) for at in seconds] for part, seconds in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def read(path: Path) -> Clip:
    """The clip of a `rigdriver-clip` file. Raises FailedError for anything else."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document["format"], document["version"]) != ("rigdriver-clip", 1):
            raise FailedError(f"rigdriver wrote {document['format']} {document['version']}; version 1 is known here")
        names = document["names"]
        values = np.array(document["frames"], np.float32).reshape(-1, len(names))
        return Clip(tuple(names), values, Fraction(*document["fps"]), document["start"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FailedError(f"rigdriver's curves cannot be read ({error})") from None
