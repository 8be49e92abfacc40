"""The network on ONNX Runtime: the engine that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from rigdriver.errors import InputError, SettingsError
from rigdriver.model.condition import Condition
from rigdriver.model.runtime import Heard
from rigdriver.model.settings import METADATA, ModelSettings

INPUTS = ("x", *Condition._fields)  # and after them the state, whatever the network's is
QUIET = 3  # onnxruntime's severity "error": its warnings speak of hardware, not of the user's doing


class OnnxEngine:
    """Runs `*.onnx` as `export` wrote it. State is a list of arrays, passed in and out."""

    def __init__(self, path: Path, threads: int = 1):
        if not path.is_file():
            raise SettingsError(f"{path}: no such model; the shipped one lies in rigdriver/model/weights")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = QUIET
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no base class of their own
            raise InputError(f"{path}: not a model that onnxruntime can read ({error})") from None
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA)
        if text is None:
            raise InputError(f"{path}: carries no rigdriver settings; was it exported by `rigdriver train`?")
        self._names = [node.name for node in self._session.get_inputs()]
        self.settings = ModelSettings.from_json(text, str(path))

    def start(self) -> list[np.ndarray]:
        nodes = self._session.get_inputs()[len(INPUTS):]
        return [np.zeros([1 if isinstance(size, str) else size for size in node.shape], np.float32) for node in nodes]

    def answer(self, x: np.ndarray, condition: Condition, state: list[np.ndarray]) -> tuple[Heard, list[np.ndarray]]:
        inputs = dict(zip(self._names, (x[None], *condition, *state)))
        curves, closure, voice, accent, phones, *state = self._session.run(None, inputs)
        return Heard(curves[0], closure[0], voice[0], accent[0], phones[0]), state
