"""Why nobody gets into a switch, on each platform, by what a switch in that state does."""

from collections.abc import Iterator

import pytest

from lab.testing.running import Labs, RunningLab
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices import reading
from nornir_tasks.devices.connection import login
from nornir_tasks.devices.context import open_context
from nornir_tasks.devices.reading import DeviceReader, Inquiry
from nornir_tasks.inventory.load import load_region
from nornir_tasks.platforms.common.login_fault import LoginFault, find_login_fault

SWITCHES = {"ios": "loppa-acc-06", "eos": "loppa-acc-05", "procurve": "loppa-acc-07"}
FAULTS = {
    "unreachable": LoginFault.CLOSED,  # a machine's own port that nobody listens at answers at once
    "hang": LoginFault.HANGS,
    "login": LoginFault.WRONG_PASSWORD,
    "new-key": LoginFault.OTHER_KEY,
}


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa as it was before anything moved."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    for name in SWITCHES.values():
        running.client.fault(name, "clear")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("platform", SWITCHES)
def test_what_keeps_us_out_is_told_apart(lab: RunningLab, platform: str, fault: str) -> None:
    region, name = load_region(), SWITCHES[platform]
    context = open_context(region, reason="test", who="tester")
    device, position = region.devices[name], context.journal.position()
    login(device, position, context.credentials, 5).close()  # it lets us in before
    lab.client.fault(name, fault)
    try:
        with pytest.raises(FellesdriftError) as refused:
            login(device, position, context.credentials, 5).close()
    finally:
        lab.client.fault(name, "clear")
    assert find_login_fault(refused.value) == FAULTS[fault], refused.value


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("platform", SWITCHES)
def test_a_reading_tells_it_apart_in_the_same_way(
    lab: RunningLab, platform: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOGIN_SECONDS", 5.0)
    region, name = load_region(), SWITCHES[platform]
    context = open_context(region, reason="test", who="tester")
    reader = DeviceReader(context, context.journal.position())
    inquiries = [Inquiry(region.devices[name], (lambda session: session.running(),))]
    assert next(reader.read(inquiries)).error is None  # it lets us in before
    lab.client.fault(name, fault)
    try:
        refused = next(reader.read(inquiries))
        lab.client.fault(name, "clear")
        lab.wait(lambda: lab.switch(name)["up"])
        again = next(reader.read(inquiries))
    finally:
        lab.client.fault(name, "clear")
    assert refused.error is not None
    assert find_login_fault(refused.error) == FAULTS[fault], refused.error
    assert again.error is refused.error  # it is not asked a second time
