"""The errors a user may meet. Each message says what is wrong, where, and what would be right."""

import difflib
from collections.abc import Iterable


class RigdriverError(Exception):
    """Base of every error that is the input's doing; the command prints it as one line and exits with 2."""


class InputError(RigdriverError):
    """A file or stream that cannot be read as what it claims to be."""


class OutputError(RigdriverError):
    """A place that cannot be written."""


class SettingsError(RigdriverError):
    """A parameter, rig or checkpoint file with an unknown key or an unfit value."""


class MissingExtra(RigdriverError):
    """A capability whose optional packages are not installed."""

    def __init__(self, what: str, extra: str):
        super().__init__(f"{what} needs more packages; install them with: pip install 'rigdriver[{extra}]'")
        self.extra = extra


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that names the known word nearest to `word`, or all known words when none is near."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(map(str, known))}"
