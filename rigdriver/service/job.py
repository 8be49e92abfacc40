"""One recording driven in a process of its own, which may be ended: `python -m rigdriver.service.job`, told on stdin.

So a damaged film, or one of ten hours, takes nothing from the streams, and a client that goes away takes its work with
it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from rigdriver import choose, formats, pipeline
from rigdriver import performance as performances
from rigdriver.errors import RigdriverError, SettingsError
from rigdriver.inputs import open_sound
from rigdriver.service.hello import known_rig

REFUSED = 2  # exit code: the input's doing, said in one line on stderr
POLITE = 5  # niceness: streams go first
CHOICES = ("fps", "seed", "style", "lookahead", "direct")


def run(told: dict[str, Any]) -> None:
    """told: speech, output, format, model, engine, and what the query said: lists of texts by name."""
    said: dict[str, list[str]] = told["query"]
    one = {name: texts[-1] for name, texts in said.items()}
    performance = performances.load(None, one.get("personality"))
    performance = performances.changed(performance, choose.overrides(said.get("emotion", []), said.get("set", [])),
                                       "the query")
    if performance.emotion.poses:
        raise SettingsError("emotion.poses names a file, which a client of a service may not")
    choices: dict[str, Any] = {name: one[name] for name in CHOICES if name in one}
    if "seed" in choices:
        choices["seed"] = _whole(choices["seed"])
    formats.check(told["output"], told["format"])
    open_sound(told["speech"])
    way = choose.way(performance, known_rig(one.get("rig", "arkit")), model=told["model"], engine=told["engine"],
                     **choices)
    formats.write(pipeline.drive(told["speech"], way), told["output"], told["format"])


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise SettingsError(f"seed should be a whole number, not {text!r}")
    return int(text)


def main() -> None:
    told = json.load(sys.stdin)
    if hasattr(os, "nice"):
        os.nice(POLITE)
    try:
        run(told)
    except (RigdriverError, OSError, MemoryError) as error:
        folder = str(Path(told["speech"]).parent)
        print(str(error).replace(f"{folder}{os.sep}", ""), file=sys.stderr)  # the server's folders are its own affair
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
