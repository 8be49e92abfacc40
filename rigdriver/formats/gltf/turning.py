"""Head and eye angles as rotations of nodes, and back.

A clip's angles are about the model's axes (`rigs/arkit.yaml`). The eyes' are relative to the head, which carries
them along. Rotation tracks replace a node's rest rotation, so every key is delta · rest, with the delta
turned into the axes of the node's parent. VRM 0 models face −Z: there the same nod is about the opposite axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.formats.gltf.animation import Keys, Track
from rigdriver.formats.gltf.joints import Joints
from rigdriver.formats.gltf.nodes import Graph, decompose, rest_rotation, turn_into, turn_out_of
from rigdriver.rotation import continuous, from_angles, inverse, multiply, part

NECK_SHARE = 0.35
"""Of a head's turn, where there is a neck: the skull on the first two vertebrae makes somewhat more than half of
it, the rest of the neck what remains; less than that remainder looks better where the neck is one joint."""

PARTS = ("head", "leftEye", "rightEye")


def angle_names(of: str) -> tuple[str, str, str]:
    """The clip's columns for "head", "leftEye" or "rightEye": yaw, pitch, roll."""
    return f"{of}Yaw", f"{of}Pitch", f"{of}Roll"


@dataclass(frozen=True)
class Turn:
    """One node that takes a share of one part's rotation. what: for people; of: the part whose angles it follows."""

    what: str
    of: str
    node: int
    share: float
    frame: np.ndarray  # (3, 3) model_from_parent at rest
    rest: np.ndarray  # (4,)
    faces_back: bool

    def keys(self, delta: np.ndarray) -> np.ndarray:
        """(n, 4) local rotations for rotations of the whole part about the model's axes."""
        share = _face_about(part(delta, self.share), self.faces_back)
        return multiply(turn_into(self.frame, share), self.rest)

    def delta(self, keys: np.ndarray) -> np.ndarray:
        """(n, 4) rotations about the model's axes that local rotations stand for: this node's share only."""
        turned = turn_out_of(self.frame, multiply(keys, inverse(self.rest)))
        return _face_about(turned, self.faces_back)


def _face_about(rotation: np.ndarray, faces_back: bool) -> np.ndarray:
    """The same movement of a character that faces the other way."""
    return rotation * [-1.0, 1.0, -1.0, 1.0] if faces_back else rotation


def turns(graph: Graph, joints: Joints) -> list[Turn]:
    """Who turns what in a document. Before a node with a matrix is animated, `make_animatable` must put it right."""
    found = []
    neck_share = NECK_SHARE if joints.neck is not None else 0.0
    wanted = (
        ("neck", "head", joints.neck, neck_share),
        ("head", "head", joints.head, 1 - neck_share),
        ("left eye", "leftEye", joints.left_eye, 1.0),
        ("right eye", "rightEye", joints.right_eye, 1.0),
    )
    for what, of, node, share in wanted:
        if node is None:
            continue
        rest = rest_rotation(_decomposed(graph.nodes[node]))
        found.append(Turn(what, of, node, share, graph.orientation_above(node), rest, joints.faces_back))
    return found


def make_animatable(graph: Graph, node: int, notes: list[str]) -> None:
    """Put a node's matrix as translation, rotation and scale, as glTF asks of an animated node."""
    if "matrix" in graph.nodes[node]:
        notes.append(f"{graph.label(node)!r}: its matrix now stands as translation, rotation and scale")
        graph.nodes[node].update(_decomposed(graph.nodes[node]))
        del graph.nodes[node]["matrix"]


def _decomposed(node: dict[str, Any]) -> dict[str, Any]:
    """A node's parts; `joints.obstacle` has refused a matrix that has none."""
    return (decompose(node["matrix"]) or {}) if "matrix" in node else node


def track(turn: Turn, keys: Keys) -> Track:
    """The rotation track of one node."""
    return Track((turn.node,), "rotation", 4, _rows(turn, keys), is_vector=True, share=turn.share)


def _rows(turn: Turn, keys: Keys) -> Callable[[], Iterator[np.ndarray]]:
    clip = keys.clip
    columns = [clip.column(name) if name in clip else None for name in angle_names(turn.of)]
    present = [column for column in columns if column is not None]

    def rows() -> Iterator[np.ndarray]:
        before = turn.rest
        for block in keys.rows(present):
            angles = np.zeros((3, len(block)))
            angles[[axis for axis, column in enumerate(columns) if column is not None]] = block.T
            local = continuous(turn.keys(from_angles(*angles)), before)
            before = local[-1]
            yield local.astype(np.float32)

    return rows
