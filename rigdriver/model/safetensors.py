"""Safetensors: a checkpoint's weights by NumPy alone, for engines that run without PyTorch.

https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError
from rigdriver.model.settings import METADATA

DTYPES = {"F16": "<f2", "F32": "<f4"}


def read_safetensors(path: Path) -> tuple[dict[str, np.ndarray], str]:
    """float32 arrays by name, and the settings. Raises InputError for what is no such file."""
    raw = path.read_bytes()
    try:
        (size,) = struct.unpack_from("<Q", raw)
        header, arrays = json.loads(raw[8 : 8 + size]), {}
        for name, entry in header.items():
            if name != "__metadata__":
                first, last = entry["data_offsets"]
                array = np.frombuffer(raw[8 + size + first : 8 + size + last], DTYPES[entry["dtype"]])
                arrays[name] = np.ascontiguousarray(array.reshape(entry["shape"]), np.float32)
        return arrays, str(header.get("__metadata__", {}).get(METADATA, ""))
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a safetensors file of weights ({error})") from None
