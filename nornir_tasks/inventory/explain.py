"""Which file and line gave a host's variable its value, and what that overrode: in Ansible's own order."""

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.inventory.derivations import NAMES, PREFIXES, Derivation, derive
from nornir_tasks.inventory.load import find_default_sources, load_region, parse_listing, resolve, run_ansible
from nornir_tasks.inventory.problem import format_file
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model import Region
from nornir_tasks.model.entries import find_group_hosts
from nornir_tasks.model.finding import suggest_nearest

SEALED = "__ansible_vault"
FEW = 3
MERGED = "Ansible, from what follows"
Derive = Callable[[Region, str, Sequence[str]], Derivation | None]  # of a region, a host, and the rest of a key
NOTHING = object()  # where a path leads nowhere; None is a value


class WhyError(FellesdriftError):
    """There is no host or key of this name; the text names the nearest."""

    exit_code = USAGE


@dataclass(frozen=True)
class Assignment:
    """A place that gives a value. ``line`` is 0 where a plugin computed it, or Ansible names no line."""

    file: str
    line: int
    of: str  # the group or host that it is given to
    kind: str  # group or host
    folder: str  # group_vars or host_vars; empty: in an inventory
    computed: bool
    value: Any
    has_value: bool = True  # False: it overrode the whole variable, without this part

    @property
    def where(self) -> str:
        """``inventory/groups.yml:41``, or what computed it."""
        if self.computed:
            return f"computed by {self.file}"
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def whose(self) -> str:
        """``group loppa``, ``host loppa-acc-03``."""
        return f"{self.kind} {self.of}" if self.of else ""


@dataclass(frozen=True)
class Answer:
    """A value, the place that gave it, and those that it overrode (the nearest first); or what it was derived from."""

    host: str
    key: str
    value: Any
    winner: Assignment | None = None
    overridden: tuple[Assignment, ...] = ()
    rule: str = ""  # how it was derived
    sources: tuple["Answer", ...] = ()  # the keys that it was derived from

    @property
    def is_encrypted(self) -> bool:
        """Whether the value, or a part of it, is in a vault; it is never opened."""
        return SEALED in json.dumps(self.value)


@dataclass(frozen=True)
class HostLayers:
    """Every value that a host's variables were given, the lowest first."""

    host: str
    variables: dict[str, Any]
    assignments: dict[str, list[Assignment]]  # by variable
    origins: Origins

    def find_answer(self, key: str) -> Answer | None:
        """A variable (or a part of it) with the place that gave it; None if there is no such variable or part."""
        name, *key_path = split_key(key)
        if name not in self.variables:
            return None
        value, path = _follow_path(self.variables[name], key_path)
        if value is NOTHING:
            return None
        assignments = [self._narrow(assignment, name, path) for assignment in reversed(self.assignments.get(name, ()))]
        if not assignments or assignments[0].value != value:  # merged, or made by an unwatched plugin
            assignments.insert(0, Assignment(MERGED, 0, "", "host", "", True, value))
        return Answer(self.host, key, value, assignments[0], tuple(assignments[1:]))

    def find_lost(self, key: str) -> Assignment | None:
        """The place that gives a part that was lost, because another place overrode the whole; None: there is none."""
        name, *key_path = split_key(key)
        for assignment in reversed(self.assignments.get(name, ())):
            value, path = _follow_path(assignment.value, key_path)
            if value is not NOTHING:
                return self._narrow(assignment, name, path)
        return None

    def _narrow(self, assignment: Assignment, name: str, path: tuple[str, ...]) -> Assignment:
        """What a place gives a variable, or a part of it, and in which line."""
        value: Any = assignment.value
        for part in path:
            value = _follow_step(value, part)
        line = assignment.line
        if not assignment.computed:
            line = self.origins.find_line(Path(assignment.file), assignment.of, (name, *path), line)
        if value is NOTHING:
            return replace(assignment, line=line, value=None, has_value=False)
        return replace(assignment, line=line, value=value)


def explain_value(
    sources: Sequence[Path] | None, host: str, key: str, more: Mapping[str, Derive] | None = None
) -> Answer:
    """Where a value comes from; of a value of the model, what it was derived from.

    Args:
        sources: inventories, as ``ansible-inventory -i`` takes them; None: those of ``ansible.cfg``.
        host: a switch or server.
        key: a variable, or a part of it: ``links[3].a``; or a value of the model: ``gateway``, ``device.zones``.
        more: what follows from the model elsewhere, by the name that a key begins with.

    Raises:
        WhyError: no such host or key; the text names the nearest.
        InventoryError: Ansible cannot read the inventory; or the key is the model's, which the inventory does not make.
    """
    listed_sources = tuple(sources or find_default_sources())
    layers = read_layers(listed_sources, host)[host]
    answer = layers.find_answer(key)
    if answer:
        return answer
    name, *rest = split_key(key)
    derivation = None
    if more and name in more:
        derivation = more[name](load_region(listed_sources), host, rest)
    elif name in (*NAMES, *PREFIXES):
        derivation = derive(load_region(listed_sources), host, [name, *rest], layers.variables)
    if derivation is None:
        raise WhyError(_describe_missing(layers, key, more or ()))
    return _explain_derivation(listed_sources, layers, key, derivation)


def read_layers(sources: Sequence[Path], host: str | None = None) -> dict[str, HostLayers]:
    """Host to its layers, of one host or of all.

    Raises:
        WhyError: there is no such host.
        InventoryError: Ansible cannot read the inventory.
    """
    completed = _run_layers(sources, ["--list"] if host is None else ["--host", host])
    output = parse_listing(completed.stdout) if completed.returncode == 0 else None
    if output is None or (host is not None and (list(output["hosts"]) != [host] or output["hosts"][host]["implicit"])):
        resolved = resolve(sources)  # raises InventoryError if it is the inventory that is wrong
        hosts = resolved["_meta"]["hostvars"]
        members_text = ", ".join(sorted(find_group_hosts(resolved, host or ""))[:FEW])
        advice = f"it is a group, of {members_text} …" if members_text else suggest_name(host or "", hosts)
        raise WhyError(f"host: found {host!r}, expected a host of the inventory; {advice}")
    values = [json.loads(text) for text in output["values"]]
    origins = Origins(sources)
    layers = {}
    for name, entry in output["hosts"].items():
        assignments: dict[str, list[Assignment]] = {}
        for layer in entry["said"]:
            file = format_file(Path(layer["file"])) if layer["file"] else MERGED
            location = (file, layer["line"], layer["of"], layer["kind"], layer["vars"], layer["computed"])
            assignments.setdefault(layer["key"], []).append(Assignment(*location, values[layer["value"]]))
        variables = {key: values[number] for key, number in entry["found"].items()}
        layers[name] = HostLayers(name, variables, assignments, origins)
    return layers


def split_key(key: str) -> list[str]:
    """``links[3].a`` or ``links.3.a``, part by part."""
    return [part for part in re.split(r"[.\[\]]+", key) if part] or [key]


def suggest_name(word: str, names: Iterable[str]) -> str:
    """The nearest name, or how to list all of them."""
    return suggest_nearest(word, names) or "scripts/inventory.py show HOST, or ansible-inventory --graph, names them"


def mask_vaulted(value: Any) -> Any:
    """A value as it may be printed: what is in a vault is the word ``encrypted``."""
    if isinstance(value, dict):
        return "encrypted" if SEALED in value else {key: mask_vaulted(item) for key, item in value.items()}
    return [mask_vaulted(item) for item in value] if isinstance(value, list) else value


def make_answer_record(answer: Answer) -> dict[str, Any]:
    """The answer as JSON has it."""
    record: dict[str, Any] = {"host": answer.host, "key": answer.key, "value": mask_vaulted(answer.value)}
    record["encrypted"] = answer.is_encrypted
    if answer.winner:
        record |= {
            "said": _make_assignment_record(answer.winner),
            "overrode": [_make_assignment_record(source) for source in answer.overridden],
        }
    if answer.rule:
        record |= {"derived": answer.rule, "from": [make_answer_record(source) for source in answer.sources]}
    return record


def _make_assignment_record(assignment: Assignment) -> dict[str, Any]:
    value = mask_vaulted(assignment.value) if assignment.has_value else None
    location = {"file": assignment.file, "line": assignment.line or None, "computed": assignment.computed}
    return {
        **location,
        assignment.kind: assignment.of,
        "folder": assignment.folder or None,
        "there": assignment.has_value,
        "value": value,
    }


def _explain_derivation(sources: Sequence[Path], layers: HostLayers, key: str, derivation: Derivation) -> Answer:
    layers_by_host = {layers.host: layers}
    answers = []
    for host, source_key in derivation.keys:
        if host not in layers_by_host:
            layers_by_host |= read_layers(sources, host)
        answer = layers_by_host[host].find_answer(source_key)
        if answer:
            answers.append(answer)
    return Answer(layers.host, key, derivation.value, rule=derivation.rule, sources=tuple(answers))


def _describe_missing(layers: HostLayers, key: str, more: Iterable[str]) -> str:
    variable = split_key(key)[0]
    lost_assignment = layers.find_lost(key)
    if lost_assignment:
        winner = layers.find_answer(variable)
        winner_place = winner.winner.where if winner and winner.winner else "another"
        return (
            f"{layers.host} {key}: found nothing; {lost_assignment.where} says it, but {winner_place} gives all of "
            f"{variable} anew: Ansible replaces a mapping or a list whole, and merges nothing"
        )
    if variable in layers.variables:
        whole = layers.variables[variable]
        keys = [f"{variable}.{part}" for part in whole] if isinstance(whole, dict) else []
        size = f"a list of {len(whole)}" if isinstance(whole, list) else ", ".join(keys[:12]) or "a single value"
        return f"{layers.host} {key}: found nothing there, expected a part of {variable} ({size})"
    names = sorted({*layers.variables, *NAMES, *more})
    advice = suggest_nearest(variable, names) or "it has " + ", ".join(names)
    return f"{layers.host} {key}: found no such variable; {advice}"


def _follow_path(value: Any, key_path: list[str]) -> tuple[Any, tuple[str, ...]]:
    """What a path leads to (NOTHING: nowhere), and the path with keys that hold a dot put together again."""
    path: tuple[str, ...] = ()
    while key_path:
        for length in range(len(key_path), 0, -1):
            step = _follow_step(value, ".".join(key_path[:length]))
            if step is not NOTHING:
                value, path, key_path = step, (*path, ".".join(key_path[:length])), key_path[length:]
                break
        else:
            return NOTHING, path
    return value, path


def _follow_step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, NOTHING)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return NOTHING


def _run_layers(sources: Sequence[Path], options: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``ansible_layers`` as a program of its own, as ``load.ask`` runs the listing."""
    arguments = [argument for source in sources for argument in ("-i", str(source.absolute()))]
    return run_ansible("nornir_tasks.inventory.ansible_layers", [*options, *arguments])
