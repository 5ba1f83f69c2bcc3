"""What can be wrong with the hardware of a switch on purpose."""

import time
from dataclasses import dataclass, field

PARTS = ("hot", "fan", "power", "poe", "cpu", "memory", "clock")
PORT_FAULTS = ("crc", "no-light", "errdisable")
USAGE = "hot | fan | power | poe | cpu | memory | clock | crc PORT | no-light PORT | errdisable PORT"
HELP = """\
  hot               a sensor is over its first limit
  fan               one fan stands still
  power             one power supply gives nothing; where there is one only, the redundant one feeds the switch
  poe               the budget for power over Ethernet is used up: the next device gets none
  cpu               the processor has been busy for more than five minutes
  memory            next to no memory is free
  clock             no time server's answer is heard
  crc PORT          frames arrive damaged at a port, named as in the configuration; the link stays up
  no-light PORT     nothing arrives at a port's transceiver: the link is down
  errdisable PORT   the switch has disabled a port that heard a bridge where none may be; it does again, whatever
                    is done to the port
"""


@dataclass
class Hardware:
    """The faults of a switch's parts, with since when (``time.monotonic()``), and of its ports by their names."""

    parts: set[str] = field(default_factory=set)
    ports: dict[str, set[str]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict, compare=False)

    def fail(self, part: str) -> None:
        """Let a part fail from now on, if it has not failed already."""
        self.parts.add(part)
        self.since.setdefault(part, time.monotonic())

    def suffers(self, fault: str, port: str) -> bool:
        """Whether a port has a fault."""
        return port in self.ports.get(fault, ())

    def holds_down(self, port: str) -> bool:
        """Whether a port's link cannot come up."""
        return self.suffers("no-light", port) or self.suffers("errdisable", port)

    def words(self) -> list[str]:
        """The faults that are set, as they are typed."""
        words = [part for part in PARTS if part in self.parts]
        return words + [f"{fault} {port}" for fault in PORT_FAULTS for port in sorted(self.ports.get(fault, ()))]
