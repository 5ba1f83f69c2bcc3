"""A plan that people would lose a service by is refused, unless it says so."""

from pathlib import Path

import pytest

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.config.render import render
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.migration.plan_proofs import PlanOptions, ProposeError, require_services
from nornir_tasks.model import Position, Stage
from tests.support.forwarding_region import region

CORE, LOSS = "loppa-core-01", "care@oksfjord-helsesenter: patient_record"
RETIRED = Position({"loppa": Stage.RETIRE})
ROW = " permit tcp 10.17.32.0 0.0.7.255 host 10.17.92.31 eq 443\n"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The inventory's own region: Loppa has moved, the others have not, and no snapshot is known of them."""
    return open_context(region(), reason="test", who="tester", where=tmp_path)


def change(context: Context, old: str, new: str) -> list[DevicePlan]:
    """The part of the core, that writes one text in the place of another."""
    running = render(context.region.devices[CORE], RETIRED, context.region)
    assert old in running
    intended = running.replace(old, new)
    stage = int(Stage.RETIRE)
    return [DevicePlan(CORE, "all", None, stage, stage, "", "a diff", intended, (), (), running=running)]


def test_a_loss_is_refused_with_whom_what_and_the_line(context: Context) -> None:
    """The refusal says how it is accepted, too."""
    with pytest.raises(ProposeError) as refusal:
        require_services(context, "loppa", change(context, ROW, ""), RETIRED, PlanOptions())
    words = str(refusal.value)
    assert "1 service would be lost, or opened; nothing was written." in words
    assert "care at oksfjord-helsesenter (48 people) to reach patient_record (loppa-app-02 tcp/443, " in words
    assert f"{CORE} Vlan130 in: ZONE-HEALTH-IN: no row permits it" in words
    assert f"--accept-loss '{LOSS}'" in words


def test_what_is_opened_is_refused_as_well(context: Context) -> None:
    """A row that is too wide lets the guests to the application."""
    wide = " permit tcp 10.17.64.0 0.0.15.255 any established\n"
    parts = change(context, wide, f"{wide} permit ip any host 10.17.92.31\n")
    with pytest.raises(ProposeError, match="guest at loppa-radhus not to reach patient_record"):
        require_services(context, "loppa", parts, RETIRED, PlanOptions())


def test_a_loss_that_is_meant_is_part_of_the_plan(context: Context) -> None:
    """By its name alone; a name that fits no loss meant another one."""
    meant = PlanOptions(accepted_losses=(LOSS,))
    assert require_services(context, "loppa", change(context, ROW, ""), RETIRED, meant) == (LOSS,)
    harmless = change(context, "hostname loppa-core-01", "hostname loppa-core-1")
    assert require_services(context, "loppa", harmless, RETIRED, PlanOptions()) == ()
    with pytest.raises(
        ProposeError, match="--accept-loss: found 'care@oksfjord-helsesenter: patient_record', expected a loss"
    ):
        require_services(context, "loppa", harmless, RETIRED, meant)
