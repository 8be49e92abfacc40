"""What the README points at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "rigdriver/DESIGN.md", "rigdriver/model/weights/MODEL_CARD.md")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert target.startswith("http") or (path.parent / target).exists(), f"{page} points at {target}"


def test_every_command_of_the_readme_exists() -> None:
    from rigdriver.cli import COMMANDS
    spoken = set(re.findall(r"^rigdriver (\w+)|`rigdriver (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {a or b for a, b in spoken} <= set(COMMANDS)
