"""What is read of a ProCurve, whatever carries commands and answers: each reading sends a command and parses."""

import re
from abc import abstractmethod
from collections.abc import Sequence

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.base import Origin, Session
from nornir_tasks.platforms.common.health_state import DeviceHealth, PortHealth, Route, SpanningTree, TimeState
from nornir_tasks.platforms.procurve import health
from nornir_tasks.platforms.procurve.health import find_field, read_span
from nornir_tasks.platforms.procurve.text import clean, is_complete


class ProcurveReadings(Session):
    """The reading half of a session. ``where``: its address, for errors."""

    where: str

    @abstractmethod
    def _show(self, command: str) -> str:
        """The answer to a command, without its echo and the prompt behind it."""

    def running(self) -> str:
        """The running configuration, cleaned, and as far as its last VLAN known to be whole.

        Nothing marks the end of a ProCurve's configuration, and a part that comes twice equals itself: the lines that
        it lacks would neither be planned for nor be missed after a revert. So it has to name every VLAN of the switch.
        """
        text = clean(self._show("show running-config"))
        vlan_table = self._show("show vlans")
        existing_vlans = set(re.findall(r"^\s+(\d+)\s.*\|\s+Port-based\b", vlan_table, re.M))
        shown_vlans = set(re.findall(r"^vlan (\d+)$", text, re.M))
        if not existing_vlans or not is_complete(text) or existing_vlans - shown_vlans:
            missing = ", ".join(sorted(existing_vlans - shown_vlans, key=int)) or translate("none")
            reason = translate("it came in part (missing VLANs: {vlans})", vlans=missing)
            raise PlatformError(f"{self.where}: show running-config: {reason}")
        return text

    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return clean(self._show("show config"))

    def facts(self) -> dict[str, object]:
        """Name, model, serial number, version, uptime (s, as fine as the switch tells it: days, hours or minutes)."""
        system = self._show("show system")
        model = re.search(r"; (\S+) Configuration Editor", self._show("show running-config"))
        return {
            "hostname": find_field(system, "System Name"),
            "model": model[1] if model else "",
            "serial": find_field(system, "Serial Number"),
            "version": find_field(system, "Software revision"),
            "uptime": read_span(find_field(system, "Up Time", r"\d+ \w+")),
        }

    def ping(self, address: str) -> bool:
        """Whether the switch reaches an address."""
        return "is alive" in self._show(f"ping {address}")

    def ping_from(self, origin: Origin, address: str) -> bool:
        """Whether an address answers. For a port ProCurve cannot ask: its telnet has no source."""
        return "is alive" in self._show(f"ping {address} source {origin.address}")

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP. The detailed form: in the table, names are cut off after 18 letters."""
        ports = sorted(int(port) for port in self.ports() if port.isdigit())
        if not ports:
            return {}
        neighbours = {}
        for entry in re.split(r"^-{20,}\s*$", self._show(f"show lldp info remote-device 1-{ports[-1]}"), flags=re.M):
            local, name, port = (find_field(entry, key) for key in ("Local Port", "SysName", "PortId"))
            if local and name:
                neighbours[local] = (name, port)
        return neighbours

    def ports(self) -> dict[str, bool]:
        """Port to whether its link is up."""
        rows = re.findall(
            # A port in a trunk is shown with it: 27-Trk1.
            r"^\s+([\w/]+)(?:-Trk\d+)?\*?\s.*\|\s+\w+\s+\w+\s+(Up|Down)\b",
            self._show("show interfaces brief"),
            re.M,
        )
        return {port: state == "Up" for port, state in rows}

    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard: address, VLAN, port."""
        rows = re.findall(r"^\s+([0-9a-f]{6}-[0-9a-f]{6})\s+(\S+)\s+(\d+)", self._show("show mac-address"), re.M)
        return [(mac, int(vlan), port) for address, port, vlan in rows if (mac := format_mac(address))]

    def arp_table(self) -> list[tuple[str, str, int | None]]:
        """Who answered; the table names ports, not VLANs."""
        return read_arp_rows(self._show("show arp"))

    def _ask(self, name: str, ports: str = "") -> str:
        return self._show(health.HEALTH_COMMANDS[name].format(ports=ports))

    def port_health(self) -> dict[str, PortHealth]:
        """Physical ports, by their names in the configuration."""
        return health.read_ports(self._ask)

    def device_health(self) -> DeviceHealth:
        """The switch as a machine."""
        return health.read_device(self._ask)

    def time_state(self) -> TimeState | None:
        """Whether the clock is in step."""
        return health.read_time(self._ask)

    def spanning_trees(self) -> tuple[SpanningTree, ...] | None:
        """The common tree of all VLANs."""
        return health.read_spanning_trees(self._ask("spanning tree"))

    def routes(self, addresses: Sequence[str]) -> dict[str, Route | None]:
        """Each address to the way there, by one reading of the table."""
        table = self._ask("routes")
        return {address: health.read_route(table, address) for address in addresses}


def read_arp_rows(table: str) -> list[tuple[str, str, int | None]]:
    """The rows of ``show arp``: MAC, address, no VLAN; one that waits for its answer has a MAC of zeros."""
    rows = re.findall(r"^\s+(\d+(?:\.\d+){3})\s+([0-9a-f]{6}-[0-9a-f]{6})\s", table, re.M)
    return [(mac, address, None) for address, raw in rows if (mac := format_mac(raw))]
