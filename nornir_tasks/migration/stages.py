"""What each stage is: its purpose, the order in which it takes the switches, what it reads, and whether it goes back.

A new stage is one entry here, its gates in ``gates``, and its playbook.
"""

from dataclasses import dataclass
from typing import Literal

from nornir_tasks.core.errors import UsageError
from nornir_tasks.model import Region, Stage

Order = Literal["outwards", "inwards", "pilot", "programme"]


@dataclass(frozen=True)
class StageRules:
    """A stage of the migration.

    ``order``: from the core to the far end, the other way, the pilot's sites first, or the programme's waves.
    ``centre``: the operations centre's leaves change with it, before everybody else.
    ``reads``: what is read of each device beside its configuration, for the gates.
    """

    purpose: str
    order: Order = "outwards"
    centre: bool = False
    reads: tuple[str, ...] = ()
    undoable: bool = True


STAGES: dict[Stage, StageRules] = {
    Stage.SURVEY: StageRules(
        "back up and read every switch; nothing is written", reads=("startup", "facts", "links", "macs", "arp")
    ),
    # Outwards, so that each switch finds the way to the centre ready when it is probed.
    Stage.CONNECT: StageRules("uplinks to both halves; management, time, names, logging and accounts", centre=True),
    Stage.HARMONISE: StageRules("the standard's VLANs, gateways and port profiles beside the legacy ones"),
    Stage.PILOT: StageRules("the pilot sites' ports move", order="pilot"),
    Stage.CUTOVER: StageRules("the other sites' ports move, wave by wave", order="programme"),
    Stage.SETTLE: StageRules("nothing changes; whoever is still on a legacy VLAN is looked for", reads=("macs",)),
    # Inwards: the core, which carries everybody, comes last.
    Stage.RETIRE: StageRules("the legacy goes", order="inwards", reads=("macs",), undoable=False),
}


def require_municipality(region: Region, name: str) -> str:
    """The same name, if the inventory has such a municipality.

    Raises:
        UsageError: it has not; the message lists those that it has.
    """
    if name not in region.municipalities:
        expected = ", ".join(sorted(region.municipalities))
        raise UsageError(f"municipality: found {name!r}, expected one of {expected}")
    return name
