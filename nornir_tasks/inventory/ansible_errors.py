"""What Ansible refuses to read, from what it prints: which file, why, and what to do about it."""

import re
from collections.abc import Sequence
from pathlib import Path

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.problem import SourceLine, format_file, judge_line
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


def judge_refusal(output: str, sources: Sequence[Path]) -> Verdict[SourceLine]:
    """The verdict on the file that Ansible refused, with the reason of the plugin that was meant to read it."""
    source = SOURCE.search(output)
    reasons: dict[str, str] = dict(TRIED.findall(output))
    if not source:
        told = output.partition("Traceback (most recent call last)")[0].strip() or output.strip().split("\n")[-1]
        reason = " ".join(re.sub(r"^(\[\w+\]|ERROR):", "", line).strip() for line in told.splitlines() if line.strip())
        return judge_line(format_file(sources[0]), 0, "", f"what Ansible refuses: {reason}", EXPECTED)
    inventory_file = Path(source[1].strip())
    if not reasons:
        advice = "hosts stand in municipalities/NAME.yml, the groups in groups.yml"
        return judge_line(format_file(inventory_file), 0, "", "no file that says a host", "an inventory", advice)
    plugin = _find_meant_plugin(inventory_file, reasons)
    reason = NOISE.sub("", reasons[plugin]).strip().rstrip(".:")
    return judge_line(
        format_file(inventory_file), 0, "", f"what Ansible refuses: {reason}", EXPECTED, ADVICE.get(plugin, "")
    )


def _find_meant_plugin(file: Path, reasons: dict[str, str]) -> str:
    if "script" in reasons:
        return "script"
    if "auto" in reasons and "Plugin configuration" in reasons.get("yaml", ""):
        return "auto"
    return "yaml" if file.suffix in YAML and "yaml" in reasons else list(reasons)[-1]
