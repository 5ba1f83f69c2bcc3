"""A port over TCP, asked for by the telnet of IOS, and the way out of a connection that stands."""

import re
from typing import Any

from netmiko.exceptions import ReadTimeout

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import PortState

ESCAPE = "\x1e"  # ^^: breaks off an attempt; with an x behind it, it leads out of an open connection
ERASE_LINE = "\x15"
# For an answer. IOS drops what is sent while it asks by ARP and tries again after 2 s; it goes on for 30 in all
# (``ip tcp synwait-time``).
PATIENCE_SECONDS = 3.0
BREAK_SECONDS = 35.0  # in which IOS gives up, even if it should not heed the escape key
OPEN = r"\.\.\. Open"
PROMPT = r"[\r\n][\w.-]+[#>]\s*$"
# Where the far end has hung up in the meantime, the keys that lead out are typed behind the prompt.
LED_OUT = r"[\r\n][\w.-]+[#>][\^\x1ex]*\s*$"
CONFIRM = r"\[confirm\]\s*$"


def ask_port(cli: Any, command: str) -> PortState | None:
    """What becomes of a connection, which is closed again.

    Args:
        cli: netmiko's connection, at the prompt.
        command: the whole of it, ``telnet 10.17.92.30 443 /source-interface Vlan110``.

    Returns:
        What became of it; None: the switch does not open any.

    Raises:
        PlatformError: the way back to the prompt was not found.
    """
    cli.clear_buffer()
    cli.write_channel(f"{command}\n")
    try:
        output = str(cli.read_until_pattern(rf"{OPEN}|{PROMPT}", read_timeout=PATIENCE_SECONDS))
    except ReadTimeout:
        cli.write_channel(ESCAPE)
        output = str(cli.read_until_pattern(rf"{OPEN}|{PROMPT}", read_timeout=BREAK_SECONDS))
        output = "timed out" if not re.search(OPEN, output) else output
    if re.search(OPEN, output):
        _leave(cli)
        return PortState.OPEN
    return read_outcome(output)


def read_outcome(output: str) -> PortState | None:
    """What IOS says of a connection that does not stand; None: that it opens none."""
    if "refused" in output:
        return PortState.REFUSED
    if "timed out" in output or "unreachable" in output:
        return PortState.SILENT
    return None


def _leave(cli: Any) -> None:
    """Out of an open connection, and close it: an empty line would lead back into it."""
    cli.write_channel(f"{ESCAPE}x")
    cli.read_until_pattern(LED_OUT, read_timeout=BREAK_SECONDS)
    cli.write_channel(f"{ERASE_LINE}disconnect\n")
    output = cli.read_until_pattern(rf"{CONFIRM}|{PROMPT}", read_timeout=BREAK_SECONDS)
    if re.search(CONFIRM, output):
        cli.write_channel("\n")
        cli.read_until_pattern(PROMPT, read_timeout=BREAK_SECONDS)
    elif "No current connection" not in output:
        raise PlatformError(f"a connection that was opened could not be closed: {output.strip()}")
