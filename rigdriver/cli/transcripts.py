"""What is said in the recordings: `--transcript` as users write it, for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rigdriver import pipeline
from rigdriver.errors import SettingsError
from rigdriver.pipeline import Drive
from rigdriver.take import Phone
from rigdriver.transcript import Transcript, reading

FITS = 0.5  # of its phones that a transcript must have in the sound, or the user hears of it


@dataclass(frozen=True)
class Script:
    """Words for one recording, a file for one, or a folder with a file for each."""

    voice: str
    text: str = ""
    path: Path | None = None

    @classmethod
    def given(cls, option: str, voice: str, recordings: int) -> Script:
        """From the command line: words, or `@` and a path. Raises SettingsError where several would get the same."""
        path = Path(option[1:]) if option.startswith("@") else None
        if path and not path.exists():
            raise SettingsError(f"--transcript {option}: no such file or folder")
        if recordings > 1 and not (path and path.is_dir()):
            raise SettingsError(f"--transcript: one text for {recordings} recordings; give a folder, @texts, that "
                                "holds NAME.txt (.srt, .json, .TextGrid …) for each NAME.wav")
        return cls(voice, "" if path else option, path)

    def of(self, recording: Path) -> Transcript | None:
        """None where the folder has nothing for it. Raises InputError for what cannot be read."""
        if self.path is None:
            return reading.of_text(self.text, self.voice, "--transcript")
        path = reading.beside(recording, self.path) if self.path.is_dir() else self.path
        return reading.load(path, self.voice) if path else None

    def told(self, recording: Path, way: Drive) -> Drive:
        """The same way, which knows what is spoken in this recording."""
        transcript = self.of(recording)
        return pipeline.told(recording, way, transcript) if transcript else way


def fit(phones: tuple[Phone, ...]) -> float:
    """Mean trust of the phones, 0..1."""
    spoken = [phone.sure for phone in phones if phone.name != "SIL"]
    return sum(spoken) / len(spoken) if spoken else 0.0
