"""What the formats that hold keys share: a clip becomes keys, keys become a clip, and a file is read within bounds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver import keying
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, angle_names, is_hint, left_out, moving
from rigdriver.gathering import Anchors
from rigdriver.keys import Keys, sampled
from rigdriver.likeness import Likeness
from rigdriver.rig import canonical
from rigdriver.spelling import find

FINE = 0.001
"""What a weight of 1 may be off by unless more or nothing is asked for: a tenth of what a face shows."""

LARGEST_BYTES = 1 << 28  # an hour of a face in keys is a tenth of it
MOST_FRAMES = 2_000_000  # nine hours at 60 fps
MOST_VALUES = 50_000_000  # frames × curves of one clip, 200 MB: four hours of a face at 60 fps
VALUES_A_KEY, VALUES_FREE = 1000, 5_000_000  # so much a clip may hold for each of its keys, and however few they are
FURTHEST = 1e9  # frames from the sound's beginning
BETWEEN = 0.01  # of a frame, that a key may lie beside it and still be its own


def weights(clip: Clip, path: str | Path, where: str, losses: list[Loss] | None) -> Clip:
    """The curves that are blendshapes. where: "Unity has", for what is told of the rest.

    Raises InputError for a clip without frames or without weights, or with a value that is not a number.
    """
    names = [name for name in clip.names if name not in angle_names() and not is_hint(name)]
    if not names or not len(clip):
        raise InputError(f"{path}: the clip has no {'weights' if len(clip) else 'frames'} to write")
    if losses is not None:
        losses.extend(left_out(clip, names, where))
    check_finite(clip, path)
    return clip.pick(names)


def keyed(clip: Clip, keys: float, still: bool, path: str | Path, losses: list[Loss] | None,
          anchors: Anchors = ()) -> tuple[dict[str, Keys], Likeness]:
    """Keys of every curve: as few as lie within `keys` of it, or for 0 one a frame with straight lines between.

    Curves of a part of the face share frames, at anchors sooner than beside them. Also tells what they cost.

    Curves that are 0 throughout are left out, unless `still` or where that would leave none.
    Raises OutputError for `keys` that is no tolerance.
    """
    if not 0 <= keys < math.inf:
        raise OutputError(f"{path}: keys={keys:g} is no tolerance; give 0 for a key at every frame, or .001 to .02")
    still = still or not clip.values.any()
    made = (keying.reduced(clip, keys, still=still, anchors=anchors, shared=True) if keys else
            keying.every_frame(clip, still=still))
    if losses is not None:
        losses.extend(_reduction(clip, made, keys))
    return made, Likeness.of(clip, made)


def _reduction(clip: Clip, made: Mapping[str, Keys], keys: float) -> Iterator[Loss]:
    if resting := tuple(name for name in clip.names if name not in made):
        yield Loss("still", "left out, for they never moved (still=true keeps them)", resting)
    if keys and moving(clip):
        count, dense = sum(map(len, made.values())), len(clip) * len(made)
        yield Loss("values", f"{count} keys stand for {dense} values, at most {keys:g} off (keys=0 keeps every frame)")


def listed(given: str | Sequence[str], what: str, path: str | Path) -> list[str]:
    """An option that names one thing or several: a list, or a text with commas. Raises OutputError for none."""
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else [str(name) for name in given]
    if not names or len(set(names)) < len(names):
        raise OutputError(f"{path}: {what} should name each of them once, divided by commas")
    return names


def text_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """A text file's lines with their numbers from 1, whatever ends them. Raises InputError for no UTF-8."""
    try:
        size = Path(path).stat().st_size
        if size > LARGEST_BYTES:
            raise InputError(f"{path}: is larger than {LARGEST_BYTES >> 20} MB; reduce its keys or cut it")
        with Path(path).open(encoding="utf-8-sig") as file:
            yield from enumerate(file, 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from None


def opening(path: str | Path, size: int = 2048) -> str:
    """The first characters of a file, "" where it cannot be read; what is no UTF-8 in them is replaced."""
    try:
        with Path(path).open("rb") as file:
            return file.read(size).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def clip_of(curves: Mapping[str, Keys], fps: Fraction, last_s: float | None, path: str | Path,
            first_s: float | None = None) -> Clip:
    """Keyed curves at whole frames, from the first key (or `first_s`) to the last (or `last_s`, where that is later).

    Names that spell ARKit's become ours. Raises InputError for no curves or a clip too long to hold.
    """
    if not curves:
        raise InputError(f"{path}: holds no curve of a blendshape")
    begins = min(keys.times[0] for keys in curves.values()) if first_s is None else first_s
    ends = max(begins, *(keys.times[-1] for keys in curves.values()), begins if last_s is None else last_s)
    keys = sum(map(len, curves.values()))
    first, last = places(begins * float(fps), ends * float(fps), len(curves), keys, path)
    with np.errstate(all="ignore"):
        clip = sampled(dict(zip(our_names(list(curves)), curves.values())), fps, first, last)
    if not np.isfinite(clip.values).all():
        raise InputError(f"{path}: holds values too large for a curve")
    return clip


def places(begins: float, ends: float, curves: int, keys: int, path: str | Path) -> tuple[int, int]:
    """The first and last whole frame of a clip between two places in frames.

    Raises InputError for one too long to hold, or much longer than so few keys can mean.
    """
    frames, most = ends - begins + 1, min(MOST_VALUES, max(VALUES_FREE, VALUES_A_KEY * keys))
    if not (max(abs(begins), abs(ends)) < FURTHEST and frames < MOST_FRAMES and frames * curves < most):
        raise InputError(f"{path}: lasts from frame {begins:g} to {ends:g}, too long for one clip")
    first = math.floor(begins + BETWEEN)
    return first, max(first, math.ceil(ends - BETWEEN))


def our_names(names: Sequence[str]) -> list[str]:
    """Our names for those that spell ARKit's, where no two spell the same."""
    known = canonical().names
    ours = [name if name in known else find(name, known) or name for name in names]
    counted = Counter(ours)
    return [our if counted[our] == 1 else name for our, name in zip(ours, names)]
