"""Speech: phrases, pauses and turns, heard from the voice hint one frame at a time."""

from rigdriver.performance import Speech


class SpeechState:
    """What the voice does now. A phrase is sound without a pause; a turn is phrases with short pauses between."""

    __slots__ = ("_frame_s", "_settings", "since_s", "talking", "turn_s", "voiced")

    def __init__(self, settings: Speech, frame_s: float):
        self._settings, self._frame_s = settings, frame_s
        self.voiced = False
        self.since_s = settings.turn_gap_s  # since the phrase or pause began; a stream opens in silence
        self.talking = False
        self.turn_s = 0.0  # since the turn, or the listening after it, began

    def step(self, voice: float) -> None:
        """One frame further; two thresholds, so that a wavering probability does not chop a phrase."""
        self.since_s += self._frame_s
        self.turn_s += self._frame_s
        if self.voiced != (voice >= (self._settings.stop_below if self.voiced else self._settings.start_above)):
            self.voiced, self.since_s = not self.voiced, 0.0
        if self.talking != (self.voiced or (self.talking and self.since_s < self._settings.turn_gap_s)):
            self.talking, self.turn_s = not self.talking, 0.0


class Partner:
    """Who else speaks, in a dialogue, heard one frame at a time."""

    __slots__ = ("_speech",)

    def __init__(self, settings: Speech, frame_s: float):
        self._speech = SpeechState(settings, frame_s)

    def ends_phrase(self, voice: float) -> bool:
        """Whether a phrase of theirs ends in this frame."""
        was_voiced = self._speech.voiced
        self._speech.step(voice)
        return was_voiced and not self._speech.voiced
