"""A frame costs every protocol well under a third of a millisecond."""

import pytest

from tests.bench.outputs import BUDGET_US, cost_us
from tests.outputs.sending import LISTENING


@pytest.mark.parametrize("scheme", LISTENING)
def test_what_a_frame_costs(scheme: str) -> None:
    cost, _, _ = cost_us(scheme, frames=200)
    assert cost < BUDGET_US
