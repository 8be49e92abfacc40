"""JSON for Unreal's JSONLiveLink plugin: one object a frame, whose key is the subject and whose parameters are curves.

Specification: https://github.com/ue4plugins/JSONLiveLink. Live Link's property names are the names sent, so ARKit's are
sent as Unreal calls them, `JawOpen`; `names=own` leaves every name as it is, as MetaHuman's want. Angles stay radians
about our axes. Text is ASCII; what is not is escaped. Loses: digits past the sixth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs.packet import Packet
from rigdriver.rig import canonical

LARGEST = 65000  # bytes of a datagram


@dataclass(frozen=True)
class Settings:
    """subject: its name in Unreal. names: "unreal" gives ARKit's a capital, "own" sends all as they are."""

    subject: str = "rigdriver"
    names: str = "unreal"

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError("subject should be a name")
        if self.names not in ("unreal", "own"):
            raise ValueError(f"names should be unreal or own, not {self.names!r}")


class Encoder:
    """Raises InputError for more curves than a datagram holds."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        arkit = canonical().names if settings.names == "unreal" else ()
        names = [name[0].upper() + name[1:] if name in arkit else name for name in header.names]
        items = ", ".join(f'{{"Name": {_quoted(name)}, "Value": %.6g}}' for name in names)
        self._text = f'{{{_quoted(settings.subject)}: {{"Bone": [], "Parameter": [{items}]}}}}'
        if len(self._text) + 8 * len(names) > LARGEST:
            raise InputError(f"jsonlivelink: {len(names)} curves do not fit into a datagram")

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        return [(self._text % tuple(frame.tolist())).encode("ascii")]


def _quoted(name: str) -> str:
    return json.dumps(name).replace("%", "%%")


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """The first subject with parameters, its ARKit names as ours. Raises InputError for anything else."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSONLiveLink: is no JSON ({str(error)[:80]})") from None
    if not isinstance(document, dict) or not document:
        raise InputError("not JSONLiveLink: is no object with a subject")
    subject, body = next(iter(document.items()))
    values = dict(_parameters(body))
    notes = tuple(f"also subject {other[:40]}" for other in list(document)[1:4])
    return Packet.of(values, subject=subject, notes=notes)


def _parameters(body: Any) -> Iterator[tuple[str, float]]:
    parameters = body.get("Parameter", []) if isinstance(body, dict) else None
    if not isinstance(parameters, list):
        raise InputError("not JSONLiveLink: the subject has no list of parameters")
    ours = {name.lower(): name for name in canonical().names}
    for item in parameters:
        name, value = (item.get("Name"), item.get("Value")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(value, (int, float)):
            raise InputError("not JSONLiveLink: a parameter should be a Name and a Value")
        yield ours.get(name.lower(), name), float(value) if abs(value) < 1e38 else math.nan
