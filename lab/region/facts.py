"""What the lab is built from: the region, as Ansible resolves the inventory. Never imports the product."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from lab import CENTRE, ROOT
from lab.region.ranges import parse_ranges
from lab.region.scopes import Scope, read_scopes
from lab.region.services import ServicesFacts, read_services

KEPT = 12  # resolved inventories in the cache
ROLES = ("core", "access", "leaf", "spine")


class FactsError(Exception):
    """The inventory does not describe a region that a lab can be built from."""


class LabError(Exception):
    """What was asked of the lab cannot be done."""


@dataclass(frozen=True)
class Profile:
    """What a port is for: zones by name."""

    access: str | None = None
    voice: str | None = None
    tagged: tuple[str, ...] = ()
    clients: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class LegacyVlanFacts:
    """A VLAN of the old network and the zones in it."""

    name: str
    zones: tuple[str, ...] = ()
    subnet: IPv4Network | None = None


@dataclass(frozen=True)
class LegacyFacts:
    """A municipality's old network."""

    vlans: dict[int, LegacyVlanFacts]
    management_vlan: int
    account: str
    naming: str = "{name}"
    habits: frozenset[str] = frozenset()
    time_servers: tuple[IPv4Address, ...] = ()
    name_servers: tuple[IPv4Address, ...] = ()
    log_servers: tuple[IPv4Address, ...] = ()

    def vlan_of(self, zone: str | None) -> int | None:
        """The VLAN in which a zone lives today."""
        return next((number for number, vlan in self.vlans.items() if zone in vlan.zones), None)


@dataclass(frozen=True)
class SiteFacts:
    """A place with switches and this many PCs."""

    name: str
    clients: int = 0


@dataclass(frozen=True)
class MunicipalityFacts:
    """A municipality, or the operations centre (no legacy)."""

    name: str
    label: str
    number: int
    prefix: IPv4Network
    sites: dict[str, SiteFacts]
    legacy: LegacyFacts | None
    pilot_sites: tuple[str, ...] = ()  # those that move first


@dataclass(frozen=True)
class Cable:
    """The far end of a port's cable."""

    switch: str
    port: int
    kind: str  # trunk or routed


@dataclass(frozen=True)
class SwitchFacts:
    """A switch. ``profiles`` and ``cables`` by port number."""

    name: str
    municipality: str
    role: str
    platform: str
    model: str
    site: str
    address: IPv4Interface
    host: str  # where the lab listens
    ssh_port: int
    eapi_port: int
    port_names: tuple[str, ...]
    software: str = ""  # the version that it runs; what its model has in the lab when it is empty
    legacy_address: IPv4Address | None = None
    legacy_name: str | None = None
    profiles: dict[int, str] = field(default_factory=dict)
    cables: dict[int, Cable] = field(default_factory=dict)


@dataclass(frozen=True)
class ServerFacts:
    """A server, and the port that it, or the hypervisor under it, hangs on (``loppa-core-01:5``)."""

    name: str
    municipality: str
    address: IPv4Address
    attached: str | None = None
    legacy_address: IPv4Address | None = None
    system: str = ""  # as the inventory's `os` has it; empty: our own Debian


@dataclass(frozen=True)
class RegionFacts:
    """Everything the lab knows at start. ``missing``: switches that cannot be built, with the reason."""

    municipalities: dict[str, MunicipalityFacts]
    switches: dict[str, SwitchFacts]
    servers: dict[str, ServerFacts]
    profiles: dict[str, Profile]
    zones: dict[str, int]  # name to VLAN of the standard
    domain: str
    missing: dict[str, str]
    scopes: tuple[Scope, ...] = ()
    services: ServicesFacts = field(default_factory=ServicesFacts)
    dhcp_servers: frozenset[IPv4Address] = frozenset()
    uplinks: IPv4Network | None = None  # the routed links between cores and leaves: a /31 each


def read() -> RegionFacts:
    """Resolve the inventory with Ansible (kept under a digest of its files) and read it.

    Raises:
        FactsError: Ansible could not resolve it, or something the lab needs is not there.
    """
    return build(resolve())


def resolve() -> dict[str, Any]:
    """``ansible-inventory --list`` of this checkout, from the cache if no file of it has changed."""
    digest = hashlib.sha256(os.environ.get("FELLESDRIFT_LAB_PORT", "").encode())
    for base in (ROOT / "ansible.cfg", ROOT / "inventory", ROOT / "lab" / "inventory"):
        for path in sorted([base] if base.is_file() else base.rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    cached = ROOT / ".cache" / "lab-inventory" / f"{digest.hexdigest()}.json"
    if cached.is_file():
        stored: dict[str, Any] = json.loads(cached.read_text())
        return stored
    program = Path(sys.executable).with_name("ansible-inventory")
    environment = {
        **{key: value for key, value in os.environ.items() if key != "ANSIBLE_INVENTORY"},
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
    }
    done = subprocess.run(
        [str(program), "--list"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,  # Ansible refuses to start where its input is not blocking
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise FactsError(f"ansible-inventory failed: {done.stderr.strip()}")
    resolved = _plain(json.loads(done.stdout))
    cached.parent.mkdir(parents=True, exist_ok=True)
    # Several labs on ports of their own may run from one checkout: each needs its own.
    known = sorted(cached.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for old in known[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    scratch = cached.with_suffix(f".{os.getpid()}")
    scratch.write_text(json.dumps(resolved))
    scratch.replace(cached)
    return dict(resolved)


def _plain(value: Any) -> Any:
    """Without the wrappers in which Ansible hands out values that it must not template again."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def build(resolved: dict[str, Any]) -> RegionFacts:
    """Read what Ansible resolved: pure."""
    variables: dict[str, dict[str, Any]] = resolved["_meta"]["hostvars"]
    members = {name: _members(resolved, name) for name in resolved if name != "_meta"}
    owners = [*resolved.get("municipalities", {}).get("children", []), CENTRE]
    switches = members.get("switches", set())
    common = next((host for name, host in variables.items() if name in switches), None)
    if common is None:
        raise FactsError("the inventory has no host in the group 'switches'")
    municipalities: dict[str, MunicipalityFacts] = {}
    own: dict[str, dict[str, Any]] = {}
    links: list[dict[str, Any]] = []
    owner_of: dict[str, str] = {}
    for owner in owners:
        hosts = sorted(members.get(owner, set()) & set(variables))
        if hosts:
            first = own[owner] = variables[hosts[0]]
            municipalities[owner] = _municipality(owner, first)
            links.extend(first.get("links", []))
            owner_of.update(dict.fromkeys(hosts, owner))
    cables = _cables(links)
    length = str(common["zones"]["operations"]["block"]).partition("/")[2]
    built: dict[str, SwitchFacts] = {}
    missing: dict[str, str] = {}
    for name in sorted(switches):
        host = variables.get(name, {})
        role = next((role for role in ROLES if name in members.get(role, set())), None)
        lacking = [key for key in ("address", "model", "site", "ansible_host") if key not in host]
        if lacking or role is None or name not in owner_of:
            missing[name] = "no " + ", ".join(lacking or ["role or municipality"])
            continue
        if not _on_this_machine(str(host["ansible_host"])):
            missing[name] = f"its address {host['ansible_host']} is not on this machine (is lab/inventory in use?)"
            continue
        built[name] = _switch(name, owner_of[name], role, host, cables.get(name, {}), length)
    servers = {
        name: ServerFacts(
            name,
            owner_of.get(name, CENTRE),
            IPv4Address(variables[name]["address"].split("/")[0]),
            _port_of(name, variables),
            _bare(variables[name].get("legacy_address")),
            str(variables[name].get("os") or ""),
        )
        for name in sorted(members.get("servers", set()))
        if "address" in variables.get(name, {})
    }
    return RegionFacts(
        municipalities,
        built,
        servers,
        {name: _profile(profile) for name, profile in common["port_profiles"].items()},
        {name: int(zone["vlan"]) for name, zone in common["zones"].items()},
        common["domain"],
        missing,
        read_scopes(common, own),
        read_services(common, own),
        frozenset(IPv4Address(server) for server in common.get("dhcp_servers") or ()),
        IPv4Network(common["uplink_network"]) if common.get("uplink_network") else None,
    )


def _bare(address: str | None) -> IPv4Address | None:
    """An address without the length of its network."""
    return IPv4Address(str(address).partition("/")[0]) if address else None


def _members(resolved: dict[str, Any], group: str) -> set[str]:
    """The hosts of a group and of the groups below it."""
    entry = resolved.get(group, {})
    hosts = set(entry.get("hosts", []))
    for child in entry.get("children", []):
        hosts |= _members(resolved, child)
    return hosts


def _on_this_machine(address: str) -> bool:
    """The lab listens on loopback addresses and nowhere else."""
    try:
        return IPv4Address(address).is_loopback
    except ValueError:
        return False


def _port_of(server: str, variables: dict[str, dict[str, Any]]) -> str | None:
    """Where a server is plugged in; a virtual one where its hypervisor is."""
    seen = {server}
    host = variables[server]
    while not host.get("attached") and host.get("runs_on") in variables and host["runs_on"] not in seen:
        seen.add(host["runs_on"])
        host = variables[host["runs_on"]]
    attached = host.get("attached")
    return str(attached) if attached else None


def _profile(raw: dict[str, Any]) -> Profile:
    return Profile(
        raw.get("access"),
        raw.get("voice"),
        tuple(raw.get("tagged", ())),
        raw.get("clients", False),
        raw.get("enabled", True),
    )


def _municipality(name: str, raw: dict[str, Any]) -> MunicipalityFacts:
    legacy = raw.get("legacy") if name != CENTRE else None
    return MunicipalityFacts(
        name,
        raw.get("label", name),
        int(raw.get("number", 0)),
        IPv4Network(raw["prefix"]),
        {
            site: SiteFacts(entry.get("name", site), entry.get("clients", 0))
            for site, entry in raw.get("sites", {}).items()
        },
        _legacy(legacy) if legacy else None,
        tuple((raw.get("migration") or {}).get("pilot_sites") or ()),
    )


def _legacy(raw: dict[str, Any]) -> LegacyFacts:
    vlans = {
        int(number): LegacyVlanFacts(
            entry["name"], tuple(entry.get("zones", ())), IPv4Network(entry["subnet"]) if entry.get("subnet") else None
        )
        for number, entry in raw["vlans"].items()
    }
    servers = {key: tuple(IPv4Address(item) for item in raw.get(key, ())) for key in _SERVER_KEYS}
    return LegacyFacts(
        dict(sorted(vlans.items())),
        int(raw["management_vlan"]),
        raw["account"],
        raw.get("naming", "{name}"),
        frozenset(raw.get("habits", ())),
        **servers,
    )


_SERVER_KEYS = ("time_servers", "name_servers", "log_servers")


def _cables(links: list[dict[str, Any]]) -> dict[str, dict[int, Cable]]:
    """Both directions of every link. Shape: switch to port number to far end."""
    cables: dict[str, dict[int, Cable]] = {}
    for link in links:
        (a, a_port), (b, b_port) = (end.rsplit(":", 1) for end in (link["a"], link["b"]))
        kind = link.get("kind", "trunk")
        cables.setdefault(a, {})[int(a_port)] = Cable(b, int(b_port), kind)
        cables.setdefault(b, {})[int(b_port)] = Cable(a, int(a_port), kind)
    return cables


def _switch(
    name: str, owner: str, role: str, raw: dict[str, Any], cables: dict[int, Cable], length: str
) -> SwitchFacts:
    model = raw["switch_models"][raw["model"]]
    split = (model.get("uplinks_from") if model.get("uplinks") else None) or model["ports"] + 1
    names = tuple(
        (model["uplinks"] if number >= split else model["name"]).replace("{}", str(number))
        for number in range(1, model["ports"] + 1)
    )
    profiles = {port: profile for span, profile in raw.get("ports", {}).items() for port in parse_ranges(str(span))}
    return SwitchFacts(
        name=name,
        municipality=owner,
        role=role,
        platform=model["platform"],
        model=raw["model"],
        site=raw["site"],
        address=IPv4Interface(raw["address"] if "/" in raw["address"] else f"{raw['address']}/{length}"),
        host=str(raw["ansible_host"]),
        ssh_port=int(raw["ansible_port"]),
        eapi_port=int(raw["eapi_port"]),
        port_names=names,
        legacy_address=_bare(raw.get("legacy_address")),
        legacy_name=raw.get("legacy_name"),
        profiles=profiles,
        cables=cables,
    )


def number_of(name: str) -> str:
    """The digits at the end of a name: ``01`` of ``loppa-core-01``."""
    digits = re.search(r"(\d+)$", name)
    return digits[1] if digits else ""
