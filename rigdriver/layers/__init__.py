"""Layers: what is done to the model's curves before they go onto a rig, in the order of `TABLE`.

A layer is a file with a stream, a row here and a section of the parameter file with the row's name. All run at
the clip's own frame rate on the canonical rig, delay nothing, and keep the three laws of `rigdriver.stage`.
`retarget` and `resample` are stages of their own: the pipeline puts them where it needs them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rigdriver.clip import Clip
from rigdriver.layers.asymmetry import AsymmetryStream
from rigdriver.layers.blink import BlinkStream
from rigdriver.layers.breath import BreathStream
from rigdriver.layers.brows import BrowsStream
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.channels import ChannelsStream
from rigdriver.layers.closure import ClosureStream
from rigdriver.layers.directed import DirectedStream
from rigdriver.layers.emotion import EmotionStream
from rigdriver.layers.gaze import GazeStream
from rigdriver.layers.head import HeadStream
from rigdriver.layers.idle import IdleStream
from rigdriver.layers.in_place import InPlace, Row, Untouched
from rigdriver.layers.labiodental import LabiodentalStream
from rigdriver.layers.limits import LimitsStream
from rigdriver.layers.mood import Mood
from rigdriver.layers.restraint import RestraintStream
from rigdriver.layers.sibilant import SibilantStream
from rigdriver.layers.silence import SilenceStream
from rigdriver.layers.smoothing import SmoothingStream
from rigdriver.layers.strength import StrengthStream
from rigdriver.performance import Performance
from rigdriver.stage import Chain
from rigdriver.tracks import Tracks

TABLE: dict[str, type[InPlace]] = {
    "strength": StrengthStream,
    "smoothing": SmoothingStream,
    "silence": SilenceStream,
    "emotion": EmotionStream,  # before lids and brows, which move within an expression
    "gaze": GazeStream,
    "blink": BlinkStream,  # after gaze: large shifts draw blinks
    "head": HeadStream,  # after gaze: the eyes turn against the head
    "brows": BrowsStream,
    "breath": BreathStream,
    "idle": IdleStream,
    "asymmetry": AsymmetryStream,
    "restraint": RestraintStream,  # of all that moves by itself
    "channels": ChannelsStream,
    "limits": LimitsStream,
    "sibilant": SibilantStream,  # after all that changes lips or jaw, limits too, which these three may go past
    "labiodental": LabiodentalStream,
    "closure": ClosureStream,  # lips that must shut win over a lip that must part them
}


@dataclass(frozen=True)
class Layer:
    """One row of the table as a stage, for clips on the canonical rig."""

    name: str
    performance: Performance

    def start(self, header: Clip, seed: int) -> InPlace:
        stream = TABLE[self.name]
        enabled = getattr(getattr(self.performance, self.name), "enabled", True)
        if not enabled or any(hint not in header for hint in stream.needs):
            return Untouched(self.performance, header, seed)
        return self._directed(stream(self.performance, header, seed), header, seed)

    def redirected(self, layer: InPlace, header: Clip, seed: int) -> InPlace:
        """A layer that runs already, by this performance from the next frame on. One that is switched off stays so."""
        layer.redirect(self.performance)
        return layer if isinstance(layer, Untouched) else self._directed(layer, header, seed)

    def _directed(self, layer: InPlace, header: Clip, seed: int) -> InPlace:
        """Led by the tracks of its section, where there are any."""
        tracks = {key: track for key, track in Tracks(self.performance.tracks).of(self.name).items()
                  if key not in TABLE[self.name].keyed}
        if isinstance(layer, DirectedStream):
            layer.follow(tracks)
            return layer
        return DirectedStream(layer, self.name, tracks, self.performance, header, seed) if tracks else layer


class Acting(Chain):
    """All layers at work on one face, which may be directed anew while they are."""

    def __init__(self, performance: Performance, header: Clip, seed: int, own: tuple[str, ...]):
        widened = Canonical(own).start(header, seed)
        self._header, self._seed = widened.header, seed
        layers = [Layer(name, performance).start(widened.header, seed) for name in TABLE]
        self._row = Row(layers, performance, widened.header, seed)
        super().__init__([widened, self._row])

    def redirect(self, performance: Performance) -> None:
        """Another performance from the next frame on; what has begun goes on. Its `speech`, and what follows the voice
        as a whole (`emotion.follow_voice`), stay as they were."""
        self._row.scene.mood = Mood(performance)
        self._row.replace([Layer(name, performance).redirected(layer, self._header, self._seed)
                           for name, layer in zip(TABLE, self._row.layers)])


@dataclass(frozen=True)
class Layers:
    """All layers in a row as a stage."""

    performance: Performance

    def start(self, header: Clip, seed: int) -> Chain:
        return chain(self.performance, header, seed)


def chain(performance: Performance, header: Clip, seed: int | None = None, own: tuple[str, ...] = ()) -> Acting:
    """All layers in a row. The header may lack channels of the canonical rig, and any hint.

    own: channels of another rig among the header's, which pass untouched.
    seed: beside the performance's own only where a caller makes many faces from one file.
    Raises InputError for a curve that is neither a channel of the canonical rig, nor one's own, nor a hint.
    """
    return Acting(performance, header, performance.seed if seed is None else seed, own)
