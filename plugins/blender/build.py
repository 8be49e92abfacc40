"""Builds the zip that Blender installs, and keeps the copies of rigdriver's own modules inside it.

    python plugins/blender/build.py DIST            the zip, into the folder DIST
    python plugins/blender/build.py --copies        rigdriver_blender/copied/ anew from the package beside this folder

One zip for all: Blender 4.2 and later take it as an extension, 3.3 to 4.1 as an add-on.
"""

import re
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "rigdriver_blender"
COPIED = ("channel", "clip", "edits/applying", "edits/comparing", "edits/record", "edits/warping", "errors",
          "gathering", "keying", "keys", "likeness", "lips", "phones", "rotation", "spelling")
"""They need NumPy alone, which Blender has."""

RIGDRIVER = HERE.parents[1] / "rigdriver"


def copies() -> dict[Path, str]:
    """Each copy's place and text: rigdriver's own, which imports its neighbours by dots."""
    return {PACKAGE / "copied" / f"{Path(name).name}.py":
            _neighbourly((RIGDRIVER / f"{name}.py").read_text(encoding="utf-8")) for name in COPIED}


def _neighbourly(text: str) -> str:
    near = re.sub(r"^from rigdriver import", "from . import", text, flags=re.MULTILINE)
    near = re.sub(r"^from rigdriver\.(?:edits\.)?(\w+) import", r"from .\1 import", near, flags=re.MULTILINE)
    return re.sub(r"(?:^from \.\w+ import .+\n)+", lambda lines: "".join(sorted(lines[0].splitlines(keepends=True))),
                  near, flags=re.MULTILINE)


def build(folder: Path) -> Path:
    """The zip in that folder, every file below one folder of the add-on's name. The same files give the same zip."""
    version = re.search(r'^version = "(.+)"', (PACKAGE / "blender_manifest.toml").read_text(), re.MULTILINE)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{PACKAGE.name}-{version[1] if version else 0}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(PACKAGE.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                member = zipfile.ZipInfo(file.relative_to(HERE).as_posix())
                member.external_attr = 0o644 << 16
                archive.writestr(member, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def main(arguments: list[str]) -> None:
    if arguments == ["--copies"]:
        for path, text in copies().items():
            path.write_text(text, encoding="utf-8")
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        print(build(Path(arguments[0])))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
