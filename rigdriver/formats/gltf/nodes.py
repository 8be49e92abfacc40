"""The scene graph at rest: parents, rest rotations, and what an animated node must look like.

A clip's angles turn the head about the model's axes. A node is animated in its parent's axes, so a delta D in
model space becomes Qᵀ D Q there, where Q is the parent's rest orientation in the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rigdriver.errors import InputError
from rigdriver.rotation import IDENTITY

SHEAR = 1e-3  # of the scale: axes of a matrix further from square than this cannot be put as rotation and scale


@dataclass
class Graph:
    """The nodes of a document, whose links are checked, and how they hang together. InputError where in rings."""

    document: dict[str, Any]
    where: str = "glTF"

    @property
    def nodes(self) -> list[dict[str, Any]]:
        return self.document.get("nodes", [])

    @cached_property
    def parents(self) -> dict[int, int]:
        """Parent of each node that has one."""
        parents: dict[int, int] = {}
        for parent, node in enumerate(self.nodes):
            for child in node.get("children", []):
                if child in parents:
                    raise InputError(f"{self.where}: node {parent} has a child {child!r} that is not its own")
                parents[child] = parent
        return parents

    @cached_property
    def joints(self) -> set[int]:
        """Nodes that are joints of some skin."""
        return {joint for skin in self.document.get("skins", []) for joint in skin.get("joints", [])}

    def above(self, node: int) -> list[int]:
        """The node's ancestors, nearest first."""
        chain: dict[int, None] = {}
        while node in self.parents:
            node = self.parents[node]
            if node in chain:
                raise InputError(f"{self.where}: node {node} is its own ancestor")
            chain[node] = None
        return list(chain)

    def below(self, node: int) -> set[int]:
        """The node's descendants."""
        found: set[int] = set()
        waiting = [node]
        while waiting:
            children = self.nodes[waiting.pop()].get("children", [])
            waiting += [child for child in children if child not in found]
            found.update(children)
        return found

    def label(self, node: int) -> str:
        """A node's name for people."""
        return self.nodes[node].get("name") or f"node {node}"

    def orientation_above(self, node: int) -> np.ndarray:
        """(3, 3) orthonormal: model_from_parent at rest. Its determinant is −1 below an odd number of mirrors."""
        matrix = np.eye(3)
        for ancestor in reversed(self.above(node)):
            matrix = matrix @ linear_part(self.nodes[ancestor])
        left, _, right = np.linalg.svd(matrix)
        return left @ right


def linear_part(node: dict[str, Any]) -> np.ndarray:
    """(3, 3) parent_from_node without its translation."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T[:3, :3]  # glTF's matrices are column-major
    return rotation_matrix(rest_rotation(node)) * np.array(node.get("scale", (1, 1, 1)), float)


def rest_rotation(node: dict[str, Any]) -> np.ndarray:
    """(4,) unit quaternion of a node that has no matrix."""
    rotation = np.array(node.get("rotation", IDENTITY), float)
    length = np.linalg.norm(rotation)
    return rotation / length if length > 0 else IDENTITY


def rotation_matrix(rotation: np.ndarray) -> np.ndarray:
    """(3, 3) of a unit quaternion."""
    x, y, z, w = rotation
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def quaternion(matrix: np.ndarray) -> np.ndarray:
    """(4,) unit quaternion of a (3, 3) rotation, by the eigenvector of its largest eigenvalue (Bar-Itzhack 2000)."""
    m = matrix
    k = np.array([
        [m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[2, 1] - m[1, 2]],
        [m[0, 1] + m[1, 0], m[1, 1] - m[0, 0] - m[2, 2], m[1, 2] + m[2, 1], m[0, 2] - m[2, 0]],
        [m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], m[2, 2] - m[0, 0] - m[1, 1], m[1, 0] - m[0, 1]],
        [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], m[0, 0] + m[1, 1] + m[2, 2]],
    ])  # fmt: skip
    vector = np.linalg.eigh(k)[1][:, -1]
    return vector if vector[3] >= 0 else -vector


def decompose(matrix: list[float]) -> dict[str, list[float]] | None:
    """translation, rotation and scale of a glTF matrix, or None where it shears or flattens."""
    full = np.array(matrix, float).reshape(4, 4).T
    axes = full[:3, :3]
    scale = np.linalg.norm(axes, axis=0)
    if scale.min() <= 1e-9 * max(scale.max(), 1e-9):
        return None
    if np.linalg.det(axes) < 0:
        scale[0] = -scale[0]  # a mirror is kept in the scale, where glTF allows it
    turned = axes / scale
    if np.abs(turned.T @ turned - np.eye(3)).max() > SHEAR:
        return None
    return {"translation": full[:3, 3].tolist(), "rotation": quaternion(turned).tolist(), "scale": scale.tolist()}


def turn_into(frame: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Rotations about the model's axes as rotations about a frame's own: frame (3, 3) model_from_frame, (n, 4) both."""
    vector = rotations[:, :3] @ frame * np.linalg.det(frame)  # an axis of turning flips with a mirror
    return np.concatenate([vector, rotations[:, 3:]], axis=1)


def turn_out_of(frame: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """The way back of `turn_into`."""
    return turn_into(frame.T, rotations)
