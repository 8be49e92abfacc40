"""Many voices together cost a core clearly less than as many alone."""

from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from tests.bench.serve import cost


def test_together_is_cheaper() -> None:
    alone = cost(Drive(Model.load()), 12, 0.5, batched=False)
    together = cost(Drive(Model.load(engine="steps")), 12, 0.5, hop=2)
    assert together.mean < 0.8 * alone.mean
