"""A new municipality: the files that describe it, drafted after an existing municipality. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from nornir_tasks.core.ranges import group_by_range
from nornir_tasks.inventory.scaffold_order import NewcomerError, NewSite, Order
from nornir_tasks.inventory.scaffold_records import (
    HEAD,
    format_applications,
    format_line,
    format_user_groups,
    list_agreement_lines,
)
from nornir_tasks.model import Device, Legacy, Municipality, Region, Standard
from nornir_tasks.model.addresses import find_operations_network
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.municipality import Link

WIDTH = 120  # of a line of the inventory
BLOCK = 27  # the length of a site's block
FIRST = 11  # the first access switch's place in its site's block; lower ones are for servers and the core


@dataclass(frozen=True)
class _DraftSwitch:
    """A switch of the draft."""

    name: str
    site: NewSite
    model: str
    address: IPv4Address
    legacy_address: IPv4Address | None


def draft_municipality(order: Order, region: Region) -> dict[str, str]:
    """The files of a new municipality. Shape: path within the inventory, and its text.

    Raises:
        NewcomerError: a number or prefix is taken, or a site, switch or cable has no room.
    """
    like = region.municipalities[order.like]
    core = region.of(order.like)[0]
    _refuse_taken(order, region)
    switches = _draft_switches(order, like, core)
    return {
        f"municipalities/{order.name}.yml": _format_hosts(order, region, switches),
        f"group_vars/{order.name}/municipality.yml": _format_municipality(order, like, core.standard),
        f"group_vars/{order.name}/links.yml": _format_links(order, region, switches, core),
        f"group_vars/{order.name}/user_groups.yml": format_user_groups(order, like, core.standard),
        f"group_vars/{order.name}/applications.yml": format_applications(order, like),
    }


def add_group_line(text: str, name: str, last_line: int) -> str:
    """The text of ``groups.yml`` with the new municipality's line in it.

    Args:
        text: of the file that lists the municipalities' groups.
        name: the new group.
        last_line: of the list of groups, from 1; the new line follows it, with the same indentation.
    """
    lines = text.splitlines(keepends=True)
    indent = lines[last_line - 1][: len(lines[last_line - 1]) - len(lines[last_line - 1].lstrip())]
    return "".join([*lines[:last_line], f"{indent}{name}:\n", *lines[last_line:]])


def parse_sites(
    sites: Iterable[str], switches: Iterable[str], like: Municipality, region: Region
) -> tuple[NewSite, ...]:
    """Sites from ``name:purpose[:clients]``, their switches from ``site:model[:count]``.

    A site that ``switches`` does not name has one switch, of the model most used at sites of its purpose.

    Args:
        sites: as ``--sites`` takes them.
        switches: as ``--switches`` takes them, for sites among ``sites``.
        like: the municipality to draft after: its standard holds the purposes and models.
        region: tells which models are used at which sites.

    Raises:
        NewcomerError: a word has another form, or names an unknown purpose, model or site.
    """
    standard = region.of(like.name)[0].standard
    models: dict[str, list[str]] = {}
    for word in switches:
        site, model, count = _split_word(word, "--switches", "SITE:MODEL[:COUNT]", "1")
        if model not in standard.switch_models:
            raise NewcomerError(_describe_unknown("--switches", model, standard.switch_models))
        models.setdefault(site, []).extend([model] * count)
    new_sites: list[NewSite] = []
    for word in sites:
        name, purpose, clients = _split_word(word, "--sites", "NAME:PURPOSE[:CLIENTS]", "0")
        if purpose not in standard.site_purposes:
            raise NewcomerError(_describe_unknown("--sites", purpose, standard.site_purposes))
        new_sites.append(
            NewSite(name, purpose, clients, tuple(models.pop(name, [_find_usual_model(region, purpose, standard)])))
        )
    if models:
        raise NewcomerError(_describe_unknown("--switches", next(iter(models)), [site.name for site in new_sites]))
    return tuple(new_sites)


def _split_word(word: str, option: str, form: str, default: str) -> tuple[str, str, int]:
    parts = word.split(":")
    parts += [default] * (len(parts) == 2)
    if len(parts) != 3 or not all(parts) or not parts[2].isdecimal():
        raise NewcomerError(f"{option}: found {word!r}, expected {form}")
    return parts[0], parts[1], int(parts[2])


def _describe_unknown(option: str, word: str, choices: Iterable[str]) -> str:
    return f"{option}: found {word!r}, expected one of {', '.join(choices)}"


def _find_usual_model(region: Region, purpose: str, standard: Standard) -> str:
    """The model most used at sites of a purpose; where there is no such site, most used at all."""
    access_switches = [device for device in region.devices.values() if device.role == "access"]
    at_purpose = [device for device in access_switches if region.site(device).purpose == purpose]
    counts = Counter(device.model for device in at_purpose or access_switches)
    return counts.most_common(1)[0][0] if counts else next(iter(standard.switch_models))


def _refuse_taken(order: Order, region: Region) -> None:
    for municipality in region.municipalities.values():
        if municipality.number == order.number:
            raise NewcomerError(f"--number: found {order.number}, expected one of its own; {municipality.name} has it")
        if municipality.prefix.overlaps(order.prefix):
            raise NewcomerError(
                f"--prefix: found {order.prefix}, expected one of its own; "
                f"{municipality.name} has {municipality.prefix}"
            )
    if not order.sites:
        raise NewcomerError("--sites: found none, expected at least one: the core switch stands at the first")


def _allot_blocks(order: Order, standard: Standard) -> list[IPv4Network]:
    """The first site's block, with the core and the servers in it, and one for each further site."""
    municipality = Municipality(name=order.name, label=order.label, number=order.number, prefix=order.prefix, sites={})
    zone_block = find_operations_network(municipality, standard)
    first_length = max(zone_block.prefixlen + 2, 23)
    first_block, *rest = zone_block.subnets(new_prefix=min(first_length, BLOCK))
    site_blocks = [block for subnet in rest for block in subnet.subnets(new_prefix=BLOCK)]
    if len(site_blocks) < len(order.sites) - 1:
        raise NewcomerError(
            f"--sites: found {len(order.sites)}, expected at most {len(site_blocks) + 1}, which {zone_block} "
            "has room for"
        )
    return [first_block, *site_blocks]


def _draft_switches(order: Order, like: Municipality, core: Device) -> list[_DraftSwitch]:
    legacy_network = _find_management_network(like.legacy)
    blocks = _allot_blocks(order, core.standard)
    draft_switches = [
        _DraftSwitch(
            f"{order.name}-core-01",
            order.sites[0],
            core.model,
            blocks[0][1],
            legacy_network[1] if legacy_network else None,
        )
    ]
    for site, block in zip(order.sites, blocks, strict=False):
        if FIRST + len(site.models) >= block.num_addresses:
            raise NewcomerError(
                f"--switches: found {len(site.models)} at {site.name}, expected fewer: its block is {block}"
            )
        for number, model in enumerate(site.models):
            access_number = len(draft_switches)
            legacy_address = legacy_network[FIRST - 1 + access_number] if legacy_network else None
            draft_switches.append(
                _DraftSwitch(f"{order.name}-acc-{access_number:02}", site, model, block[FIRST + number], legacy_address)
            )
    return draft_switches


def _find_management_network(legacy: Legacy | None) -> IPv4Network | None:
    return legacy.vlans[legacy.management_vlan].subnet if legacy else None


def _format_hosts(order: Order, region: Region, switches: Sequence[_DraftSwitch]) -> str:
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
    for index, switch in enumerate(switches):
        lines += _format_host(switch, _draft_ports(region, switch, standard) if index else {}, anchors)
    core, access = switches[0].name, [switch.name for switch in switches[1:]]
    lines.append(f"core: {{hosts: {{{core}: }}}}")
    if access:
        lines += _format_group("access", access)
    platforms: dict[str, list[str]] = {}
    for switch in switches:
        platforms.setdefault(standard.switch_models[switch.model].platform, []).append(switch.name)
    for platform, hosts in sorted(platforms.items()):
        lines += _format_group(platform, hosts)
    return "\n".join(lines) + "\n"


def _format_host(switch: _DraftSwitch, ports: Mapping[str, str], anchors: dict[str, str]) -> list[str]:
    variables = {"site": switch.site.name, "model": switch.model, "address": str(switch.address)}
    if switch.legacy_address:
        variables["legacy_address"] = str(switch.legacy_address)
    if ports:
        body = f"{{{', '.join(f'{port_range}: {profile}' for port_range, profile in ports.items())}}}"
        anchor = f"{switch.site.purpose}{list(ports)[-1].rpartition('-')[2]}"
        anchor += f"_{len(anchors)}" * (anchor in anchors.values())
        variables["ports"] = f"*{anchors[body]}" if body in anchors else f"&{anchor} {body}"
        anchors.setdefault(body, anchor)
    flow = f"    {switch.name}: {{{', '.join(f'{key}: {value}' for key, value in variables.items())}}}"
    if len(flow) <= WIDTH:
        return [flow]
    return [
        f"    {switch.name}:",
        *(line for key, value in variables.items() for line in _fold_line(f"      {key}:", value)),
    ]


def _fold_line(key: str, value: str) -> list[str]:
    """A key and its value, in a line of at most WIDTH or in two."""
    line = f"{key} {value}"
    if len(line) <= WIDTH:
        return [line]
    anchor, _, rest = value.partition(" ") if value.startswith("&") else ("", "", value)
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    return [f"{key} {anchor}".rstrip(), f"{indent}{rest}"]


def _format_group(name: str, hosts: Sequence[str]) -> list[str]:
    """A group with its hosts; consecutive numbers as a range."""
    runs: list[list[str]] = []
    for host in hosts:
        stem, _, number = host.rpartition("-")
        previous_stem, _, previous_number = runs[-1][-1].rpartition("-") if runs else ("", "", "0")
        if stem == previous_stem and int(number) == int(previous_number) + 1:
            runs[-1].append(host)
        else:
            runs.append([host])
    words = [
        host_range[0] if len(host_range) == 1 else f'"{host_range[0][:-2]}[{host_range[0][-2:]}:{host_range[-1][-2:]}]"'
        for host_range in runs
    ]
    flow = f"{name}: {{hosts: {{{', '.join(f'{word}: ' for word in words)}}}}}"
    return [flow] if len(flow) <= WIDTH else [f"{name}:", "  hosts:", *(f"    {word}:" for word in words)]


def _draft_ports(region: Region, switch: _DraftSwitch, standard: Standard) -> dict[str, str]:
    """Ranges and profiles as on the most similar switch at sites of this purpose; without its uplinks."""
    size = standard.switch_models[switch.model].ports
    uplink_port = _find_uplink_port(region, switch.model, standard)
    access_switches = [device for device in region.devices.values() if device.role == "access"]
    similar_switches = [device for device in access_switches if region.site(device).purpose == switch.site.purpose]
    if not similar_switches:
        raise NewcomerError(
            f"--sites: found {switch.site.name} ({switch.site.purpose}), expected a purpose of which a site is there "
            "already, to see what its ports are for"
        )
    most_similar = min(
        similar_switches, key=lambda device: (device.model != switch.model, abs(len(device.ports) - size), device.name)
    )
    return group_by_range({port.number: port.profile for port in most_similar.ports[: uplink_port - 1] if port.profile})


def _find_uplink_port(region: Region, model: str, standard: Standard) -> int:
    """The port by which switches of a model hang on others; the port after it is for a switch behind."""
    similar_switches = [
        device for device in region.devices.values() if device.role == "access" and device.model == model
    ]
    cabled_ports = [port.number for device in similar_switches for port in device.ports if port.neighbour]
    return min(cabled_ports, default=standard.switch_models[model].ports - 3)


def _format_municipality(order: Order, like: Municipality, standard: Standard) -> str:
    blocks = _allot_blocks(order, standard)
    lines = [
        *HEAD,
        f"label: {_quote_word(order.label)}",
        f"number: {order.number}",
        f"prefix: {order.prefix}",
        "# `block`: the part of the operations zone that a site's equipment has its addresses from.",
        "# Decide: the sites' names as people say them.",
        "sites:",
    ]
    for site, block in zip(order.sites, blocks, strict=False):
        name = _quote_word(site.name.replace("-", " ").capitalize())
        value = f"{{name: {name}, purpose: {site.purpose}, block: {block}, clients: {site.clients}}}"
        lines += _fold_line(f"  {site.name}:", value)
    lines += ["", *_format_legacy(order, like.legacy)] if like.legacy else []
    first, others = order.sites[0].name, [site.name for site in order.sites[1:]]
    waves = [[site] for site in others[1:]] + [[first]] * bool(others)
    lines += ["", "# Decide: who moves first, and who moves together. The first wave is the canary.", "migration:"]
    lines += [f"  pilot_sites: [{others[0] if others else first}]"]
    lines += ["  waves:", *(f"    - [{', '.join(wave)}]" for wave in waves)] if waves else ["  waves: []"]
    lines += [f"  batch: {like.migration.batch if like.migration else 5}", "  failure_budget: 0"]
    lines += ["  # Who re-addresses what holds a fixed address (scripts/migration.py fixed), site by site. Such as:"]
    lines += [f"  # visits: {{{first}: {{who: IT adviser, by: 2027-03-31}}}}"]
    lines += list_agreement_lines(order, like)
    return "\n".join(lines) + "\n"


def _format_legacy(order: Order, legacy: Legacy) -> list[str]:
    """The legacy of the municipality to draft after, marked for a person to put right."""
    lines = [f"# Decide: all of this is {order.like}'s, and stands for what the survey will find.", "legacy:"]
    lines += [f"  account: {_quote_word(legacy.account)}", f"  management_vlan: {legacy.management_vlan}"]
    lines += [f"  naming: {_quote_word(legacy.naming)}", f"  habits: [{', '.join(legacy.habits)}]", "  vlans:"]
    for number, vlan in legacy.vlans.items():
        fields = [f"name: {_quote_word(vlan.name)}", f"zones: [{', '.join(vlan.zones)}]"]
        fields += [f"subnet: {vlan.subnet}"] if vlan.subnet else []
        fields += [f"pool: {vlan.pool}"] if vlan.pool else []
        line = f"    {number}: {{{', '.join(fields)}}}"
        lines += [line] if len(line) <= WIDTH else [f"    {number}:", *(f"      {field}" for field in fields)]
    for key in ("time_servers", "name_servers", "log_servers"):
        lines.append(f"  {key}: [{', '.join(str(address) for address in getattr(legacy, key))}]")
    lines += [
        "  # Decide: for how long the old DHCP server lends; to be shortened before ports of clients move. Such as:"
    ]
    lines += ["  # dhcp: {lease_seconds: 600, since: 2026-11-16T08:00+01:00, former_lease_seconds: 28800}"]
    return lines


def _format_links(order: Order, region: Region, switches: Sequence[_DraftSwitch], like: Device) -> str:
    core, standard = switches[0].name, like.standard
    old_links = region.municipalities[like.municipality].links
    old_branch = next((link for link in old_links if link.line and link.kind == "trunk"), None)
    links = [
        f'  - {{a: "{core}:{port}", b: "{leaf}", {gbps}kind: routed'
        + format_line(_find_link(old_links, like.name, port), f"to be decided: {order.label} to {leaf}")
        + "}"
        for port, leaf, gbps in _draft_uplinks(region, like)
    ]
    free_core_ports = (
        min((port.number for port in like.ports if port.neighbour and port.neighbour.kind == "routed"), default=1) - 1
    )
    used_core_ports, previous_name = 0, ""
    for previous, switch in pairwise(switches):
        uplink_port = _find_uplink_port(region, switch.model, standard)
        is_first_of_site = previous.site != switch.site or previous.name == core
        used_core_ports += is_first_of_site
        far_end = (
            f"{core}:{used_core_ports}"
            if is_first_of_site
            else f"{previous_name}:{_find_uplink_port(region, previous.model, standard) + 1}"
        )
        path = f"to be decided: {order.sites[0].name} to {switch.site.name}"
        line = format_line(old_branch, path) if is_first_of_site and switch.site != order.sites[0] else ""
        links.append(f'  - {{a: "{switch.name}:{uplink_port}", b: "{far_end}"{line}}}')
        previous_name = switch.name
    if used_core_ports > free_core_ports:
        raise NewcomerError(
            f"--sites: found {used_core_ports} with switches, expected at most {free_core_ports}: "
            f"the core {like.model} has no more ports"
        )
    head = [*HEAD, "# A cable a line. Decide: which ports are really used; drafted as a chain at each site."]
    head += ["# Decide: who supplies each line, what it carries, and the way it is laid.", "links:"]
    return "\n".join([*head, *links]) + "\n"


def _find_link(links: Sequence[Link], switch: str, port: int) -> Link | None:
    """The link of a switch's port."""
    return next((link for link in links if f"{switch}:{port}" in (link.a, link.b)), None)


def _draft_uplinks(region: Region, like: Device) -> list[tuple[int, str, str]]:
    """For each of the other core's uplinks: its port, a free port of a leaf in the same half, and its speed."""
    leaves = [device for device in region.of(CENTRE) if device.role == "leaf"]
    links = {end: link for link in region.municipalities[like.municipality].links for end in (link.a, link.b)}
    uplinks: list[tuple[int, str, str]] = []
    for port in like.ports:
        neighbour = port.neighbour
        if neighbour and neighbour.kind == "routed" and neighbour.municipality == CENTRE:
            half = region.devices[neighbour.device].site
            options = [
                (len(free_ports), leaf_switch.name, free_ports[0])
                for leaf_switch in leaves
                if leaf_switch.site == half
                and (
                    free_ports := [
                        leaf_port.number
                        for leaf_port in leaf_switch.ports
                        if not leaf_port.neighbour
                        and not leaf_port.profile
                        and leaf_port.number not in leaf_switch.exits
                    ]
                )
            ]
            if not options:
                raise NewcomerError(f"{half}: found no free port on its leaves, expected one for the new core switch")
            _, leaf, number = max(options, key=lambda option: (option[0], [-ord(character) for character in option[1]]))
            gbps = links[f"{like.name}:{port.number}"].gbps
            uplinks.append((port.number, f"{leaf}:{number}", f"gbps: {gbps}, " if gbps != 1 else ""))
    return uplinks


def _quote_word(word: str) -> str:
    """A word of YAML; quoted where it would be read as something else."""
    is_plain = word and all(character.isalpha() or character in " -_" for character in word) and word[0].isalpha()
    if is_plain and word.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
