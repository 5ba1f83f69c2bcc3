"""What a switch is configured with before it moves, in no vendor's words.

Each personality writes a ``LegacySwitch`` in its own dialect (``lab.personalities.<platform>.legacy``).
The operations centre's switches have no legacy: they are staged (``staged`` is True) with just enough to log in.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from lab import CENTRE
from lab.region.facts import Cable, LegacyFacts, MunicipalityFacts, Profile, RegionFacts, SwitchFacts, number_of

# What the ports of a profile were called by those who cabled them. PCs' ports were never described.
_WORDS = {
    "access_point": "Aksesspunkt",
    "printer": "Skriver",
    "phone": "Telefon",
    "building": "SD-anlegg",
    "server": "Server",
}


@dataclass(frozen=True)
class LegacyAccount:
    """An account and what its stored form is made from. The password is in memory only, and never printed.

    ``salt`` is 16 hexadecimal digits, the same within a municipality: cut it as the form wants.
    """

    name: str
    password: str = field(repr=False)
    salt: str = field(repr=False)
    privilege: int = 15


@dataclass(frozen=True)
class LegacyPort:
    """A port as it was. On trunks ``tagged`` None means every VLAN; the untagged VLAN is not among the tagged."""

    number: int
    name: str
    kind: Literal["access", "trunk", "unused"]
    description: str = ""
    untagged: int = 1
    voice: int | None = None
    tagged: tuple[int, ...] | None = ()
    enabled: bool = True


@dataclass(frozen=True)
class LegacySvi:
    """A VLAN's layer 3 interface."""

    vlan: int
    address: IPv4Interface


@dataclass(frozen=True)
class LegacySwitch:
    """One switch before its move.

    Args:
        hostname: in the municipality's own naming (``SW-RADHUS-01``); the inventory's name at the centre.
        staged: a switch of the operations centre: write host name, account, SSH, eAPI and Management1
            with ``management`` as its address; nothing else. ``ports`` are then all unused.
        vlans: name by VLAN, in order; 1 is among them only if the municipality named it.
        svis: on a core the gateways; on an access switch its management address.
        gateway: where an access switch sends what is not local. None on layer 3 devices.
        default_route: next hop of a core's default route (the municipality's old firewall).
        routing: layer 3 forwarding is on.
        habits: telnet, snmp_public, http, no_archive, password_7, no_lldp, flat_trunks, no_descriptions, …
            Those that are about ports are already worked into ``ports``.
    """

    name: str
    hostname: str
    municipality: str
    label: str
    role: str
    model: str
    site: str
    staged: bool
    vlans: dict[int, str]
    ports: tuple[LegacyPort, ...]
    svis: tuple[LegacySvi, ...]
    management_vlan: int
    management: IPv4Interface
    gateway: IPv4Address | None
    default_route: IPv4Address | None
    routing: bool
    account: LegacyAccount
    time_servers: tuple[IPv4Address, ...] = ()
    name_servers: tuple[IPv4Address, ...] = ()
    log_servers: tuple[IPv4Address, ...] = ()
    habits: frozenset[str] = frozenset()
    domain: str = ""


def describe(region: RegionFacts, switch: SwitchFacts, account: LegacyAccount) -> LegacySwitch:
    """What a switch starts with: pure.

    Args:
        region: what the lab is built from.
        switch: of this region.
        account: what its administrators log in with.
    """
    municipality = region.municipalities[switch.municipality]
    if switch.municipality == CENTRE or municipality.legacy is None:
        return _staged(region, switch, municipality, account)
    legacy = municipality.legacy
    core = switch.role == "core"
    svis = _gateways(legacy) if core else _management(legacy, switch)
    subnet = legacy.vlans[legacy.management_vlan].subnet
    return LegacySwitch(
        name=switch.name,
        hostname=hostname(legacy, switch, municipality),
        municipality=switch.municipality,
        label=municipality.label,
        role=switch.role,
        model=switch.model,
        site=switch.site,
        staged=False,
        vlans={number: vlan.name for number, vlan in legacy.vlans.items()},
        ports=tuple(_port(region, legacy, switch, number) for number in range(1, len(switch.port_names) + 1)),
        svis=svis,
        management_vlan=legacy.management_vlan,
        management=next((svi.address for svi in svis if svi.vlan == legacy.management_vlan), switch.address),
        gateway=None if core or subnet is None else subnet.network_address + 1,
        default_route=subnet.broadcast_address - 1 if core and subnet is not None else None,
        routing=core,
        account=account,
        time_servers=legacy.time_servers,
        name_servers=legacy.name_servers,
        log_servers=legacy.log_servers,
        habits=legacy.habits,
        domain=f"{switch.municipality}.kommune.example",
    )


def hostname(legacy: LegacyFacts, switch: SwitchFacts, municipality: MunicipalityFacts) -> str:
    """The name a switch has before its move.

    Args:
        legacy: the municipality's, whose ``naming`` is the pattern.
        switch: of this municipality.
        municipality: the one that the switch belongs to.
    """
    if switch.legacy_name:
        return switch.legacy_name
    return legacy.naming.format(
        name=switch.name,
        site=switch.site,
        number=number_of(switch.name),
        role=switch.role,
        municipality=municipality.name,
    )


def _staged(
    region: RegionFacts, switch: SwitchFacts, municipality: MunicipalityFacts, account: LegacyAccount
) -> LegacySwitch:
    return LegacySwitch(
        name=switch.name,
        hostname=switch.name,
        municipality=switch.municipality,
        label=municipality.label,
        role=switch.role,
        model=switch.model,
        site=switch.site,
        staged=True,
        vlans={},
        ports=tuple(LegacyPort(number, name, "unused") for number, name in enumerate(switch.port_names, 1)),
        svis=(),
        management_vlan=1,
        management=switch.address,
        gateway=None,
        default_route=None,
        routing=False,
        account=account,
        domain=region.domain,
    )


def _gateways(legacy: LegacyFacts) -> tuple[LegacySvi, ...]:
    return tuple(
        LegacySvi(number, IPv4Interface(f"{vlan.subnet.network_address + 1}/{vlan.subnet.prefixlen}"))
        for number, vlan in legacy.vlans.items()
        if vlan.subnet is not None
    )


def _management(legacy: LegacyFacts, switch: SwitchFacts) -> tuple[LegacySvi, ...]:
    subnet = legacy.vlans[legacy.management_vlan].subnet
    if switch.legacy_address is None or subnet is None:
        return ()
    return (LegacySvi(legacy.management_vlan, IPv4Interface(f"{switch.legacy_address}/{subnet.prefixlen}")),)


def _port(region: RegionFacts, legacy: LegacyFacts, switch: SwitchFacts, number: int) -> LegacyPort:
    name = switch.port_names[number - 1]
    cable = switch.cables.get(number)
    if cable is not None:
        return _cabled(region, legacy, number, name, cable)
    profile = region.profiles.get(switch.profiles.get(number, ""), Profile())
    untagged = legacy.vlan_of(profile.access)
    if untagged is None:
        return LegacyPort(number, name, "unused")
    voice = legacy.vlan_of(profile.voice) if profile.voice else None
    tagged = {legacy.vlan_of(zone) for zone in profile.tagged} - {None, untagged}
    word = "" if "no_descriptions" in legacy.habits else _WORDS.get(switch.profiles[number], "")
    return LegacyPort(
        number,
        name,
        "trunk" if tagged else "access",
        word,
        untagged,
        voice if voice != untagged else None,
        tuple(sorted(vlan for vlan in tagged if vlan is not None)),
        profile.enabled,
    )


def _cabled(region: RegionFacts, legacy: LegacyFacts, number: int, name: str, cable: Cable) -> LegacyPort:
    if cable.kind == "routed":
        # The fibre to the centre is new: pulled, patched, not yet lit.
        return LegacyPort(number, name, "unused", enabled=False)
    far = region.switches.get(cable.switch)
    where = hostname(legacy, far, region.municipalities[far.municipality]) if far is not None else cable.switch
    tagged = None if "flat_trunks" in legacy.habits else tuple(vlan for vlan in legacy.vlans if vlan != 1)
    return LegacyPort(
        number, name, "trunk", "" if "no_descriptions" in legacy.habits else f"Til {where}", untagged=1, tagged=tagged
    )
