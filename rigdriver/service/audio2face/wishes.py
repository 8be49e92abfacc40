"""Wishes: how a client of Audio2Face wants its face, as a performance. What its header says is what a stylization file
says, and is read by the same rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rigdriver import performance as performances
from rigdriver import stylization
from rigdriver.errors import SettingsError
from rigdriver.performance import EMOTIONS
from rigdriver.tracks import Tracks

WHERE = "audio_stream_header"
DIGITS = 7  # of a float32: .2 shall not be more than .2
USUAL_TRANSITION_S = 0.5  # where the header says none; as for a stylization file
MOST_MOMENTS = 300  # that one stream may wait for; each costs 3 ms whenever another comes


class Wishes:
    """header: an AudioStreamHeader. Raises SettingsError for what is out of its range."""

    def __init__(self, header: Any):
        document = {
            "face_parameters": _plain(header.face_params.float_params),
            "blendshape_parameters": {"multipliers": _plain(header.blendshape_params.bs_weight_multipliers),
                                      "offsets": _plain(header.blendshape_params.bs_weight_offsets)},
            "post_processing_parameters": _plain({field.name: value for field, value in
                                                  header.emotion_post_processing_params.ListFields()}),
            **_plain({field.name: value for field, value in header.emotion_params.ListFields()
                      if field.name == "live_transition_time"}),
        }
        said, self.ignored = stylization.translated(document, WHERE)
        self._over_s = document.get("live_transition_time", USUAL_TRANSITION_S)
        self._header = performances.parse(json.dumps(said), WHERE)
        self._moments: list[tuple[float, dict[str, float]]] = []
        self.ignored += [*header.face_params.integer_params]
        if header.emotion_params.beginning_emotion:
            self.ignored.append("beginning_emotion")
        self.performance = self._header

    def feel(self, emotions: Iterable[Any], given_s: float) -> None:
        """EmotionWithTimeCode each. Frames up to `given_s` are given: what comes too late for them begins there.

        Raises SettingsError for an emotion or a time that is none.
        """
        for each in emotions:
            if not 0 <= each.time_code < np.inf:
                raise SettingsError(f"emotions: time_code should be seconds, 0 or more, not {each.time_code}")
            self._moments.append((max(float(each.time_code), given_s), _plain(each.emotion)))
        self._forget(given_s)
        if len(self._moments) > MOST_MOMENTS:
            raise SettingsError(f"more than {MOST_MOMENTS} emotions wait for their time; send them later")
        listed = {str(k): {"time_code": at_s, "emotions": weights} for k, (at_s, weights) in enumerate(self._moments)}
        said, _ = stylization.translated({"live_transition_time": self._over_s, "emotion_with_timecode_list": listed},
                                         "emotions")
        tracks = {name: tuple((at_s, value) for at_s, value in keys) for name, keys in said["tracks"].items()}
        try:
            self.performance = replace(self._header, tracks=tracks)
        except ValueError as error:
            raise SettingsError(f"emotions: {error}") from None

    def felt(self, times: Sequence[float]) -> list[dict[str, float]]:
        """The weights of all emotions at these seconds, as the face shows them."""
        tracks, constant = Tracks(self.performance.tracks).of("emotion"), self.performance.emotion
        size = constant.emotion_strength
        columns = {name: size * (tracks[name].at(times) if name in tracks else
                                 np.full(len(times), getattr(constant, name))) for name in EMOTIONS}
        return [{name: float(column[k]) for name, column in columns.items()} for k in range(len(times))]

    def _forget(self, given_s: float) -> None:
        """Changes that are long over become one, so that a stream may run for days."""
        over = [moment for moment in self._moments if moment[0] + self._over_s < given_s]
        if len(over) > 1:
            over.sort(key=lambda moment: moment[0])
            merged: dict[str, float] = {}
            for _, weights in over:
                merged.update(weights)
            self._moments = [(over[-1][0], merged),
                             *(moment for moment in self._moments if moment[0] + self._over_s >= given_s)]


def _plain(values: Any) -> dict[str, Any]:
    """Numbers as they were written before they became float32."""
    return {name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value for name, value in values.items()}

