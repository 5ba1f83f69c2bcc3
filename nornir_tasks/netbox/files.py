"""The inventory's files from a draft, in the project's compact form. What is said already stays, to the byte."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.ranges import by_range
from nornir_tasks.model.entries import HOST_KEYS, ROLES, expand_port_range
from nornir_tasks.netbox.compose import Draft
from nornir_tasks.netbox.settle import site_variables
from nornir_tasks.netbox.tables import NetboxError

WIDTH = 120
HOSTS = 4  # how far hosts are indented, below their group
SAID = ("label", "number", "prefix", "sites", "links")  # of a municipality, by NetBox
HEADS = {
    "hosts": "---\n# yaml-language-server: $schema=../.schema/hosts.schema.json\n",
    "municipality": "---\n# yaml-language-server: $schema=../../.schema/municipality.schema.json\n",
}
SITES = "# `block`: the part of the operations zone that a site's equipment has its addresses from.\n"
SPAN = re.compile(r"^(.*?)\[(\d+):(\d+)\](.*)$")
RANGE = re.compile(r"^\d{1,3}(-\d{1,3})?$")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Existing:
    """A file that is there: its head, and its top-level keys with their text (comments before it included)."""

    head: str = ""
    blocks: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def existing(file: Path) -> Existing:
    """Read a file of the inventory, as text and as values; empty if it is not there.

    Raises:
        NetboxError: it is no YAML that can be rewritten.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values = yaml.load(text, LOADER) or {}
    except FileNotFoundError:
        return Existing()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NetboxError(f"{file}: found what cannot be rewritten, expected plain YAML: {error}") from error
    if not isinstance(values, dict):
        raise NetboxError(f"{file}: found something else, expected a mapping")
    made, key, ahead = Existing(values=values), "", ""
    for line in text.splitlines(keepends=True):
        start = re.match(r"""^["']?([\w-]+)["']?\s*:""", line)
        if start:
            if not key and ahead.rstrip().startswith(("---", "#")):
                made.head, ahead = ahead, ""
            key = start[1]
            made.blocks[key], ahead = ahead + line, ""
        elif key and line.startswith((" ", "-", "}", "]")):
            made.blocks[key] += ahead + line
            ahead = ""
        else:
            ahead += line
    if key:
        made.blocks[key] += ahead
    if set(made.blocks) != {str(one) for one in values}:
        raise NetboxError(f"{file}: found keys that are not at the beginning of their lines, expected each on its own")
    return made


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a municipality's file says that NetBox does not."""
    return {key: value for key, value in values.items() if key not in SAID}


def extras(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What hosts have in a file of hosts besides what NetBox says of them."""
    found = {}
    for group in values.values():
        hosts = (group or {}).get("hosts") if isinstance(group, dict) else None
        for host, said in (hosts or {}).items():
            mine = {key: value for key, value in (said or {}).items() if key not in HOST_KEYS}
            if mine:
                found[str(host)] = mine
    return found


def compose_files(draft: Draft, place: Path, groups: Iterable[str]) -> dict[Path, str]:
    """Every file of every municipality: path to text.

    Args:
        groups: those that hosts are sorted into by NetBox: of servers, and of platforms.
    """
    made: dict[Path, str] = {}
    ours = {*ROLES, *groups}
    for name in draft.homes:
        folder = place / "group_vars" / name
        hosts = place / "municipalities" / f"{name}.yml"
        made[hosts] = _hosts(draft, name, existing(hosts), ours)
        made[folder / "municipality.yml"] = _municipality(draft, name, existing(folder / "municipality.yml"))
        made[folder / "links.yml"] = _links(draft, name, existing(folder / "links.yml"))
    return made


def _municipality(draft: Draft, name: str, old: Existing) -> str:
    home = draft.homes[name]
    said: dict[str, Any] = {key: home.said[key] for key in ("label", "number", "prefix")}
    body = {key: f"{key}: {_scalar(value)}\n" for key, value in said.items()}
    said["sites"] = site_variables(draft, name)
    sites = {key: f"  {_key(key)}: {_flow(one)}\n" for key, one in said["sites"].items()}
    lines = _as_it_stood(old, "sites", "sites:\n", sites, old.values.get("sites"), said["sites"], 2)
    body["sites"] = ("" if "sites" in old.blocks else SITES) + ("sites:\n" + lines if lines else "sites: {}\n")
    blocks = dict(old.blocks)
    for key, value in said.items():
        if old.values.get(key) != value:
            blocks[key] = _comments(old.blocks.get(key, "")) + body[key]
    return (old.head or HEADS["municipality"]) + "".join(blocks[key] for key in [*said, *_rest(blocks, said)])


def _links(draft: Draft, name: str, old: Existing) -> str:
    links = draft.homes[name].links
    blocks = dict(old.blocks)
    if [_link(one) for one in old.values.get("links") or []] != [_link(one) for one in links]:
        lines = "".join(f"  - {_flow(one)}\n" for one in links)
        blocks["links"] = _comments(old.blocks.get("links", "")) + (f"links:\n{lines}" if lines else "links: []\n")
    return (old.head or HEADS["municipality"]) + "".join(blocks.values())


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    return {"gbps": 1, "kind": "trunk", **link}


def _hosts(draft: Draft, name: str, old: Existing, ours: set[str]) -> str:
    """The municipality's hosts, then the groups they are in."""
    hosts = {host: one for host, one in draft.hosts.items() if one.municipality == name}
    more = extras(old.values)
    said = {host: {**one.said, **more.get(host, {})} for host, one in _in_order(hosts, old.values.get(name)).items()}
    for host, before in _plain(old.values.get(name)).items():
        if host in said and before.get("site") == hosts[host].site:
            said[host]["site"] = hosts[host].site  # said, though the address says it too
    members: dict[str, list[str]] = {}
    for host, one in hosts.items():
        for group in one.groups:
            members.setdefault(group, []).append(host)
    blocks = {key: text for key, text in old.blocks.items() if key in members or key == name or key not in ours}
    if _plain(old.values.get(name)) != {host: _ports(one) for host, one in said.items()}:
        head = f"{name}:\n  hosts:\n"
        texts = {host: _host(host, one) for host, one in said.items()}
        before = _plain(old.values.get(name))
        after = {host: _ports(one) for host, one in said.items()}
        beside = sorted(str(key) for key in old.values.get(name) or () if key != "hosts")
        if beside:
            found = f"{', '.join(beside)} beside the hosts of {name}"
            raise NetboxError(
                f"municipalities/{name}.yml: found {found}, expected hosts alone; group_vars hold variables"
            )
        lines = _as_it_stood(old, name, head, texts, before, after, HOSTS)
        blocks[name] = _comments(old.blocks.get(name, "")) + head + lines
    for group, names in members.items():
        if sorted(_plain(old.values.get(group))) != sorted(names):
            blocks[group] = _comments(old.blocks.get(group, "")) + _group(group, names)
    order = [name, *_rest(blocks, [name])]
    return (old.head or HEADS["hosts"]) + "".join(blocks[key] for key in order)


def _as_it_stood(
    old: Existing, key: str, head: str, texts: Mapping[str, str], before: Any, after: Mapping[str, Any], indent: int
) -> str:
    """The lines of a block: those that say the same as before stay to the byte, with the comments above them.

    Unless an anchor goes with a line that has changed: then all are written anew.
    """
    body = old.blocks.get(key, "")[len(_comments(old.blocks.get(key, ""))) :].removeprefix(head)
    pad = " " * indent
    entry = re.compile(rf"(?:{pad}#.*\n)*{pad}[\"']?([\w.-]+)[\"']?:(?: .*)?\n(?:{pad} .*\n|[ ]*\n)*")
    stood = {found[1]: found[0] for found in entry.finditer(body)}
    if "".join(stood.values()) != body or not isinstance(before, dict):
        return "".join(texts.values())
    end = body[len(body.rstrip("\n")) + 1 :]  # a blank line before the next group
    same = {one: stood[one] for one in after if one in stood and before.get(one) == after[one]}
    small = {one: _reworded(stood[one], before[one], after[one]) for one in after if one in stood and one in before}
    for chosen in ({**texts, **small}, {**texts, **same}):
        made = "".join(chosen[one] for one in texts).rstrip("\n") + "\n" + end
        try:
            read = yaml.load(head + made, LOADER)[key]
        except yaml.YAMLError:
            continue
        if (_plain(read) if indent == HOSTS else read) == after:
            return made
    return "".join(texts.values()) + end


def _reworded(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The text of an entry with other values in their places; whether that is all, who reads it will see."""
    for key, value in after.items():
        if before.get(key) != value and key != "ports":
            text = text.replace(f"{key}: {_value(key, before.get(key))}", f"{key}: {_value(key, value)}", 1)
    return text


def _in_order(hosts: Mapping[str, Any], old: Any) -> dict[str, Any]:
    """As they stand in the file; new ones after them, switches first."""
    first = [host for host in _plain(old) if host in hosts]
    new = [host for host in hosts if host not in first]
    new.sort(key=lambda host: (hosts[host].model is None, hosts[host].groups[:1] != ("core",)))
    return {host: hosts[host] for host in [*first, *new]}


def _plain(group: Any) -> dict[str, dict[str, Any]]:
    """A group's hosts with their variables: ranges of hosts and of ports one by one."""
    hosts = group.get("hosts") if isinstance(group, dict) else None
    return {one: _ports(said or {}) for host, said in (hosts or {}).items() for one in _each(str(host))}


def _ports(said: Mapping[str, Any]) -> dict[str, Any]:
    ports = said.get("ports")
    if not ports:
        return {key: value for key, value in said.items() if key != "ports"}
    sound = [(str(span), what) for span, what in ports.items() if RANGE.match(str(span))]
    return {**said, "ports": {number: what for span, what in sound for number in expand_port_range(span)}}


def _each(host: str) -> list[str]:
    """The hosts of ``loppa-acc-[01:08]``."""
    found = SPAN.match(host)
    if not found:
        return [host]
    head, low, high, tail = found.groups()
    return [f"{head}{number:0{len(low)}}{tail}" for number in range(int(low), int(high) + 1)]


def _group(group: str, hosts: Iterable[str]) -> str:
    """``access: {hosts: {"loppa-acc-[01:08]": }}``."""
    runs: list[list[str]] = []
    for host in sorted(hosts):
        if runs and _next(runs[-1][-1]) == host:
            runs[-1].append(host)
        else:
            runs.append([host])
    names = []
    for run in runs:
        head, low = re.match(r"^(.*?)(\d*)$", run[0]).groups()  # type: ignore[union-attr]  # it matches anything
        names.append(f'"{head}[{low}:{run[-1][len(head) :]}]"' if run[1:] else run[0])
    line = f"{group}: {{hosts: {{{', '.join(f'{one}: ' for one in names)}}}}}\n"
    return line if len(line) <= WIDTH else f"{group}:\n  hosts:\n" + "".join(f"    {one}:\n" for one in names)


def _next(host: str) -> str:
    found = re.match(r"^(.*?)(\d+)$", host)
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}}" if found else ""


def _host(host: str, said: Mapping[str, Any]) -> str:
    order = ("site", "model", "address", "legacy_address", "attached", "runs_on")
    mine = {key: said[key] for key in order if key in said}
    mine |= {key: value for key, value in said.items() if key not in mine and key != "ports"}
    if said.get("ports"):
        mine["ports"] = by_range(said["ports"])
    line = f"    {host}: {_flow(mine)}\n"
    if len(line) <= WIDTH:
        return line
    line = f"    {host}:\n      {_flow(mine)}\n"
    if len(line.splitlines()[1]) <= WIDTH:
        return line
    lines = [f"      {key}: {_value(key, value)}\n" for key, value in mine.items()]
    return f"    {host}:\n" + "".join(lines)


def _flow(said: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{_key(key)}: {_value(key, value)}" for key, value in said.items()) + "}"


def _key(key: str) -> str:
    """A key: quoted where YAML would take it for something else (a site that is called no)."""
    return key if RANGE.match(key) else _scalar(key)


def _value(key: str, value: Any) -> str:
    if key == "ports":
        return _flow(value)
    return f'"{value}"' if key in ("a", "b", "attached") else _scalar(value)


def _scalar(value: Any) -> str:
    """A value as YAML, safe inside of braces; one line, whatever is in it."""
    return str(yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1 << 20))[1:-2]


def _comments(block: str) -> str:
    """The comments before a key."""
    lines = block.splitlines(keepends=True)
    ahead = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    return "".join(lines[:ahead])


def _rest(blocks: Mapping[str, str], said: Iterable[str]) -> list[str]:
    first = set(said)
    return [key for key in blocks if key not in first]
