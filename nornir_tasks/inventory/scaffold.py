"""A new municipality: the files that describe it, drafted after one that is there already. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.ranges import group_by_range
from nornir_tasks.model import Device, Legacy, Municipality, Region, Standard
from nornir_tasks.model.addresses import find_operations_network
from nornir_tasks.model.entries import CENTRE

WIDTH = 120  # of a line of the inventory
BLOCK = 27  # the length of a site's block
FIRST = 11  # the first access switch's place in its site's block; what is before it is left for servers and the core


class NewcomerError(FellesdriftError):
    """What was asked for cannot be drafted."""

    exit_code = 2


@dataclass(frozen=True)
class NewSite:
    """A site as it is ordered: ``purpose`` is one of site_purposes, ``models`` its access switches."""

    name: str
    purpose: str
    clients: int
    models: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """What was asked for. The core switch stands at the first site; ``like`` is the municipality to take after."""

    name: str
    label: str
    number: int
    prefix: IPv4Network
    sites: tuple[NewSite, ...]
    like: str


@dataclass(frozen=True)
class _Switch:
    """A switch of the draft."""

    name: str
    site: NewSite
    model: str
    address: IPv4Address
    legacy_address: IPv4Address | None


def draft(order: Order, region: Region) -> dict[str, str]:
    """The files of a new municipality. Shape: path within the inventory, and its text.

    Raises:
        NewcomerError: names what is taken, unknown, or has no room.
    """
    like = region.municipalities[order.like]
    core = region.of(order.like)[0]
    _refuse_taken(order, region)
    switches = _switches(order, like, core)
    return {
        f"municipalities/{order.name}.yml": _hosts(order, region, switches),
        f"group_vars/{order.name}/municipality.yml": _municipality(order, like, core.standard),
        f"group_vars/{order.name}/links.yml": _links(order, region, switches, core),
    }


def enlisted(text: str, name: str, last: int) -> str:
    """The group tree with one line more, after line ``last`` (counted from 1) and indented as that one is."""
    lines = text.splitlines(keepends=True)
    indent = lines[last - 1][: len(lines[last - 1]) - len(lines[last - 1].lstrip())]
    return "".join([*lines[:last], f"{indent}{name}:\n", *lines[last:]])


def ordered(sites: Iterable[str], switches: Iterable[str], like: Municipality, region: Region) -> tuple[NewSite, ...]:
    """Sites from ``name:purpose[:clients]``, their switches from ``site:model[:count]``.

    A site without a word of its own on switches has one, of the model most used at such sites.

    Raises:
        NewcomerError: a word has another form, or names what there is not.
    """
    standard = region.of(like.name)[0].standard
    models: dict[str, list[str]] = {}
    for word in switches:
        site, model, count = _split(word, "--switches", "SITE:MODEL[:COUNT]", "1")
        if model not in standard.switch_models:
            raise NewcomerError(_unknown("--switches", model, standard.switch_models))
        models.setdefault(site, []).extend([model] * count)
    found: list[NewSite] = []
    for word in sites:
        name, purpose, clients = _split(word, "--sites", "NAME:PURPOSE[:CLIENTS]", "0")
        if purpose not in standard.site_purposes:
            raise NewcomerError(_unknown("--sites", purpose, standard.site_purposes))
        found.append(NewSite(name, purpose, clients, tuple(models.pop(name, [_usual(region, purpose, standard)]))))
    if models:
        raise NewcomerError(_unknown("--switches", next(iter(models)), [site.name for site in found]))
    return tuple(found)


def _split(word: str, option: str, form: str, default: str) -> tuple[str, str, int]:
    parts = word.split(":")
    parts += [default] * (len(parts) == 2)
    if len(parts) != 3 or not all(parts) or not parts[2].isdecimal():
        raise NewcomerError(f"{option}: found {word!r}, expected {form}")
    return parts[0], parts[1], int(parts[2])


def _unknown(option: str, word: str, known: Iterable[str]) -> str:
    return f"{option}: found {word!r}, expected one of {', '.join(known)}"


def _usual(region: Region, purpose: str, standard: Standard) -> str:
    """The model most used at sites of a purpose; where there is no such site, most used at all."""
    access = [device for device in region.devices.values() if device.role == "access"]
    mine = [device for device in access if region.site(device).purpose == purpose]
    counted = Counter(device.model for device in mine or access)
    return counted.most_common(1)[0][0] if counted else next(iter(standard.switch_models))


def _refuse_taken(order: Order, region: Region) -> None:
    for home in region.municipalities.values():
        if home.number == order.number:
            raise NewcomerError(f"--number: found {order.number}, expected one of its own; {home.name} has it")
        if home.prefix.overlaps(order.prefix):
            raise NewcomerError(
                f"--prefix: found {order.prefix}, expected one of its own; {home.name} has {home.prefix}"
            )
    if not order.sites:
        raise NewcomerError("--sites: found none, expected at least one: the core switch stands at the first")


def _blocks(order: Order, standard: Standard) -> list[IPv4Network]:
    """The first site's block, with the core and the servers in it, and one for each further site."""
    home = Municipality(name=order.name, label=order.label, number=order.number, prefix=order.prefix, sites={})
    room = find_operations_network(home, standard)
    half = max(room.prefixlen + 2, 23)
    wide, *rest = room.subnets(new_prefix=min(half, BLOCK))
    small = [block for one in rest for block in one.subnets(new_prefix=BLOCK)]
    if len(small) < len(order.sites) - 1:
        raise NewcomerError(
            f"--sites: found {len(order.sites)}, expected at most {len(small) + 1}, which {room} has room for"
        )
    return [wide, *small]


def _switches(order: Order, like: Municipality, core: Device) -> list[_Switch]:
    old = _management(like.legacy)
    blocks = _blocks(order, core.standard)
    found = [_Switch(f"{order.name}-core-01", order.sites[0], core.model, blocks[0][1], old[1] if old else None)]
    for site, block in zip(order.sites, blocks, strict=False):
        if FIRST + len(site.models) >= block.num_addresses:
            raise NewcomerError(
                f"--switches: found {len(site.models)} at {site.name}, expected fewer: its block is {block}"
            )
        for number, model in enumerate(site.models):
            place = len(found)
            former = old[FIRST - 1 + place] if old else None
            found.append(_Switch(f"{order.name}-acc-{place:02}", site, model, block[FIRST + number], former))
    return found


def _management(legacy: Legacy | None) -> IPv4Network | None:
    return legacy.vlans[legacy.management_vlan].subnet if legacy else None


def _hosts(order: Order, region: Region, switches: Sequence[_Switch]) -> str:
    standard = region.of(order.like)[0].standard
    anchors: dict[str, str] = {}
    lines = [
        "---",
        "# yaml-language-server: $schema=../.schema/hosts.schema.json",
        "# Who is here, and where. `ports` names ranges by what they are for; cables are in",
        f"# group_vars/{order.name}/links.yml. Decide: models, ports and legacy addresses, drafted after {order.like};",
        "# and the servers, which are still to come.",
        f"{order.name}:",
        "  hosts:",
    ]
    for at, switch in enumerate(switches):
        lines += _host(switch, _ports(region, switch, standard) if at else {}, anchors)
    core, access = switches[0].name, [switch.name for switch in switches[1:]]
    lines.append(f"core: {{hosts: {{{core}: }}}}")
    if access:
        lines += _group("access", access)
    platforms: dict[str, list[str]] = {}
    for switch in switches:
        platforms.setdefault(standard.switch_models[switch.model].platform, []).append(switch.name)
    for platform, hosts in sorted(platforms.items()):
        lines += _group(platform, hosts)
    return "\n".join(lines) + "\n"


def _host(switch: _Switch, ports: Mapping[str, str], anchors: dict[str, str]) -> list[str]:
    said = {"site": switch.site.name, "model": switch.model, "address": str(switch.address)}
    if switch.legacy_address:
        said["legacy_address"] = str(switch.legacy_address)
    if ports:
        body = f"{{{', '.join(f'{span}: {profile}' for span, profile in ports.items())}}}"
        anchor = f"{switch.site.purpose}{list(ports)[-1].rpartition('-')[2]}"
        anchor += f"_{len(anchors)}" * (anchor in anchors.values())
        said["ports"] = f"*{anchors[body]}" if body in anchors else f"&{anchor} {body}"
        anchors.setdefault(body, anchor)
    flow = f"    {switch.name}: {{{', '.join(f'{key}: {value}' for key, value in said.items())}}}"
    if len(flow) <= WIDTH:
        return [flow]
    return [f"    {switch.name}:", *(line for key, value in said.items() for line in _folded(f"      {key}:", value))]


def _folded(key: str, value: str) -> list[str]:
    """A key and its value; what is too long for a line begins on the next one."""
    line = f"{key} {value}"
    if len(line) <= WIDTH:
        return [line]
    anchor, _, rest = value.partition(" ") if value.startswith("&") else ("", "", value)
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    return [f"{key} {anchor}".rstrip(), f"{indent}{rest}"]


def _group(name: str, hosts: Sequence[str]) -> list[str]:
    """A group with its hosts; neighbours in number as one range."""
    runs: list[list[str]] = []
    for host in hosts:
        stem, _, number = host.rpartition("-")
        last, _, before = runs[-1][-1].rpartition("-") if runs else ("", "", "0")
        if stem == last and int(number) == int(before) + 1:
            runs[-1].append(host)
        else:
            runs.append([host])
    words = [run[0] if len(run) == 1 else f'"{run[0][:-2]}[{run[0][-2:]}:{run[-1][-2:]}]"' for run in runs]
    flow = f"{name}: {{hosts: {{{', '.join(f'{word}: ' for word in words)}}}}}"
    return [flow] if len(flow) <= WIDTH else [f"{name}:", "  hosts:", *(f"    {word}:" for word in words)]


def _ports(region: Region, switch: _Switch, standard: Standard) -> dict[str, str]:
    """As at a site of this purpose with a switch of this size; what is then said of uplinks is left out."""
    size = standard.switch_models[switch.model].ports
    up = _uplink(region, switch.model, standard)
    access = [one for one in region.devices.values() if one.role == "access"]
    alike = [one for one in access if region.site(one).purpose == switch.site.purpose]
    if not alike:
        raise NewcomerError(
            f"--sites: found {switch.site.name} ({switch.site.purpose}), expected a purpose of which a site is there "
            "already, to see what its ports are for"
        )
    best = min(alike, key=lambda one: (one.model != switch.model, abs(len(one.ports) - size), one.name))
    return group_by_range({port.number: port.profile for port in best.ports[: up - 1] if port.profile})


def _uplink(region: Region, model: str, standard: Standard) -> int:
    """The port that switches of a model hang on; the next one is for a switch behind it."""
    alike = [device for device in region.devices.values() if device.role == "access" and device.model == model]
    used = [port.number for device in alike for port in device.ports if port.neighbour]
    return min(used, default=standard.switch_models[model].ports - 3)


def _municipality(order: Order, like: Municipality, standard: Standard) -> str:
    blocks = _blocks(order, standard)
    lines = [
        "---",
        "# yaml-language-server: $schema=../../.schema/municipality.schema.json",
        f"label: {_text(order.label)}",
        f"number: {order.number}",
        f"prefix: {order.prefix}",
        "# `block`: the part of the operations zone that a site's equipment has its addresses from.",
        "# Decide: the sites' names as people say them.",
        "sites:",
    ]
    for site, block in zip(order.sites, blocks, strict=False):
        name = _text(site.name.replace("-", " ").capitalize())
        value = f"{{name: {name}, purpose: {site.purpose}, block: {block}, clients: {site.clients}}}"
        lines += _folded(f"  {site.name}:", value)
    lines += ["", *_legacy(order, like.legacy)] if like.legacy else []
    first, others = order.sites[0].name, [site.name for site in order.sites[1:]]
    waves = [[site] for site in others[1:]] + [[first]] * bool(others)
    lines += ["", "# Decide: who moves first, and who moves together. The first wave is the canary.", "migration:"]
    lines += [f"  pilot_sites: [{others[0] if others else first}]"]
    lines += ["  waves:", *(f"    - [{', '.join(wave)}]" for wave in waves)] if waves else ["  waves: []"]
    lines += [f"  batch: {like.migration.batch if like.migration else 5}", "  failure_budget: 0"]
    lines += ["  # Decide: the day on which each was signed. Without them nothing is connected."]
    lines += ["  # data_processor_agreement: 2026-08-20", "  # risk_assessment: 2026-09-02"]
    return "\n".join(lines) + "\n"


def _legacy(order: Order, legacy: Legacy) -> list[str]:
    """The other municipality's, for want of a better guess: a person must put it right."""
    lines = [f"# Decide: all of this is {order.like}'s, and stands for what the survey will find.", "legacy:"]
    lines += [f"  account: {_text(legacy.account)}", f"  management_vlan: {legacy.management_vlan}"]
    lines += [f"  naming: {_text(legacy.naming)}", f"  habits: [{', '.join(legacy.habits)}]", "  vlans:"]
    for number, vlan in legacy.vlans.items():
        said = [f"name: {_text(vlan.name)}", f"zones: [{', '.join(vlan.zones)}]"]
        said += [f"subnet: {vlan.subnet}"] if vlan.subnet else []
        flow = f"    {number}: {{{', '.join(said)}}}"
        lines += [flow] if len(flow) <= WIDTH else [f"    {number}:", *(f"      {one}" for one in said)]
    for key in ("time_servers", "name_servers", "log_servers"):
        lines.append(f"  {key}: [{', '.join(str(address) for address in getattr(legacy, key))}]")
    return lines


def _links(order: Order, region: Region, switches: Sequence[_Switch], like: Device) -> str:
    core, standard = switches[0].name, like.standard
    links = [
        f'  - {{a: "{core}:{port}", b: "{leaf}", {gbps}kind: routed}}' for port, leaf, gbps in _uplinks(region, like)
    ]
    room = (
        min((port.number for port in like.ports if port.neighbour and port.neighbour.kind == "routed"), default=1) - 1
    )
    at_core, above = 0, ""
    for before, switch in pairwise(switches):
        up = _uplink(region, switch.model, standard)
        first = before.site != switch.site or before.name == core
        at_core += first
        far = f"{core}:{at_core}" if first else f"{above}:{_uplink(region, before.model, standard) + 1}"
        links.append(f'  - {{a: "{switch.name}:{up}", b: "{far}"}}')
        above = switch.name
    if at_core > room:
        raise NewcomerError(
            f"--sites: found {at_core} with switches, expected at most {room}: the core {like.model} has no more ports"
        )
    head = ["---", "# yaml-language-server: $schema=../../.schema/municipality.schema.json"]
    head += ["# A cable a line. Decide: which ports are really used; drafted as a chain at each site.", "links:"]
    return "\n".join([*head, *links]) + "\n"


def _uplinks(region: Region, like: Device) -> list[tuple[int, str, str]]:
    """For each of the other core's uplinks: its port, a free port of a leaf in the same half, and its speed."""
    leaves = [device for device in region.of(CENTRE) if device.role == "leaf"]
    links = {end: link for link in region.municipalities[like.municipality].links for end in (link.a, link.b)}
    found: list[tuple[int, str, str]] = []
    for port in like.ports:
        there = port.neighbour
        if there and there.kind == "routed" and there.municipality == CENTRE:
            half = region.devices[there.device].site
            free = [
                (len(mine), one.name, mine[0])
                for one in leaves
                if one.site == half
                and (mine := [spot.number for spot in one.ports if not spot.neighbour and not spot.profile])
            ]
            if not free:
                raise NewcomerError(f"{half}: found no free port on its leaves, expected one for the new core switch")
            _, leaf, number = max(free, key=lambda one: (one[0], [-ord(sign) for sign in one[1]]))
            gbps = links[f"{like.name}:{port.number}"].gbps
            found.append((port.number, f"{leaf}:{number}", f"gbps: {gbps}, " if gbps != 1 else ""))
    return found


def _text(word: str) -> str:
    """A word of YAML; quoted where it would be read as something else."""
    plain = word and all(sign.isalpha() or sign in " -_" for sign in word) and word[0].isalpha()
    if plain and word.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
