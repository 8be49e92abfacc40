"""Answers: what a client of Audio2Face is sent, as bytes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rigdriver.service.audio2face import messages
from rigdriver.service.audio2face.face import Shot


def header(names: Iterable[str], sound: Any) -> bytes:
    """names: of our channels. sound: the AudioHeader that the client sent, for it gets its own sound back."""
    return _bytes(animation_data_stream_header={
        "audio_header": sound, "skel_animation_header": {"blend_shapes": [spelled(name) for name in names]},
        "start_time_code_since_epoch": time.time()})


def spelled(name: str) -> str:
    """jawOpen is JawOpen there."""
    return name[:1].upper() + name[1:]


def frame(shot: Shot, said: Iterable[Any], shown: Mapping[str, float]) -> bytes:
    """said: emotions as the client sent them since the frame before. shown: all that the face shows now."""
    aggregate = messages.EmotionAggregate(input_emotions=said, a2f_smoothed_output=[
        {"time_code": shot.time_s, "emotion": shown}])
    packed = {"type_url": f"type.googleapis.com/{messages.AGGREGATE}", "value": aggregate.SerializeToString()}
    answer = messages.AnimationDataStream(animation_data={
        "skel_animation": {"blend_shape_weights": [{"time_code": shot.time_s, "values": shot.values.tolist()}]},
        "audio": {"time_code": shot.time_s, "audio_buffer": shot.sound}})
    entry = answer.animation_data.metadata["emotion_aggregate"]
    entry.type_url, entry.value = packed["type_url"], packed["value"]
    return bytes(answer.SerializeToString())


def processed() -> bytes:
    """All sound has been heard."""
    return _bytes(event={"event_type": messages.END_OF_PROCESSING})


def status(code: int, message: str) -> bytes:
    return _bytes(status={"code": code, "message": message})


def _bytes(**part: Any) -> bytes:
    return bytes(messages.AnimationDataStream(**part).SerializeToString())
