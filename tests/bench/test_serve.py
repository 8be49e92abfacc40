"""Many voices together cost a core clearly less than as many alone."""

import sys

import pytest

from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from tests.bench import sockets
from tests.bench.serve import cost


def test_together_is_cheaper() -> None:
    alone = cost(Drive(Model.load()), 12, 0.5, batched=False)
    together = cost(Drive(Model.load(engine="steps")), 12, 0.5, hop=2)
    assert together.mean < 0.8 * alone.mean


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of a process")
def test_real_clients_get_frames_in_their_order() -> None:
    got = sockets.run(3, 1.0, tries=1)  # one of each way to push
    assert got.disordered == 0 and got.frames + got.lost > 3 * 45
    assert got.lateness_ms[0] < 50 and 0 < got.core < 1
