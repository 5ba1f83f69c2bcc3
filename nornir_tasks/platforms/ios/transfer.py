"""Put a configuration into an IOS switch's flash: by SCP where the switch serves it, else through its Tcl shell."""

import hashlib
import os
import re
from typing import Any

from napalm.ios import IOSDriver

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.channel import open_socket

CANDIDATE = "flash:/candidate_config.txt"
MERGE = "flash:/merge_config.txt"
# What a terminal shows as ^C is one character, 0x03, in the switch and in its files. Of a file with the two letters
# IOS would take "^" for the delimiter.
BANNER = re.compile(r"^(banner \w+ )\^C(.*?)\^C$", re.M | re.S)
ETX = "\x03"
TYPED_DELIMITERS = "#~%@|"  # through the Tcl shell, where 0x03 is Ctrl-C; the switch prints ^C for these, too
IN_TCL = r"\(tcl\)#\s*$"


def put(driver: IOSDriver, text: str, scp: bool, file: str = CANDIDATE) -> None:
    """Write a file and make sure that it arrived whole.

    Args:
        driver: logged in, at the enable prompt.
        text: the whole configuration, secrets in place; or, for ``MERGE``, lines of one.
        scp: the running configuration has ``ip scp server enable``; else the Tcl shell is used, which takes no braces.

    Raises:
        PlatformError: it did not; nothing of the switch's configuration has changed.
    """
    if scp:
        _by_scp(driver, text, file)
    else:
        _by_tcl(driver.device, text, driver.hostname, file)


def delimit_banners(text: str, delimiters: str) -> str:
    """The text as the switch reads it: each banner between the first of these characters that is not in it.

    Raises:
        PlatformError: a banner holds all of them.
    """

    def delimit(banner: re.Match[str]) -> str:
        delimiter = next((letter for letter in delimiters if letter not in banner[2]), None)
        if delimiter is None:
            raise PlatformError(f"{banner[1].strip()}: expected a text without one of {delimiters}, found all of them")
        return f"{banner[1]}{delimiter}{banner[2]}{delimiter}"

    return BANNER.sub(delimit, text)


def _by_scp(driver: IOSDriver, text: str, target: str) -> None:
    """NAPALM's own way; from memory, because the file that it makes itself stays behind if we are killed meanwhile."""
    with os.fdopen(os.memfd_create("candidate"), "w") as file:
        file.write(delimit_banners(text, ETX))
        file.flush()
        cli = driver.device
        with open_socket(cli.host, cli.port, cli.conn_timeout) as sock, sock:
            cli.sock = sock
            try:
                load = driver.load_merge_candidate if target == MERGE else driver.load_replace_candidate
                load(filename=f"/proc/self/fd/{file.fileno()}")
            finally:
                cli.sock = None


def _by_tcl(cli: Any, text: str, host: str, target: str) -> None:
    """``puts`` in the Tcl shell. netmiko's InLineTransfer does the same but sleeps for up to half a minute."""
    if re.search(r"[{}]|\\$", text, re.M):
        raise PlatformError(
            f"{host}: a brace, or a backslash at the end of a line, cannot go through the Tcl shell; expected SCP"
        )
    text = delimit_banners(text, TYPED_DELIMITERS)
    cli.clear_buffer()
    cli.write_channel("tclsh\n")
    if "(tcl)" not in cli.read_until_pattern(rf"{IN_TCL}|[\w.-]+#\s*$", read_timeout=30):
        raise PlatformError(f"{host}: neither SCP nor a Tcl shell: a configuration cannot be transferred")
    body = text.replace("\n", "\r")
    cli.write_channel(f'puts [open "{target}" w+] {{{body}}}\r')
    cli.read_until_pattern(IN_TCL, read_timeout=120)
    # The file is written when the shell is left.
    cli.write_channel("tclquit\n")
    cli.read_until_pattern(r"tclquit\s+[\w.-]+#\s*$", read_timeout=30)
    digest = hashlib.md5(f"{text}\n".encode(), usedforsecurity=False).hexdigest()
    switch_digest = re.search(r"= ([0-9a-f]{32})", cli.send_command(f"verify /md5 {target}", read_timeout=120))
    if switch_digest is None or switch_digest[1] != digest:
        raise PlatformError(f"{host}: the configuration did not arrive in flash whole; nothing was changed")
