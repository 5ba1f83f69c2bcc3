"""What a switch says when it is to ask for an address or a port, from an address of its own."""

import asyncio

import pytest

from lab.device.switch import Switch
from lab.device.tables import Dialled
from lab.server.terminal import Terminal
from lab.testing.bench import bench

ADDRESSES = {
    "ios": "interface Vlan110\n ip address 10.17.8.1 255.255.248.0\n!\ninterface Vlan120\n"
    " ip address 10.17.16.1 255.255.248.0\n shutdown\n",
    "eos": "interface Vlan110\n   ip address 10.17.8.1/21\n"
    "interface Vlan120\n   ip address 10.17.16.1/21\n   shutdown\n",
    "procurve": 'vlan 110\n   name "ADM"\n   untagged 1\n   ip address 10.17.8.1 255.255.248.0\n   exit\n',
}


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Dialled:
    """What becomes of all connections."""
    state: Dialled = request.param
    monkeypatch.setattr("lab.testing.bench.Nowhere.dial", lambda *asked: state)
    return state


def make(platform: str) -> Switch:
    """A switch with an address in VLAN 110, and one that is shut down in VLAN 120."""
    return bench(platform, 4, startup=ADDRESSES[platform])


def answer(switch: Switch, *lines: str) -> list[str]:
    """What it prints for each line."""

    async def talk() -> list[str]:
        shell = switch.personality.shell("kommune", 15)
        while shell.single_key:
            await shell.line("")
        if shell.prompt.rstrip().endswith(">"):
            await shell.line("enable")
        return [(await shell.line(line)).text for line in lines]

    return asyncio.run(talk())


def test_ios_pings_from_an_interface_that_is_up() -> None:
    """By its name or its address; it says which address it sends from."""
    switch = make("ios")
    sent = "Packet sent with a source address of 10.17.8.1 \n!!\nSuccess rate is 100 percent (2/2)"
    for source in ("10.17.8.1", "Vlan110", "vl110"):
        assert sent in answer(switch, f"ping 10.17.8.1 timeout 1 repeat 2 source {source}")[0]
    address, interface = answer(switch, "ping 10.17.8.1 source 10.17.16.1", "ping 10.17.8.1 source Vlan120")
    assert address == "% Invalid source address- IP address not on any of our up interfaces\n"
    assert interface == "% Invalid source interface - IP not enabled or interface is down\n"


TELNET = "telnet 10.17.92.30 443 /source-interface Vlan110"


@pytest.mark.parametrize(
    ("dialled", "end"),
    [
        (Dialled.REFUSED, "% Connection refused by remote host"),
        (Dialled.UNREACHABLE, "% Destination unreachable; gateway or host down"),
        (Dialled.SILENT, "% Connection timed out; remote host not responding"),
    ],
    indirect=["dialled"],
)
def test_ios_says_why_a_connection_does_not_stand(dialled: Dialled, end: str) -> None:
    """After it has said whom it tries."""
    switch = make("ios")
    switch.set_clock(1000)
    assert answer(switch, TELNET, "show sessions") == [
        f"Trying 10.17.92.30, 443 ... \n{end}\n\n",
        "% No connections open\n",
    ]


@pytest.mark.parametrize("dialled", [Dialled.OPEN], indirect=True)
def test_ios_is_led_out_of_a_connection_and_back_by_an_empty_line(dialled: Dialled) -> None:
    """What is typed goes to the far end, until the escape sequence; closing asks."""
    switch = make("ios")
    keys = ["a", "", "x", "\x1e", "y", "x", "\x1e", "x"]
    opened, *typed, sessions, back, e, x, question, closed, none = answer(
        switch, TELNET, *keys, "show sessions", "", "\x1e", "X", "disconnect", "", "disconnect"
    )
    assert opened == "Trying 10.17.92.30, 443 ... Open\n"
    assert typed == [""] * len(keys)
    assert "*  1 10.17.92.30" in sessions
    assert back == "[Resuming connection 1 to 10.17.92.30 ... ]\n"
    assert (e, x, question, closed, none) == ("", "", "", "", "% No current connection\n")


@pytest.mark.parametrize("dialled", [Dialled.SILENT], indirect=True)
def test_ios_breaks_off_by_the_escape_key(dialled: Dialled) -> None:
    """At the keyboard: the attempt would take half a minute."""
    shown: list[str] = []

    async def sit() -> None:
        switch = make("ios")
        terminal = Terminal(switch, switch.personality.shell("kommune", 15), shown.append)
        task = asyncio.create_task(terminal.run())
        terminal.feed(f"{TELNET}\r")
        await asyncio.sleep(0.1)
        terminal.feed("\x1e")
        await asyncio.sleep(0.1)
        terminal.feed("exit\r")
        await asyncio.wait_for(task, 5)

    asyncio.run(sit())
    assert "".join(shown).endswith("Trying 10.17.92.30, 443 ... \r\nSwitch#exit\r\n")


NETCAT = "bash timeout 4 nc -v --send-only -w 2 -s 10.17.8.1 10.17.92.30 443 </dev/null 2>&1 || true"


@pytest.mark.parametrize(
    ("dialled", "end"),
    [
        (Dialled.OPEN, "Connected to 10.17.92.30:443.\nNcat: 0 bytes sent, 0 bytes received in 0.02 seconds."),
        (Dialled.REFUSED, "Connection refused."),
        (Dialled.UNREACHABLE, "Network is unreachable."),
        (Dialled.SILENT, "TIMEOUT."),
    ],
    indirect=["dialled"],
)
def test_eos_asks_with_netcat(dialled: Dialled, end: str) -> None:
    """In Ncat's words; it takes as long as it is told to try."""
    switch = make("eos")
    switch.set_clock(100)
    assert answer(switch, NETCAT) == [f"Ncat: Version 7.92 ( https://nmap.org/ncat )\nNcat: {end}\n"]


def test_eos_asks_from_its_own_addresses_alone() -> None:
    """Linux says so, of a ping and of a connection; what its Ncat does not know it says as well."""
    switch = make("eos")
    assert "PING 10.17.8.1 (10.17.8.1) from 10.17.8.1 : 72(100)" in answer(switch, "ping 10.17.8.1 source Vlan110")[0]
    assert answer(switch, "ping 10.17.8.1 source 10.17.16.1") == ["bind: Cannot assign requested address\n"]
    assert "Bind to 10.17.16.1:0 failed" in answer(switch, NETCAT.replace("8.1", "16.1"))[0]
    assert answer(switch, "bash timeout 4 nc -z 10.17.8.1 22") == ["% ncat: unrecognized option '-z'\n"]


def test_procurve_pings_from_a_vlan() -> None:
    """By its number or its address; for a port it does not ask."""
    switch = make("procurve")
    alive = "10.17.8.1 is alive, time = 1 ms\n"
    assert answer(switch, "ping 10.17.8.1 source 110", "ping 10.17.8.1 source 10.17.8.1") == [alive, alive]
    assert answer(switch, "ping 10.17.8.1 source 10.17.16.1") == ["Invalid input: 10.17.16.1\n"]
