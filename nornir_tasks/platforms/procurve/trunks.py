"""Trunks: several ports as one. A port that enters one leaves its VLANs, and the trunk has VLANs of its own. Pure."""

import re
from collections.abc import Iterable

from nornir_tasks.platforms.procurve.ports import Port, format_ports
from nornir_tasks.platforms.procurve.text import TRUNK, ProcurveConfig, Vlan

NEW_TRUNK = "spanning-tree {} priority 4"  # what the switch adds for each


def rebuild_trunks(running: ProcurveConfig, intended: ProcurveConfig) -> tuple[list[str], ProcurveConfig]:
    """The commands that make the trunks what is intended, and what the switch then runs.

    Raises:
        ConfigurationError: the ports of a trunk cannot be read.
    """
    before, after = running.read_trunks(), intended.read_trunks()
    if before == after:
        return [], running
    leaving = {trunk: ports - after.get(trunk, set()) for trunk, ports in before.items()}
    joining = {trunk: ports - before.get(trunk, set()) for trunk, ports in after.items()}
    commands = [f"no trunk {format_ports(ports)}" for ports in leaving.values() if ports]
    commands += [f"trunk {format_ports(ports)} {str(trunk).lower()} {kind}"
                 for (trunk, kind), ports in joining.items() if ports]  # fmt: skip
    gone = {trunk for trunk, _ in before.keys() - after.keys()}
    made = {trunk for trunk, _ in after.keys() - before.keys()}
    joined = set().union(*joining.values())
    rebuilt = _without(running, gone | joined)
    # A switch takes no authenticator into a trunk.
    authenticators = {f"aaa port-access authenticator {port}" for port in joined}
    commands = [*(f"no {line}" for line in running.top if line in authenticators), *commands]
    rebuilt.top += [line for line in intended.top if TRUNK.fullmatch(line)]
    rebuilt.top += [NEW_TRUNK.format(trunk) for trunk in sorted(made)]
    rebuilt.vlans.setdefault(1, Vlan()).untagged |= made | (set().union(*leaving.values()) - joined)
    return commands, rebuilt


def _without(config: ProcurveConfig, ports: Iterable[Port]) -> ProcurveConfig:
    """A configuration in which no trunk is, and of these ports nothing but the lines of those that are no trunk."""
    names = "|".join(re.escape(str(port)) for port in ports) or "(?!)"
    about = re.compile(rf"(?:no )?(?:spanning-tree|loop-protect|aaa port-access authenticator) (?:{names})(?: |$)")
    taken = set(ports)
    return ProcurveConfig(
        [line for line in config.top if not about.match(line) and not TRUNK.fullmatch(line)],
        {port: lines for port, lines in config.ports.items() if port not in taken or not str(port).startswith("Trk")},
        {
            number: Vlan(list(vlan.lines), vlan.untagged - taken, vlan.tagged - taken, vlan.barred - taken)
            for number, vlan in config.vlans.items()
        },
        config.places,
    )
