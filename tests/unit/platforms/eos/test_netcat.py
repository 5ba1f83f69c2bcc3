"""What is made of the words of EOS's netcat."""

import pytest

from nornir_tasks.platforms.common.base import PortState
from nornir_tasks.platforms.eos.session import read_netcat

VERSION = "Ncat: Version 6.40 ( http://nmap.org/ncat )\n"


@pytest.mark.parametrize(
    ("output", "state"),
    [
        (
            f"{VERSION}Ncat: Connected to 10.17.92.30:443.\nNcat: 0 bytes sent, 0 bytes received in 0.01 seconds.\n",
            PortState.OPEN,
        ),
        (f"{VERSION}Ncat: Connection refused.\n", PortState.REFUSED),
        (f"{VERSION}Ncat: Connection timed out.\n", PortState.SILENT),
        ("Ncat: Version 7.92 ( https://nmap.org/ncat )\nNcat: TIMEOUT.\n", PortState.SILENT),
        (f"{VERSION}Ncat: No route to host.\n", PortState.SILENT),
        (f"{VERSION}Ncat: Network is unreachable.\n", PortState.SILENT),
        (VERSION, PortState.SILENT),  # EOS has ended it
        ("bash: nc: command not found\n", None),
        ("% Authorization denied for command 'bash timeout 4 nc'\n", None),
        ("", None),
    ],
)
def test_each_outcome(output: str, state: PortState | None) -> None:
    """Of the versions that EOS comes with; where there is none it is not asked."""
    assert read_netcat(output) == state
