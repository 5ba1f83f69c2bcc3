"""Where a device is connected to, at each position."""

from nornir_tasks.devices.connection import find_endpoint, list_login_positions
from nornir_tasks.model import Endpoint, Position, Stage
from tests.support.small_region import region

DEVICE = next(device for device in region().devices.values() if device.role == "access")


def test_a_switch_is_at_its_former_address_until_it_is_connected() -> None:
    """In production, where nobody says ``ansible_host``."""
    device = DEVICE.model_copy(update={"endpoint": Endpoint(host="10.17.0.11", legacy_host="192.168.16.11")})
    where = {stage: find_endpoint(device, Position({device.municipality: stage})).host for stage in Stage}
    assert {host for stage, host in where.items() if stage < Stage.CONNECT} == {"192.168.16.11"}
    assert {host for stage, host in where.items() if stage >= Stage.CONNECT} == {"10.17.0.11"}


def test_what_the_inventory_says_outright_holds_at_every_stage() -> None:
    """The lab's overlay says where every host is."""
    where = {find_endpoint(DEVICE, Position({DEVICE.municipality: stage})).host for stage in Stage}
    assert where == {DEVICE.endpoint.host}


def test_nobody_logs_in_twice_in_the_same_way() -> None:
    """Address and account change at CONNECT, and there alone: a switch that is silent is not waited for twice."""
    legacy, survey, connect, cutover = (
        Position({DEVICE.municipality: stage}) for stage in (Stage.LEGACY, Stage.SURVEY, Stage.CONNECT, Stage.CUTOVER)
    )
    assert list_login_positions(DEVICE, survey, connect) == (survey, connect)
    assert list_login_positions(DEVICE, connect, survey) == (connect, survey)
    assert list_login_positions(DEVICE, legacy, survey) == (legacy,)
    assert list_login_positions(DEVICE, connect, cutover) == (connect,)
