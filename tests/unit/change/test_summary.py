"""What people read of a plan: grouped, on a terminal of 80 columns, for a program, and as a page."""

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.change.summary import PlanSummary, SummaryError, as_dict, find_gravest_reason, format_time, summarise
from nornir_tasks.config.device_tokens import restore_tokens
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.core.terminal import make_console
from nornir_tasks.core.verdict import Rule
from nornir_tasks.model import Stage
from nornir_tasks.model.device import MANAGED
from nornir_tasks.platforms import platform
from nornir_tasks.reports.plan_page import make_page
from nornir_tasks.reports.plan_text import show
from tests.support import migration_plans as plans

STAGES = [Stage.CONNECT, Stage.HARMONISE, Stage.PILOT, Stage.CUTOVER, Stage.RETIRE]
SAME = "  interface GigabitEthernet1/0/1\n-  switchport access vlan 10\n+  switchport access vlan 110\n"
GRAVE = "- router ospf 1\n-  router-id 10.17.255.1\n"


def made(*parts: tuple[str, str], **more: object) -> PlanSummary:
    """A cutover of Loppa with these diffs by device."""
    found = plans.of("loppa", Stage.CUTOVER, [plans.part(device, "wave-2", text) for device, text in parts])
    return summarise(replace(found, **more), plans.region())  # type: ignore[arg-type]


def of(stage: Stage) -> PlanSummary:
    """A real stage of Loppa."""
    return summarise(plans.plan("loppa", stage), plans.region())


def printed(capsys: pytest.CaptureFixture[str], summary: PlanSummary, verbose: bool = False) -> str:
    """What stands on a terminal, for those who have none."""
    show(make_console(), summary, verbose)
    return capsys.readouterr().out


def flat(text: str) -> str:
    """On one line, as a person reads it."""
    return " ".join(text.split())


# --- grouping


def test_the_same_diff_is_one_group() -> None:
    """On three switches; what differs is another one."""
    found = made(("loppa-acc-01", SAME), ("loppa-acc-06", SAME + "- vlan 5\n"), ("loppa-acc-02", SAME))
    other, group = found.groups
    assert (other.devices, group.devices) == (("loppa-acc-06",), ("loppa-acc-01", "loppa-acc-02"))
    assert (group.diff, group.same, group.added, group.removed) == (SAME, True, 1, 1)
    assert (found.added, found.removed, found.changes) == (3, 4, 3)


def test_a_switch_of_another_platform_is_another_group() -> None:
    """The same words to an IOS and to an EOS switch: one of them may go back in another way."""
    found = made(("loppa-acc-01", "+ vlan 5\n"), ("loppa-acc-03", "+ vlan 5\n"))
    assert {(group.platform, group.devices) for group in found.groups} == {
        ("ios", ("loppa-acc-01",)),
        ("eos", ("loppa-acc-03",)),
    }
    assert {group.safety for group in found.groups} == {platform("ios").safety, platform("eos").safety}


def test_diffs_that_differ_in_the_devices_own_words_are_one_group() -> None:
    """Their names stand beside it, and give back each diff to the letter."""
    parts = [(name, f"+ hostname {name}\n") for name in ("loppa-acc-01", "loppa-acc-02")]
    (group,) = made(*parts).groups
    assert (group.diff, group.same) == ("+ hostname ‹name›\n", False)
    assert [(one.device, restore_tokens(group.diff, one.words)) for one in group.members] == parts


def test_the_own_words_of_one_switch_alone_are_left_in_place() -> None:
    """There is nobody to share them with."""
    (group,) = made(("loppa-acc-01", "+ hostname loppa-acc-01\n")).groups
    assert (group.diff, group.same) == ("+ hostname loppa-acc-01\n", True)


@pytest.mark.parametrize("stage", STAGES)
def test_every_device_of_a_real_plan_is_told_once(stage: Stage) -> None:
    """Exactly what its part of the plan says, from the group's diff and its own words."""
    plan = plans.plan("loppa", stage)
    found = summarise(plan, plans.region())
    told = {one.device: restore_tokens(group.diff, one.words) for group in found.groups for one in group.members}
    assert told == {part.device: part.diff for part in plan.devices if part.changes}
    assert set(told) | set(found.unchanged) == {part.device for part in plan.devices}
    assert found.added == sum(line.startswith("+") for part in plan.devices for line in part.diff.splitlines())
    assert found.removed == sum(line.startswith("-") for part in plan.devices for line in part.diff.splitlines())


def test_the_riskiest_group_stands_first_and_of_equal_ones_the_widest() -> None:
    """What is read first is what matters most."""
    found = made(
        ("loppa-acc-06", SAME.replace("0/1", "0/2")),
        ("loppa-acc-01", SAME),
        ("loppa-acc-02", SAME),
        ("loppa-core-01", GRAVE),
    )
    assert [group.devices for group in found.groups] == [
        ("loppa-core-01",),
        ("loppa-acc-01", "loppa-acc-02"),
        ("loppa-acc-06",),
    ]
    assert (found.word, found.risk) == ("grave", found.groups[0].risk)
    assert find_gravest_reason(found).startswith("the routing goes")


# --- what is said of a group and of the whole


def test_what_a_group_removes() -> None:
    """Only what goes, below the lines it belongs to; the plan's reasons with the lines that give them."""
    (group,) = made(("loppa-acc-01", SAME + "- vlan 10\n-  name ADM\n+ vlan 110\n")).groups
    assert group.removes == (
        "  interface GigabitEthernet1/0/1\n~  switchport access vlan -10 +110\n- vlan 10\n-  name ADM\n"
    )
    first = group.reasons[0]
    assert (first.why, first.score, first.lines) == (
        "a VLAN goes: whoever is still in it has no network",
        65,
        ("- vlan 10",),
    )


def test_the_risk_is_what_the_plan_says() -> None:
    """That is what is approved; only what nobody assessed is assessed now."""
    part = plans.part("loppa-acc-01", "wave-2", SAME)
    for stored, risk, why in (
        (replace(part, risk=88, risks=("because",)), 88, "because"),
        (_bare(part), 15, "a port moves"),
    ):
        (group,) = summarise(plans.of("loppa", Stage.CUTOVER, [stored]), plans.region()).groups
        assert (group.risk, group.reasons[0].why.startswith(why)) == (risk, True)


def _bare(part: DevicePlan) -> DevicePlan:
    return replace(part, risk=0, risks=())


def test_who_hangs_on_it() -> None:
    """The blast radius of what changes, not of what stays as it is."""
    found = made(("loppa-acc-08", "+ vlan 5\n"), ("loppa-core-01", ""))
    assert (str(found.blast), found.unchanged) == ("1 switch, 1 site, 12 clients", ("loppa-core-01",))


def test_the_title_says_it_in_a_line() -> None:
    """Whose, from where to where, how much."""
    assert made(("loppa-acc-01", SAME), ("loppa-acc-02", "")).title == (
        "Loppa from pilot to cutover: 1 of 2 switches to change (+1 −1 lines)"
    )
    assert made(("loppa-acc-01", "")).title == "Loppa from pilot to cutover: nothing to change on 1 switch"
    assert made(("loppa-acc-01", SAME), kind="harmonise", before=50).title.startswith(
        "Loppa put right at cutover: 1 of 1"
    )
    back = {"kind": "undo", "before": int(Stage.CUTOVER), "stage": int(Stage.PILOT)}
    assert made(("loppa-acc-01", SAME), **back).title.startswith("Loppa back from cutover to pilot: ")
    assert made(("loppa-acc-01", SAME), before=50).title.startswith("Loppa stays at cutover: ")


# --- on a terminal


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_nothing_of_ours_is_wider_than_80_columns(
    capsys: pytest.CaptureFixture[str], stage: Stage, verbose: bool
) -> None:
    """Lines of a diff are as long as they are."""
    lines = printed(capsys, of(stage), verbose).splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(r"  [-+~ ] ", line)] == []


@pytest.mark.parametrize("stage", STAGES)
def test_whoever_asks_sees_every_line_of_every_diff_unbroken(capsys: pytest.CaptureFixture[str], stage: Stage) -> None:
    """So that it can be copied."""
    found = of(stage)
    lines = set(printed(capsys, found, verbose=True).splitlines())
    for group in found.groups:
        assert {f"  {line}" for line in group.diff.splitlines() if line[:2] in ("+ ", "- ")} <= lines


@pytest.mark.parametrize(
    ("hidden", "seen"), [("\x1b[2K\x1b[1A", r"\x1b[2K\x1b[1A"), ("\u202e", r"\x202e"), ("\x08\x08", r"\x08\x08")]
)
def test_nobody_can_hide_a_line_from_whoever_approves(
    capsys: pytest.CaptureFixture[str], hidden: str, seen: str
) -> None:
    """A description may hold anything: it is shown in figures, on the terminal and on the page."""
    found = made(("loppa-acc-01", f"  interface GigabitEthernet1/0/1\n+  description x{hidden}\n"), reason=f"y{hidden}")
    for text in (printed(capsys, found), printed(capsys, found, verbose=True), make_page(found)):
        assert hidden not in text
        assert f"description x{seen}" in text
        assert f"y{seen}" in flat(text)


def test_what_stands_first(capsys: pytest.CaptureFixture[str]) -> None:
    """What it does; then how risky it is, who hangs on it, and which gates are shut and why."""
    text = printed(capsys, of(Stage.CUTOVER))
    lines = text.splitlines()
    assert lines[0] == "Loppa from pilot to cutover: 7 of 9 switches to change (+394 −212 lines)"
    assert lines[2].startswith("risk          MEDIUM 48: a port carries other VLANs")
    said = flat(text)
    assert "reach If all of them stopped at once: 9 switches, 6 sites, 130 clients, 12 servers" in said
    assert "gates 1 of 2 shut ✗ two different people approved: Expected approvals by two different people" in said
    assert "waves pilot (0 of 2), canary (1 of 1), wave-2 (3 of 3), wave-3 (3 of 3)" in said
    assert "unchanged 2 switches: loppa-acc-03, loppa-acc-04" in said
    assert "reason The sites of the second wave (ticket CHG-1207)" in said
    assert "made 2026-11-24 12:06 UTC by nina valid until 2026-12-01 12:06 UTC" in said
    assert "every device answers" not in said, "an open gate is told to those who ask"


def test_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """Who, why, who hangs on it, how it goes back, what goes, and the diff with what is alike told once."""
    said = flat(printed(capsys, of(Stage.CUTOVER)))
    assert "1 of 6 MEDIUM 48 procurve: the same on 2 switches ─" in said
    assert "switches loppa-acc-07, loppa-acc-08 (wave-2)" in said
    assert "why 45 a port carries other VLANs than before" in said
    assert "~ tagged vlan -40 +140 @ interface 17, and 2 more" in said
    assert "reach If they all stopped: 2 switches, 2 sites, 24 clients" in said
    assert (
        "way back on its own, by scheduled reload; it cannot check beforehand; lost if it goes back: about two" in said
    )
    assert "what goes interface 1-16 (16 alike) ~ untagged vlan -20 +120" in said
    assert "the diff interface 1-16 (16 alike) - untagged vlan 20 + untagged vlan 120" in said


def test_whoever_asks_is_told_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Every port for itself, open gates, every site, each switch's own words."""
    said = flat(printed(capsys, of(Stage.CONNECT), verbose=True))
    assert "✓ every device answers, or is waived by name and date" in said
    assert "alike)" not in said
    assert "lesser reason" not in said
    assert "loppa-acc-07: ‹name› loppa-acc-07, ‹old name› SW-sandland-skole-access07, ‹address› 10.17.2.107" in said
    assert "Sandland skole" in said


def test_what_cannot_go_back_on_its_own_is_said_at_the_top(capsys: pytest.CaptureFixture[str]) -> None:
    """By device, with what is done instead; and a backup is called by its name."""
    part = replace(plans.part("loppa-acc-01", "wave-2", SAME), instead="somebody stands beside it", restore="x/y")
    found = summarise(plans.of("loppa", Stage.CUTOVER, [part]), plans.region())
    said = flat(printed(capsys, found))
    assert found.instead == (("loppa-acc-01", "somebody stands beside it"),)
    assert "no way back loppa-acc-01 does not go back on its own; instead: somebody stands beside it" in said
    assert "a backup is written back, to the byte" in said


def test_who_is_left_out_is_said_at_the_top_and_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever signs it sees that the stage will stay open."""
    part = plans.part("loppa-acc-01", "wave-2", SAME)
    found = summarise(replace(plans.of("loppa", Stage.CUTOVER, [part]), left_out=("loppa-acc-06",)), plans.region())
    assert "left out loppa-acc-06: not touched, and has to follow" in flat(printed(capsys, found))
    assert "loppa-acc-06: not touched, for the plan&#39;s reason" in make_page(found).replace("'", "&#39;")


def test_servers_are_called_servers_and_those_that_are_not_ours_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever a plan takes servers along; one of switches alone has nothing to say of them."""
    region = plans.region()
    managed = {
        name: each.model_copy(update={"groups": (*each.groups, MANAGED)}) for name, each in region.servers.items()
    }
    region = region.model_copy(update={"servers": managed})
    switch = plans.part("loppa-acc-01", "wave", SAME)
    server = replace(switch, device="loppa-db-01", diff="  file /etc/motd\n+  hello\n", risks=())
    parts = [switch, server, replace(server, device="loppa-mon-01", diff="")]
    found = summarise(plans.of("loppa", Stage.PILOT, parts), region)
    said, page = flat(printed(capsys, found)), make_page(found)
    for name in ("loppa-dc-01", "loppa-dc-02"):
        assert name in said.partition("not ours")[2]
        assert name in page.partition("Not configured by us")[2]
    assert "debian: 1 server" in said
    assert "unchanged 1 server: loppa-mon-01" in said
    assert summarise(plans.of("loppa", Stage.PILOT, [switch]), region).not_ours == ()


def test_a_plan_that_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """No risk, nobody hangs on it, no group."""
    found = made(("loppa-acc-01", ""), undoes="3f2a")
    said = flat(printed(capsys, found))
    assert (found.word, found.groups, found.blast.switches) == ("none", (), ())
    assert said.startswith("Loppa from pilot to cutover: nothing to change on 1 switch gates 1 of 2 shut")
    assert "risk" not in said
    assert "takes back 3f2a" in said


def test_all_gates_open(capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    found = made(("loppa-acc-01", SAME), gates=plans.GATES[:1])
    assert "gates all 1 open waves" in flat(printed(capsys, found))
    assert found.shut == ()


def test_no_colour_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets text."""
    assert "\x1b" not in printed(capsys, of(Stage.CUTOVER), verbose=True)


# --- for a program


@pytest.mark.parametrize("stage", STAGES)
def test_json_there_and_back(stage: Stage) -> None:
    """The same, and the diffs can be made from it."""
    plan = plans.plan("loppa", stage)
    told = as_dict(summarise(plan, plans.region()))
    assert json.loads(json.dumps(told)) == told
    assert (told["id"], told["digest"], told["changes"]) == (plan.id, plan.digest, sum(p.changes for p in plan.devices))
    for group in told["groups"]:
        for member in group["members"]:
            assert restore_tokens(group["diff"], member["words"]) == plan.of(member["device"]).diff


def test_json_of_a_group() -> None:
    """Names as in the records; the safety class and who hangs on it are records of their own."""
    (group,) = as_dict(made(("loppa-acc-04", "+ vlan 5\n")))["groups"]
    assert group["safety"]["reverts_by"] == "scheduled reload"
    assert (group["devices"], group["same"], group["word"]) == (["loppa-acc-04"], True, "low")
    assert group["blast"]["switches"] == ["loppa-acc-04"]
    assert group["reasons"][0]["lines"] == ["+ vlan 5"]


# --- as a page


class Seen(HTMLParser):
    """The tags of a page, what they refer to, and whether they are closed in order."""

    VOID = ("meta", "br", "hr", "img", "input", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.links += [str(value) for key, value in attrs if key in ("src", "href", "srcset", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What is read."""
        if not {"style", "head"} & set(self.open):
            self.text += data


@pytest.mark.parametrize("stage", STAGES)
def test_the_page_is_whole_and_loads_nothing(stage: Stage) -> None:
    """Every tag is closed, nothing is fetched, nothing is run."""
    found = of(stage)
    seen = Seen(make_page(found))
    assert (seen.open, seen.links, "script" in seen.tags) == ([], [], False)
    assert seen.tags.count("article") == len(found.groups)
    assert found.digest in seen.text
    for group in found.groups:
        assert all(line[2:].strip() in seen.text for line in group.diff.splitlines())


def test_the_page_says_what_the_terminal_says() -> None:
    """Title, gates that are shut, risk, who hangs on it, how it goes back."""
    text = flat(Seen(make_page(of(Stage.CUTOVER))).text)
    for words in (
        "Loppa from pilot to cutover: 7 of 9 switches to change (+394 −212 lines)",
        "1 of 2 gates is shut",
        "medium 48",
        "9 switches, 6 sites, 130 clients, 12 servers",
        "The same on 2 switches",
        "by scheduled reload",
        "loppa-acc-03, loppa-acc-04",
        "ticket CHG-1207",
    ):
        assert words in text


def test_the_page_escapes_what_others_wrote() -> None:
    """A description, a reason, a ticket, words of a gate, what is done instead."""
    evil = "<script>alert(1)</script>"
    part = plans.part("loppa-acc-01", "wave-2", f"  interface GigabitEthernet1/0/1\n+  description {evil}\n")
    part = replace(part, instead=evil, risks=(evil,))
    plan = plans.of("loppa", Stage.CUTOVER, [part], (Rule("x", evil).failed("loppa", evil, evil, evil),))
    text = make_page(summarise(replace(plan, reason=evil, ticket=evil, who=evil, undoes=evil), plans.region()))
    assert evil not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 9
    assert "script" not in Seen(text).tags


def test_the_page_masks_a_secret_before_it_escapes() -> None:
    """One with letters that HTML escapes is known no more afterwards; and the mask itself is no tag."""
    secret = 'c4n4ry&"<Nordlys>'
    remember_secret(secret)
    part = plans.part("loppa-acc-01", "wave-2", f"  interface GigabitEthernet1/0/1\n+  description {secret}\n")
    text = make_page(summarise(plans.of("loppa", Stage.CUTOVER, [replace(part, instead=secret)]), plans.region()))
    assert "c4n4ry" not in text
    assert "description &lt;secret&gt;" in text
    assert "secret" not in Seen(text).tags


def test_the_page_of_a_plan_that_changes_nothing() -> None:
    """There is one."""
    text = Seen(make_page(made(("loppa-acc-01", ""), gates=(), ticket="", expires=""))).text
    assert "nothing to change on 1 switch" in text


# --- small things


def test_a_plan_for_whom_the_inventory_no_longer_has() -> None:
    """It is said, without a traceback."""
    plan = plans.of("loppa", Stage.CUTOVER, [DevicePlan("loppa-acc-99", "all", None, 0, 0, "", SAME, "", (), ())])
    with pytest.raises(SummaryError, match=f"plan {plan.id}: loppa-acc-99 not found in the inventory"):
        summarise(plan, plans.region())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-24T12:06:32+00:00", "2026-11-24 12:06 UTC"),
        ("2026-11-24T13:06:32+01:00", "2026-11-24 12:06 UTC"),
        ("", "no time given"),
    ],
)
def test_moments(text: str, said: str) -> None:
    """To the minute, in one time for everybody."""
    assert format_time(text) == said


def test_a_large_plan_is_summarised_at_once() -> None:
    """Nobody waits for a page: half a second or so for 9 switches and all that is printed."""
    plan = plans.plan("loppa", Stage.HARMONISE)
    began = time.process_time()
    make_page(summarise(plan, plans.region()))
    assert time.process_time() - began < 5
