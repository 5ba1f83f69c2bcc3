"""Checks of VLANs: that they are there, and that ports and trunks carry those that they are meant to carry."""

from collections.abc import Iterable

from nornir_tasks.config.view import PortView
from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.ranges import fold_names, format_ranges
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped, require
from nornir_tasks.health.configuration import read_configuration
from nornir_tasks.health.facts import RUNNING, CheckedDevice
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.port_faults import name_port
from nornir_tasks.platforms.common.management_access import ManagementAccess


class Vlans(Check):
    """The VLANs are there, and ports are in theirs."""

    name = "vlans"
    category = "links"
    description = mark("every VLAN of the standard is there, and every port is in its own")
    advice = mark(
        "Whoever is in that VLAN reaches nobody. Nobody has to go there: scripts/drift_audit.py tells who changed it, "
        "and harmonise.yml puts it right."
    )
    facts = (RUNNING,)
    urgency = Urgency.CUT_OFF

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The VLANs that are gone or stopped, and the ports of people that are in another."""
        if not observation.view.has("management"):
            raise Skipped(translate("the standard has no VLAN here yet"))
        access = read_configuration(observation)
        vlans = require(access.vlans, translate("its VLANs: it learns them by VTP"))
        mismatches = []
        for vlan in observation.view.vlans:
            if (stopped := vlans.get(vlan.id, "")) is not None:
                expected = translate("VLAN {vlan} ({name})", vlan=vlan.id, name=vlan.name)
                actual = translate("it is stopped ({line})", line=stopped) if stopped else translate("no such VLAN")
                mismatches.append(Mismatch(expected, actual))
        return [*mismatches, *_find_moved_ports(observation, access)]


class Trunks(Check):
    """Trunks carry what they are meant to carry."""

    name = "trunks"
    category = "links"
    description = mark("every trunk carries the VLANs that are needed beyond it")
    advice = mark(
        "People beyond that trunk have lost what is in these VLANs; the cable is well. scripts/drift_audit.py tells "
        "who changed it, and harmonise.yml puts it right."
    )
    facts = (RUNNING,)
    urgency = Urgency.CUT_OFF

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The trunks that do not carry all that they are meant to."""
        trunks = [(port, vlans) for port in observation.view.ports if (vlans := _list_needed(observation, port))]
        if not trunks:
            raise Skipped(translate("no trunk begins here"))
        access = read_configuration(observation)
        return [mismatch for port, vlans in trunks if (mismatch := _judge_trunk(port, vlans, access))]


def _list_needed(observation: CheckedDevice, port: PortView) -> set[int]:
    """The VLANs that are needed beyond a trunk: the standard's, and until retire those of the old network, too."""
    if port.kind != "trunk":
        return set()
    view = observation.view
    vlans = set(port.tagged_vlans) if port.membership and view.has("management") else set()
    legacy = observation.region.municipalities[observation.device.municipality].legacy
    if legacy is not None and not view.full:
        zones = set(observation.device.trunk_zones.get(port.number, ()))
        vlans |= {number for number, record in legacy.vlans.items() if zones & set(record.zones)}
    return vlans


def _judge_trunk(port: PortView, vlans: set[int], access: ManagementAccess) -> Mismatch | None:
    """What a trunk lacks. A VLAN of the old network may pass untagged; one of the standard's never does."""
    actual = access.port(port.name)
    missing = vlans - actual.tagged - ({actual.untagged} - set(port.tagged_vlans))
    if not missing:
        return None
    expected = translate("VLAN {vlans} on {port}", vlans=format_ranges(missing), port=name_port(port.name))
    if not actual.tagged:
        carried = translate("no trunk any more: only VLAN {vlan}", vlan=actual.untagged)
        return Mismatch(expected, carried if actual.untagged else translate("it carries none"))
    return Mismatch(expected, translate("it carries {vlans}", vlans=format_ranges(actual.tagged)))


def _find_moved_ports(observation: Observation, access: ManagementAccess) -> Iterable[Mismatch]:
    """The ports of people that are in another VLAN than theirs, those with the same VLANs together."""
    ports: dict[tuple[int, int | None], list[str]] = {}
    for port in observation.view.ports:
        actual = access.port(port.name).untagged
        if port.enabled and port.membership and port.access_vlan and actual != port.access_vlan:
            ports.setdefault((port.access_vlan, actual), []).append(port.name)
    for (vlan, actual), names in ports.items():
        expected = translate("{ports} in VLAN {vlan}", ports=name_port(fold_names(names)), vlan=vlan)
        yield Mismatch(expected, translate("VLAN {vlan}", vlan=actual) if actual else translate("no VLAN"))
