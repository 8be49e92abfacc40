"""espeak-ng pronounces transcripts where it is there."""

import shutil

import pytest

from tests.programs.conftest import lacking


@pytest.fixture
def espeak() -> str:
    return shutil.which("espeak-ng") or lacking("espeak-ng")
