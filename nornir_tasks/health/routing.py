"""Checks of the way from a switch to its gateways and to the operations centre."""

from nornir_tasks.health.check import Check, Seen, Skipped


def services(seen: Seen) -> list[str]:
    """The centre's services, as addresses, that the switch uses at this stage."""
    standard = seen.device.standard
    used = seen.view.has("services")
    return [str(one) for one in (*standard.time_servers, *standard.name_servers, *standard.log_servers) if used]


def gateways(seen: Seen) -> list[str]:
    """The gateways that the switch itself is."""
    return [str(gateway.address.ip) for gateway in seen.view.gateways if seen.view.has("management")]


def silent(seen: Seen, asked: list[str], none: str) -> list[str]:
    """The addresses that did not answer.

    Raises:
        Skipped: there is nothing to ask; ``none`` says why.
    """
    if not asked:
        raise Skipped(none)
    return [address for address in asked if not seen.reach[address]]


class Services(Check):
    """The switch reaches what it needs of the centre."""

    name = "services"
    category = "routing"
    description = "time, names and logging at both halves of the centre answer"
    advice = "If both halves are silent, look at this municipality's uplinks; if one is, at that half of the centre."

    def wrong(self, seen: Seen) -> list[str]:
        """Whether every service answers."""
        lost = silent(seen, services(seen), "not connected to the centre yet")
        return [f"Expected an answer from {address}, actual: none" for address in lost]


class Gateways(Check):
    """Every zone's gateway is up."""

    name = "gateways"
    category = "routing"
    description = "every zone's gateway is up"
    advice = "See whether the zone's VLAN exists on the core and is carried by at least one port that is up."

    def wrong(self, seen: Seen) -> list[str]:
        """Whether the gateways answer."""
        lost = silent(seen, gateways(seen), "this switch is nobody's gateway")
        return [f"Expected the gateway {address} up, actual: down" for address in lost]
