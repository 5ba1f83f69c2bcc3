"""Which file and line gave a host's variable its value, and what that overrode: in Ansible's own order."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.inventory.derivations import NAMES, PREFIXES, Derivation, derive
from nornir_tasks.inventory.load import CHECKOUT, STRICT, default_sources, load_region, resolve
from nornir_tasks.inventory.problem import shown_path
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.entries import find_group_hosts
from nornir_tasks.model.finding import suggest_nearest

SEALED = "__ansible_vault"
FEW = 3
MERGED = "Ansible, from what follows"
NOTHING = object()  # where a path leads nowhere; None is a value


class WhyError(FellesdriftError):
    """Nothing of this name: says what is near."""

    exit_code = USAGE


@dataclass(frozen=True)
class Saying:
    """One place that says a value. ``line`` is 0 where something computed it, or does not say."""

    file: str
    line: int
    of: str  # the group or host that it is said of
    kind: str  # group or host
    folder: str  # group_vars or host_vars; empty: in an inventory
    computed: bool
    value: Any
    there: bool = True  # False: what it says overrode the whole, without this part

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
    """A value, who gave it, and what they overrode (the nearest first); or what it was derived from."""

    host: str
    key: str
    value: Any
    winner: Saying | None = None
    overridden: tuple[Saying, ...] = ()
    rule: str = ""  # how it was derived
    sources: tuple["Answer", ...] = ()  # from what

    @property
    def encrypted(self) -> bool:
        """Whether the value, or a part of it, is in a vault; it is never opened."""
        return SEALED in json.dumps(self.value)


@dataclass(frozen=True)
class Layers:
    """Everything that is said of one host, the lowest first."""

    host: str
    found: dict[str, Any]
    said: dict[str, list[Saying]]  # by variable
    origins: Origins

    def answer(self, key: str) -> Answer | None:
        """Who gave a variable (or a part of one) its value; None if there is no such variable, or no such part."""
        name, *rest = parts(key)
        if name not in self.found:
            return None
        value, path = _into(self.found[name], rest)
        if value is NOTHING:
            return None
        said = [self._part(saying, name, path) for saying in reversed(self.said.get(name, ()))]
        if not said or said[0].value != value:  # merged, or made by a plugin that nobody can watch
            said.insert(0, Saying(MERGED, 0, "", "host", "", True, value))
        return Answer(self.host, key, value, said[0], tuple(said[1:]))

    def lost(self, key: str) -> Saying | None:
        """Who says a part that was lost, because another overrode the whole."""
        name, *rest = parts(key)
        for saying in reversed(self.said.get(name, ())):
            value, path = _into(saying.value, rest)
            if value is not NOTHING:
                return self._part(saying, name, path)
        return None

    def _part(self, saying: Saying, name: str, path: tuple[str, ...]) -> Saying:
        """What somebody says of a variable, or of a part of one, and in which line."""
        value: Any = saying.value
        for part in path:
            value = _step(value, part)
        line = saying.line
        if not saying.computed:
            line = self.origins.line(Path(saying.file), saying.of, (name, *path), line)
        if value is NOTHING:
            return replace(saying, line=line, value=None, there=False)
        return replace(saying, line=line, value=value)


def why(sources: Sequence[Path] | None, host: str, key: str) -> Answer:
    """Where a value comes from; of a value of the model, what it was derived from.

    Raises:
        WhyError: no such host or key: names what is near.
        InventoryError: Ansible cannot read the inventory; or the key is the model's, which the inventory does not make.
    """
    listed = tuple(sources or default_sources())
    layers = read(listed, host)[host]
    answer = layers.answer(key)
    if answer:
        return answer
    if parts(key)[0] not in (*NAMES, *PREFIXES):
        raise WhyError(_nothing(layers, key))
    derivation = derive(load_region(listed), host, parts(key), layers.found)
    if derivation is None:
        raise WhyError(_nothing(layers, key))
    return _derived(listed, layers, key, derivation)


def read(sources: Sequence[Path], host: str | None = None) -> dict[str, Layers]:
    """What is said of one host, or of all.

    Raises:
        WhyError: there is no such host.
        InventoryError: Ansible cannot read the inventory.
    """
    done = _ask(sources, ["--host", host] if host else ["--list"])
    told = json.loads(done.stdout) if done.returncode == 0 else None
    if told is None or (host and (list(told["hosts"]) != [host] or told["hosts"][host]["implicit"])):
        resolved = resolve(sources)  # says so itself if it is the inventory that is wrong
        known = resolved["_meta"]["hostvars"]
        here = ", ".join(sorted(find_group_hosts(resolved, host or ""))[:FEW])
        advice = f"it is a group, of {here} …" if here else near(host or "", known)
        raise WhyError(f"host: found {host!r}, expected a host of the inventory; {advice}")
    values = [json.loads(text) for text in told["values"]]
    origins = Origins(sources)
    found = {}
    for name, one in told["hosts"].items():
        said: dict[str, list[Saying]] = {}
        for row in one["said"]:
            where = shown_path(Path(row["file"])) if row["file"] else MERGED
            place = (where, row["line"], row["of"], row["kind"], row["vars"], row["computed"])
            said.setdefault(row["key"], []).append(Saying(*place, values[row["value"]]))
        mine = {key: values[number] for key, number in one["found"].items()}
        found[name] = Layers(name, mine, said, origins)
    return found


def parts(key: str) -> list[str]:
    """``links[3].a`` or ``links.3.a``, part by part."""
    return [part for part in re.split(r"[.\[\]]+", key) if part] or [key]


def near(word: str, known: Iterable[str]) -> str:
    """What may have been meant, or where to look."""
    return suggest_nearest(word, known) or "scripts/inventory.py show HOST, or ansible-inventory --graph, names them"


def opened(value: Any) -> Any:
    """A value for people: what is in a vault is the word ``encrypted``."""
    if isinstance(value, dict):
        return "encrypted" if SEALED in value else {key: opened(item) for key, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def as_dict(answer: Answer) -> dict[str, Any]:
    """For a program."""
    told: dict[str, Any] = {"host": answer.host, "key": answer.key, "value": opened(answer.value)}
    told["encrypted"] = answer.encrypted
    if answer.winner:
        told |= {"said": _said(answer.winner), "overrode": [_said(one) for one in answer.overridden]}
    if answer.rule:
        told |= {"derived": answer.rule, "from": [as_dict(one) for one in answer.sources]}
    return told


def _said(saying: Saying) -> dict[str, Any]:
    value = opened(saying.value) if saying.there else None
    place = {"file": saying.file, "line": saying.line or None, "computed": saying.computed}
    return {**place, saying.kind: saying.of, "folder": saying.folder or None, "there": saying.there, "value": value}


def _derived(sources: Sequence[Path], layers: Layers, key: str, found: Derivation) -> Answer:
    known = {layers.host: layers}
    answers = []
    for host, one in found.keys:
        if host not in known:
            known |= read(sources, host)
        answer = known[host].answer(one)
        if answer:
            answers.append(answer)
    return Answer(layers.host, key, found.value, rule=found.rule, sources=tuple(answers))


def _nothing(layers: Layers, key: str) -> str:
    name = parts(key)[0]
    lost = layers.lost(key)
    if lost:
        winner = layers.answer(name)
        by = winner.winner.where if winner and winner.winner else "another"
        return (
            f"{layers.host} {key}: found nothing; {lost.where} says it, but {by} gives all of {name} anew: "
            "Ansible replaces a mapping or a list whole, and merges nothing"
        )
    if name in layers.found:
        inside = layers.found[name]
        keys = [f"{name}.{part}" for part in inside] if isinstance(inside, dict) else []
        size = f"a list of {len(inside)}" if isinstance(inside, list) else ", ".join(keys[:12]) or "a single value"
        return f"{layers.host} {key}: found nothing there, expected a part of {name} ({size})"
    known = sorted({*layers.found, *NAMES})
    return (
        f"{layers.host} {key}: found no such variable; {suggest_nearest(name, known) or 'it has ' + ', '.join(known)}"
    )


def _into(value: Any, rest: list[str]) -> tuple[Any, tuple[str, ...]]:
    """What a path leads to, and the path as the value has it: a key may itself hold a dot."""
    path: tuple[str, ...] = ()
    while rest:
        for many in range(len(rest), 0, -1):
            step = _step(value, ".".join(rest[:many]))
            if step is not NOTHING:
                value, path, rest = step, (*path, ".".join(rest[:many])), rest[many:]
                break
        else:
            return NOTHING, path
    return value, path


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, NOTHING)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return NOTHING


def _ask(sources: Sequence[Path], what: list[str]) -> subprocess.CompletedProcess[str]:
    """Run Ansible, watched, as a program of its own: as ``load.ask`` does."""
    arguments = [argument for source in sources for argument in ("-i", str(source.absolute()))]
    return subprocess.run(
        [sys.executable, "-m", "nornir_tasks.inventory.ansible_layers", *what, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**make_child_environment(), **STRICT},
        check=False,
    )
