"""Model: the trained network at work. Sound goes in by `push`, a clip of curves and hints comes out.

The same two methods as every stage; any cutting of the sound gives the same frames within 1e-4.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from rigdriver.clip import HEARD, HINTS, Clip
from rigdriver.errors import SettingsError
from rigdriver.lips import BILABIALS, LABIODENTALS, SIBILANTS
from rigdriver.model.condition import Condition, condition
from rigdriver.model.emotion import CATEGORIES, Ear
from rigdriver.model.engine import ENGINES, Answer, Engine, Heard, Question
from rigdriver.model.frontend import Frontend
from rigdriver.model.settings import ModelSettings, alone_file
from rigdriver.resources import WEIGHTS
from rigdriver.tracks import Track

DEFAULT = WEIGHTS / "rigdriver-1.onnx"
BLOCK = 240  # steps in one network call: 4 s, a good trade between call overhead and attention's T × (T + context)
QUIET_DB, LOUD_DB = -40.0, 20.0  # mean band level, against the speaker's usual, that the loudness hint calls 0 and 1
SURE = 0.12  # joint evidence for a closure that the hint calls 1: on validation speakers 2 % of vowels reach .8 of it
TUCKED = 0.25  # likelihood of f or v that the hint calls 1: of validation speakers' vowels .3 % reach .8 of it
HISSED = 0.4  # likelihood of a sibilant that the hint calls 1: at .9 % of validation speakers' vowels it is .8 or more
MOOD = [0, *(1 + CATEGORIES.index(name) for name in HEARD)]  # of what the ear says: arousal, then what is guessed


class Model:
    """A network that is loaded and ready; any number of streams may be started from it."""

    def __init__(self, engine: Engine):
        self.settings = engine.settings
        self._engine = engine

    @classmethod
    def load(cls, path: Path = DEFAULT, engine: str = "onnx", threads: int = 1) -> Model:
        """From a trained file; `engine` is one of ENGINES. Raises SettingsError, MissingExtra."""
        if engine == "onnx":
            from rigdriver.model.engine_onnx import OnnxEngine
            return cls(OnnxEngine(path, threads))
        if engine == "torch":
            from rigdriver.model.engine_torch import TorchEngine
            return cls(TorchEngine(path.with_suffix(".safetensors"), threads))
        if engine == "steps":
            from rigdriver.model.engine_steps import StepsEngine
            return cls(StepsEngine(path, threads))
        if engine == "alone":
            from rigdriver.model.engine_alone import AloneEngine
            return cls(AloneEngine(path, threads))
        raise SettingsError(f"no engine {engine!r}; known: {', '.join(ENGINES)}")

    @property
    def engine(self) -> Engine:
        """What runs the network, for those who ask it for many streams at once (`rigdriver.model.choir`)."""
        return self._engine

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the clips that it gives: curves, then hints."""
        return self.settings.outputs + HINTS

    def header(self) -> Clip:
        """The header of every stream of this model."""
        return Clip.header(self.names, self.settings.fps)

    def start(self, style: str | None = None, lookahead: int | None = None,
              manner: Mapping[str, float] | None = None, keyed: Mapping[str, Track] | None = None) -> ModelStream:
        """A new stream: in one of the learned styles, hearing `lookahead` steps ahead, in a manner of −1..1 each.

        keyed: manners that change over the take, instead of `manner`'s.
        """
        return ModelStream(self._engine, condition(self.settings, style, manner, lookahead), self.header(), keyed or {})

    def phones(self, blocks: Iterable[np.ndarray]) -> np.ndarray:
        """What is said at each frame: blocks (n,) at the model's rate → (frames, phones) float16 log probabilities.

        Heard with the longest lookahead, for those who have the whole sound.
        """
        settings, ahead = self.settings, self.settings.longest_lookahead
        frontend, how, state = Frontend(settings.frontend), condition(settings, None, None, ahead), self._engine.start()
        samples, found, silence = 0, [], _silence_after(settings, ahead)
        for sound in itertools.chain(blocks, [silence]):
            x, _ = frontend.hear(sound)
            samples += len(sound)
            for k in range(0, len(x), BLOCK):
                heard, state = self._engine.answer(x[k : k + BLOCK], how, state)
                top = heard.phones - heard.phones.max(1, keepdims=True)
                found.append((top - np.log(np.exp(top).sum(1, keepdims=True))).astype(np.float16))
        return np.concatenate(found)[ahead:][: _frames_in(settings, samples - len(silence))]


def _silence_after(settings: ModelSettings, ahead: int) -> np.ndarray:
    """(n,) zeros that finish every frame of the sound before them."""
    frontend = settings.frontend
    return np.zeros((ahead + 2) * frontend.rate // frontend.fps + frontend.window, np.float32)


def _frames_in(settings: ModelSettings, samples: int) -> int:
    """How many frames have their time in so much sound, its end included."""
    return samples * settings.frontend.fps // settings.frontend.rate + 1


class ModelStream:
    """One voice being heard. Frame k is given once the lookahead after its time has been heard."""

    def __init__(self, engine: Engine, how: Condition, header: Clip, keyed: Mapping[str, Track]):
        self._engine, self._condition, self._header = engine, how, header
        self._settings = engine.settings
        self._jaw = [k for k, name in enumerate(engine.settings.outputs) if name == "jawOpen"]  # none: 0
        self._low, self._span = engine.settings.spans
        self._kinds = lip_kinds(engine.settings)
        self._frontend, self._ear = Frontend(engine.settings.frontend), Ear(engine.settings.frontend)
        self._state = engine.start(how)
        self._samples = self._steps = 0
        self._keyed = {engine.settings.manners.index(name): track for name, track in keyed.items()}
        self._lookahead = int(how.lookahead)
        self._unanswered = self._lookahead  # answers that belong to no frame, at the beginning
        self._loudness = np.zeros(0, np.float32)  # of steps whose frames are not given yet

    def push(self, samples: np.ndarray) -> Clip:
        """(n,) float32 at the model's rate → the frames that are finished, perhaps none."""
        return self._alone(self.pushing(samples))

    def pushing(self, samples: np.ndarray) -> Generator[Question, Answer, Clip]:
        """`push` for whoever asks the engine for many streams at once (`rigdriver.model.choir`): yields what is asked,
        is sent the answer, and returns the clip."""
        self._samples += len(samples)
        return (yield from self._emit(*self._hear(samples)))

    def flush(self) -> Clip:
        """The rest: every frame whose time lies in the sound, end included. After it the stream is over."""
        tail = self._alone(self._emit(*self._hear(_silence_after(self._settings, self._lookahead))))
        self._header = tail.cut(tail.start, _frames_in(self._settings, self._samples))
        return self._header

    def _hear(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) samples → (T, features) of the steps that they finish, and (T, mood) what the ear says of them."""
        x, spectra = self._frontend.hear(samples)
        return x, self._ear.push(samples, spectra)[:, MOOD]

    def _alone(self, asking: Generator[Question, Answer, Clip]) -> Clip:
        """One stream asks the engine itself."""
        try:
            question = next(asking)
            while True:
                question = asking.send(self._engine.answer(question.x, question.condition, question.state))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _emit(self, x: np.ndarray, mood: np.ndarray) -> Generator[Question, Answer, Clip]:
        """(T, features), (T, mood) → clip of the frames that these steps finish."""
        blocks = []
        for k in range(0, len(x), BLOCK):
            part = x[k : k + BLOCK]
            heard, self._state = yield Question(part, self._asked(len(part)), self._state)
            blocks.append(self._block(part, mood[k : k + BLOCK], heard))
        if not blocks:
            return self._header
        values = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        out = self._header.holding(values.astype(np.float32, copy=False), self._header.start)
        self._header = out.empty()
        return out

    def _block(self, x: np.ndarray, mood: np.ndarray, heard: Heard) -> np.ndarray:
        """Mood is not put back to its frame's own time as loudness is: it comes late, and the lookahead helps."""
        skip = min(self._unanswered, len(x))
        self._unanswered -= skip
        self._loudness = np.concatenate([self._loudness, loudness(x, self._settings.frontend.scale_db)])
        given = len(x) - skip
        loud, self._loudness = self._loudness[:given], self._loudness[given:]
        closure, labiodental, sibilant = lip_hints(heard, self._kinds)
        curves, heard_by_ear = heard.curves[skip:] * self._span + self._low, mood[skip:]
        values = np.zeros((given, curves.shape[1] + len(HINTS)), np.float32)  # columns as `names` has them
        values[:, : -len(HINTS)], hints = curves, values[:, -len(HINTS) :]
        found = (heard.voice[skip:], closure[skip:], heard.accent[skip:], loud, labiodental[skip:], heard_by_ear[:, 0],
                 sibilant[skip:], curves[:, self._jaw].sum(1))
        for column, hint in enumerate(found):
            hints[:, column] = hint
        hints[:, len(found) :] = heard_by_ear[:, 1:]
        return values

    def _asked(self, steps: int) -> Condition:
        """What is asked of the next steps: their manner is that of the frames that they answer."""
        first, self._steps = self._steps - self._lookahead, self._steps + steps
        if not self._keyed:
            return self._condition
        manner = np.repeat(self._condition.manner, steps, 1)
        for column, track in self._keyed.items():
            manner[0, :, column] = track.at(np.arange(first, first + steps) / self._settings.frontend.fps)
        return self._condition._replace(manner=manner)


def engine_for_one(path: str | Path | None) -> str:
    """Which of ENGINES answers one live stream for the least: of the model there, or of ours for None."""
    return "alone" if alone_file(Path(path) if path else DEFAULT).is_file() else "onnx"


def lip_kinds(settings: ModelSettings) -> list[np.ndarray]:
    """Columns of the phones for which lips shut, the lower lip lies under the teeth, and teeth stay close."""
    return [np.array([settings.phones.index(name) for name in kind]) for kind in (BILABIALS, LABIODENTALS, SIBILANTS)]


def lip_hints(heard: Heard, kinds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T,) float32 0..1 each: lips must shut; the lower lip must lie under the teeth; the teeth must stay close.

    For the first the gate alone bleeds into vowels, the phone alone comes late; their geometric mean does neither. For
    the second the phone does: on validation speakers .82 of f and v reach .8 of it, .02 of other consonants. So it does
    for the third: .94 of s z sh zh ch jh reach .8 of it, .04 of other consonants at their middle.
    """
    likely = np.exp(heard.phones - heard.phones.max(1, keepdims=True))  # (T, phones)
    total = likely.sum(1)
    shut, tucked, hissed = (likely[:, kind].sum(1) / total for kind in kinds)
    hints = np.sqrt(heard.closure * shut) / SURE, tucked / TUCKED, hissed / HISSED
    return tuple(np.minimum(np.maximum(hint, 0), 1).astype(np.float32) for hint in hints)  # type: ignore[return-value]


def loudness(x: np.ndarray, scale_db: float) -> np.ndarray:
    """(T, features) → (T,) float32: mean band level against the speaker's usual, 0 at QUIET_DB and 1 at LOUD_DB."""
    decibels = x.mean(1) * scale_db
    risen = (decibels - QUIET_DB) / (LOUD_DB - QUIET_DB)
    return np.minimum(np.maximum(risen, 0), 1).astype(np.float32)


def hear(model: Model, blocks: Iterator[np.ndarray], style: str | None = None) -> Iterator[Clip]:
    """Clips of a whole recording that comes in blocks: the live stream, pushed until the sound ends."""
    stream = model.start(style)
    for block in blocks:
        yield stream.push(block)
    yield stream.flush()
