"""The real inventory with one municipality and the operations centre: what is true of all, and fast to resolve."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("loppa", "operations_centre", "all", "groups")


def reduced(place: Path) -> None:
    """Copy the real inventory to ``place``, with one municipality and the operations centre: fast to resolve."""
    for file in (ROOT / "inventory").rglob("*.yml"):
        inside = file.relative_to(ROOT / "inventory")
        name = inside.parts[1] if inside.parts[0] == "group_vars" else file.stem
        if name in KEPT:
            copy = place / "inventory" / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)


def patch(place: Path, patches: list[dict[str, str]]) -> None:
    """Change files; what is to be replaced must be there."""
    for one in patches:
        file = place / one["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        if "write" in one:
            file.write_text(one["write"])
            continue
        text = file.read_text()
        assert one["replace"] in text, f"{one['file']}: nothing like {one['replace']!r}"
        file.write_text(text.replace(one["replace"], one["by"], 1))
