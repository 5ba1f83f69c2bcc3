"""Checks of the way from a switch to its gateways and to the operations centre."""

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.facts import CheckedDevice, Fact
from nornir_tasks.health.incident import Urgency
from nornir_tasks.platforms.common.base import Session


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


GATEWAY_PINGS = Fact("pings of its gateways", ping_gateways)
SERVICE_PINGS = Fact("pings of the centre's services", ping_services)


def find_silent(observation: Observation, pings: Fact[dict[str, bool]], addresses: list[str], reason: str) -> list[str]:
    """The addresses that did not answer.

    Args:
        observation: of a device, with the readings of ``pings``.
        pings: the fact that says which addresses answered.
        addresses: those that ought to answer.
        reason: why there may be no address: the text of ``Skipped``.

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
    description = "every zone's gateway is up"
    advice = "See whether the zone's VLAN exists on the core and is carried by at least one port that is up."
    facts = (GATEWAY_PINGS,)
    urgency = Urgency.CUT_OFF

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The gateways that do not answer."""
        lost = find_silent(observation, GATEWAY_PINGS, list_gateways(observation), "this switch is nobody's gateway")
        return [Mismatch(f"the gateway {address} up", "down") for address in lost]


class Services(Check):
    """The switch reaches what it needs of the centre."""

    name = "services"
    category = "routing"
    description = "time, names and logging at both halves of the centre answer"
    advice = "If both halves are silent, look at this municipality's uplinks; if one is, at that half of the centre."
    facts = (SERVICE_PINGS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The services that do not answer."""
        lost = find_silent(observation, SERVICE_PINGS, list_services(observation), "not connected to the centre yet")
        return [Mismatch(f"an answer from {address}", "none") for address in lost]
