"""Files in, Animation Sequences out: one a file, under one undo step, with a report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import unreal

from rigdriver_unreal import characters, files, keys, sequences
from rigdriver_unreal.characters import Character
from rigdriver_unreal.plan import Plan, asset_name, package_of, plan
from rigdriver_unreal.report import Entry, Report

EXISTING = ("skip", "replace", "update")
OUTCOMES = {"replace": "replaced", "update": "updated"}


@dataclass(frozen=True)
class Settings:
    """How to import.

    destination: a content folder. prefix, suffix: around the file's name.
    existing: for a sequence of that name: "skip" leaves it; "replace" empties it of float curves first; "update" writes
    only the file's curves and leaves the others, so that those edited or added by hand survive.
    fps: the sequences' rate; None for each file's own. scale: on every weight. tolerance: how far a straight line may
    pass a key that is left out; 0 keeps every key that bends. save: write the packages to disk.
    """

    destination: str = "/Game/Rigdriver"
    prefix: str = "AS_"
    suffix: str = ""
    existing: str = "skip"
    fps: float | None = None
    scale: float = 1.0
    tolerance: float = 0.0005
    save: bool = True

    def __post_init__(self) -> None:
        if self.existing not in EXISTING:
            raise ValueError(f"existing is {self.existing!r}; pick one of {', '.join(EXISTING)}")
        if not self.destination.startswith("/"):
            raise ValueError(f"destination {self.destination!r} should begin like /Game/Takes")
        if self.tolerance < 0 or (self.fps is not None and not self.fps > 0):
            raise ValueError("tolerance should be 0 or more, and fps more than 0")


def import_folder(folder: str | Path, target: object, recursive: bool = True, **settings: object) -> Report:
    """Every readable file of a folder; its subfolders become content folders. target: see `import_files`."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    found = folder.rglob("*") if recursive else folder.glob("*")
    paths = sorted(path for path in found if path.is_file() and path.suffix.lower() in files.SUFFIXES)
    return import_files(paths, target, root=folder, **settings)


def import_files(paths: list, target: object, root: Path | None = None, **settings: object) -> Report:
    """One sequence a file. target: content path or asset of a Skeletal Mesh or Skeleton, or several that share one.

    settings: fields of `Settings`. A file that fails is in the report and the others go on; `characters.CharacterError`
    is raised where the target is none.
    """
    options = Settings(**settings)
    character = characters.load(list(target) if isinstance(target, (list, tuple)) else [target])
    run = _Run(character, options)
    with unreal.ScopedEditorTransaction("rigdriver: import curves"):
        with unreal.ScopedSlowTask(float(len(paths)), "rigdriver: import curves") as task:
            task.make_dialog(True)
            for path in map(Path, paths):
                if task.should_cancel():
                    run.report.cancelled = True
                    break
                task.enter_progress_frame(1.0, path.name)
                run.take(path, package_of(path, root, options.destination) if root else options.destination.rstrip("/"))
        run.finish()
    for is_warning, line in run.report.lines():
        (unreal.log_warning if is_warning else unreal.log)(line)
    return run.report


class _Run:
    """One import: what is told, which sequences were written, which morph targets they drive."""

    def __init__(self, character: Character, options: Settings):
        self.character = character
        self.options = options
        self.report = Report()
        self._taken = {}
        self._driven = {}

    def take(self, path: Path, package: str) -> None:
        """One file; what goes wrong with it is in its entry."""
        name = asset_name(path, self.options.prefix, self.options.suffix)
        entry = Entry(path.name, f"{package}/{name}")
        self.report.entries.append(entry)
        other = self._taken.setdefault(entry.asset.lower(), path)
        if other is not path:
            entry.error = f"{other.name} has become {entry.asset} already; rename one of the two"
            return
        try:
            self._fill(entry, path, package, name)
        except (files.FileError, sequences.SequenceError) as error:
            entry.error = str(error).replace(f"{path.name}: ", "", 1)
        except Exception as error:  # what Unreal raises has no common type; the other files shall still be imported
            entry.error = f"{type(error).__name__}: {error}"

    def _fill(self, entry: Entry, path: Path, package: str, name: str) -> None:
        sequence = sequences.find(entry.asset, self.character.skeleton)
        if sequence is not None and self.options.existing == "skip":
            entry.outcome = "skipped"
            return
        clip = files.read(path)
        chosen = plan(clip, self.character.target)
        _tell(entry, chosen)
        if not chosen.writes:
            raise sequences.SequenceError("; ".join(["none of its curves is on the character", *chosen.notes]))
        outcome = "made" if sequence is None else OUTCOMES[self.options.existing]
        mesh = next(iter(self.character.meshes), None)
        fresh = sequence or sequences.make(name, package, self.character.skeleton, mesh)
        self._write(entry, fresh, clip, chosen, empty=outcome != "updated")
        if self.options.save and not unreal.EditorAssetLibrary.save_loaded_asset(fresh, False):
            raise sequences.SequenceError(f"{entry.asset} was written but could not be saved")
        self._driven.update({curve.lower(): curve for curve in chosen.writes})
        entry.outcome = outcome

    def _write(self, entry: Entry, sequence: object, clip: files.Curves, chosen: Plan, empty: bool) -> None:
        fps = clip.fps if self.options.fps is None else Fraction(self.options.fps).limit_denominator(1001)
        written = sequences.write(sequence, _curves(clip, chosen, self.options), fps, clip.duration_s, empty)
        entry.curves, entry.keys, entry.frames = written.curves, written.keys, written.frames
        entry.fps, entry.starts_s = f"{float(written.fps):g}", clip.offset_s
        if fps and written.fps != fps:
            entry.notes.append(f"Unreal keeps the sequence at {entry.fps} fps, since {float(fps):g} is no multiple or "
                               "part of it; the keys lie on their true times between its frames")

    def finish(self) -> None:
        """Morph targets are told from other curves on the skeleton, once for all files."""
        morphs = [name for names in self.character.target.meshes for name in names if name.lower() in self._driven]
        if not morphs or self.character.target.is_metahuman:
            return
        trouble = characters.mark_morph_targets(self.character.skeleton, list(dict.fromkeys(morphs)))
        if trouble:
            self.report.notes.append(trouble)
        elif self.options.save:
            unreal.EditorAssetLibrary.save_loaded_asset(self.character.skeleton, True)


def _tell(entry: Entry, chosen: Plan) -> None:
    entry.missing, entry.silent, entry.angles = list(chosen.missing), list(chosen.silent), list(chosen.angles)
    entry.ambiguous = [f"{target} ({channel})" for target, channel in chosen.ambiguous]
    entry.notes = list(chosen.notes)


def _curves(clip: files.Curves, chosen: Plan, options: Settings) -> dict:
    curves = {}
    for target, source in chosen.writes.items():
        track = clip.tracks[source]
        if not track.times:
            continue
        values = [value * options.scale for value in track.values]
        curves[target] = keys.reduced(track.times, values, options.tolerance)
    return curves


def with_defaults(**given: object) -> Settings:
    """Settings with those of the given that are not None."""
    return replace(Settings(), **{name: value for name, value in given.items() if value is not None})
