"""Jobs: a recording comes in as the body of a request, a clip of any format goes out."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from rigdriver import formats
from rigdriver.errors import InputError, SettingsError, nearest
from rigdriver.service.job import REFUSED
from rigdriver.service.limits import Limits

QUERY = ("format", "rig", "fps", "seed", "style", "lookahead", "direct", "personality", "emotion", "set")
DEFAULT_FORMAT = "csv"


class TooMuch(Exception):
    """More bytes, or more seconds, than the service gives to one recording."""


class Work:
    """One job's folder. `close` takes it away."""

    def __init__(self, query: Mapping[str, list[str]], limits: Limits, model: str | None, engine: str):
        for name in query:
            if name not in QUERY:
                raise SettingsError(f"unknown option {name!r}; {nearest(name, QUERY)}")
        self.format = query.get("format", [DEFAULT_FORMAT])[-1]
        suffix = formats.suffix_of(self.format)
        if suffix == ".gltf":
            raise SettingsError(f"format {self.format!r} is two files, and an answer is one; ask for glb")
        self._folder = Path(tempfile.mkdtemp(prefix="rigdriver-"))
        self._speech, self.output = self._folder / "recording", self._folder / f"clip{suffix}"
        self._told = {"speech": str(self._speech), "output": str(self.output), "format": self.format, "model": model,
                      "engine": engine, "query": {k: v for k, v in query.items() if k != "format"}}
        self._limits = limits

    async def receive(self, chunks: AsyncIterator[bytes], claimed: str = "0") -> None:
        """The body into a file. claimed: how many bytes it has, as its header says. Raises TooMuch, InputError where
        there is none."""
        most, size = self._limits.upload_bytes, 0
        too_much = TooMuch(f"a recording has at most {most} bytes here")
        if claimed.isdecimal() and int(claimed) > most:
            raise too_much
        with self._speech.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise too_much
                file.write(chunk)
        if not size:
            raise InputError("the request has no body; send a recording as it (curl --data-binary @hello.wav)")

    async def run(self) -> None:
        """Raises InputError with the job's one line, TooMuch where it takes too long; cancelled, it ends the job."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rigdriver.service.job", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True)
        try:
            _, said = await asyncio.wait_for(process.communicate(json.dumps(self._told).encode()), self._limits.job_s)
        except asyncio.TimeoutError:
            raise TooMuch(f"a recording takes at most {self._limits.job_s:g} s here") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == REFUSED:
            raise InputError(said.decode(errors="replace").strip())
        if process.returncode:
            raise RuntimeError(said.decode(errors="replace").strip().rpartition("\n")[2])

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
