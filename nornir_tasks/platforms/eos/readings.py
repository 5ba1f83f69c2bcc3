"""What is read of an EOS switch, whatever carries commands and answers: each reading sends a command and parses."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.address_tables import find_vlan, format_mac
from nornir_tasks.platforms.common.base import SHAPE_ERRORS, Origin, Session, describe_driver_error
from nornir_tasks.platforms.common.health_state import DeviceHealth, PortHealth, Route, SpanningTree, TimeState
from nornir_tasks.platforms.common.reading import Unanswered
from nornir_tasks.platforms.eos import health
from nornir_tasks.platforms.eos import text as eos_text

# Two echo requests, a second each. The size is NAPALM's.
PING = "ping {address} timeout 1 size 100 repeat 2"
PING_FROM = PING + " source {source}"
PING_SUMMARY = re.compile(r"^\d+ packets transmitted, (?P<received>\d+) received", re.M)


class EosReadings(Session):
    """The reading half of a session."""

    @abstractmethod
    def _show(self, command: str, action: str) -> str:
        """The answer to a command, as EOS writes it for people.

        Args:
            action: what it is asked for, for an error.

        Raises:
            PlatformError: it was refused, or the connection is lost.
        """

    @abstractmethod
    def _show_json(self, command: str, action: str) -> dict[str, Any]:
        """The same for programs.

        Raises:
            PlatformError: as ``_show``.
        """

    def running(self) -> str:
        """The running configuration, cleaned."""
        return self._read_config("running")

    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return self._read_config("startup")

    def _read_config(self, source: str) -> str:
        text = self._show(f"show {source}-config", translate("reading the {source} configuration", source=source))
        if text.strip() and not re.search(r"^end\s*\Z", text, re.MULTILINE):
            raise PlatformError(
                translate("the {source} configuration came in part: expected 'end' as its last line", source=source)
            )
        return eos_text.clean(text)

    def ping(self, address: str) -> bool:
        """Whether an address answers one of two echo requests."""
        return read_ping(self._show(PING.format(address=address), "ping"))

    def ping_from(self, origin: Origin, address: str) -> bool:
        """Whether an address answers; not where the origin's interface is down."""
        return read_ping(self._show(PING_FROM.format(address=address, source=origin.address), "ping"))

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP, the first neighbour of each port."""
        reply = self._show_json("show lldp neighbors", translate("reading LLDP neighbours"))
        with _name_shape(translate("reading LLDP neighbours")):
            # The last of a dictionary's equal keys stays: from behind, that is the first neighbour.
            rows = reversed(reply["lldpNeighbors"])
            return {row["port"]: (row["neighborDevice"], row["neighborPort"]) for row in rows}

    def ports(self) -> dict[str, bool]:
        """Physical ports and their links."""
        reply = self._show_json("show interfaces", translate("reading interfaces"))
        with _name_shape(translate("reading interfaces")):
            return {
                name: interface["lineProtocolStatus"] == "up"
                for name, interface in reply["interfaces"].items()
                if name.startswith("Ethernet")
            }

    def arp_table(self) -> list[tuple[str, str, int | None]]:
        """Who answered. NAPALM's getter takes a refused command for an empty table, and fails at one bad row."""
        reply = self._show_json("show arp vrf all", translate("reading the ARP table"))
        with _name_shape(translate("reading the ARP table")):
            return read_arp_rows(reply)

    @abstractmethod
    def _is_not_told(self, error: PlatformError) -> bool:
        """Whether the switch does not know a command, or has nothing to answer it with."""

    def _ask(self, *names: str, address: str = "") -> dict[str, Any]:
        """The answers to commands of ``HEALTH_COMMANDS``, by their names there; empty: the switch cannot tell it."""
        answers: dict[str, Any] = {}
        missing: list[str] = []
        for name in names:
            command, is_text = health.HEALTH_COMMANDS[name].format(address=address), name in health.TEXTS
            try:
                answers[name] = self._show(command, command) if is_text else self._show_json(command, command)
            except Unanswered as unanswered:
                missing += unanswered.commands
            except PlatformError as error:
                if not self._is_not_told(error):
                    raise
                answers[name] = "" if is_text else {}
        if missing:
            raise Unanswered(*missing)
        return answers

    def port_health(self) -> dict[str, PortHealth]:
        """Physical ports, by their names in the configuration."""
        with _name_shape(translate("reading the health of the ports")):
            return health.read_ports(self._ask("interfaces", "disabled ports", "optics"))

    def device_health(self) -> DeviceHealth:
        """The switch as a machine."""
        with _name_shape(translate("reading the health of the switch")):
            return health.read_device(
                self._ask("version", "restart", "processor", "temperature", "cooling", "power supplies")
            )

    def time_state(self) -> TimeState | None:
        """Whether the clock is in step."""
        with _name_shape(translate("reading NTP")):
            answers = self._ask("time", "time servers")
            return health.read_time(answers["time"], answers["time servers"])

    def spanning_trees(self) -> tuple[SpanningTree, ...]:
        """The tree of each VLAN or instance."""
        with _name_shape(translate("reading spanning tree")):
            return health.read_spanning_trees(self._ask("root", "spanning tree", "topology changes"))

    def routes(self, addresses: Sequence[str]) -> dict[str, Route | None]:
        """Each address to the way there."""
        with _name_shape(translate("reading routes")):
            return {address: health.read_route(self._ask("route", address=address)["route"]) for address in addresses}


@contextmanager
def _name_shape(action: str) -> Iterator[None]:
    """Turn what a parser stumbles over into ``PlatformError``, with what was being done."""
    try:
        yield
    except SHAPE_ERRORS as error:
        raise PlatformError(f"{action}: {describe_driver_error(error)}") from error


def read_ping(answer: str) -> bool:
    """Whether at least one echo request came back."""
    summary = PING_SUMMARY.search(answer)
    return summary is not None and int(summary["received"]) > 0


def read_arp_rows(reply: Mapping[str, Any]) -> list[tuple[str, str, int | None]]:
    """The rows of ``show arp vrf all``: MAC, address, VLAN; without those that have no MAC, or no IPv4 address."""
    return [
        (mac, str(row["address"]), find_vlan(str(row["interface"])))
        for table in reply["vrfs"].values()
        for row in table.get("ipV4Neighbors", ())
        if (mac := format_mac(str(row["hwAddress"])))
    ]
