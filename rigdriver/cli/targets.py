"""What is to be driven and where it goes: files, several files and folders become a list of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rigdriver import formats
from rigdriver.cli.places import Pair, check_folder, check_pairs, files_in, is_folder, make
from rigdriver.errors import OutputError
from rigdriver.inputs import SUFFIXES
from rigdriver.parts import PARTS

DEFAULT_FORMAT = "glb"


@dataclass(frozen=True)
class Job:
    """One recording, the file it becomes, and the options of its format: the character it is put onto, and so on.

    name: of its animation, where several recordings become one file.
    """

    speech: Path
    output: Path
    format: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def parts(self) -> dict[str, Job]:
        """A job for each part of the face: `line.csv` becomes `line.speech.csv`, `line.emotion.csv` and so on."""
        return {part: replace(self, output=self.output.with_suffix(f".{part}{self.output.suffix}")) for part in PARTS}


def jobs(speech: tuple[str, ...], output: str | None, format_: str | None, options: Mapping[str, Any],
         apart: bool = False) -> list[Job]:
    """Several recordings and one file that can hold them all become jobs of that file, unless they must stay apart.

    Raises InputError for a folder with no sound, OutputError for outputs that cannot be or that collide.
    """
    found = [pair for given in speech for pair in files_in(Path(given), SUFFIXES, "recordings")]
    single = len(speech) == 1 and not Path(speech[0]).is_dir()
    target = Path(output) if output else None
    is_file = target is not None and not is_folder(output or "", format_)
    if target and is_file and not single and not apart and formats.holds_several(target, format_):
        return _into_one(found, target, format_, options)
    if target and single and is_file:
        pairs = [(found[0][0], target)]
        check_pairs(pairs)
    else:
        suffix = formats.suffix_of(format_ or DEFAULT_FORMAT)
        pairs = [(path, (target / inside if target else path).with_suffix(suffix)) for path, inside in found]
        if target:
            check_folder(target, "recordings", "--format")
        check_pairs(pairs)
        make(out.parent for _, out in pairs if target)
    return [Job(path, out, format_, options) for path, out in pairs]


def _into_one(found: list[Pair], target: Path, format_: str | None, options: Mapping[str, Any]) -> list[Job]:
    """Jobs of one file, each named after its recording, with the folders between where several were given."""
    if "animation" in options:
        raise OutputError(f"{target}: --animation names one animation; several are named after their recordings")
    names = [inside.with_suffix("").as_posix() for _, inside in found]
    for name in names:
        if names.count(name) > 1:
            raise OutputError(f"{target}: two recordings are called {name}; rename one, or drive them apart")
    return [Job(path, target, format_, options, name) for (path, _), name in zip(found, names)]
