"""Where sound comes from. Every input gives blocks of mono float32 samples at the rate asked for."""

from rigdriver.inputs.files import SUFFIXES, SoundFile, open_sound, read

__all__ = ["SUFFIXES", "SoundFile", "open_sound", "read"]
