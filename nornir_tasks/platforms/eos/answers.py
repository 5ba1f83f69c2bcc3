"""What EOS answers as JSON, with the keys that are read of it: a key that is missing or of another kind is an error.

The releases that each was seen on are told in ``eos.health``.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from nornir_tasks.core.errors import PlatformError


class Answer(BaseModel):
    """A JSON object of EOS's, with the keys of it that are read here; NaN and infinity are no numbers."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, allow_inf_nan=False)


class ErrorDetail(Answer):
    """Of what came in damaged: frames whose check sequence does not fit."""

    fcs_errors: int | None = None


class Counters(Answer):
    """Of an interface, since they were cleared. ``counter_refresh_time``: seconds since 1970, as all moments here."""

    total_in_errors: int | None = None
    out_discards: int | None = None
    counter_refresh_time: float | None = None
    input_errors_detail: ErrorDetail = ErrorDetail()


class Interface(Answer):
    """One interface."""

    hardware: str = ""
    interface_status: str
    last_status_change_timestamp: float | None = None
    interface_counters: Counters = Counters()


class Interfaces(Answer):
    """``show interfaces``."""

    interfaces: dict[str, Interface]


class DisabledPort(Answer):
    """A port that the switch has disabled, and why."""

    causes: tuple[str, ...] = ()


class DisabledPorts(Answer):
    """``show interfaces status errdisabled``."""

    interface_statuses: dict[str, DisabledPort] = {}


class Threshold(Answer):
    """A limit that a transceiver brings along."""

    low_alarm: float | None = None


class Measurement(Answer):
    """What a transceiver measures, by channel."""

    channels: dict[str, float] = {}
    threshold: Threshold | None = None


class Transceiver(Answer):
    """A transceiver: ``rxPower`` among its parameters is in dBm."""

    parameters: dict[str, Measurement] = {}


class Transceivers(Answer):
    """``show interfaces transceiver dom thresholds``."""

    interfaces: dict[str, Transceiver] = {}


class Version(Answer):
    """``show version``."""

    uptime: float | None = None


class Cause(Answer):
    """Why the switch restarted."""

    description: str


class Restart(Answer):
    """``show reload cause``, the last one first."""

    reset_causes: tuple[Cause, ...] = ()


class Sensor(Answer):
    """A sensor, in °C."""

    current_temperature: float | None = None
    in_alert_state: bool = False


class SensorSlot(Answer):
    """A card or a power supply with its sensors."""

    temp_sensors: tuple[Sensor, ...] = ()


class Temperatures(SensorSlot):
    """``show system environment temperature``."""

    system_status: str | None = None
    card_slots: tuple[SensorSlot, ...] = ()
    power_supply_slots: tuple[SensorSlot, ...] = ()


class Fan(Answer):
    """A fan."""

    label: str
    status: str


class FanSlot(Fan):
    """A fan tray, or a power supply, with its fans."""

    fans: tuple[Fan, ...] = ()


class Cooling(Answer):
    """``show system environment cooling``."""

    fan_tray_slots: tuple[FanSlot, ...] = ()
    power_supply_slots: tuple[FanSlot, ...] = ()


class Supply(Answer):
    """A power supply."""

    state: str


class Supplies(Answer):
    """``show system environment power``."""

    power_supplies: dict[str, Supply] = {}


class Bridge(Answer):
    """A bridge of a spanning tree."""

    priority: int
    system_id_extension: int = 0
    mac_address: str


class Root(Answer):
    """An instance's root."""

    root_bridge: Bridge


class Roots(Answer):
    """``show spanning-tree root detail``."""

    instances: dict[str, Root]


class TreePort(Answer):
    """A port's part in a spanning tree: ``root``, ``designated`` …"""

    role: str = ""


class Tree(Answer):
    """An instance's ports."""

    interfaces: dict[str, TreePort] = {}


class Trees(Answer):
    """``show spanning-tree``."""

    spanning_tree_instances: dict[str, Tree]


class Via(Answer):
    """A way; without a next hop the network is attached."""

    nexthop_addr: str = ""


class RouteEntry(Answer):
    """A route."""

    route_type: str
    vias: tuple[Via, ...] = ()


class Vrf(Answer):
    """A VRF's routes, by network."""

    routes: dict[str, RouteEntry]


class Routes(Answer):
    """``show ip route``."""

    vrfs: dict[str, Vrf]


AnswerKind = TypeVar("AnswerKind", bound=Answer)


def read_answer(kind: type[AnswerKind], command: str, answer: Any) -> AnswerKind:
    """The answer to a command.

    Raises:
        PlatformError: it has another shape.
    """
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PlatformError(f"{command}: {place or 'the answer'}: {first['msg']}") from None
