"""EOS in the product: render, overlay, remediation and secrets; then a session against the lab's switch."""

import difflib
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lab.personalities.eos.configuration.config import Config
from lab.personalities.eos.secret import fits
from nornir_tasks.config.compare import compare
from nornir_tasks.config.render import render
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import ConfigurationMoved, LoginAccount, PreparedChange, RefusedLine, Session
from nornir_tasks.platforms.eos.password_hash import sha512_crypt
from nornir_tasks.platforms.eos.platform import Eos
from tests.support.eos_bench import DRIFT, PASSWORD, PORTS, RELEASES, device, legacy, region, served
from tests.support.links import check_links
from tests.support.model_parts import position
from tests.support.permits import allow, check_permit
from tests.support.session_logs import check_log
from tests.support.switch_bench import Bench

CASES = Path(__file__).resolve().parents[3] / "cases" / "render" / "eos"
STAGES = (Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE)
ROLES = ("access", "core")
PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 14
NAMES = [f"Ethernet{number}" for number in range(1, PORTS + 1)]

EOS = Eos()
LEGACY = {role: EOS.clean(legacy(role)) for role in ROLES}
HASHED = "sha512 " + sha512_crypt(DRIFT, "0123456789abcdef")


def intended(role: str, stage: Stage) -> str:
    """The render at a stage, masked."""
    old = EOS.mask(LEGACY[role])[0] if role in LEGACY else None
    return render(device(role), position(stage), region(), old)


def filled(role: str, stage: Stage) -> str:
    """With its secrets in place."""
    held = EOS.mask(LEGACY[role])[1] if role in LEGACY else {}
    return EOS.unmask(intended(role, stage), {**held, "username drift": HASHED})


def typed(text: str, lines: Sequence[str]) -> str:
    """What the lab's switch shows after the lines were typed into it."""
    config = Config.clean(NAMES)
    assert config.feed(text) == []
    assert config.feed("\n".join(lines)) == []
    return EOS.clean(config.text())


CASES_OF = [(role, stage) for role in (*ROLES, "leaf") for stage in STAGES if role != "leaf" or stage == Stage.CONNECT]


@pytest.mark.parametrize(("role", "stage"), [*CASES_OF, ("leaf", Stage.LEGACY)])
def test_render_is_the_golden_file(role: str, stage: Stage) -> None:
    """Each stage renders what was read and found good; FELLESDRIFT_GOLDEN=1 writes the files anew."""
    case = CASES / f"{device(role).name}-{stage.word}.cfg"
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        case.write_text(intended(role, stage))
    assert intended(role, stage) == case.read_text()


@pytest.mark.parametrize(("role", "stage"), CASES_OF)
def test_the_switch_shows_the_render_line_for_line(role: str, stage: Stage) -> None:
    """The order and the defaults of every stage are EOS's own, so that running and render can be compared as text."""
    text = filled(role, stage)
    assert typed(text, ()) == text


@pytest.mark.parametrize("role", ROLES)
def test_remediation_leads_from_each_stage_to_the_next_and_back(role: str) -> None:
    """Running plus remediation is the intended configuration to the byte, in both directions."""
    texts = [LEGACY[role], *(filled(role, stage) for stage in STAGES)]
    for here, there in itertools.pairwise(texts):
        assert typed(here, EOS.remediation(here, there)) == there
        assert typed(there, EOS.remediation(there, here)) == here


def test_a_line_beside_a_vrf_arrives_beside_it() -> None:
    """By the commands, which leave the VRF, and by the whole, in which such a line stands before the VRFs."""
    legacy = LEGACY["access"]
    bgp = "router bgp 1\n   vrf A\n      neighbor 10.0.0.1 remote-as 2\n"
    added = "router bgp 1\n   vrf A\n      neighbor 10.0.0.2 remote-as 2\n   vrf B\n   neighbor 10.0.0.9 remote-as 3\n"
    here = typed(legacy, bgp.splitlines())
    there = EOS.overlay(here, added)
    shown = typed(there, ())
    assert "router bgp 1\n   neighbor 10.0.0.9 remote-as 3\n" in shown
    assert compare(EOS, shown, there).equal
    turned = there.replace("   neighbor 10.0.0.9 remote-as 3\n", "")
    turned = turned.replace("   vrf B\n", "   vrf B\n   neighbor 10.0.0.9 remote-as 3\n")
    for intended_text in (there, turned):
        assert typed(here, EOS.remediation(here, intended_text)) == shown
        assert typed(shown, EOS.remediation(intended_text, here)) == here


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stage", STAGES)
def test_remediation_leads_from_the_legacy_to_any_stage(role: str, stage: Stage) -> None:
    """A switch that missed stages arrives all the same, and can go all the way back."""
    old, there = LEGACY[role], filled(role, stage)
    assert typed(old, EOS.remediation(old, there)) == there
    assert typed(there, EOS.remediation(there, old)) == old


@pytest.mark.parametrize(("role", "stage"), CASES_OF)
def test_nothing_to_do_is_no_lines(role: str, stage: Stage) -> None:
    """The no-op twin: from a configuration to itself there is no way to go."""
    text = intended(role, stage)
    assert EOS.remediation(text, text) == ()
    assert compare(EOS, text, text).equal


def test_one_municipality_changes_only_its_own_ports_on_a_leaf() -> None:
    """Before CONNECT the port is dark; after it, what differs is that port and its adjacency."""
    before, after = intended("leaf", Stage.LEGACY), intended("leaf", Stage.CONNECT)
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert changed == [
        "-    shutdown",
        "+    description loppa-core-01 Ethernet7",
        "+    no switchport",
        "+    ip address 10.10.250.68/31",
        "+    ip ospf network point-to-point",
        "+    ip ospf area 0.0.0.0",
        "+    no passive-interface Ethernet7",
    ]


EDITS = {
    "description": ("   description printer\n", "   description by the door\n"),
    "port": ("   switchport access vlan 160\n", "   switchport access vlan 110\n"),
    "trunk": ("allowed vlan 100,110", "allowed vlan 66,100,110"),
    "account": ("transceiver", "username mallory privilege 15 role network-admin secret sha512 $6$a$b\ntransceiver"),
    "vlan": ("vlan 999\n", "vlan 66\n   name PRIVATE\nvlan 999\n"),
    "rule": (
        "   40 permit udp 10.17.8.0/21 host 10.10.1.11 eq domain\n",
        "   40 permit ip any any\n",
    ),
    "gateway": ("   ip helper-address 10.10.1.13\n", ""),
    "banner": ("Authorised use only", "Everybody is welcome"),
    "routing": ("no passive-interface Ethernet9\n", ""),
    "server": ("ntp server 10.10.1.10\n", "ntp server 9.9.9.9\nntp server 10.10.1.10\n"),
    "telnet": ("management ssh\n", "management telnet\n   no shutdown\nmanagement ssh\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_somebody_typed_is_found_and_put_right(edit: str) -> None:
    """An edit on a retired switch is drift, and remediation takes it back to the byte."""
    good = filled("core", Stage.RETIRE)
    old, new = EDITS[edit]
    assert old in good
    running = typed(good.replace(old, new, 1), ())
    assert running != good
    assert not compare(EOS, EOS.mask(running)[0], EOS.mask(good)[0]).equal
    assert typed(running, EOS.remediation(running, good)) == good


def test_trunks_beside_the_legacy_carry_both() -> None:
    """A list is added to; a trunk without one keeps carrying everything; after retire it is the standard's alone."""
    beside = EOS.tree(intended("access", Stage.HARMONISE))
    seven, eight = (beside.find(f"interface Ethernet{n}") for n in (7, 8))
    assert seven.find_start("switchport trunk allowed").text.endswith("1,10,40,100,110,120,130,140,150,160")
    assert eight.find_start("switchport trunk allowed") is None
    after = EOS.tree(intended("access", Stage.RETIRE)).find("interface Ethernet8")
    assert after.find_start("switchport trunk allowed").text.endswith("vlan 100,120")


def test_what_has_one_value_is_taken_over_and_lists_stand_beside() -> None:
    """Host name, domain, way out: ours. Time and name servers: both until retire."""
    lines = intended("access", Stage.CONNECT).splitlines()
    assert [line for line in lines if line.startswith(("hostname", "dns domain", "ip route"))] == [
        "hostname loppa-acc-01",
        "dns domain vestfinnmark.example",
        "ip route 0.0.0.0/0 10.17.0.1",
    ]
    assert [line for line in lines if line.startswith("ntp server")] == [
        "ntp server 10.10.1.10",
        "ntp server 10.10.129.10",
        "ntp server 192.168.17.10",
    ]
    assert "192.168.17.10" not in intended("access", Stage.RETIRE)


def test_an_uplink_that_was_dark_is_lit() -> None:
    """What EOS does anyway is said where the legacy says otherwise, and not shown."""
    assert "interface Ethernet9\n   shutdown\n" in LEGACY["core"]
    assert "interface Ethernet9\n   description alta-leaf-01 Ethernet7\n   no switchport\n" in intended(
        "core", Stage.CONNECT
    )


def test_unknown_lines_of_a_legacy_keep_their_place() -> None:
    """What the order does not know stays behind what it stood behind, and nothing is lost."""
    odd = "hostname x\nzerotouch disable\nntp server 1.1.1.1\nrouter bgp 65000\n   neighbor 1.1.1.2 remote-as 1\n"
    assert EOS.overlay(odd, "ntp server 9.9.9.9\nlogging host 1.2.3.4\nhostname y\n") == (
        "logging host 1.2.3.4\nhostname y\nzerotouch disable\nntp server 1.1.1.1\nntp server 9.9.9.9\n"
        "router bgp 65000\n   neighbor 1.1.1.2 remote-as 1\n"
    )


def test_clean_leaves_nothing_but_configuration() -> None:
    """Header, separators, comments and carriage returns go; a banner's own text stays."""
    raw = "! Command: x\r\n!\r\nhostname x  \r\n!\r\nbanner login\r\n! hei\r\n\r\nEOF\r\n!\r\nend\r\n"
    assert EOS.clean(raw) == "hostname x\nbanner login\n! hei\n\nEOF\n"


def test_secrets_are_masked_and_come_back() -> None:
    """No hash, community or key is left in a masked text, and unmasking gives the same bytes."""
    text = filled("access", Stage.CONNECT) + (
        "enable password sha512 $6$canary-enable\nsnmp-server host 10.0.0.1 version 2c canary-trap\n"
        "ntp authentication-key 1 md5 7 canary-ntp\ntacacs-server key 7 canary-tacacs\n"
        "interface Ethernet1\n   ip ospf authentication-key 7 canary-ospf\n"
        "router bgp 65000\n   neighbor 10.0.0.1 password 7 canary-bgp\n"
    )
    masked, secrets = EOS.mask(text)
    assert "canary" not in masked
    assert "$6$" not in masked
    assert {"username drift", "username kommune", "snmp-server community 1", "enable"} <= set(secrets)
    assert secrets["username drift"] == HASHED
    assert EOS.unmask(masked, secrets) == text
    assert EOS.mask(masked) == (masked, {})


def test_the_switch_knows_the_password_by_its_hash() -> None:
    """Our form of SHA-512 crypt is libcrypt's, for passwords of every length."""
    for password in ("", "x", "æøå-Måsøy", "p" * 63, "p" * 64, "p" * 200):
        assert fits(sha512_crypt(password), password)
    assert EOS.hash_password("x").startswith("sha512 $6$")
    assert EOS.hash_password("x") != EOS.hash_password("x")


def test_unmask_names_the_secret_that_is_missing() -> None:
    """A secret that nobody has is an error, not an empty password."""
    with pytest.raises(PlatformError, match="username drift"):
        EOS.unmask(intended("core", Stage.RETIRE), {})


def test_the_registry_knows_the_platform() -> None:
    """By name."""
    assert platform("eos").name == "eos"


# A session, against the lab's switch


@pytest.fixture(params=[f"{way}-{release}" for release in RELEASES for way in ("eapi", "ssh")])
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A legacy core; with eAPI, and without, where the session falls back on SSH; of the releases that differ."""
    way, _, release = request.param.partition("-")
    habits = ("telnet", "snmp_public") if way == "eapi" else ("telnet", "snmp_public", "no_eapi")
    with served(tmp_path, PORT, legacy("core", habits), software=release) as bench:
        yield bench


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """A login to it."""
    with login(switch) as session:
        yield session


def login(switch: Bench, name: str = "kommune", password: str = PASSWORD) -> Session:
    """Log in."""
    return allow(EOS.connect(switch.endpoint, LoginAccount(name, password), 10))


def change(session: Session, stage: Stage) -> PreparedChange:
    """From what runs to a stage."""
    running = session.running()
    masked, held = EOS.mask(running)
    there = EOS.unmask(render(device("core"), position(stage), region(), masked), {**held, "username drift": HASHED})
    return PreparedChange(running, there, EOS.remediation(running, there))


def test_reading(switch: Bench, session: Session) -> None:
    """Configurations come clean; facts, ports and pings say what the switch says."""
    assert session.running() == session.startup() == EOS.clean(switch.running)
    facts = session.facts()
    assert (facts["hostname"], facts["model"], facts["serial"]) == (
        "SW-RADHUS-01",
        "CCS-720XP-24Y6",
        switch.switch.serial,
    )
    assert session.ports() == {name: number not in (6, 9, 10) for number, name in enumerate(NAMES, 1)}
    assert session.ping("192.168.16.1")
    assert not session.ping("10.10.1.10")
    assert session.neighbours() == {}
    assert session.mac_table() == []
    assert session.arp_table() == []


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.RETIRE])
def test_a_change_is_confirmed_and_saved(switch: Bench, session: Session, stage: Stage) -> None:
    """The switch runs the intended configuration line for line; another session confirms, with the centre's account."""
    startup = switch.switch.startup
    wanted = change(session, stage)
    session.push(wanted, 120)
    assert session.pending()
    assert switch.switch.startup == startup
    assert session.running() == wanted.intended
    session.close()
    with login(switch, "drift", DRIFT) as other:
        assert other.pending(), "closing a session must not abort the commit that waits"
        other.confirm()
        assert not other.pending()
        assert other.running() == other.startup() == wanted.intended
        again = change(other, stage) if stage == Stage.RETIRE else wanted
        assert compare(EOS, EOS.mask(other.running())[0], EOS.mask(again.intended)[0]).equal


def test_revert_goes_back_to_the_byte(switch: Bench, session: Session) -> None:
    """At once, with startup untouched; a second time is harmless."""
    before, startup = switch.running, switch.switch.startup
    session.push(change(session, Stage.RETIRE), 120)
    session.revert(before)
    session.revert(before)
    assert (switch.running, switch.switch.startup) == (before, startup)
    assert not session.pending()


def test_the_switch_goes_back_on_its_own(switch: Bench, session: Session) -> None:
    """When nobody confirms; and a confirmation that comes too late says so."""
    before = switch.running
    session.push(change(session, Stage.CUTOVER), 1)
    assert switch.running != before
    time.sleep(1.3)
    assert switch.running == before
    session.close()
    with login(switch) as fresh, pytest.raises(PlatformError, match="gone back on its own"):
        fresh.confirm()


def test_a_refused_line_changes_nothing(switch: Bench, session: Session) -> None:
    """The error has our line and the switch's words, no candidate is left, and after the fault it works."""
    before = switch.running
    wanted = change(session, Stage.CUTOVER)
    switch.fault("refuse", "^switchport phone vlan 130")
    with pytest.raises(RefusedLine) as caught:
        session.push(wanted, 120)
    assert caught.value.line == "switchport phone vlan 130"
    assert "Invalid input" in caught.value.reply
    assert switch.running == before
    assert not session.pending()
    assert switch.call(lambda: [one.name for one in switch.switch.personality.sessions if not one.over]) == []
    switch.fault("clear")
    session.push(wanted, 120)
    session.confirm()
    assert EOS.clean(switch.running) == wanted.intended


def test_a_refused_account_does_not_show_its_hash(switch: Bench, session: Session) -> None:
    """Errors are printed and journalled."""
    switch.fault("refuse", "^username drift")
    with pytest.raises(RefusedLine) as caught:
        session.push(change(session, Stage.CONNECT), 120)
    assert "$6$" not in str(caught.value)
    assert "username drift" in str(caught.value)


def test_what_was_left_is_cleared_and_what_others_do_is_respected(switch: Bench, session: Session) -> None:
    """A candidate of ours from a broken connection goes; somebody else's stops us, by name."""
    sessions = switch.switch.personality.sessions  # type: ignore[attr-defined]
    switch.call(lambda: sessions.enter("fellesdrift-old", "drift"))
    switch.call(lambda: sessions.enter("kari", "kari"))
    with pytest.raises(PlatformError, match="'kari' is open on the switch"):
        session.push(change(session, Stage.CONNECT), 120)
    assert [candidate.name for candidate in sessions if not candidate.over] == ["kari"]
    switch.call(lambda: sessions.abort("kari"))
    session.push(change(session, Stage.CONNECT), 120)
    assert session.pending()


def test_a_connection_that_breaks_changes_nothing(switch: Bench, session: Session) -> None:
    """Dropped in the middle of the loading; the next attempt works."""
    before = switch.running
    wanted = change(session, Stage.CUTOVER)
    switch.fault("drop-after", "3")
    with pytest.raises(PlatformError):
        session.push(wanted, 120)
    assert switch.running == before
    switch.fault("clear")
    with login(switch) as fresh:
        fresh.push(wanted, 120)
        fresh.confirm()
    assert EOS.clean(switch.running) == wanted.intended


def test_a_wrong_password_is_told(switch: Bench) -> None:
    """In one line, without the password."""
    with pytest.raises(PlatformError, match=r"login .*failed") as caught:
        login(switch, "kommune", "canary-wrong")
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_an_answer_is_no_login(tmp_path: Path) -> None:
    """NAPALM asks for the version first; over SSH it takes an answer that is cut short for an empty one."""
    with served(tmp_path, PORT, legacy("core", ("no_eapi",))) as bench:
        bench.fault("cut", "1")
        with pytest.raises(PlatformError, match=r"login failed, over SSH: .*'version'.* it came in part"):
            login(bench)
        bench.fault("clear")
        with login(bench) as fresh:
            assert fresh.running() == EOS.clean(bench.running)


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither way."""
    with served(tmp_path, PORT, legacy("core")) as bench:
        known = (tmp_path / "known_hosts").read_text()
        assert f":{bench.port} " in known
    # As it was when the switch went away: its key is known, its certificate is, and nobody is there.
    monkeypatch.setenv("FELLESDRIFT_KNOWN_HOSTS", str(tmp_path / "known_hosts"))
    with pytest.raises(PlatformError, match="neither eAPI nor SSH"):
        EOS.connect(bench.endpoint, LoginAccount("x", "y"), 5)


def test_what_somebody_configures_meanwhile_is_not_taken_away(switch: Bench, session: Session) -> None:
    """A session replaces everything, their lines too: it is dropped, and nothing is left of it."""
    wanted = change(session, Stage.CONNECT)
    edited = PreparedChange(wanted.before.replace("vlan 40", "vlan 41"), wanted.intended, wanted.lines)
    before = switch.running
    with pytest.raises(ConfigurationMoved, match="somebody configures it just now"):
        session.push(edited, 120)
    assert switch.running == before
    assert not session.pending()
    session.push(wanted, 120)  # no candidate is in the way
    assert session.running() == wanted.intended


def test_a_session_is_logged_and_its_secrets_are_not(switch: Bench, log: Path) -> None:
    """What was sent and what came back, a change and the echo of its lines too: no password, and no hash of one."""
    remember_secret(PASSWORD)
    with login(switch) as session:
        wanted = change(session, Stage.CONNECT)
        session.push(wanted, 120)
        session.revert(wanted.before)
    check_log(log, EOS, (wanted.before, wanted.intended), (PASSWORD,))


def test_nothing_is_written_without_the_permit(switch: Bench, session: Session) -> None:
    """Asked right before each command that changes the switch: one that was withdrawn meanwhile lets none through."""
    check_permit(session, change(session, Stage.CONNECT), lambda: switch.running)


def test_links_go_down_and_come_up(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a change, and nothing of it stays."""
    check_links(switch, session, change(session, Stage.CUTOVER), (2, 3), monkeypatch)
