"""Taking animations out of a file, so that others can stand in their place.

Nothing moves: numbers of all that stays are what they were. Accessors, views and bytes go only where they are the
last of their list and nothing that stays refers to them, which is so for an animation that was appended last; that way
driving a file again and again does not make it grow. Whole numbers inside extensions that are not known here count as
references to everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from rigdriver.formats import glb
from rigdriver.formats.gltf.asset import Asset

PADDING = 3  # bytes at most, to the next multiple of 4

def take_out(asset: Asset, names: Collection[str]) -> dict[str, int]:
    """Takes away the first animation of each name, where there is one; gives the places that they had."""
    document = asset.document
    animations = document.get("animations", [])
    places: dict[str, int] = {}
    for place, animation in enumerate(animations):
        if animation.get("name") in names:
            places.setdefault(animation["name"], place)
    gone = [animations[place] for place in places.values()]
    animations[:] = [animation for k, animation in enumerate(animations) if k not in places.values()]
    own = {sampler[end] for animation in gone for sampler in animation["samplers"] for end in ("input", "output")}
    unknown = set(_inside_extensions(document))
    accessors = _drop_last(document, "accessors", own, set(_used_accessors(document)) | unknown)
    views = _drop_last(document, "bufferViews", set(_views_of(accessors)),
                       set(_views_of(document.get("accessors", []))) | set(_views_of_images(document)) | unknown)
    _drop_bytes(asset, views)
    for key in ("animations", "accessors", "bufferViews", "buffers"):
        if not document.get(key, True):
            del document[key]  # glTF knows no empty lists
    return places


def _drop_last(document: dict[str, Any], kind: str, wanted: set[int], used: set[int]) -> list[dict[str, Any]]:
    """Items at the end of a list that are wanted gone and unused, taken away."""
    items: list[dict[str, Any]] = document.get(kind, [])
    gone = []
    while len(items) - 1 in wanted - used:
        gone.append(items.pop())
    return gone


def _used_accessors(document: dict[str, Any]) -> Iterator[int]:
    for animation in document.get("animations", []):
        yield from (sampler[end] for sampler in animation["samplers"] for end in ("input", "output"))
    for mesh in document.get("meshes", []):
        for primitive in mesh["primitives"]:
            yield primitive.get("indices", -1)
            for attributes in (primitive["attributes"], *primitive.get("targets", [])):
                yield from attributes.values()
    yield from (skin.get("inverseBindMatrices", -1) for skin in document.get("skins", []))


def _views_of(accessors: list[dict[str, Any]]) -> Iterator[int]:
    for accessor in accessors:
        sparse = accessor.get("sparse") or {}
        yield from (part["bufferView"] for part in (accessor, *sparse.values())
                    if isinstance(part, dict) and "bufferView" in part)


def _views_of_images(document: dict[str, Any]) -> Iterator[int]:
    yield from (image["bufferView"] for image in document.get("images", []) if "bufferView" in image)


def _inside_extensions(document: dict[str, Any]) -> Iterator[int]:
    """Every whole number that stands in some extension of a document."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    while waiting:
        value, inside = waiting.pop()
        if isinstance(value, dict):
            waiting += [(item, inside or key == "extensions") for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, inside) for item in value]
        elif inside and isinstance(value, int):
            yield value


def _drop_bytes(asset: Asset, gone: list[dict[str, Any]]) -> None:
    """The end of a buffer that only views which are gone lay in; a buffer beside a .gltf goes as a whole."""
    buffers = glb.buffers(asset.document)
    for index in sorted({view["buffer"] for view in gone}, reverse=True):
        first = min(view.get("byteOffset", 0) for view in gone if view["buffer"] == index)
        last = max(_end(view, index) for view in gone)
        stays = [_end(view, index) for view in asset.document.get("bufferViews", [])]
        if max(stays, default=0) > first or last + PADDING < buffers[index]["byteLength"]:
            continue  # something that stays lies behind it
        if asset.in_glb and index == 0 and "uri" not in buffers[0]:
            asset.binary = asset.binary[:first]
            buffers[0]["byteLength"] = first
        elif first == 0 and index == len(buffers) - 1:
            buffers.pop()


def _end(view: dict[str, Any], buffer: int) -> int:
    """Where a view, or the compressed bytes that it stands for, ends in that buffer; 0 where it is in another."""
    extensions = view.get("extensions")
    packed = [extensions.get(name) for name in glb.MESHOPT] if isinstance(extensions, dict) else []
    ends = [place.get("byteOffset", 0) + place.get("byteLength", 0)
            for place in (view, *packed) if isinstance(place, dict) and place.get("buffer") == buffer]
    return max(ends, default=0)
