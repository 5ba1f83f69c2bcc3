"""Connections from the switch to others: telnet at any port, the way out of one, and back into it."""

from ipaddress import IPv4Address

from lab.device.sources import find_source
from lab.device.tables import Dialled
from lab.personalities.ios.cli import ESCAPE, IosShell, command
from lab.personalities.ios.configuration.parse import Match

SYN_WAIT = 30  # seconds, unless ``ip tcp synwait-time`` says otherwise
MOST = 16  # connections of a session
ENDS = {
    Dialled.REFUSED: "% Connection refused by remote host\n\n",
    Dialled.UNREACHABLE: "% Destination unreachable; gateway or host down\n\n",
    Dialled.SILENT: "% Connection timed out; remote host not responding\n\n",
}


@command("telnet <word> [<1-65535>] [/source-interface <iface>]", level=1)
async def telnet(shell: IosShell, typed: Match) -> str:
    """Open a connection: who listens gets what is typed, until the escape sequence leads back."""
    target, *rest = typed.values
    port = next((int(word) for word in rest if word.isdigit()), 23)
    try:
        address = IPv4Address(target)
    except ValueError:
        return f'Translating "{target}"\n% Unknown command or computer name, or unable to find computer address\n'
    trying = f"Trying {address}{'' if port == 23 else f', {port}'} ... "
    sources = shell.switch.sources()
    named = next((word for word in rest if not word.isdigit()), None)
    source = find_source(shell.switch, named) if named else sources[0].address if sources else None
    if source is None:
        return f"{trying}\n{ENDS[Dialled.UNREACHABLE]}"
    dialled = shell.switch.dial(address, port, source)
    if dialled == Dialled.SILENT and await shell.is_interrupted(SYN_WAIT):
        return f"{trying}\n"
    if dialled != Dialled.OPEN:
        return f"{trying}\n{ENDS[dialled]}"
    shell.say(f"{trying}Open\n")
    number = next(number for number in range(1, MOST + 1) if number not in shell.connections)
    shell.connections[number] = str(address)
    await _converse(shell)
    return ""


async def _converse(shell: IosShell) -> None:
    """Send each key to the far end, which says nothing, until ``^^x``."""
    escaped = False
    while (key := await shell.ask_key()).lower() != "x" or not escaped:
        escaped = key == ESCAPE


@command("resume [<1-16>]", level=1)
async def resume(shell: IosShell, typed: Match) -> str:
    """Back into a connection, or into that which was used last: an empty line does that, too."""
    number = int(typed.values[0]) if typed.values else next(reversed(shell.connections), 0)
    if number not in shell.connections:
        return f"?{number} is not an open connection\n" if typed.values else "% No current connection\n"
    address = shell.connections[number] = shell.connections.pop(number)
    shell.say(f"[Resuming connection {number} to {address} ... ]\n")
    await _converse(shell)
    return ""


@command("disconnect [<1-16>]", level=1)
async def disconnect(shell: IosShell, typed: Match) -> str:
    """Close a connection: the one that was used last, or that of a number."""
    number = int(typed.values[0]) if typed.values else next(reversed(shell.connections), 0)
    if number not in shell.connections:
        return f"?{number} is not an open connection\n" if typed.values else "% No current connection\n"
    if await shell.confirm(f"Closing connection to {shell.connections[number]} [confirm]"):
        del shell.connections[number]
    return ""


@command("show sessions", level=1)
async def show_sessions(shell: IosShell, typed: Match) -> str:
    """The connections that wait."""
    if not shell.connections:
        return "% No connections open\n"
    lines = ["Conn Host                Address             Byte  Idle Conn Name"]
    lines += [f"*  {n} {host:<19} {host:<19}    0     0 {host}" for n, host in shell.connections.items()]
    return "\n".join([*lines, "", ""])
