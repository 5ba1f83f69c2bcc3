"""Access lists in use get new rows on IOS: at each line, what passes them passes the old list or the new one."""

import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.model import Endpoint, Stage
from nornir_tasks.platforms.common.base import LoginAccount, PreparedChange, RefusedLine, Session
from nornir_tasks.platforms.ios import session as ios_session
from nornir_tasks.platforms.ios.list_swap import Swap, plan_swap
from tests.support.ios_bench import HABITS, HOST, IOS, NEW_PASSWORD, PASSWORD, device, drift, region, served
from tests.support.model_parts import position
from tests.support.permits import allow
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 13
OFFICE, GUEST = "ZONE-ADMINISTRATION-IN", "ZONE-GUEST-IN"
DOMAIN = " permit tcp 10.17.8.0 0.0.7.255 host 10.10.1.11 eq domain\n"
HEADER = f"ip access-list extended {OFFICE}\n"
GROUP = f" ip access-group {OFFICE} in\n"
LIST = re.compile(rf"^{HEADER}(?: .*\n)*", re.M)

Filters = dict[str, str | None]  # by interface: the rows of the list that it filters by; None: it lets everything pass


def read_filters(text: str) -> Filters:
    """What each VLAN's interface filters by. A list that is none lets everything pass."""
    lists = dict(re.findall(r"^ip access-list extended (\S+)\n((?: .*\n)*)", text, re.M))
    sections = re.findall(r"^interface (Vlan\d+)\n((?: .*\n)*)", text, re.M)
    groups = {name: re.search(r"^ ip access-group (\S+) in$", section, re.M) for name, section in sections}
    return {name: lists.get(group[1]) or None if group else None for name, group in groups.items()}


@pytest.fixture(params=[HABITS, ("telnet",)], ids=["archive off", "archive on"])
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A core at the end of its migration."""
    with served(tmp_path, PORT, "core", *request.param) as bench:
        with login("kommune", PASSWORD) as session:
            masked, secrets = IOS.mask(session.running())
            text = render(device("core"), position(Stage.RETIRE), region(), masked)
            push(session, IOS.unmask(text, {**secrets, "username drift": drift()}))
            session.confirm()
        yield bench


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """A login to it."""
    with login("drift", NEW_PASSWORD) as session:
        yield session


def login(name: str, password: str) -> Session:
    """Log in."""
    return allow(IOS.connect(Endpoint(host=HOST, ssh_port=PORT), LoginAccount(name, password), 10))


def push(session: Session, intended: str) -> str:
    """Change the switch; what ran before."""
    before = session.running()
    session.push(PreparedChange(before, intended, IOS.remediation(before, intended)), 120)
    return before


def shuffle(text: str) -> str:
    """The same rows of one list in another order."""
    header, *rows = LIST.search(text)[0].splitlines(keepends=True)  # type: ignore[index]
    random.Random(7).shuffle(rows)
    return LIST.sub(header + "".join(rows), text)


def rename(text: str) -> str:
    """Another list, with a row more, in place of one."""
    return text.replace(OFFICE, "ZONE-ADMINISTRATION-INNE").replace(DOMAIN, f"{DOMAIN} permit tcp any any eq 22\n")


EDITS: dict[str, Callable[[str], str]] = {
    "a row goes": lambda text: text.replace(DOMAIN, ""),
    "a row comes first": lambda text: text.replace(HEADER, f"{HEADER} deny ip any host 10.10.1.99\n"),
    "a remark goes": lambda text: text.replace(f"{HEADER} remark", HEADER).replace(" remark nothing else within\n", ""),
    "another order": shuffle,
    "another name": rename,
    "two lists": lambda text: text.replace(DOMAIN, "").replace(DOMAIN.replace("10.17.8.0", "10.17.48.0"), ""),
    "one list for two": lambda text: text.replace(f" ip access-group {GUEST} in\n", GROUP),
    "no list any more": lambda text: LIST.sub("", text.replace(GROUP, "")),
    "a list that nobody uses": lambda text: text.replace(GROUP, ""),
}


def watch(switch: Bench, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str | None]]:
    """What each interface filters by from now on, noted after each line that the switch takes."""
    seen: dict[str, set[str | None]] = defaultdict(set)
    changed = switch.switch.changed

    def note() -> None:
        changed()
        for name, rows in read_filters(switch.switch.personality.text().replace(" deny   ", " deny ")).items():
            seen[name].add(rows)

    monkeypatch.setattr(switch.switch, "changed", note)
    return seen


@pytest.mark.parametrize("edit", EDITS)
def test_everybody_passes_the_old_list_or_the_new_one(
    switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    """Forwards and back; the switch ends as intended, and nothing is left over."""
    before = session.running()
    intended = EDITS[edit](before)
    assert intended != before
    seen = watch(switch, monkeypatch)
    for here, there in ((before, intended), (intended, before)):
        seen.clear()
        push(session, there)
        old, new = read_filters(here), read_filters(there)
        assert {name: rows - {old[name], new[name]} for name, rows in seen.items()} == {name: set() for name in seen}
        session.confirm()
        assert session.running() == session.startup() == there


@pytest.mark.parametrize("edit", ["another order", "another name"])
def test_the_way_back_leads_to_before(switch: Bench, session: Session, edit: str) -> None:
    """What is merged goes with it."""
    before = session.running()
    push(session, EDITS[edit](before))
    session.revert(before)
    assert session.running() == before


def test_the_replacement_alone_cuts_people_off(
    switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the swap is for: the switch itself types the list anew, while it is in use."""
    monkeypatch.setattr(ios_session, "plan_swap", lambda before, intended: Swap(intended, ""))
    before = session.running()
    intended = EDITS["a row goes"](before)
    seen = watch(switch, monkeypatch)
    push(session, intended)
    wrong = seen["Vlan110"] - {read_filters(text)["Vlan110"] for text in (before, intended)}
    assert None in wrong  # everything passed
    assert any(rows and "eq 443" not in rows for rows in wrong)  # the web did not
    session.revert(before)


@pytest.mark.parametrize(
    "line", ["permit tcp 10.17.8.0 0.0.7.255 any eq 443", "ip access-group ZONE-ADMINISTRATION-IN-NEXT in"]
)
def test_a_line_that_is_refused_in_the_swap_is_taken_back(switch: Bench, session: Session, line: str) -> None:
    """The switch is as it was, nothing is armed, and the error has our line and its words."""
    old = switch.running
    switch.fault("refuse", line)
    with pytest.raises(RefusedLine) as caught:
        push(session, EDITS["a row goes"](session.running()))
    assert caught.value.line == line
    assert caught.value.reply == "% Invalid input detected at '^' marker."
    assert switch.running == old
    assert not session.pending()


def test_what_stays_is_not_touched() -> None:
    """No swap where no list in use changes; a list that nobody uses is the replacement's."""
    before = "interface Vlan10\n ip access-group A in\nip access-list extended A\n permit ip any any\nend\n"
    unused = "ip access-list extended B\n permit tcp any any\nend\n"
    assert plan_swap(before, before) == Swap(before, "")
    longer = before.removesuffix("end\n") + unused
    assert plan_swap(before, longer) == Swap(longer, "")
    assert plan_swap(longer, before) == Swap(before, "")


def test_a_copy_has_a_name_of_its_own() -> None:
    """Whatever lists there are."""
    lists = "".join(f"ip access-list extended A{end}\n permit ip any any\n" for end in ("", "-NEXT"))
    before = f"interface Vlan10\n ip access-group A in\n{lists}end\n"
    lines = plan_swap(before, before.replace(" permit ip", " permit tcp", 1)).lines
    assert lines.splitlines()[0] == "ip access-list extended A-NEXT-NEXT"
