"""What Ansible refuses to read, from what it prints: which file, why, and what one does about it."""

import re
from collections.abc import Sequence
from pathlib import Path

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.problem import SourceLine, judge_line, shown_path
from nornir_tasks.inventory.source.source_map import YAML

TRIED = re.compile(r"^\[WARNING\]: Failed to parse inventory with '(\w+)' plugin: (.*)$", re.MULTILINE)
SOURCE = re.compile(r"^\[ERROR\]: Completely failed to parse inventory source (.+)$", re.MULTILINE)
NOISE = re.compile(r"^(Failed to parse (inventory|'[^']*'): )+")
EXPECTED = "an inventory that ansible-inventory can read"
ADVICE = {
    "script": "it may be executed, and so is taken for a script: run it by hand with --list; else take that right away",
    "auto": "the file of an inventory plugin: `ansible-doc -t inventory NAME` tells what it takes",
    "yaml": "`ansible-inventory -i FILE --list -vvv` tells more",
    "ini": "its name tells what it is: .yml for YAML, .md or .txt for people, anything else for an INI inventory",
}


def refusal(said: str, sources: Sequence[Path]) -> Verdict[SourceLine]:
    """Of all the ways in which Ansible tried to read a file, what it says of the one that was meant."""
    source = SOURCE.search(said)
    tried: dict[str, str] = dict(TRIED.findall(said))
    if not source:
        words = " ".join(re.sub(r"^\[\w+\]:", "", line).strip() for line in said.splitlines() if line.strip())
        return judge_line(shown_path(sources[0]), 0, "", f"what Ansible refuses: {words}", EXPECTED)
    file = Path(source[1].strip())
    if not tried:
        advice = "hosts stand in municipalities/NAME.yml, the groups in groups.yml"
        return judge_line(shown_path(file), 0, "", "no file that says a host", "an inventory", advice)
    plugin = _meant(file, tried)
    words = NOISE.sub("", tried[plugin]).strip().rstrip(".:")
    return judge_line(shown_path(file), 0, "", f"what Ansible refuses: {words}", EXPECTED, ADVICE.get(plugin, ""))


def _meant(file: Path, tried: dict[str, str]) -> str:
    if "script" in tried:
        return "script"
    if "auto" in tried and "Plugin configuration" in tried.get("yaml", ""):
        return "auto"
    return "yaml" if file.suffix in YAML and "yaml" in tried else list(tried)[-1]
