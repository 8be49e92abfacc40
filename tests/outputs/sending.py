"""What the tests of outputs share: a clip with every curve of ours, and a frame sent to a listener of ours."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rigdriver import outputs
from rigdriver.clip import Clip
from rigdriver.outputs import Packet
from tests.helpers import ANGLES, WEIGHTS

NAMES = (*WEIGHTS, *ANGLES)
ARKIT = WEIGHTS[: WEIGHTS.index("tongueOut") + 1]
HEADER = Clip.header(NAMES, 60)
LISTENING = tuple(row.name for row in outputs.rows() if row.listens)
SOON_S = 2.0  # loopback is quicker; a loaded machine may not be


def frame(seed: int = 0, names: tuple[str, ...] = NAMES) -> np.ndarray:
    """Weights 0..1, angles within ±0.5, all different."""
    chance = np.random.default_rng(seed)
    values = chance.uniform(0, 1, len(names))
    values[[name in ANGLES for name in names]] -= 0.5
    return values.astype(np.float32)


def header(names: tuple[str, ...] = NAMES, fps: Fraction | int = 60) -> Clip:
    return Clip.header(names, fps)


def ours(packet: Packet) -> dict[str, float]:
    """Values by our names, whatever case the protocol writes them in."""
    known = {name.lower(): name for name in NAMES}
    return {known.get(name.lower(), name): float(value) for name, value in zip(packet.names, packet.values)}


def across(address: str, values: np.ndarray, clip: Clip = HEADER, index: int = 75) -> dict[str, float]:
    """What a listener of the same protocol makes of a frame, over the loopback."""
    scheme, _, query = address.partition("?")
    heard: dict[str, float] = {}
    with outputs.open_listener(f"{scheme}://127.0.0.1:0") as listener:
        place = f"{scheme}://127.0.0.1:{listener.port}"
        with outputs.open_output(f"{place}?{query}" if query else place, clip) as output:
            output.send(values, index, float(index / clip.fps))
            expected = output.counters.packets
        while listener.heard.received < expected and (packet := listener.receive(SOON_S)):
            heard.update(ours(packet))
        assert listener.heard.rejected == 0, listener.heard.last_rejection
    return heard
