"""Exec commands about the session itself, and the way into configuration mode."""

import re

from lab.device.sources import find_source
from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.configuration import passwords
from lab.personalities.ios.configuration.config import Cursor
from lab.personalities.ios.configuration.parse import Match
from lab.personalities.ios.tcl import TclShell

REVERT_OFF = "%Please turn config archive on before using this feature\n"
INVALID_ADDRESS = "% Invalid source address- IP address not on any of our up interfaces\n"
INVALID_INTERFACE = "% Invalid source interface - IP not enabled or interface is down\n"


@command("terminal length <0-512>", level=1)
async def terminal_length(shell: IosShell, typed: Match) -> str:
    """Lines to a page; 0 is no paging."""
    shell.page = int(typed.values[0]) or None
    return ""


@command("terminal width <0-512>", level=1)
async def terminal_width(shell: IosShell, typed: Match) -> str:
    """Letters to a line; 0 is no limit."""
    shell.width = int(typed.values[0])
    return ""


@command("terminal exec prompt timestamp", "terminal no exec prompt timestamp", level=1)
async def terminal_timestamp(shell: IosShell, typed: Match) -> str:
    """Tell load and time before what a command shows, or do not."""
    shell.timestamped = " no " not in typed.text
    return ""


@command("terminal monitor", "terminal no monitor", level=1)
async def terminal_other(shell: IosShell, typed: Match) -> str:
    """Accepted, and of no consequence here."""
    return ""


@command("enable [<0-15>]", level=1)
async def enable(shell: IosShell, typed: Match) -> str:
    """Ask for the enable password, three times at most."""
    if shell.privilege >= 15:
        return ""
    root = shell.device.config.root
    stored = root.get("enable secret") or root.get("enable password")
    if stored is None:
        return "% Error in authentication.\n\n"
    for _ in range(3):
        password = await shell.ask("Password: ", secret=True)
        if passwords.fits(" ".join(stored.split()[-2:]), password):
            shell.privilege = 15
            return ""
    return "% Bad secrets\n\n"


@command("disable", level=1)
async def disable(shell: IosShell, typed: Match) -> str:
    """Back to user exec."""
    shell.privilege = 1
    return ""


@command("exit", "logout", "quit", level=1)
async def leave(shell: IosShell, typed: Match) -> str:
    """Hang up."""
    shell.closing = True
    return ""


@command("configure [terminal]")
async def configure(shell: IosShell, typed: Match) -> str:
    """Into configuration mode."""
    shell.cursor = Cursor(shell.device.config.root)
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


@command("configure terminal revert timer <1-120>")
async def configure_revert(shell: IosShell, typed: Match) -> str:
    """Into configuration mode, with a timer that takes everything back."""
    if not shell.rollback.archiving:
        return REVERT_OFF
    shell.say(shell.rollback.arm(shell.user, int(typed.values[0])))
    return await configure(shell, typed)


@command("ping [ip] <word> [timeout <0-3600>] [size <36-18024>] [repeat <1-10000>] [source <word>]", level=1)
async def ping(shell: IosShell, typed: Match) -> str:
    """Ping an address."""
    words = re.sub(r"^ping ip ", "ping ", typed.text).split()
    options = dict(zip(words[2::2], words[3::2], strict=False))
    defaults = {"repeat": 5, "size": 100, "timeout": 2}
    count, size, timeout = (int(options.get(key, default)) for key, default in defaults.items())
    target = words[1]
    source = None
    if "source" in options and (source := find_source(shell.switch, options["source"])) is None:
        return INVALID_ADDRESS if options["source"][0].isdigit() else INVALID_INTERFACE
    try:
        reached = shell.switch.ping(target, source)
    except ValueError:
        return "% Unrecognized host or address, or protocol not running.\n"
    received = count if reached else 0
    lines = [
        "Type escape sequence to abort.",
        f"Sending {count}, {size}-byte ICMP Echos to {target}, timeout is {timeout} seconds:",
        *([f"Packet sent with a source address of {source} "] if source else []),
        ("!" if reached else ".") * count,
        f"Success rate is {100 * received // max(count, 1)} percent ({received}/{count})"
        + (", round-trip min/avg/max = 1/2/4 ms" if reached else ""),
    ]
    return "\n".join(lines) + "\n"


@command("tclsh")
async def tclsh(shell: IosShell, typed: Match) -> str:
    """Into the Tcl shell."""
    shell.tcl = TclShell(shell.device)
    return ""
