"""Show commands about port channels."""

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.interfaces import state
from lab.personalities.ios.commands.system import short
from lab.personalities.ios.configuration import channels
from lab.personalities.ios.configuration.parse import Match
from lab.personalities.ios.configuration.section import Section

FLAGS = """\
Flags:  D - down        P - bundled in port-channel
        I - stand-alone s - suspended
        H - Hot-standby (LACP only)
        R - Layer3      S - Layer2
        U - in use      f - failed to allocate aggregator

        M - not in use, minimum links not met
        u - unsuitable for bundling
        w - waiting to be aggregated
        d - default port

"""
COLUMNS = """
Group  Port-channel  Protocol    Ports
------+-------------+-----------+-----------------------------------------------
"""
PER_LINE = 4


def _member(shell: IosShell, member: Section) -> str:
    name = member.text.removeprefix("interface ")
    up = state(shell, name, member)[1]
    flag = "D" if not up else "P" if channels.is_usable(shell.device.config.root, member) else "s"
    return f"{short(name)}({flag})"


@command("show etherchannel summary", level=1)
async def show_etherchannel_summary(shell: IosShell, typed: Match) -> str:
    """A line for each channel: what it speaks, and how its members fare."""
    root = shell.device.config.root
    groups = sorted(root.sections("interface Port-channel"), key=lambda section: channels.number_of(section) or 0)
    used = [section for section in groups if channels.members(root, channels.number_of(section) or 0)]
    lines = [f"Number of channel-groups in use: {len(used)}", f"Number of aggregators:           {len(used)}"]
    rows = []
    for section in groups:
        number = channels.number_of(section) or 0
        ports = channels.members(root, number)
        up = state(shell, section.text.removeprefix("interface "), section)[1]
        name = f"Po{number}({'R' if section.routed else 'S'}{'U' if up else 'D'})"
        shown = [f"{_member(shell, port):<11} " for port in ports]
        start = f"{number:<7}{name:<17}{channels.protocol(ports[0]) if ports else '-':>4}     "
        rows.append(f"{start:<33}" + "".join(shown[:PER_LINE]))
        for first in range(PER_LINE, len(shown), PER_LINE):
            rows.append(" " * 33 + "".join(shown[first : first + PER_LINE]))
    return FLAGS + "\n".join(lines) + "\n" + COLUMNS + "\n".join([*rows, ""])
