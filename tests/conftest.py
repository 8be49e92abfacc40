"""What every test shares: no clock in hypothesis, so that a slow machine fails nothing."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
