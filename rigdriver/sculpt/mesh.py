"""What a sculpted piece is until it is written: geometry in millimetres, colours, shapes and the joint it follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

JOINTS = ("Shoulders", "Neck", "Head", "LeftEye", "RightEye")


@dataclass(frozen=True)
class Mesh:
    """One mesh of the head. `shapes` maps a morph name to displacements (n, 3) in mm."""

    name: str
    material: str
    points: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray
    """(n, 3) linear factors 0..1 on the material's colour."""
    shapes: dict[str, np.ndarray] = field(default_factory=dict)
    joints: np.ndarray | None = None
    """(n, len(JOINTS)) weights that sum to 1; None follows the head rigidly."""
    seen_with: dict[str, str] = field(default_factory=dict)
    """A corrective -> the shape it is always seen with, so that its normals are right together with that one."""


def shading_normals(mesh: Mesh, name: str | None = None) -> np.ndarray:
    """Normals (n, 3) at rest, or what a shape at weight 1 adds to them."""
    if name is None:
        return smooth_normals(mesh.points, mesh.triangles)
    base = mesh.points + mesh.shapes[mesh.seen_with[name]] if name in mesh.seen_with else mesh.points
    return smooth_normals(base + mesh.shapes[name], mesh.triangles) - smooth_normals(base, mesh.triangles)


def smooth_normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit vertex normals (n, 3), each face weighted by its corner's angle (Thürmer and Wüthrich 1998)."""
    corners = points[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    faces /= np.maximum(np.linalg.norm(faces, axis=1, keepdims=True), 1e-12)
    normals = np.zeros_like(points)
    for k in range(3):
        to_next, to_last = corners[:, (k + 1) % 3] - corners[:, k], corners[:, (k + 2) % 3] - corners[:, k]
        np.add.at(normals, triangles[:, k], faces * _angle(to_next, to_last)[:, None])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-9, normals / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])


def grid_triangles(grid: np.ndarray) -> np.ndarray:
    """Triangles between neighbouring rows and columns of a grid of vertex numbers.

    Front faces are those that see rows run down and columns run to the right.
    """
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    return np.vstack([np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)])


def round_grid(rows: int, columns: int) -> np.ndarray:
    """Vertex numbers of a grid whose last column is followed by its first."""
    grid = np.arange(rows * columns).reshape(rows, columns)
    return np.hstack([grid, grid[:, :1]])


def mirrored(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A half (x >= 0) and its mirror image; also each half vertex's number on the other side."""
    away = np.flatnonzero(points[:, 0] > 0)
    other = np.arange(len(points))
    other[away] = len(points) + np.arange(len(away))
    both = np.vstack([points, points[away] * [-1, 1, 1]])
    return both, np.vstack([triangles, other[triangles][:, ::-1]]), other


def joined(pieces: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Several (points, triangles) as one."""
    first = np.cumsum([0, *(len(points) for points, _ in pieces)])
    triangles = [faces + start for (_, faces), start in zip(pieces, first[:-1], strict=True)]
    return np.vstack([points for points, _ in pieces]), np.vstack(triangles)


def cut_out(mesh: Mesh, faces: np.ndarray, name: str, material: str) -> Mesh:
    """The piece of a mesh made of some of its triangles (m, 3), as a mesh of its own, shapes and all."""
    kept, renumbered = np.unique(faces, return_inverse=True)
    return replace(
        mesh,
        name=name,
        material=material,
        points=mesh.points[kept],
        triangles=renumbered.reshape(-1, 3),
        colours=mesh.colours[kept],
        shapes={shape: moved[kept] for shape, moved in mesh.shapes.items()},
        joints=None if mesh.joints is None else mesh.joints[kept],
    )


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.arccos(np.clip((a * b).sum(axis=1) / np.maximum(lengths, 1e-12), -1, 1))
