"""The inventory's files from a draft, in the project's compact form. What has not changed stays, to the byte."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.ranges import group_by_range
from nornir_tasks.model.entries import HOST_KEYS, ROLES, expand_port_range
from nornir_tasks.netbox.compose import Draft
from nornir_tasks.netbox.settle import make_site_variables
from nornir_tasks.netbox.tables import NetboxError

WIDTH = 120
HOSTS = 4  # how far hosts are indented, below their group
FROM_NETBOX = ("label", "number", "prefix", "sites", "links")  # of a municipality, by NetBox
HOST_KEYS_FROM_NETBOX = frozenset(HOST_KEYS) - {"os", "runs", "run_by"}
HEADS = {
    "hosts": "---\n# yaml-language-server: $schema=../.schema/hosts.schema.json\n",
    "municipality": "---\n# yaml-language-server: $schema=../../.schema/municipality.schema.json\n",
}
SITES = "# `block`: the part of the operations zone that a site's equipment has its addresses from.\n"
SPAN = re.compile(r"^(.*?)\[(\d+):(\d+)\](.*)$")
RANGE = re.compile(r"^\d{1,3}(-\d{1,3})?$")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class ExistingFile:
    """A file that is there: its head, and its top-level keys with their text (comments before it included)."""

    head: str = ""
    blocks: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def read_existing(file: Path) -> ExistingFile:
    """A file of the inventory, as text and as values; empty if it is not there.

    Raises:
        NetboxError: it cannot be read, is no mapping, or has keys that do not begin their lines.
    """
    try:
        text = read_text(file)
        values = yaml.load(text, LOADER) or {}
    except FileNotFoundError:
        return ExistingFile()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NetboxError(f"{file}: found what cannot be rewritten, expected plain YAML: {error}") from error
    if not isinstance(values, dict):
        raise NetboxError(f"{file}: found something else, expected a mapping")
    content, key, ahead = ExistingFile(values=values), "", ""
    for line in text.splitlines(keepends=True):
        start = re.match(r"""^["']?([\w-]+)["']?\s*:""", line)
        if start:
            if not key and ahead.rstrip().startswith(("---", "#")):
                content.head, ahead = ahead, ""
            key = start[1]
            content.blocks[key], ahead = ahead + line, ""
        elif key and line.startswith((" ", "-", "}", "]")):
            content.blocks[key] += ahead + line
            ahead = ""
        else:
            ahead += line
    if key:
        content.blocks[key] += ahead
    if set(content.blocks) != {str(key) for key in values}:
        raise NetboxError(f"{file}: found keys that are not at the beginning of their lines, expected each on its own")
    return content


def find_unexported(values: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a municipality's file that NetBox has no place for."""
    return {key: value for key, value in values.items() if key not in FROM_NETBOX}


def find_host_extras(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The variables in a file of hosts that NetBox has no place for, by host."""
    extras_by_host = {}
    for group in values.values():
        hosts = (group or {}).get("hosts") if isinstance(group, dict) else None
        for host, variables in (hosts or {}).items():
            extras = {key: value for key, value in (variables or {}).items() if key not in HOST_KEYS_FROM_NETBOX}
            if extras:
                extras_by_host[str(host)] = extras
    return extras_by_host


def compose_files(draft: Draft, place: Path, groups: Iterable[str]) -> dict[Path, str]:
    """The text of every file of every municipality, by path.

    Args:
        draft: without problems.
        place: the inventory's folder: what is in its files already, and is not NetBox's, stays.
        groups: of servers and of platforms: a host's membership in them is NetBox's to say.

    Raises:
        NetboxError: a file that is there cannot be rewritten.
    """
    files: dict[Path, str] = {}
    netbox_groups = {*ROLES, *groups}
    for name in draft.municipalities:
        folder = place / "group_vars" / name
        hosts = place / "municipalities" / f"{name}.yml"
        files[hosts] = _format_hosts(draft, name, read_existing(hosts), netbox_groups)
        files[folder / "municipality.yml"] = _format_municipality(
            draft, name, read_existing(folder / "municipality.yml")
        )
        files[folder / "links.yml"] = _format_links(draft, name, read_existing(folder / "links.yml"))
    return files


def _format_municipality(draft: Draft, name: str, old: ExistingFile) -> str:
    municipality = draft.municipalities[name]
    variables: dict[str, Any] = {key: municipality.variables[key] for key in ("label", "number", "prefix")}
    body = {key: f"{key}: {_format_scalar(value)}\n" for key, value in variables.items()}
    variables["sites"] = make_site_variables(draft, name)
    sites = {key: f"  {_format_key(key)}: {_format_flow(site)}\n" for key, site in variables["sites"].items()}
    lines = _merge_entries(old, "sites", "sites:\n", sites, old.values.get("sites"), variables["sites"], 2)
    body["sites"] = ("" if "sites" in old.blocks else SITES) + ("sites:\n" + lines if lines else "sites: {}\n")
    blocks = dict(old.blocks)
    for key, value in variables.items():
        if old.values.get(key) != value:
            blocks[key] = _find_comments(old.blocks.get(key, "")) + body[key]
    return (old.head or HEADS["municipality"]) + "".join(
        blocks[key] for key in [*variables, *_list_others(blocks, variables)]
    )


def _format_links(draft: Draft, name: str, old: ExistingFile) -> str:
    links = draft.municipalities[name].links
    blocks = dict(old.blocks)
    if [_fill_link(link) for link in old.values.get("links") or []] != [_fill_link(link) for link in links]:
        lines = "".join(map(_format_link, links))
        blocks["links"] = _find_comments(old.blocks.get("links", "")) + (f"links:\n{lines}" if lines else "links: []\n")
    return (old.head or HEADS["municipality"]) + "".join(blocks.values())


def _format_link(link: Mapping[str, Any]) -> str:
    """A link as a line of the list; its line, if it has one, on the next."""
    text = f"  - {_format_flow({key: value for key, value in link.items() if key != 'line'})}"
    line = f",\n     line: {_format_flow(link['line'])}}}" if link.get("line") else "}"
    return text.removesuffix("}") + line + "\n"


def _fill_link(link: Mapping[str, Any]) -> dict[str, Any]:
    return {"gbps": 1, "kind": "trunk", **link}


def _format_hosts(draft: Draft, name: str, old: ExistingFile, netbox_groups: set[str]) -> str:
    """The municipality's hosts, then the groups they are in."""
    hosts = {host: host_draft for host, host_draft in draft.hosts.items() if host_draft.municipality == name}
    extras_by_host = find_host_extras(old.values)
    variables = {
        host: {**host_draft.variables, **extras_by_host.get(host, {})}
        for host, host_draft in _sort_hosts(hosts, old.values.get(name)).items()
    }
    for host, before in _expand_hosts(old.values.get(name)).items():
        if host in variables and before.get("site") == hosts[host].site:
            variables[host]["site"] = hosts[host].site  # the file names it, though it follows from the address, too
    members: dict[str, list[str]] = {}
    for host, host_draft in hosts.items():
        for group in host_draft.groups:
            members.setdefault(group, []).append(host)
    blocks = {
        key: text for key, text in old.blocks.items() if key in members or key == name or key not in netbox_groups
    }
    if _expand_hosts(old.values.get(name)) != {host: _expand_ports(entry) for host, entry in variables.items()}:
        head = f"{name}:\n  hosts:\n"
        texts = {host: _format_host(host, entry) for host, entry in variables.items()}
        before = _expand_hosts(old.values.get(name))
        after = {host: _expand_ports(entry) for host, entry in variables.items()}
        other_keys = sorted(str(key) for key in old.values.get(name) or () if key != "hosts")
        if other_keys:
            surplus = f"{', '.join(other_keys)} beside the hosts of {name}"
            raise NetboxError(
                f"municipalities/{name}.yml: found {surplus}, expected hosts alone; group_vars hold variables"
            )
        lines = _merge_entries(old, name, head, texts, before, after, HOSTS)
        blocks[name] = _find_comments(old.blocks.get(name, "")) + head + lines
    for group, names in members.items():
        if sorted(_expand_hosts(old.values.get(group))) != sorted(names):
            blocks[group] = _find_comments(old.blocks.get(group, "")) + _format_group(group, names)
    order = [name, *_list_others(blocks, [name])]
    return (old.head or HEADS["hosts"]) + "".join(blocks[key] for key in order)


def _merge_entries(
    old: ExistingFile, key: str, head: str, texts: Mapping[str, str], before: Any, after: Mapping[str, Any], indent: int
) -> str:
    """The lines of a block: entries with unchanged values stay to the byte, with the comments above them.

    Where that does not read as ``after`` (an anchor went with a changed line), all are written anew.
    """
    body = old.blocks.get(key, "")[len(_find_comments(old.blocks.get(key, ""))) :].removeprefix(head)
    pad = " " * indent
    entry = re.compile(rf"(?:{pad}#.*\n)*{pad}[\"']?([\w.-]+)[\"']?:(?: .*)?\n(?:{pad} .*\n|[ ]*\n)*")
    old_texts = {match[1]: match[0] for match in entry.finditer(body)}
    if "".join(old_texts.values()) != body or not isinstance(before, dict):
        return "".join(texts.values())
    end = body[len(body.rstrip("\n")) + 1 :]  # a blank line before the next group
    unchanged = {name: old_texts[name] for name in after if name in old_texts and before.get(name) == after[name]}
    reworded = {
        name: _reword(old_texts[name], before[name], after[name])
        for name in after
        if name in old_texts and name in before
    }
    for chosen in ({**texts, **reworded}, {**texts, **unchanged}):
        lines = "".join(chosen[name] for name in texts).rstrip("\n") + "\n" + end
        try:
            parsed = yaml.load(head + lines, LOADER)[key]
        except yaml.YAMLError:
            continue
        if (_expand_hosts(parsed) if indent == HOSTS else parsed) == after:
            return lines
    return "".join(texts.values()) + end


def _reword(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The text of an entry with other values in their places; the caller checks that it reads as ``after``."""
    for key, value in after.items():
        if before.get(key) != value and key != "ports":
            text = text.replace(
                f"{key}: {_format_value(key, before.get(key))}", f"{key}: {_format_value(key, value)}", 1
            )
    return text


def _sort_hosts(hosts: Mapping[str, Any], old: Any) -> dict[str, Any]:
    """The hosts in the file's order; new ones after them, switches first."""
    present = [host for host in _expand_hosts(old) if host in hosts]
    added = [host for host in hosts if host not in present]
    added.sort(key=lambda host: (hosts[host].model is None, hosts[host].groups[:1] != ("core",)))
    return {host: hosts[host] for host in [*present, *added]}


def _expand_hosts(group: Any) -> dict[str, dict[str, Any]]:
    """A group's hosts with their variables: ranges of hosts and of ports one by one."""
    hosts = group.get("hosts") if isinstance(group, dict) else None
    return {
        name: _expand_ports(variables or {})
        for host, variables in (hosts or {}).items()
        for name in _expand_range(str(host))
    }


def _expand_ports(variables: Mapping[str, Any]) -> dict[str, Any]:
    ports = variables.get("ports")
    if not ports:
        return {key: value for key, value in variables.items() if key != "ports"}
    profiles = [(str(span), profile) for span, profile in ports.items() if RANGE.match(str(span))]
    return {**variables, "ports": {number: profile for span, profile in profiles for number in expand_port_range(span)}}


def _expand_range(host: str) -> list[str]:
    """The hosts of ``loppa-acc-[01:08]``."""
    match = SPAN.match(host)
    if not match:
        return [host]
    head, low, high, tail = match.groups()
    return [f"{head}{number:0{len(low)}}{tail}" for number in range(int(low), int(high) + 1)]


def _format_group(group: str, hosts: Iterable[str]) -> str:
    """``access: {hosts: {"loppa-acc-[01:08]": }}``."""
    runs: list[list[str]] = []
    for host in sorted(hosts):
        if runs and _increment(runs[-1][-1]) == host:
            runs[-1].append(host)
        else:
            runs.append([host])
    names = []
    for run in runs:
        head, low = re.match(r"^(.*?)(\d*)$", run[0]).groups()  # type: ignore[union-attr]  # it matches anything
        names.append(f'"{head}[{low}:{run[-1][len(head) :]}]"' if run[1:] else run[0])
    line = f"{group}: {{hosts: {{{', '.join(f'{name}: ' for name in names)}}}}}\n"
    return line if len(line) <= WIDTH else f"{group}:\n  hosts:\n" + "".join(f"    {name}:\n" for name in names)


def _increment(host: str) -> str:
    match = re.match(r"^(.*?)(\d+)$", host)
    return f"{match[1]}{int(match[2]) + 1:0{len(match[2])}}" if match else ""


def _format_host(host: str, variables: Mapping[str, Any]) -> str:
    order = ("site", "model", "address", "legacy_address", "attached", "runs_on")
    ordered = {key: variables[key] for key in order if key in variables}
    ordered |= {key: value for key, value in variables.items() if key not in ordered and key != "ports"}
    if variables.get("ports"):
        ordered["ports"] = group_by_range(variables["ports"])
    line = f"    {host}: {_format_flow(ordered)}\n"
    if len(line) <= WIDTH:
        return line
    line = f"    {host}:\n      {_format_flow(ordered)}\n"
    if len(line.splitlines()[1]) <= WIDTH:
        return line
    lines = [f"      {key}: {_format_value(key, value)}\n" for key, value in ordered.items()]
    return f"    {host}:\n" + "".join(lines)


def _format_flow(variables: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{_format_key(key)}: {_format_value(key, value)}" for key, value in variables.items()) + "}"


def _format_key(key: str) -> str:
    """A key: quoted where YAML would take it for something else (a site that is called no)."""
    return key if RANGE.match(key) else _format_scalar(key)


def _format_value(key: str, value: Any) -> str:
    if key == "ports":
        return _format_flow(value)
    return f'"{value}"' if key in ("a", "b", "attached") else _format_scalar(value)


def _format_scalar(value: Any) -> str:
    """A value as YAML that is safe inside of braces, always on one line."""
    return str(yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1 << 20))[1:-2]


def _find_comments(block: str) -> str:
    """The comments before a key."""
    lines = block.splitlines(keepends=True)
    ahead = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    return "".join(lines[:ahead])


def _list_others(blocks: Mapping[str, str], leading: Iterable[str]) -> list[str]:
    first = set(leading)
    return [key for key in blocks if key not in first]
