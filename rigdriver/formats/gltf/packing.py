"""Compressed and quantised characters: what can be done with them as they are, and what to run where it cannot.

Keys are appended uncompressed, which the specification of every such extension allows. The rest of the file stays as
packed as it was, and so do the programs that cannot open it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigdriver.formats.glb import MESHOPT

UNPACK = "it is compressed; run `npx @gltf-transform/cli dequantize IN.glb OUT.glb` on it first"

# As seen with Blender 3.4 to 5.0 and Godot 3.2; three.js and Babylon need the meshopt decoder set.
_READERS = {
    "meshopt": "Blender and Godot cannot open meshopt-compressed files; for them run "
               "`npx @gltf-transform/cli dequantize IN.glb OUT.glb` on the character and drive that",
    "KHR_draco_mesh_compression": "Godot 3 cannot open Draco-compressed files; for it run "
                                  "`npx @gltf-transform/cli copy IN.glb OUT.glb` on the character and drive that",
}  # fmt: skip


def notes(document: dict[str, Any]) -> Iterator[str]:
    """What a user should know before opening the written file elsewhere."""
    required = document.get("extensionsRequired") or []
    if any(name in required for name in MESHOPT):
        yield _READERS["meshopt"]
    if "KHR_draco_mesh_compression" in required:
        yield _READERS["KHR_draco_mesh_compression"]
