"""What a core finds for its zones counts as what a server finds: for applications that nobody else can ask yet."""

from typing import Any, cast

from nornir_tasks.config.view import build_view
from nornir_tasks.health.facts import CheckedDevice
from nornir_tasks.health.service_answers import SERVICE_ANSWERS, list_service_answers
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms.common.base import Origin, PortState
from tests.support import small_region as small

REGION = small.region()
CORE = REGION.devices["loppa-core-01"]


class Core:
    """A switch that finds an application open, and everything else silent; it may only be able to ping."""

    def __init__(self, *, pings_only: bool = False) -> None:
        self.pings_only, self.asked = pings_only, list[tuple[str, str, int]]()

    def ask_port(self, origin: Origin, address: str, port: int) -> PortState | None:
        """As a session does."""
        self.asked.append((str(origin.address), address, port))
        state = PortState.OPEN if address.endswith(".30") else PortState.SILENT
        return None if self.pings_only else state

    def ping_from(self, origin: Origin, address: str) -> bool | None:
        """As a session does."""
        return True


def read(core: Core, stage: Stage, device: str = CORE.name) -> dict[str, str]:
    """The fact, as the runner reads it."""
    position = Position({"loppa": stage})
    target = REGION.devices[device]
    checked = CheckedDevice(REGION, target, position, build_view(target, position, REGION))
    answers = SERVICE_ANSWERS.read(cast(Any, core), checked)
    assert answers is not None
    return answers


def test_before_the_move_the_old_address_is_asked_from_the_old_network() -> None:
    core = Core()
    answers = read(core, Stage.LEGACY)
    listed = list_service_answers(REGION, CORE, Position({"loppa": Stage.LEGACY}), answers)
    (found,) = [answer for answer in listed if answer.host == "app-01"]
    assert (found.address, found.port, found.state) == ("192.168.17.30", 443, "open")
    assert found.asker == "loppa-core-01 (school)"
    assert {source for source, *_ in core.asked} == {"172.17.20.1"}


def test_a_ping_tells_nothing_of_the_program() -> None:
    answers = read(Core(pings_only=True), Stage.LEGACY)
    assert answers
    assert list_service_answers(REGION, CORE, Position({"loppa": Stage.LEGACY}), answers) == []


def test_a_switch_without_gateways_asks_nothing() -> None:
    core = Core()
    assert read(core, Stage.RETIRE, "loppa-acc-01") == {}
    assert core.asked == []
