"""Checks of the way from a switch to its gateways and to the operations centre."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.configuration import read_configuration
from nornir_tasks.health.facts import PORTS, RUNNING, CheckedDevice, Fact
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.links import find_lit_ports
from nornir_tasks.health.port_faults import name_port
from nornir_tasks.model import Neighbour
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.common.health_state import Route


def list_services(target: CheckedDevice) -> list[str]:
    """The addresses of the centre's services that the switch uses at this stage."""
    standard = target.device.standard
    used = target.view.has("services")
    addresses = (*standard.time_servers, *standard.name_servers, *standard.log_servers)
    return [str(address) for address in addresses if used]


def list_gateways(target: CheckedDevice) -> list[str]:
    """The addresses of the gateways that the switch itself is."""
    return [str(gateway.address.ip) for gateway in target.view.gateways if target.view.has("management")]


def ping_services(session: Session, target: CheckedDevice) -> dict[str, bool]:
    """Whether each of the centre's services answers the switch, by address."""
    return {address: session.ping(address) for address in list_services(target)}


def ping_gateways(session: Session, target: CheckedDevice) -> dict[str, bool]:
    """Whether each gateway that the switch is answers a ping from it, by address."""
    return {address: session.ping(address) for address in list_gateways(target)}


def list_ways(target: CheckedDevice) -> list[tuple[str, Neighbour]]:
    """The ways of a core to the halves of the centre that are in use: port, and what is at its far end."""
    ports = find_lit_ports(target) if target.device.role == "core" else ()
    return [(port.name, port.neighbour) for port in ports if port.neighbour and port.neighbour.kind == "routed"]


def find_address(target: CheckedDevice, leaf: str) -> str:
    """Where a leaf of the centre is asked for, by the routes to it."""
    device = target.region.devices[leaf]
    return str(device.loopback or device.address.ip)


def read_routes(session: Session, target: CheckedDevice) -> Mapping[str, Route | None] | None:
    """The route to each leaf that the core hangs on, by address; None: the platform does not tell it."""
    addresses = [find_address(target, neighbour.device) for _, neighbour in list_ways(target)]
    return session.routes(addresses) if addresses else {}


GATEWAY_PINGS = Fact(mark("pings of its gateways"), ping_gateways)
SERVICE_PINGS = Fact(mark("pings of the centre's services"), ping_services)
ROUTES = Fact(mark("its routes to the centre"), read_routes)


def find_silent(observation: Observation, pings: Fact[dict[str, bool]], addresses: list[str], reason: str) -> list[str]:
    """The addresses that did not answer.

    Args:
        observation: of a device, with the readings of ``pings``.
        pings: the fact that says which addresses answered.
        addresses: those that ought to answer.
        reason: why there may be no address, translated: the text of ``Skipped``.

    Raises:
        Skipped: ``addresses`` is empty.
    """
    if not addresses:
        raise Skipped(reason)
    answers = observation.value(pings)
    return [address for address in addresses if not answers[address]]


class Gateways(Check):
    """Every zone's gateway is up."""

    name = "gateways"
    category = "routing"
    description = mark("every zone's gateway is up")
    advice = mark("See whether the zone's VLAN exists on the core and is carried by at least one port that is up.")
    facts = (GATEWAY_PINGS,)
    urgency = Urgency.CUT_OFF
    hints = (RUNNING, PORTS)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The gateways that do not answer."""
        reason = translate("this switch is nobody's gateway")
        silent = find_silent(observation, GATEWAY_PINGS, list_gateways(observation), reason)
        return [
            Mismatch(
                translate("the gateway {address} up", address=address),
                translate("down"),
                _advise_on_gateway(observation, address),
            )
            for address in silent
        ]


class Services(Check):
    """The switch reaches what it needs of the centre."""

    name = "services"
    category = "routing"
    description = mark("time, names and logging at both halves of the centre answer")
    advice = mark(
        "If both halves are silent, look at this municipality's uplinks; if one is, at that half of the centre."
    )
    facts = (SERVICE_PINGS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The services that do not answer."""
        addresses = list_services(observation)
        silent = find_silent(observation, SERVICE_PINGS, addresses, translate("not connected to the centre yet"))
        advice = _advise_on_services(observation, addresses, silent)
        return [
            Mismatch(translate("an answer from {address}", address=address), translate("none"), advice)
            for address in silent
        ]


class Routes(Check):
    """The core has its own way to each half of the centre."""

    name = "routes"
    category = "routing"
    description = mark("the core has its own way to each half of the centre")
    advice = mark(
        "The line is up, and the routers at its ends do not talk OSPF over it: see what was changed last on both "
        "(scripts/drift_audit.py, scripts/change.py list). Nobody has to go there."
    )
    facts = (ROUTES,)
    urgency = Urgency.UNPROTECTED
    hints = (PORTS,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The halves to which there is no way, or only the one through the other half."""
        ways = list_ways(observation)
        if not ways:
            raise Skipped(translate("no way to the centre begins here"))
        routes, links = observation.value(ROUTES), observation.hint(PORTS) or {}
        mismatches = []
        for port, neighbour in ways:
            route = routes[find_address(observation, neighbour.device)]
            if route is not None and _leads_to(route, neighbour):
                continue
            expected = translate("a route to {leaf} by {port}", leaf=neighbour.device, port=name_port(port))
            hops = ", ".join(route.next_hops) if route else ""
            actual = translate("by {hops}", hops=hops) if hops else translate("none")
            advice = ""
            if not links.get(port, True):
                advice = translate("Its line is down: the check uplinks tells why. Begin there.")
            mismatches.append(Mismatch(expected, actual, advice))
        return mismatches


def _leads_to(route: Route, neighbour: Neighbour) -> bool:
    """Whether a route leads over this line; one without a hop that is not attached discards its packets."""
    if not route.next_hops:
        return route.protocol == "connected"
    return neighbour.peer_address is None or str(neighbour.peer_address.ip) in route.next_hops


def _advise_on_gateway(observation: Observation, address: str) -> str:
    """Why a gateway is down, by the configuration; "" where it does not tell."""
    gateway = next(each for each in observation.view.gateways if str(each.address.ip) == address)
    if observation.hint(RUNNING) is None:
        return ""
    access, switch = read_configuration(observation), observation.device.name
    interface = access.svi(gateway.vlan)
    if interface is None or gateway.address not in interface.addresses:
        return translate(
            "Its interface Vlan{vlan} has lost its address: scripts/drift_audit.py {switch} tells what was changed, "
            "and harmonise.yml puts it right.",
            vlan=gateway.vlan,
            switch=switch,
        )
    if interface.shutdown_line:
        return translate(
            "Somebody has closed it (interface Vlan{vlan}: shutdown): find out who and why (scripts/change.py list), "
            "then open it again.",
            vlan=gateway.vlan,
        )
    if access.vlans is not None and access.vlans.get(gateway.vlan, "") is not None:
        return translate(
            "The VLAN {vlan} is gone from {switch}, or stopped: harmonise.yml puts it back.",
            vlan=gateway.vlan,
            switch=switch,
        )
    links = observation.hint(PORTS)
    members = [name for name, port in access.interfaces.items() if gateway.vlan in {port.untagged, *port.tagged}]
    if links is not None and not any(links.get(name) for name in members):
        return translate(
            "No port that carries VLAN {vlan} is up: it comes back with the first of them. See the check uplinks.",
            vlan=gateway.vlan,
        )
    return ""


def _advise_on_services(observation: Observation, addresses: Sequence[str], silent: Sequence[str]) -> str:
    """Whose matter it is: this switch's own way, one half's, or single servers'; "": it cannot be told."""
    if not silent:
        return ""
    if len(silent) == len(addresses):
        return translate(
            "None of them answers: it is the way from here. See this municipality's uplinks, then the check routes of "
            "its core; if those are well, the default gateway of this switch."
        )
    halves = {address: _find_half(observation, address) for address in addresses}
    dark = {
        half for half in halves.values() if half and all(each in silent for each in addresses if halves[each] == half)
    }
    if dark and all(halves[address] in dark for address in silent):
        return translate(
            "All of {half} is silent, and the other half serves: see whether that half is silent from elsewhere, too "
            "(runbook half); if not, this municipality's line to it.",
            half=", ".join(sorted(dark)),
        )
    hosts = ", ".join(observation.region.find_host(IPv4Address(address)) or address for address in silent)
    return translate("Others there answer: it is {hosts}, not the way. See the runbook common-services.", hosts=hosts)


def _find_half(observation: Observation, address: str) -> str:
    """Which half of the centre a server stands in, by its name for people; "": it is not known."""
    server = observation.region.servers.get(observation.region.find_host(IPv4Address(address)) or "")
    if server is None:
        return ""
    return observation.region.municipalities[server.municipality].sites[server.site].name
