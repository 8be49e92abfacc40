"""The window that asks what to import, and the one that says what came of it."""

from __future__ import annotations

import unreal

from rigdriver_unreal import importer
from rigdriver_unreal.characters import CharacterError


def _field(kind: object, label: str, tip: str) -> object:
    return unreal.uproperty(kind, meta={"Category": "rigdriver", "DisplayName": label, "ToolTip": tip})


@unreal.uclass()
class RigdriverImportOptions(unreal.Object):
    """What the window shows; each field is an Unreal property."""

    folder = _field(unreal.DirectoryPath, "Folder", "Of .json and .csv files; its subfolders become content folders")
    mesh = _field(unreal.SkeletalMesh, "Skeletal Mesh", "Whose morph targets shall move; for a MetaHuman its face mesh")
    skeleton = _field(unreal.Skeleton, "or Skeleton", "Where no mesh is named")
    destination = _field(str, "Content folder", "Such as /Game/Takes")
    existing = _field(str, "Existing sequences", "skip, replace, or update (other curves on them stay)")
    fps = _field(float, "Frame rate", "Of the sequences; 0 for each file's own")
    scale = _field(float, "Scale", "On every weight: 0.01 for files that count 0 to 100")


def open() -> None:
    """Asks, imports, and says what came of it. A mesh or skeleton selected in the Content Browser is filled in."""
    options = _options()
    if not unreal.EditorDialog.show_object_details_view("Import facial curves", options):
        return
    try:
        message = _run(options)
    except (CharacterError, OSError, ValueError) as error:
        message = str(error)
    unreal.EditorDialog.show_message("rigdriver", message, unreal.AppMsgType.OK)


def _options() -> RigdriverImportOptions:
    options = unreal.new_object(RigdriverImportOptions)
    options.set_editor_property("destination", importer.Settings().destination)
    options.set_editor_property("existing", importer.Settings().existing)
    options.set_editor_property("scale", 1.0)
    for asset in unreal.EditorUtilityLibrary.get_selected_assets():
        if isinstance(asset, unreal.SkeletalMesh):
            options.set_editor_property("mesh", asset)
        elif isinstance(asset, unreal.Skeleton):
            options.set_editor_property("skeleton", asset)
    return options


def _run(options: RigdriverImportOptions) -> str:
    folder = options.get_editor_property("folder").path
    target = options.get_editor_property("mesh") or options.get_editor_property("skeleton")
    if not folder or target is None:
        return "Name a folder, and a Skeletal Mesh or a Skeleton."
    report = importer.import_folder(
        folder, target,
        destination=options.get_editor_property("destination"), existing=options.get_editor_property("existing"),
        fps=options.get_editor_property("fps") or None, scale=options.get_editor_property("scale"),
    )  # fmt: skip
    worst = [line for is_warning, line in report.lines()[:-1] if is_warning]
    more = f"\n… and {len(worst) - 10} more in the Output Log" if len(worst) > 10 else ""
    return "\n".join([report.summary(), "", *worst[:10]]) + more
