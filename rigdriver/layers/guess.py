"""Guess: an emotion from the voice, slow and weak, for those who ask for it (`emotion: auto`).

What the ear takes for likely is shown once it is likelier than not, eases in within seconds and out in more, and goes
in silence: half of it within 6 s, nine tenths within 13 s.

How far to trust it. On EmoDB with the actor left out of the fit, utterances of one emotion in a row, from 3 s of speech
on: the right emotion leads 49 % of the time (sadness .79, anger .63, fear .39, disgust .36, joy .28), a wrong one 9 %,
none 42 %; joy looks angry 31 %. Of what should show nothing boredom does 31 % of the time (mostly disgust), an actor's
neutral voice 11 %, readers left out of the fit 1.2 %. Where the emotion changes every two seconds it is right 13 %. Of
ten samples by two other voices, English and Mandarin, five show nothing and one what was meant (joy, a tenth of the
time); out of breath looks joyful half of the time, and anger, joy and neutral of one voice disgusted for .1 to .2.
"""

import numpy as np

from rigdriver.clip import HEARD, Clip
from rigdriver.performance import EMOTIONS

UNLIKELY, SURE = 0.5, 0.9  # likelihood from which an emotion shows, and where it shows in full
RISE_S, FALL_S = 1.0, 3.0  # half-lives of the way there and back (BEHAVIOUR 8)


class Guess:
    """One stream's guess."""

    def __init__(self, header: Clip, frame_s: float):
        self._columns = {EMOTIONS.index(name): header.column(hint) for name, hint in HEARD.items() if hint in header}
        self._rise, self._fall = (1 - 0.5 ** (frame_s / half_life) for half_life in (RISE_S, FALL_S))
        self._shown = dict.fromkeys(self._columns, 0.0)

    def of(self, values: np.ndarray) -> np.ndarray:
        """(frames, names) of a clip → (frames, emotions) 0..1; zeros where the clip does not say what was heard."""
        guessed = np.zeros((len(values), len(EMOTIONS)))
        for emotion, column in self._columns.items():
            wanted = np.clip((values[:, column] - UNLIKELY) / (SURE - UNLIKELY), 0, 1)
            guessed[:, emotion] = [self._eased(emotion, want) for want in wanted.tolist()]
        return guessed

    def _eased(self, emotion: int, want: float) -> float:
        shown = self._shown[emotion]
        self._shown[emotion] = shown + (want - shown) * (self._rise if want > shown else self._fall)
        return self._shown[emotion]
