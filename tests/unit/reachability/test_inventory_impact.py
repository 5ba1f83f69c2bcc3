"""What a change of an inventory means, worked out and told; nothing is read here."""

import re

import pytest

from nornir_tasks.cli.inventory.check import format_annotation
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.core.terminal import make_console
from nornir_tasks.inventory.problem import judge_line
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.reachability.inventory_impact import (
    EMPTY,
    HostChange,
    Impact,
    ImpactGroup,
    ValueChange,
    find_impact,
    make_position_at,
)
from nornir_tasks.reports.impact_text import LONGEST, as_dict, format_markdown, show
from tests.support import small_region as small

WHERE = "Rendered as after retire."


def none(_: str) -> None:
    """No survey has been here."""


def with_device(region: Region, device: Device) -> Region:
    """The region with another one of this name."""
    return region.model_copy(update={"devices": {**region.devices, device.name: device}})


def profile(region: Region, name: str, number: int, profile: str | None) -> Region:
    """The region in which a port is for something else."""
    old = region.devices[name]
    ports = tuple(one.model_copy(update={"profile": profile}) if one.number == number else one for one in old.ports)
    return with_device(region, old.model_copy(update={"ports": ports}))


def retired(region: Region) -> Position:
    return make_position_at([region], Stage.RETIRE)


def test_no_change_means_nothing() -> None:
    """The twin of every other test here."""
    found = find_impact(small.region(), small.region(), retired(small.region()), none)
    assert not found
    assert found.headline == "no difference"


def test_a_port_that_is_for_something_else_changes_its_switch_alone() -> None:
    """With the risk of it, from the region's own table."""
    old = small.region()
    found = find_impact(old, profile(old, "loppa-acc-01", 1, "access_point"), retired(old), none)
    assert [group.devices for group in found.groups] == [("loppa-acc-01",)]
    assert found.changed(later=False) == ("loppa-acc-01",)
    assert "switchport mode trunk" in found.groups[0].diff
    assert found.groups[0].risk > 0
    assert (found.moved, found.data, found.came, found.went) == ((), (), (), ())


def test_the_same_change_stands_once() -> None:
    """Two switches, one diff; their own names do not part them."""
    old = small.region()
    new = profile(profile(old, "loppa-acc-01", 1, None), "loppa-acc-02", 1, None)
    found = find_impact(old, new, retired(old), none)
    assert [group.devices for group in found.groups] == [("loppa-acc-01", "loppa-acc-02")]
    assert found.headline.startswith("2 switches to change")


def test_a_server_that_moves_changes_the_access_lists_of_its_core() -> None:
    """Nothing of the switch, nor of its municipality, has changed: rows name the server."""
    old = small.region()
    moved = small.server("app-01", "10.17.92.40/23", "servers", legacy_address=old.servers["app-01"].legacy_address)
    new = old.model_copy(update={"servers": {**old.servers, "app-01": moved}})
    found = find_impact(old, new, retired(old), none)
    assert [group.devices for group in found.groups] == [("loppa-core-01",)]
    assert "10.17.92.40" in found.groups[0].diff
    assert [(one.scope, one.key) for one in found.moved] == [("app-01", "address")]


def test_an_application_is_its_record_alone() -> None:
    """One more port of it: told as such, with the rows that follow, on the core and on no other switch."""
    old = small.region()
    application = small.application(ports=("tcp/443", "udp/500-510", "tcp/8443"))
    loppa = small.loppa(applications={"case_archive": application})
    new = old.model_copy(update={"municipalities": {**old.municipalities, "loppa": loppa}})
    found = find_impact(old, new, retired(old), none)
    assert [group.devices for group in found.groups] == [("loppa-core-01",)]
    assert "eq 8443" in found.groups[0].diff
    assert [(one.scope, one.key) for one in found.data] == [("loppa", "applications.case_archive.ports")]


def test_what_will_only_show_later_is_told_as_such() -> None:
    """A municipality that has not begun to move has no profile of the standard to change yet."""
    old = small.region()
    new = profile(old, "loppa-acc-01", 1, None)
    found = find_impact(old, new, Position(), none)
    assert [group.later for group in found.groups] == [True]
    assert "no switch to change today, 1 from retire on" in found.headline
    assert "from retire on" in format_markdown(found, "main", WHERE)


def test_with_a_snapshot_the_whole_configuration_is_compared() -> None:
    """What the standard adds lies over the legacy; what both have is no difference."""
    old = small.region()
    new = profile(old, "loppa-acc-01", 3, "school")  # it was unused: its description is the standard's
    legacy = "hostname OLD\ninterface GigabitEthernet1/0/3\n spanning-tree portfast edge\n"
    position = make_position_at([old], Stage.HARMONISE)
    bare = find_impact(old, new, position, none).groups[0].diff
    whole = find_impact(old, new, position, lambda _: legacy).groups[0].diff
    assert "portfast" in bare
    assert "portfast" not in whole
    assert "+  description school" in whole


def test_hosts_come_and_go() -> None:
    """And the switch at the other end of a cable is told what it means for it."""
    old = small.region()
    new = old.model_copy(update={"devices": {k: v for k, v in old.devices.items() if k != "loppa-acc-02"}})
    gone, come = find_impact(old, new, Position(), none), find_impact(new, old, Position(), none)
    host = HostChange("loppa-acc-02", "switch", "loppa", "Nursery", "SMALL at 10.17.0.12")
    assert (gone.went, gone.came) == ((host,), ())
    assert (come.went, come.came) == ((), (host,))


def test_where_there_was_nothing_everything_is_new() -> None:
    """Also the municipalities."""
    found = find_impact(EMPTY, small.region(), Position(), none)
    assert len(found.came) == 9
    assert ValueChange("loppa", "municipality", None, "Loppa") in found.data
    assert not found.groups


def test_a_host_that_moved_says_from_where() -> None:
    """Site and address, by their own names."""
    old = small.region()
    device = old.devices["loppa-acc-02"].model_copy(update={"site": "school"})
    found = find_impact(old, with_device(old, device), retired(old), none)
    assert found.moved == (ValueChange("loppa-acc-02", "site", "nursery", "school"),)
    assert "1 host moved" in found.headline


def test_data_that_changes_no_switch_is_told_all_the_same() -> None:
    """A budget, a window, a number of clients: nothing is rendered from them, and a reviewer wants to know."""
    old = small.region()
    home = old.municipalities["loppa"]
    assert home.migration
    home = home.model_copy(update={"migration": home.migration.model_copy(update={"failure_budget": 3})})
    standard = small.STANDARD.model_copy(update={"soak_seconds": 7200})
    devices = {one.name: one.model_copy(update={"standard": standard}) for one in old.of("loppa")}
    new = old.model_copy(
        update={"municipalities": {**old.municipalities, "loppa": home}, "devices": {**old.devices, **devices}}
    )
    found = find_impact(old, new, retired(old), none)
    assert found.data == (
        ValueChange("loppa", "migration.failure_budget", 0, 3),
        ValueChange("loppa", "soak_seconds", 3600, 7200),
    )
    assert not found.groups


def test_entries_of_a_list_come_and_go_one_by_one() -> None:
    """A waiver more is a waiver more, and not a list that is another one."""
    waiver = {"device": "loppa-acc-01", "by": "Kari", "until": "2026-12-01", "reason": "in a shed"}
    old = small.region()
    home = small.loppa(waivers=(waiver,))
    new = old.model_copy(update={"municipalities": {**old.municipalities, "loppa": home}})
    found = find_impact(old, new, retired(old), none)
    assert found.data == (ValueChange("loppa", "waivers", None, waiver),)
    assert "waivers | nothing → {device: loppa-acc-01, by: Kari" in format_markdown(found, "main", WHERE)


def crowd(count: int, diff: str) -> Impact:
    """A change that is told in many groups."""
    groups = tuple(
        ImpactGroup("ios", (f"sw-{n:03}",), {}, diff, 1, 0, 20, ("read it",), later=False) for n in range(count)
    )
    return Impact((), (), (), groups, ())


def test_a_comment_is_never_longer_than_fits() -> None:
    """What is left out is counted, and every fence that is opened is shut."""
    text = format_markdown(
        crowd(300, "".join(f"+ line of a configuration, word {'x' * n}\n" for n in range(40))), "main", WHERE
    )
    assert len(text) <= LONGEST
    assert re.search(r"\*\*\d+ parts more, too long for a comment\*\*", text)
    assert text.count("<details>") == text.count("</details>") > 10
    assert text.count("```") % 2 == 0


def test_one_long_diff_does_not_fill_a_comment() -> None:
    """Its beginning is shown, and how much more there is."""
    text = format_markdown(crowd(1, "".join(f"+ word {'x' * n} end\n" for n in range(400))), "main", WHERE)
    assert "… and 250 lines more" in text


def test_nobody_writes_into_a_comment_from_the_inventory() -> None:
    """A banner with a fence, a reason with a tag, a site with a link: all of it is text."""
    group = ImpactGroup(
        "ios", ("sw-1",), {}, "+ banner ```\n+ # <b>hei</b>\n", 2, 0, 20, ("<img src=x> [a](b)",), later=False
    )
    value = ValueChange("loppa", "label", "a|b", "@everyone </details>")
    text = format_markdown(Impact((), (), (value,), (group,), (value,)), "main", WHERE)
    assert "\n````diff\n" in text
    assert "<img" not in text
    assert "[a](b)" not in text
    assert "a\\|b → \\@everyone &lt;/details&gt;" in text


def test_a_secret_is_masked_before_it_is_escaped() -> None:
    """Markdown and GitHub's annotations write some of its letters in another way; JSON and the terminal do not."""
    secret = "nord*lys_91%ø"
    remember_secret(secret)
    value = ValueChange("loppa", f"key {secret}", secret, ["x" * 110, secret])
    group = ImpactGroup("ios", ("sw-1",), {}, f"+ banner {secret}\n", 2, 0, 20, (f"it says {secret}",), later=False)
    text = format_markdown(Impact((), (), (value,), (group,), (value,)), secret, WHERE)
    text += format_annotation(judge_line("a.yml", 3, f"key {secret}", f"found {secret}", "a word"))
    assert "lys" not in text
    assert "nord" not in text


def test_json_gives_every_record(capsys: pytest.CaptureFixture[str]) -> None:
    """As does the terminal, in 80 columns but for the lines of diffs."""
    old = small.region()
    found = find_impact(old, profile(old, "loppa-acc-01", 1, None), retired(old), none)
    told = as_dict(found, "main", WHERE)
    assert told["since"] == "main"
    assert told["groups"][0]["devices"] == ("loppa-acc-01",)
    assert told["groups"][0]["word"] in {"low", "medium", "high", "grave"}
    show(make_console(), found, "main", WHERE)
    out = capsys.readouterr().out
    assert "Since main: 1 switch to change" in out
    assert all(len(line) <= 80 for line in out.splitlines() if not line.startswith("  "))
