"""ProCurve in the product: render, overlay, remediation and secrets; then a session against the lab's switch."""

import hashlib
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.personalities.procurve.config import Configuration, Context, Question
from nornir_tasks.config.compare import compare
from nornir_tasks.config.render import render
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.model import Endpoint, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import ConfigurationMoved, LoginAccount, PreparedChange, RefusedLine, Session
from nornir_tasks.platforms.procurve.platform import Procurve
from tests.support.links import check_links
from tests.support.model_parts import position
from tests.support.permits import allow, check_permit
from tests.support.procurve_bench import LEGACY, PASSWORD, SHA1, device, region, served
from tests.support.session_logs import check_log
from tests.support.switch_bench import Bench

CASES = Path(__file__).resolve().parents[3] / "cases" / "render" / "procurve"
STAGES = (Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE)
PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 10
DRIFT = hashlib.sha256(b"canary-3f9a-drift").hexdigest()

PROCURVE = Procurve()
MASKED = PROCURVE.mask(LEGACY)[0]


def intended(stage: Stage) -> str:
    """The render at a stage, masked."""
    return render(device(), position(stage), region(), MASKED)


def filled(text: str) -> str:
    """With its secrets in place."""
    secrets = {**PROCURVE.mask(LEGACY)[1], "username drift": DRIFT}
    return PROCURVE.unmask(text, secrets)


def typed(text: str, lines: tuple[str, ...]) -> str:
    """What the lab's switch prints after the lines were typed into it; the account's own questions are answered."""
    switch = Configuration(28, "x")
    assert switch.load(text) == []
    context = Context()
    for line in lines:
        try:
            context = switch.obey(context, line)
        except Question as question:
            if "password" not in line and "credentials" not in line:
                raise
            context = switch.obey(context, question.answered, sure=True)
    return switch.text()


@pytest.mark.parametrize("stage", STAGES)
def test_render_is_the_golden_file(stage: Stage) -> None:
    """Each stage renders what was read and found good; FELLESDRIFT_GOLDEN=1 writes the files anew."""
    case = CASES / f"loppa-acc-04-{stage.word}.cfg"
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        case.write_text(intended(stage))
    assert intended(stage) == case.read_text()


@pytest.mark.parametrize("stage", STAGES)
def test_the_switch_prints_the_render_line_for_line(stage: Stage) -> None:
    """The order and the defaults of every stage are the switch's own."""
    text = filled(intended(stage))
    assert typed(text, ()) == text


def test_remediation_leads_from_each_stage_to_the_next_and_back() -> None:
    """Running plus remediation is the intended configuration to the byte, in both directions."""
    texts = [LEGACY, *(filled(intended(stage)) for stage in STAGES)]
    for here, there in itertools.pairwise(texts):
        assert typed(here, PROCURVE.remediation(here, there)) == there
        assert typed(there, PROCURVE.remediation(there, here)) == here


@pytest.mark.parametrize("stage", STAGES)
def test_remediation_leads_from_the_legacy_to_any_stage(stage: Stage) -> None:
    """A switch that missed stages arrives all the same, and can go all the way back."""
    there = filled(intended(stage))
    assert typed(LEGACY, PROCURVE.remediation(LEGACY, there)) == there
    assert typed(there, PROCURVE.remediation(there, LEGACY)) == LEGACY


@pytest.mark.parametrize("stage", [Stage.LEGACY, *STAGES])
def test_nothing_to_do_is_no_lines(stage: Stage) -> None:
    """The no-op twin: from a configuration to itself there is no way to go."""
    text = MASKED if stage == Stage.LEGACY else intended(stage)
    assert PROCURVE.remediation(text, text) == ()
    assert compare(PROCURVE, text, text).equal


EDITS = {
    "port": ('interface 5\n   name "school"', 'interface 5\n   name "printer by the door"\n   disable'),
    "vlan": ("   untagged 1-16\n   tagged 25\n", "   untagged 1-15\n   tagged 25\n"),
    "lines": ("no tftp client\n", "ip ssh filetransfer\n"),
    "voice": ("   voice\n", ""),
    "account": ("vlan 1\n", f'aaa authentication local-user "x" group "Level-15" password sha1 "{SHA1}"\nvlan 1\n'),
    "address": (
        '   name "SCHOOL"\n   untagged 1-16\n   tagged 25\n   no ip address',
        '   name "SCHOOL"\n   untagged 1-16\n   tagged 25\n   ip address 10.99.0.1 255.255.255.0',
    ),
    "edge": ("spanning-tree 7 admin-edge-port\n", ""),
    "community": ("aaa ", 'snmp-server community "private" unrestricted\naaa '),
    "servers": (
        "priority 1 10.10.1.10\nsntp server priority 2 10.10.129.10",
        "priority 1 10.10.129.10\nsntp server priority 2 10.10.1.10",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_somebody_typed_is_found_and_put_right(edit: str) -> None:
    """An edit on a retired switch is drift, and remediation takes it back to the byte."""
    good = filled(intended(Stage.RETIRE))
    old, new = EDITS[edit]
    assert old in good
    running = typed(good.replace(old, new, 1), ())
    assert running != good
    assert not compare(PROCURVE, PROCURVE.mask(running)[0], PROCURVE.mask(good)[0]).equal
    assert typed(running, PROCURVE.remediation(running, good)) == good


def test_ports_move_in_one_command_after_the_trunk_carries_their_vlan() -> None:
    """From the legacy straight to the end: trunk first, then the ports, then what nobody uses, the old path last."""
    lines = list(PROCURVE.remediation(MASKED, intended(Stage.RETIRE)))
    carried, moved = lines.index("vlan 120 tagged 25"), lines.index("vlan 120 untagged 1-16")
    assert carried < moved < lines.index("no vlan 20")
    assert not [line for line in lines if line.startswith("no vlan 20 ")]
    assert lines.index("vlan 100 tagged 25") < lines.index("ip default-gateway 10.17.0.1")
    assert lines.index("ip default-gateway 10.17.0.1") < lines.index("no vlan 1 ip address")


def test_a_phone_moves_with_its_port() -> None:
    """At cutover a port with a phone is in one voice VLAN only; before, in the old one."""
    before, after = (PROCURVE.tree(intended(stage)) for stage in (Stage.HARMONISE, Stage.CUTOVER))
    tags = [
        {c.text for c in tree.find("interface 17").children if c.text.startswith("tagged")} for tree in (before, after)
    ]
    assert tags == [{"tagged vlan 40"}, {"tagged vlan 140"}]


def test_legacy_servers_stand_beside_the_centres_in_the_places_that_are_left() -> None:
    """Three priorities: the centre's two first, then one of the old."""
    lines = intended(Stage.CONNECT).splitlines()
    servers = [line for line in lines if line.startswith("sntp server")]
    assert servers == [
        "sntp server priority 1 10.10.1.10",
        "sntp server priority 2 10.10.129.10",
        "sntp server priority 3 192.168.17.10",
    ]


def test_clean_leaves_nothing_but_configuration() -> None:
    """Header, comments, carriage returns and escape codes go."""
    raw = (
        "\r\nRunning configuration:\r\n\r\n; J9776A Configuration Editor; Created on release #YA.16\r\n; Ver #1\r\n\r\n"
    )
    raw += '\x1b[24;1Hhostname "x"\x1b[24;1H  \r\nvlan 1\r\n   name "DEFAULT_VLAN"\r\n   exit\r\n'
    assert PROCURVE.clean(raw) == 'hostname "x"\nvlan 1\n   name "DEFAULT_VLAN"\n   exit\n'


def test_secrets_are_masked_and_come_back() -> None:
    """No hash and no community is left in a masked text, and unmasking gives the same bytes."""
    text = filled(intended(Stage.RETIRE)).replace("aaa ", 'snmp-server community "canary-77" unrestricted\naaa ', 1)
    masked, secrets = PROCURVE.mask(text)
    assert secrets == {"username drift": DRIFT, "snmp-server community 1": "canary-77"}
    assert DRIFT not in masked
    assert "canary-77" not in masked
    assert PROCURVE.unmask(masked, secrets) == text
    assert PROCURVE.mask(masked) == (masked, {})


def test_the_weak_form_of_a_password_is_not_taken_for_the_strong() -> None:
    """A SHA-1 hash has a key of its own, so it is never written where SHA-256 stands."""
    masked, secrets = PROCURVE.mask(f'aaa authentication local-user "drift" group "Level-15" password sha1 "{SHA1}"\n')
    assert list(secrets) == ["username drift sha1"]
    assert "<secret:username drift sha1>" in masked


def test_unmask_names_the_secret_that_is_missing() -> None:
    """A secret that nobody has is an error, not an empty password."""
    with pytest.raises(PlatformError, match="username drift"):
        PROCURVE.unmask(intended(Stage.RETIRE), {})


def test_the_registry_knows_the_platform() -> None:
    """By name, and an unknown name gets the list of those that are known."""
    assert platform("procurve").name == "procurve"
    with pytest.raises(PlatformError, match="expected one of eos, ios, procurve"):
        platform("junos")


# A session, against the lab's switch


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Bench]:
    """A legacy switch behind SSH."""
    with served(tmp_path, PORT, LEGACY) as bench:
        yield bench


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """A login to it."""
    with login(switch) as session:
        yield session


def login(switch: Bench, name: str = "kommune", password: str = PASSWORD) -> Session:
    """Log in."""
    where = Endpoint(host=switch.switch.facts.host, ssh_port=switch.port)
    return allow(PROCURVE.connect(where, LoginAccount(name, password), 10))


def change(stage: Stage) -> PreparedChange:
    """From the legacy to a stage."""
    there = filled(intended(stage))
    return PreparedChange(LEGACY, there, PROCURVE.remediation(LEGACY, there))


def test_reading(switch: Bench, session: Session) -> None:
    """Configurations come clean; facts, ports and pings say what the switch says."""
    assert session.running() == LEGACY
    assert session.startup() == LEGACY
    facts = session.facts()
    assert (facts["hostname"], facts["model"], facts["serial"]) == ("SW-SKOLE-04", "J9776A", switch.switch.serial)
    assert session.ports() == {str(n): True for n in range(1, 29)}
    assert session.ping("192.168.16.14")
    assert not session.ping("10.10.1.10")
    assert session.neighbours() == {}
    assert session.mac_table() == []
    assert session.arp_table() == []


def test_a_configuration_in_part_is_none(switch: Bench, session: Session) -> None:
    """Wherever it is cut short: what is left of it would equal itself the next time, too."""
    for lines in range(len(LEGACY.splitlines())):
        switch.fault("cut", str(lines))
        with pytest.raises(PlatformError, match="it came in part"):
            session.running()
    switch.fault("clear")
    assert session.running() == LEGACY


def test_a_change_is_confirmed_and_saved(switch: Bench, session: Session) -> None:
    """Armed before the first line, disarmed and saved by the confirmation; the centre's account works."""
    wanted = change(Stage.CUTOVER)
    session.push(wanted, 120)
    assert session.pending()
    assert switch.switch.startup == LEGACY
    assert session.running() == wanted.intended
    session.confirm()
    assert not session.pending()
    assert switch.switch.startup == wanted.intended
    with login(switch, "drift", "canary-3f9a-drift") as fresh:
        assert fresh.running() == wanted.intended


def test_the_end_of_the_road(switch: Bench, session: Session) -> None:
    """From legacy to the standard: the switch prints the render, and nothing is left to do."""
    session.push(change(Stage.RETIRE), 120)
    session.confirm()
    assert PROCURVE.mask(session.running())[0] == intended(Stage.RETIRE)
    assert switch.running == switch.switch.startup


def test_revert_goes_back_to_the_byte(switch: Bench, session: Session) -> None:
    """Without a restart, and with nothing left armed."""
    session.push(change(Stage.RETIRE), 120)
    session.revert(LEGACY)
    assert switch.running == LEGACY
    assert not session.pending()
    assert switch.call(lambda: switch.switch.up)


def test_another_session_can_revert(switch: Bench, session: Session) -> None:
    """The one that pushed may be gone: what to go back to is on the switch."""
    session.push(change(Stage.CUTOVER), 120)
    with login(switch, "drift", "canary-3f9a-drift") as other:
        assert other.pending()
        other.revert(LEGACY)
        assert not other.pending()
    assert switch.running == LEGACY


def test_a_refused_line_is_taken_back(switch: Bench, session: Session) -> None:
    """The switch is as it was, nothing is armed, and the error has our line and its words."""
    switch.switch.faults.set(["refuse", "vlan 140 tagged"])
    with pytest.raises(RefusedLine) as caught:
        session.push(change(Stage.CUTOVER), 120)
    assert caught.value.line.startswith("vlan 140 tagged")
    assert "Invalid input" in caught.value.reply
    assert switch.running == LEGACY
    assert not session.pending()
    switch.call(lambda: switch.switch.faults.set(["clear"]))
    session.push(change(Stage.CUTOVER), 120)
    session.confirm()
    assert switch.running == change(Stage.CUTOVER).intended


def test_a_refused_secret_is_not_printed(switch: Bench, session: Session) -> None:
    """The line is named, its hash is not."""
    switch.switch.faults.set(["refuse", "local-user"])
    with pytest.raises(RefusedLine) as caught:
        session.push(change(Stage.CONNECT), 120)
    assert 'local-user "drift"' in caught.value.line
    assert DRIFT not in str(caught.value)
    assert switch.running == LEGACY


def test_what_cannot_be_taken_back_stays_armed(switch: Bench, session: Session) -> None:
    """Then the restart does it, and the error says so."""
    switch.switch.faults.set(["refuse", "SW-SKOLE-04"])
    switch.switch.faults.set(["refuse", "vlan 20 tagged"])
    lines = ('hostname "other"', "vlan 20 tagged 26")
    with pytest.raises(PlatformError, match=r"could not be taken back.*restarts by itself within 2 minutes") as caught:
        session.push(PreparedChange(LEGACY, LEGACY, lines), 120)
    assert not isinstance(caught.value, RefusedLine)
    assert session.pending()


def test_a_lost_connection_ends_in_a_restart(switch: Bench, session: Session) -> None:
    """The switch goes back without us; here its own timer is made to run out at once."""
    switch.switch.faults.set(["drop-after", "14"])
    with pytest.raises(PlatformError, match=r"connection was lost.*restarts by itself"):
        session.push(change(Stage.CUTOVER), 120)
    assert switch.running != LEGACY
    switch.call(lambda: switch.switch.faults.set(["clear"]))
    assert [timer.what for timer in switch.switch.timers] == ["scheduled reload"]
    switch.call(switch.switch.reload)
    deadline = time.monotonic() + 10
    while not switch.switch.up and time.monotonic() < deadline:
        time.sleep(0.05)
    assert switch.running == LEGACY


def test_unsaved_work_is_not_gambled_with(switch: Bench, session: Session) -> None:
    """A reload would lose it, so the change is refused before anything is armed."""
    with login(switch) as other:
        other._write(["vlan 77"], lambda: None)
        running = other.running()
    with pytest.raises(PlatformError, match="startup differs from running"):
        session.push(PreparedChange(running, running, ("vlan 78",)), 120)
    assert not session.pending()
    assert "vlan 78" not in switch.running


def test_a_change_for_another_configuration_is_refused(switch: Bench, session: Session) -> None:
    """Somebody was there after the plan was made."""
    with pytest.raises(ConfigurationMoved, match="somebody configures it just now"):
        session.push(PreparedChange(LEGACY.replace("SKOLE-04", "SKOLE-05"), LEGACY, ("vlan 78",)), 120)
    assert switch.running == LEGACY


def test_an_unexpected_question_is_answered_no(switch: Bench, session: Session) -> None:
    """Removing a VLAN that still has ports asks; that is a surprise, so the change is taken back."""
    with pytest.raises(RefusedLine, match="moved to the default VLAN"):
        session.push(PreparedChange(LEGACY, LEGACY, ("no vlan 20",)), 120)
    assert switch.running == LEGACY


def test_a_wrong_password_is_named_without_being_printed(switch: Bench) -> None:
    """The error says who was refused where."""
    with pytest.raises(PlatformError, match="login as 'kommune' was refused") as caught:
        login(switch, password="canary-wrong")
    assert "canary" not in str(caught.value)


def test_a_full_flash_is_no_confirmation(switch: Bench, session: Session) -> None:
    """What could not be saved is reported, not believed."""
    session.push(change(Stage.CONNECT), 120)
    switch.call(lambda: switch.switch.faults.set(["no-space"]))
    with pytest.raises(PlatformError, match="could not save"):
        session.confirm()
    assert switch.switch.startup == LEGACY


def test_a_session_is_logged_and_its_secrets_are_not(switch: Bench, log: Path) -> None:
    """What was sent and what came back, a change and the echo of its lines too: no password, and no hash of one."""
    remember_secret(PASSWORD)
    with login(switch) as session:
        wanted = change(Stage.CONNECT)
        session.push(wanted, 120)
        session.revert(wanted.before)
    check_log(log, PROCURVE, (wanted.before, wanted.intended), (PASSWORD,))


def test_nothing_is_written_without_the_permit(switch: Bench, session: Session) -> None:
    """Asked right before each command that changes the switch: one that was withdrawn meanwhile lets none through."""
    check_permit(session, change(Stage.CONNECT), lambda: switch.running)


def test_links_go_down_and_come_up(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a change, and nothing of it stays."""
    check_links(switch, session, change(Stage.CUTOVER), (2, 3), monkeypatch)
