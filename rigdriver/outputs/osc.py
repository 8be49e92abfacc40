"""Plain OSC: every curve by its own name, for TouchDesigner, Unreal's OSC plugin, Max and whatever speaks OSC.

Specification: this file. Each frame is one or more bundles, no longer than 1400 bytes each, all beginning with

    /rigdriver/frame  ,if  <frame number> <seconds of sound>

and holding one message a curve, `/rigdriver/jawOpen ,f 0.25`: weights as they are, angles in radians about glTF's axes.
With `layout=array` a frame is that message and `/rigdriver/values ,ff…`, and `/rigdriver/names ,ss…` says once a second
what stands where. Another `prefix` takes the place of /rigdriver. Loses: signs of a name that OSC reserves become `_`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.outputs import oscwire
from rigdriver.outputs.oscwire import Bundles, Index, Message, Slot
from rigdriver.outputs.packet import Packet


@dataclass(frozen=True)
class Settings:
    """prefix: what addresses begin with. layout: "each", a message for each curve, or "array", one for all."""

    prefix: str = "/rigdriver"
    layout: str = "each"

    def __post_init__(self) -> None:
        if not self.prefix.startswith("/") or oscwire.address(self.prefix) != self.prefix:
            raise ValueError(f"prefix should be an OSC address like /face, not {self.prefix!r}")
        if self.layout not in ("each", "array"):
            raise ValueError(f"layout should be each or array, not {self.layout!r}")


class Encoder:
    def __init__(self, header: Clip, settings: Settings = Settings()):
        prefix = settings.prefix.rstrip("/")
        count = len(header.names)
        time = Message(f"{prefix}/frame", (Index(), Slot(count)))
        if settings.layout == "each":
            curves = [Message(f"{prefix}/{oscwire.address(name)}", (Slot(k),)) for k, name in enumerate(header.names)]
            self._names: list[bytes] = []
        else:
            curves = [Message(f"{prefix}/values", tuple(map(Slot, range(count))))]
            self._names = Bundles([Message(f"{prefix}/names", header.names)]).fill(np.zeros(0))
        self._bundles = Bundles(curves, each=[time])
        self._second = round(header.fps) or 1
        self._row = np.zeros(count + 1, np.float32)

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        self._row[:-1], self._row[-1] = frame, time_s
        named = self._names if index % self._second == 0 else []
        return [*named, *self._bundles.fill(self._row, index)]


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Whatever OSC holds: each message's numbers by its address, `/a 1` and `/a 2 3` as a, or a.0 and a.1.

    Raises InputError for what is no OSC.
    """
    prefix, frame, time_s = settings.prefix.rstrip("/"), None, None
    values: dict[str, float] = {}
    texts = []
    for where, arguments in oscwire.read(data):
        name = where.removeprefix(prefix).lstrip("/")
        found = oscwire.numbers(arguments)
        if where == f"{prefix}/frame" and len(found) == 2:
            frame, time_s = found
        elif len(found) == 1:
            values[name] = found[0]
        else:
            values.update({f"{name}.{k}": value for k, value in enumerate(found)})
        if not found:
            texts.append(" ".join([where, *(str(argument)[:40] for argument in arguments[:4])]))
    return Packet.of(values, subject=prefix, frame=frame, time_s=time_s, notes=tuple(texts[:4]))
