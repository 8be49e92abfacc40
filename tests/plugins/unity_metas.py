"""The .meta files of the Unity package: each file's GUID follows from its path, so that it never changes by chance.

Unity leaves files without one out of a package that comes from git or a registry. `python -m tests.plugins.unity_metas`
writes them all; a test says when one is missing, stale or left over.
"""

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "plugins" / "unity"
NAME = "com.rigdriver.unity"
TAIL = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
IMPORTERS = {
    ".cs": "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n"
           "  executionOrder: 0\n  icon: {instanceID: 0}\n",
    ".asmdef": "AssemblyDefinitionImporter:\n  externalObjects: {}\n",
    ".json": "PackageManifestImporter:\n  externalObjects: {}\n",
    ".md": "TextScriptImporter:\n  externalObjects: {}\n",
    "": "folderAsset: yes\nDefaultImporter:\n  externalObjects: {}\n",
}  # fmt: skip


def assets() -> list[Path]:
    """Everything in the package that Unity wants a .meta for, folders too."""
    return sorted(path for path in PACKAGE.rglob("*") if path.suffix != ".meta")


def guid(path: Path) -> str:
    return hashlib.md5(f"{NAME}/{path.relative_to(PACKAGE).as_posix()}".encode()).hexdigest()


def meta_of(path: Path) -> Path:
    return path.with_name(path.name + ".meta")


def meta(path: Path) -> str:
    importer = IMPORTERS["" if path.is_dir() else path.suffix]
    return f"fileFormatVersion: 2\nguid: {guid(path)}\n{importer}{TAIL}"


def write() -> None:
    for path in PACKAGE.rglob("*.meta"):
        path.unlink()
    for path in assets():
        meta_of(path).write_text(meta(path), encoding="utf-8")


if __name__ == "__main__":
    write()
