"""What a core finds where its zones' applications are: asked with the zone's own address, as those behind it would.

Where no way leads from the centre to a municipality's servers yet, nobody else can ask. What a switch sends itself
passes none of its own lists: those are proved from its configuration (``configuration_cuts``).
"""

from collections.abc import Mapping

from nornir_tasks.core.language import mark
from nornir_tasks.health.facts import CheckedDevice, Fact
from nornir_tasks.health.server_check import PortAnswer
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.platforms.common.base import PortState, Session
from nornir_tasks.reachability.service_probes import ServiceProbe, list_service_probes
from nornir_tasks.targets.service_probe import MOST_LOST, ask

STATES: Mapping[str, str] = {
    PortState.OPEN.value: "open",
    PortState.REFUSED.value: "refused",
    PortState.SILENT.value: "silent",
}  # an answer to a ping, where the platform asks for no port, tells nothing of the program


def read_service_answers(session: Session, target: CheckedDevice) -> dict[str, str]:
    """By the key of each question what was answered; none from a switch without gateways. Within ``LOOK_SECONDS``."""
    probes = list_service_probes(target.region, target.device, target.position).asked
    return ask(session, probes, most_silent=MOST_LOST) if probes else {}


SERVICE_ANSWERS = Fact(mark("who answers its zones"), read_service_answers)


def list_service_answers(
    region: Region, device: Device, position: Position, answers: Mapping[str, str]
) -> list[PortAnswer]:
    """What a core found, as servers tell it.

    Args:
        region: with the records.
        device: that asked.
        position: at which it was asked.
        answers: as ``read_service_answers`` gives them.
    """
    probes = list_service_probes(region, device, position).asked
    return [
        _make_answer(device, probe, STATES[state])
        for probe in probes
        if (state := answers.get(probe.key, "")) in STATES
    ]


def _make_answer(device: Device, probe: ServiceProbe, state: str) -> PortAnswer:
    return PortAnswer(f"{device.name} ({', '.join(probe.zones)})", probe.host, probe.address, probe.port, state)
