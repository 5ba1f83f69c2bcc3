"""HP ProCurve (AOS-S 16, 2530 series): a switch's configuration and its command line.

Secrets are shown as hashes because ``include-credentials`` is in every configuration that the lab starts with; where it
is taken out, they are kept and not shown. SHA-1 and SHA-256 are without salt here, as on the real switch.
"""

from lab.device.personality import Shell
from lab.personalities.procurve.cli import ProcurveShell
from lab.personalities.procurve.device import ProcurveDevice
from lab.personalities.procurve.legacy import legacy

__all__ = ["PERSONALITY", "Procurve", "legacy"]


class Procurve(ProcurveDevice):
    """One ProCurve switch, with its command line."""

    def shell(self, user: str, privilege: int) -> Shell:
        """A login session."""
        return ProcurveShell(self, user, privilege)


PERSONALITY = Procurve
