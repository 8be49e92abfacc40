"""Facial animation curves from files into Unreal's Animation Sequences, in bulk.

    import rigdriver_unreal
    rigdriver_unreal.import_folder("D:/takes", target="/Game/Hero/SKM_Hero", destination="/Game/Takes")

Plain Python 3.9 (Unreal 5.1 to 5.3 bring it; 5.4 and later bring 3.11), nothing but `unreal` needed. `files`, `keys`,
`spelling` and `plan` know nothing of Unreal; `sequences` is the only module that touches animation data.
"""

from rigdriver_unreal.importer import Settings, import_files, import_folder
from rigdriver_unreal.report import Report

__all__ = ["Report", "Settings", "import_files", "import_folder"]
