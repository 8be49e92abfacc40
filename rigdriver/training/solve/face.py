"""Face: what each channel does to each landmark, and how sure we are of it beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from rigdriver.errors import InputError

SPREAD = {  # how far a talker's channel usually moves (standard deviation about rest); speech, not acting
    "jawOpen": 0.25, "mouthClose": 0.25, "mouthFunnel": 0.15, "mouthPucker": 0.20,
    "mouthLowerDown": 0.15, "mouthUpperUp": 0.20, "mouthStretch": 0.12, "mouthSmile": 0.10, "mouthFrown": 0.05,
    "mouthRollLower": 0.10, "mouthRollUpper": 0.04, "mouthShrugLower": 0.08, "mouthShrugUpper": 0.04,
    "mouthPress": 0.10, "mouthDimple": 0.08, "mouthLeft": 0.03, "mouthRight": 0.03,
    "jawLeft": 0.03, "jawRight": 0.03, "jawForward": 0.04, "cheekPuff": 0.04, "cheekSquint": 0.05, "noseSneer": 0.05,
}  # fmt: skip
SIDES = {"_L": "Left", "_R": "Right"}
MISMATCH = 4.0  # px between a landmark and the vertex it is paired with; those further apart are dropped
INNER_LIPS = ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318))  # upper, lower
STABLE = 0.12  # model units; a point that no shape moves further than this serves to find the head's motion


@dataclass(frozen=True, eq=False)
class Face:
    """names: channels. rest: (landmarks, 3). shapes: (C, landmarks, 3), what weight 1 adds. spread: (C,).

    held: (landmarks,) bool, points that no expression moves. gaps: (pairs, 2) indices of upper and lower inner lip.
    """

    names: tuple[str, ...]
    landmarks: tuple[int, ...]
    rest: np.ndarray
    shapes: np.ndarray
    spread: np.ndarray
    held: np.ndarray
    gaps: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def opening(self, points: np.ndarray) -> np.ndarray:
        """(..., 3): how far the three middle pairs of the inner lips are apart in points (..., landmarks, 3)."""
        upper, lower = self.gaps[len(self.gaps) // 2 - 1 : len(self.gaps) // 2 + 2].T
        return points[..., upper, 1] - points[..., lower, 1]

    @property
    def twins(self) -> list[tuple[int, int]]:
        """Columns of left and right of each two-sided channel."""
        pairs = [(name, name.removesuffix("Left") + "Right") for name in self.names if name not in SPREAD]
        return [(self.names.index(left), self.names.index(right)) for left, right in pairs if left != right
                and left.endswith("Left")]


def read_ict(folder: Path, landmarks: np.ndarray) -> tuple[Face, np.ndarray]:
    """The ICT FaceKit head at these MediaPipe landmarks, and which of them it has. Units: ICT's, about a centimetre."""
    names, vertices, deltas, _ = ict_head(folder)
    mark, at, distance = arrays(folder / "mediapipe_correspondence.npz", "landmark", "vertex", "distance_px")
    vertex = dict(zip(mark[distance <= MISMATCH].tolist(), at[distance <= MISMATCH].tolist()))
    found = np.array([mark in vertex for mark in landmarks.tolist()])
    used = [vertex[mark] for mark in landmarks[found].tolist()]
    return face_of(dict(zip(names, deltas[:, used])), vertices[used], tuple(landmarks[found].tolist())), found


def ict_head(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """ARKit names, vertices (n, 3), deltas (names, n, 3) and quads (m, 4) of the head; both cheeks puff as one."""
    path = folder / "ict_arkit_shapes.npz"
    own, vertices, deltas, quads = arrays(path, "names", "vertices", "deltas", "faces_quad_minus1_pad")
    names = [_arkit(str(name)) for name in own]
    left, right = names.index("cheekPuffLeft"), names.index("cheekPuffRight")
    deltas[left] += deltas[right]
    names[left] = "cheekPuff"
    return names[:right] + names[right + 1 :], vertices, np.delete(deltas, right, 0), quads


def arrays(path: Path, *names: str) -> tuple[np.ndarray, ...]:
    """Arrays of an npz by name. Raises InputError where the file or one of them is missing."""
    if not path.is_file():
        raise InputError(f"{path}: not there; give the folder that holds {path.parent.name}/ by --data")
    try:
        with np.load(path) as file:
            return tuple(file[name] for name in names)
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(f"{path}: is no npz of {', '.join(names)} ({error})") from None


def face_of(moved: dict[str, np.ndarray], rest: np.ndarray, landmarks: tuple[int, ...]) -> Face:
    """A face from what each channel adds to each landmark; channels without a row in SPREAD only mark moving points."""
    names = tuple(name for name in sorted(moved) if base(name) in SPREAD)
    reach = np.sqrt((np.stack(list(moved.values())) ** 2).sum(2)).max(0)
    at = {mark: k for k, mark in enumerate(landmarks)}
    gaps = [(at[upper], at[lower]) for upper, lower in INNER_LIPS if upper in at and lower in at]
    return Face(names, landmarks, rest.astype(np.float32), np.stack([moved[name] for name in names]).astype(np.float32),
                np.array([SPREAD[base(name)] for name in names]), reach < STABLE, np.array(gaps).reshape(-1, 2))


def base(name: str) -> str:
    """A channel's name without its side, but mouthLeft, jawRight and their like are names of their own."""
    if name in SPREAD:
        return name
    return name.removesuffix("Left").removesuffix("Right")


def _arkit(name: str) -> str:
    return name[:-2] + SIDES[name[-2:]] if name[-2:] in SIDES else name
