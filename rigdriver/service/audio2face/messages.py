"""Messages: the protocol buffers of Audio2Face-3D's controller, as far as they are used here, in one table.

What goes over the wire is field numbers and types; these are those of NVIDIA's public definitions (package nvidia_ace,
1.2: controller.v1, a2f.v1, animation_data.v1, audio.v1, status.v1, emotion_with_timecode.v1, emotion_aggregate.v1, in
github.com/NVIDIA/Audio2Face-3D-Samples, proto/protobuf_files), and of gRPC's health check
(github.com/grpc/grpc, doc/health-checking.md). Fields that we neither read nor write are left out: a message that holds
them is read all the same.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

CONTROLLER = "nvidia_ace.services.a2f_controller.v1.A2FControllerService"
AGGREGATE = "nvidia_ace.emotion_aggregate.v1.EmotionAggregate"
HEALTH = "grpc.health.v1.Health"

SUCCESS, ERROR = 0, 3  # Status.code
END_OF_PROCESSING = 0  # Event.event_type
SERVING, NOT_SERVING = 1, 2  # HealthCheckResponse.status
PCM = 0  # AudioHeader.audio_format

TABLE: dict[str, dict[str, tuple[int, str]]] = {
    # what a client sends: a header, sound, an end
    "AudioStream": {"audio_stream_header": (1, "AudioStreamHeader"), "audio_with_emotion": (2, "AudioWithEmotion"),
                    "end_of_audio": (3, "EndOfAudio")},
    "AudioStreamHeader": {"audio_header": (1, "AudioHeader"), "face_params": (2, "FaceParameters"),
                          "emotion_post_processing_params": (3, "EmotionPostProcessingParameters"),
                          "blendshape_params": (4, "BlendShapeParameters"),
                          "emotion_params": (5, "EmotionParameters")},
    "AudioHeader": {"audio_format": (1, "int32"), "channel_count": (2, "uint32"), "samples_per_second": (3, "uint32"),
                    "bits_per_sample": (4, "uint32")},
    "FaceParameters": {"float_params": (1, "{float}"), "integer_params": (2, "{int32}")},
    "EmotionPostProcessingParameters": {
        "emotion_contrast": (1, "float"), "live_blend_coef": (2, "float"), "enable_preferred_emotion": (3, "bool"),
        "preferred_emotion_strength": (4, "float"), "emotion_strength": (5, "float"), "max_emotions": (6, "int32")},
    "BlendShapeParameters": {"bs_weight_multipliers": (1, "{float}"), "bs_weight_offsets": (2, "{float}"),
                             "enable_clamping_bs_weight": (3, "bool")},
    "EmotionParameters": {"live_transition_time": (1, "float"), "beginning_emotion": (2, "{float}")},
    "AudioWithEmotion": {"audio_buffer": (1, "bytes"), "emotions": (2, "[EmotionWithTimeCode]")},
    "EmotionWithTimeCode": {"time_code": (1, "double"), "emotion": (2, "{float}")},
    "EndOfAudio": {},
    # what it is answered: a header, frames, an event, a status
    "AnimationDataStream": {"animation_data_stream_header": (1, "AnimationDataStreamHeader"),
                            "animation_data": (2, "AnimationData"), "event": (3, "Event"), "status": (4, "Status")},
    "AnimationDataStreamHeader": {
        "audio_header": (1, "AudioHeader"), "skel_animation_header": (2, "SkelAnimationHeader"),
        "start_time_code_since_epoch": (3, "double")},
    "SkelAnimationHeader": {"blend_shapes": (1, "[string]"), "joints": (2, "[string]")},
    "AnimationData": {"skel_animation": (1, "SkelAnimation"), "audio": (2, "AudioWithTimeCode"),
                      "metadata": (4, "{Any}")},
    "SkelAnimation": {"blend_shape_weights": (1, "[FloatArrayWithTimeCode]")},
    "FloatArrayWithTimeCode": {"time_code": (1, "double"), "values": (2, "[float]")},
    "AudioWithTimeCode": {"time_code": (1, "double"), "audio_buffer": (2, "bytes")},
    "Any": {"type_url": (1, "string"), "value": (2, "bytes")},
    "EmotionAggregate": {"input_emotions": (1, "[EmotionWithTimeCode]"), "a2e_output": (2, "[EmotionWithTimeCode]"),
                         "a2f_smoothed_output": (3, "[EmotionWithTimeCode]")},
    "Event": {"event_type": (1, "int32")},
    "Status": {"code": (1, "int32"), "message": (2, "string")},
    # is somebody there?
    "HealthCheckRequest": {"service": (1, "string")},
    "HealthCheckResponse": {"status": (1, "int32")},
}
"""By message: field → its number and type. [T]: many of T. {T}: T by name. Enumerations are written as numbers."""

PACKAGE = "rigdriver.audio2face"  # names are ours and stay here; none goes over the wire
Descriptor = descriptor_pb2.FieldDescriptorProto


def _described() -> descriptor_pb2.FileDescriptorProto:
    """The table as protobuf has it. proto2, for it tells a number that was not said from 0."""
    file = descriptor_pb2.FileDescriptorProto(name="audio2face", package=PACKAGE, syntax="proto2")
    for name, fields in TABLE.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, field, number, kind)
    return file


def _add(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str) -> None:
    many = kind[0] in "[{"
    field = message.field.add(name=name, number=number, label=Descriptor.LABEL_REPEATED if many
                              else Descriptor.LABEL_OPTIONAL)
    plain = kind.strip("[]{}")
    if kind.startswith("{"):
        entry = "".join(part.capitalize() for part in name.split("_")) + "Entry"  # as protobuf requires it
        pair = message.nested_type.add(name=entry)
        pair.options.map_entry = True
        _add(pair, "key", 1, "string")
        _add(pair, "value", 2, plain)
        field.type, field.type_name = Descriptor.TYPE_MESSAGE, f".{PACKAGE}.{message.name}.{entry}"
    elif plain in TABLE:
        field.type, field.type_name = Descriptor.TYPE_MESSAGE, f".{PACKAGE}.{plain}"
    else:
        field.type = Descriptor.Type.Value(f"TYPE_{plain.upper()}")
        if many and plain not in ("string", "bytes"):
            field.options.packed = True


_POOL = descriptor_pool.DescriptorPool()  # of our own: NVIDIA's modules may live in the same process
_POOL.Add(_described())


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))


AudioStream, AnimationDataStream = _class("AudioStream"), _class("AnimationDataStream")
EmotionAggregate = _class("EmotionAggregate")
HealthCheckRequest, HealthCheckResponse = _class("HealthCheckRequest"), _class("HealthCheckResponse")
