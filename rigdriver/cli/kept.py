"""`rigdriver drive --keep`: the edited file of each recording, and what became of the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigdriver import formats
from rigdriver.cli.targets import Job
from rigdriver.edits.applying import Kept
from rigdriver.edits.taking import Earlier
from rigdriver.errors import InputError, SettingsError
from rigdriver.formats import atomic, gltf

IN_CHARACTER = (".glb", ".gltf", ".vrm")


@dataclass(frozen=True)
class Keeping:
    """An edited file for one recording, or a folder of them, each called as the output will be."""

    path: Path
    was: Path | None = None

    @classmethod
    def given(cls, keep: str, was: str | None) -> Keeping:
        """From the command line. Raises InputError for what is not there, SettingsError for what does not go together.
        """
        path = Path(keep)
        if not path.exists():
            raise InputError(f"{keep}: no such file or folder")
        if was is not None and path.is_dir():
            raise SettingsError("--was names one file as it was generated; a folder's files carry their own record")
        return cls(path, Path(was) if was else None)

    def checked(self, work: list[Job]) -> Keeping:
        """Raises SettingsError for one file and several recordings, OutputError where an edited file would be lost."""
        if len({job.speech for job in work}) < len(work) and not self.path.is_dir():
            raise SettingsError(f"--keep {self.path}: one edited file for several layers; give a folder that holds "
                                f"{work[0].output.name}, {work[1].output.name} and so on")
        if len(work) > 1 and not self.path.is_dir():
            raise SettingsError(f"--keep {self.path}: one edited file for {len(work)} recordings; give a folder that "
                                "holds NAME.glb (.csv, .anim …) for each NAME.wav")
        if work[0].name:
            raise SettingsError("--keep goes with a file for each recording; name a folder as the output")
        for job in work:
            if edited := self.of(job):
                atomic.check(job.output, [edited])
        return self

    def target(self, format_: str | None, output: str | None,
               options: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """Where nothing else is asked for, the format of the edited file, and the character in it."""
        more = dict(options)
        if self.path.is_dir():
            return format_, more
        suffix = (Path(output).suffix if output else "" if format_ else self.path.suffix).lower()
        if self.path.suffix.lower() in IN_CHARACTER and suffix in IN_CHARACTER and "onto" not in more:
            more["onto"] = str(self.path)
            name = gltf.name_of(self.path, more.get("animation"))
            if name and more.get("animation", name) == name:
                more |= {"animation": name, "replace": True}
        if output is None and format_ is None:
            row = formats.reader(self.path)
            format_ = row.name if row.name != "gltf" and row.writes else self.path.suffix[1:]
        return format_, more

    def of(self, job: Job) -> Path | None:
        """The edited file of a recording; None where the folder has none."""
        if not self.path.is_dir():
            return self.path
        names = (job.output.name, *(job.speech.stem + suffix for suffix in sorted(formats.suffixes())))
        return next((self.path / name for name in names if (self.path / name).is_file()), None)

    def earlier(self, job: Job) -> Earlier | None:
        """What was changed in it. Raises InputError where that is not known."""
        edited = self.of(job)
        if edited is None:
            return None
        is_character = edited.suffix.lower() in IN_CHARACTER
        name = gltf.name_of(edited, job.options.get("animation")) if is_character else None
        return Earlier.read(edited, self.was, name)


def told(kept: Kept) -> list[str]:
    """Lines for a person: how many edits were kept, and each that should be looked at."""
    lost = [conflict for conflict in kept.conflicts if not conflict.applied]
    lines = [f"kept {len(kept.applied)} of {len(kept.applied) + len(lost)} edits"]
    if kept.sealed_s:
        times = ", ".join(f"{at_s:.2f}" for at_s in kept.sealed_s)
        lines[0] += f"; lips that they would have opened stay shut at {times} s"
    return lines + [f"look at {conflict}" for conflict in kept.conflicts]


def as_json(kept: Kept) -> dict[str, Any]:
    """The same as plain values."""
    conflicts = [{"edit": str(conflict.edit), "channel": conflict.edit.channel, "why": conflict.why,
                  "applied": conflict.applied} for conflict in kept.conflicts]
    return {"applied": len(kept.applied), "conflicts": conflicts, "sealed_s": list(kept.sealed_s)}
