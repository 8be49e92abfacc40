"""The example's line as it is driven, and what is heard in it, once for all tests."""

import numpy as np
import pytest

from rigdriver import pipeline
from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.pipeline import Drive
from tests.speech import hello


@pytest.fixture(scope="session")
def usual() -> Drive:
    return way()


@pytest.fixture(scope="session")
def driven(usual: Drive) -> Clip:
    return pipeline.drive(hello(), usual)


@pytest.fixture(scope="session")
def heard(usual: Drive) -> np.ndarray:
    return pipeline.phones(hello(), usual.model)
