"""A graph as ONNX Runtime runs it here: the one place where its threads and its words are set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime

from rigdriver.errors import InputError

QUIET = 3  # onnxruntime's severity "error": its warnings speak of hardware, not of the user's doing


def session(graph: Path | bytes, path: Path, threads: int,
            weights: Mapping[str, np.ndarray] | None = None, packed: bool = True) -> onnxruntime.InferenceSession:
    """graph: a file, or what it holds. path: for messages. weights: those that the graph names and does not hold,
    contiguous; onnxruntime copies them. packed: large products get a second copy in the order in which they read it.

    Raises InputError for what onnxruntime cannot read.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not packed:
        options.add_session_config_entry("session.disable_prepacking", "1")
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in (weights or {}).items()}
    if held:
        options.add_external_initializers(list(held), list(held.values()))
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise InputError(f"{path}: not a model that onnxruntime can read ({error})") from None


def takes(graph: bytes, name: str) -> bool:
    """Whether a graph wants this weight: of equal ones the exporter keeps one. In protobuf's spelling, field
    8 of a tensor and the length before the name, so that neither a node nor a longer name is meant."""
    return bytes([0x42, len(name)]) + name.encode() in graph
