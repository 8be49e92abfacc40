"""JSONLiveLink: what any reader of JSON makes of a frame, and what is refused."""

import json

import numpy as np
import pytest

from rigdriver.errors import InputError
from rigdriver.outputs.jsonlivelink import Encoder, Settings, decode
from tests.outputs.sending import HEADER, NAMES, frame, header


def test_a_frame_as_json() -> None:
    values = frame()
    document = json.loads(Encoder(HEADER, Settings("Hero")).encode(values, 0, 0.0)[0])
    assert list(document) == ["Hero"] and document["Hero"]["Bone"] == []
    sent = {item["Name"]: item["Value"] for item in document["Hero"]["Parameter"]}
    assert sent["JawOpen"] == pytest.approx(values[NAMES.index("jawOpen")], rel=1e-5)
    assert sent["HeadYaw"] == pytest.approx(values[NAMES.index("headYaw")], rel=1e-5)


def test_names_of_other_rigs_stay_as_they_are_and_text_is_ascii() -> None:
    clip = header(("CTRL_expressions_jawOpen", "100%", 'a"b', "ü", "jawOpen"))
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32)
    (data,) = Encoder(clip, Settings("Ärger", names="own")).encode(values, 0, 0.0)
    assert data.isascii()
    packet = decode(data)
    assert packet.subject == "Ärger" and packet.names == clip.names
    np.testing.assert_allclose(packet.values, values, rtol=1e-5)


def test_too_many_curves_for_a_datagram_is_said_when_opening() -> None:
    with pytest.raises(InputError, match="do not fit"):
        Encoder(header(tuple(f"curve{k:05}" for k in range(2000))))


@pytest.mark.parametrize("data", [
    b"", b"[]", b"{}", b'"a"', b'{"a": 1}', b'{"a": {"Parameter": 1}}', b'{"a": {"Parameter": [1]}}',
    b'{"a": {"Parameter": [{"Name": 1, "Value": 1}]}}', b'{"a": {"Parameter": [{"Name": "b", "Value": "1"}]}}',
    b'{"a": {"Parameter": [{"Name": "b", "Value": NaN}]}}', b'{"a": {"Parameter": [{"Name": "b", "Value": 1e300}]}}',
    b'{"a": {"Parameter": [{"Name": "b", "Value": 1' + b"0" * 400 + b"}]}}", b"[" * 60000, b"\xff\xfe\x00",
])  # fmt: skip
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        decode(data)


def test_a_subject_without_parameters_is_heard() -> None:
    packet = decode(b'{"a": {"Bone": []}, "b": {}}')
    assert (packet.subject, packet.names, packet.notes) == ("a", (), ("also subject b",))
