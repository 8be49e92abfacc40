"""What an avatar in VRChat listens to: the file that VRChat writes about each published avatar that was worn.

Specification: https://docs.vrchat.com/docs/osc-avatar-parameters; the files lie in AppData/LocalLow/VRChat/VRChat/OSC/
<user>/Avatars. Many avatars have no float for a curve but a few truth values, to save room: `JawOpen1`, `JawOpen2`,
`JawOpen4` are the bits of its value, the more of them the finer, and `JawXNegative` its sign (VRCFaceTracking's way).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.errors import InputError

_BIT = re.compile(r"(.*?)(1|2|4|8|16|32|64|128)")
NEGATIVE = "Negative"


@dataclass(frozen=True)
class Input:
    """Something that an avatar listens to: its name, OSC address, and whether it is a truth value."""

    name: str
    address: str
    is_bool: bool


def read(path: str | Path) -> list[Input]:
    """Raises InputError for a file that cannot be read or is none of VRChat's."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        return [_input(item) for item in document["parameters"] if "input" in item]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise InputError(f"{path}: is not a file of VRChat about an avatar (its OSC folder has them)") from None


def _input(item: dict[str, Any]) -> Input:
    return Input(str(item["name"]), str(item["input"]["address"]), item["input"]["type"] == "Bool")


def of_curve(inputs: Sequence[Input], curve: str) -> Input | None:
    """The float of a curve, whatever stands before its name."""
    return next((each for each in inputs if not each.is_bool and _is(each.name, curve)), None)


def _is(name: str, curve: str) -> bool:
    return name == curve or name.endswith(f"/{curve}")


class Bits:
    """The truth values of all curves that an avatar has bits for.

    addresses: one a truth value. Calling it with a frame (curves,) gives 0 or 1 for each.
    """

    def __init__(self, inputs: Sequence[Input], curves: Sequence[str]):
        self.addresses: list[str] = []
        columns, places, counts, signed = [], [], [], []
        for column, curve in enumerate(curves):
            bits, sign = _bits(inputs, curve)
            self.addresses += [each.address for each in (*bits.values(), *sign)]
            columns += [column] * (len(bits) + len(sign))
            places += [weight.bit_length() - 1 for weight in bits] + [-1] * len(sign)
            counts += [len(bits)] * (len(bits) + len(sign))
            signed += [bool(sign)] * (len(bits) + len(sign))
        self._columns, self._places = np.array(columns, np.intp), np.array(places, np.int64)
        self._steps, self._signed = 2.0 ** np.array(counts, np.float64), np.array(signed, bool)

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        values = frame[self._columns].astype(np.float64)
        # a value that fills all steps would need a bit more: 1 is all bits set
        wholes = np.minimum(np.abs(values) * self._steps, self._steps - 1).astype(np.int64)
        bits = (wholes >> np.maximum(self._places, 0)) & 1
        return np.where(self._places < 0, values < 0, bits * (self._signed | (values >= 0))).astype(np.float32)


def _bits(inputs: Sequence[Input], curve: str) -> tuple[dict[int, Input], list[Input]]:
    """The bits of a curve by their weight, and its sign where it has one."""
    bits = {}
    for each in inputs:
        match = _BIT.fullmatch(each.name) if each.is_bool else None
        if match and _is(match[1], curve):
            bits[int(match[2])] = each
    return bits, [each for each in inputs if each.is_bool and bits and _is(each.name, f"{curve}{NEGATIVE}")]
