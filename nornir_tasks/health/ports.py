"""Checks of the ports of a switch, those of people and servers too."""

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation
from nornir_tasks.health.facts import DEVICE_HEALTH, PORT_HEALTH
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.port_faults import advise_on_port, describe_condition, name_port
from nornir_tasks.health.wording import HOUR
from nornir_tasks.model import Port
from nornir_tasks.platforms.common.health_state import PortCondition, PortHealth

# IEEE 802.3 allows a copper line of 1 Gbit/s one wrong bit in 10^10, optics one in 10^12: at a tenth of the rate,
# which none of the region's lines has on average, 36 damaged frames in an hour.
MOST_ERRORS_PER_HOUR = 36


class PortsOpen(Check):
    """No port that is in use is closed."""

    name = "ports"
    category = "ports"
    description = mark("no port in use is closed by hand or disabled, and every server has its link")
    advice = mark("Ask who uses it; then see scripts/drift_audit.py for what was changed.")
    facts = (PORT_HEALTH,)
    urgency = Urgency.CUT_OFF

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The ports that are closed or disabled, and those of servers without a link; cables are uplinks' matter."""
        health = observation.value(PORT_HEALTH)
        used = {
            port.name
            for port, view in zip(observation.device.ports, observation.view.ports, strict=True)
            if view.enabled and view.kind in ("access", "trunk")
        }
        mismatches = []
        for port in observation.device.ports:
            told = health.get(port.name)
            if port.neighbour or told is None or told.condition is PortCondition.UP:
                continue
            servers = _list_servers(observation, port)
            is_closed = told.condition is PortCondition.CLOSED and (port.name in used or bool(servers))
            if is_closed or told.condition is PortCondition.DISABLED:
                mismatches.append(_judge_closed(observation, port, told))
            elif servers and told.condition is PortCondition.NO_LINK:
                mismatches.append(_judge_server(port, told, servers))
        return mismatches


class PortErrors(Check):
    """What arrives at the ports arrives whole."""

    name = "port-errors"
    category = "ports"
    description = mark("frames arrive whole, and with light enough")
    advice = mark(
        "It works, and what people do over it is slow. Have the plugs at both ends pushed in, and dust blown out of "
        "the optics; then have the cable changed."
    )
    facts = (PORT_HEALTH, DEVICE_HEALTH)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The ports with more damaged frames than a sound line has, and those with too little light."""
        health, uptime = observation.value(PORT_HEALTH), observation.value(DEVICE_HEALTH).uptime_seconds
        # Counters run since the start at the most; of a start that is young, an hour is taken, as a few are no fault.
        hours = max(HOUR, uptime or 0) / HOUR
        mismatches = []
        for name, port in health.items():
            errors = port.input_errors if port.crc_errors is None else port.crc_errors
            if errors is not None and uptime is not None and errors > MOST_ERRORS_PER_HOUR * hours:
                expected = translate(
                    "at most {limit} damaged frames an hour at {port}", limit=MOST_ERRORS_PER_HOUR, port=name_port(name)
                )
                mismatches.append(Mismatch(expected, translate("{count} in an hour", count=round(errors / hours))))
            if port.condition is PortCondition.UP and port.optics and port.optics.is_low:
                advice = translate(
                    "It works, and may go dark at any time. Have the plugs of the fibre cleaned at both ends; of a "
                    "hired line, report it to its supplier with the value."
                )
                power = f"{port.optics.receive_dbm:.1f}"
                mismatches.append(
                    Mismatch(
                        translate("light enough at {port}", port=name_port(name)),
                        translate("{power} dBm, too low", power=power),
                        advice,
                    )
                )
        return mismatches


def _list_servers(observation: Observation, port: Port) -> list[str]:
    place = f"{observation.device.name}:{port.number}"
    if place not in observation.region.server_ports:
        return []
    return [server.name for server in observation.region.servers.values() if server.attached == place]


def _judge_closed(observation: Observation, port: Port, health: PortHealth) -> Mismatch:
    advice = advise_on_port(observation.device.name, health)
    return Mismatch(translate("{port} open", port=name_port(port.name)), describe_condition(health), advice)


def _judge_server(port: Port, health: PortHealth, servers: list[str]) -> Mismatch:
    why = describe_condition(health)
    advice = translate(
        "See whether {server} is on: its console, or its lamps. If it is, have its cable at {port} pushed in.",
        server=servers[0],
        port=name_port(port.name),
    )
    actual = translate("no link ({why})", why=why) if why else translate("no link")
    return Mismatch(
        translate("a link to {servers} at {port}", servers=", ".join(servers), port=name_port(port.name)),
        actual,
        advice,
    )
