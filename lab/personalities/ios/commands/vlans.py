"""Show commands about VLANs: which there are, where, and who was heard in them."""

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.interfaces import carrier, dotted
from lab.personalities.ios.commands.system import short
from lab.personalities.ios.configuration.parse import Match
from lab.personalities.ios.configuration.settings import vlan_set


def _vlans(shell: IosShell) -> dict[int, tuple[str, str]]:
    """Name and status of each VLAN, those that are off included."""
    vlans = {1: ("default", "active")}
    for section in shell.device.config.root.sections("vlan "):
        number = int(section.text.split()[1])
        name = (section.get("name") or f"name VLAN{number:04}").split()[1]
        off = "suspended" if section.has("state") else "act/lshut" if section.has("shutdown") else "active"
        vlans[number] = (name, off) if number != 1 else vlans[1]
    return dict(sorted(vlans.items()))


def _wrapped(names: list[str], width: int) -> list[str]:
    """Names in lines that are no wider than the terminal has room for."""
    lines = [""]
    for name in names:
        longer = f"{lines[-1]}, {name}" if lines[-1] else name
        if len(longer) > width and lines[-1]:
            lines.append(name)
        else:
            lines[-1] = longer
    return lines


def _kind_row(vlan: int, kind: str, tree: str, mode: str) -> str:
    return f"{vlan:<4} {kind:<5} {100000 + vlan:<10} {1500:<5} -      -      -        {tree:<4} {mode:<8} 0      0   "


REMOTE = [
    "Remote SPAN VLANs", "------------------------------------------------------------------------------", "", "",
    "Primary Secondary Type              Ports", "------- --------- ----------------- " + "-" * 42,
]  # fmt: skip


def _vlan_rows(shell: IosShell, trunks: bool, only: int | None = None) -> list[str]:
    """The rows of ``show vlan``; ``trunks``: with the ports that carry a VLAN tagged."""
    meaning = shell.switch.meaning
    rows = []
    for vlan, (name, status) in _vlans(shell).items():
        if only not in (None, vlan):
            continue
        members = []
        for number, port in meaning.ports.items():
            tagged = port.tagged is None or bool(port.tagged)
            trunk = trunks and tagged and (port.access == vlan or port.tagged is None or vlan in port.tagged)
            if not port.routed and (trunk or (not tagged and vlan in (port.access, port.voice))):
                members.append(short(carrier(shell, number)))
        members = list(dict.fromkeys(members))
        groups = _wrapped(members, (shell.width or 65535) - 48)
        rows.append(f"{vlan:<4} {name:<32} {status:<9} {groups[0]}".rstrip())
        rows += [" " * 48 + group for group in groups[1:]]
    if only is None:
        for vlan, name in enumerate(("fddi-default", "token-ring-default", "fddinet-default", "trnet-default"), 1002):
            rows.append(f"{vlan:<4} {name:<32} act/unsup ")
    return rows


HEADER = [
    "",
    "VLAN Name                             Status    Ports",
    "---- -------------------------------- --------- -------------------------------",
]


@command("show vlan brief", level=1)
async def show_vlan_brief(shell: IosShell, typed: Match) -> str:
    """VLANs and their access ports."""
    return "\n".join([*HEADER, *_vlan_rows(shell, trunks=False), ""])


@command("show vlan", level=1)
async def show_vlan(shell: IosShell, typed: Match) -> str:
    """VLANs and their access ports, with what kind of VLAN each is."""
    lines = [
        *HEADER, *_vlan_rows(shell, trunks=False), "",
        "VLAN Type  SAID       MTU   Parent RingNo BridgeNo Stp  BrdgMode Trans1 Trans2",
        "---- ----- ---------- ----- ------ ------ -------- ---- -------- ------ ------",
    ]  # fmt: skip
    for vlan in _vlans(shell):
        lines.append(_kind_row(vlan, "enet", "-", "-"))
    lines += [_kind_row(1002, "fddi", "-", "-"), _kind_row(1003, "tr", "-", "srb")]
    lines += [_kind_row(1004, "fdnet", "ieee", "-"), _kind_row(1005, "trnet", "ibm", "-"), ""]
    return "\n".join([*lines, *REMOTE, ""])


@command("show vlan all-ports", level=1)
async def show_vlan_all(shell: IosShell, typed: Match) -> str:
    """VLANs and all ports that carry them."""
    return "\n".join([*HEADER, *_vlan_rows(shell, trunks=True), ""])


@command("show vlan id <vlan>", level=1)
async def show_vlan_id(shell: IosShell, typed: Match) -> str:
    """One VLAN."""
    vlan = int(typed.values[0])
    if vlan not in _vlans(shell):
        return f"VLAN id {vlan} not found in current VLAN database\n"
    return "\n".join([*HEADER, *_vlan_rows(shell, trunks=True, only=vlan), ""])


@command("show mac address-table [dynamic]", level=1)
async def show_macs(shell: IosShell, typed: Match) -> str:
    """The addresses that were heard."""
    lines = [
        "          Mac Address Table", "-------------------------------------------", "",
        "Vlan    Mac Address       Type        Ports", "----    -----------       --------    -----",
    ]  # fmt: skip
    rows = shell.switch.macs()
    for mac, vlan, port in rows:
        lines.append(f"{vlan:>4}    {dotted(mac)}    DYNAMIC     {short(carrier(shell, port))}")
    lines.append(f"Total Mac Addresses for this criterion: {len(rows)}")
    return "\n".join([*lines, ""])


@command("show spanning-tree [vlan <vlan>]", level=1)
async def show_spanning_tree(shell: IosShell, typed: Match) -> str:
    """The spanning tree of each VLAN that a port carries; without loops every port forwards."""
    only = int(typed.values[0]) if typed.values else None
    lines: list[str] = []
    for vlan in shell.switch.meaning.vlans:
        ports = _forwarding(shell, vlan)
        if only not in (None, vlan) or not ports:
            continue
        root, way = shell.switch.root(vlan)
        names = {number: carrier(shell, number) for number in ports}
        lines += ["", f"VLAN{vlan:04}", f"  Spanning tree enabled protocol {_protocol(shell)}"]
        lines.append(f"  Root ID    Priority    {_priority(shell, vlan, root) + vlan}")
        lines.append(f"             Address     {dotted(root)}")
        if not way:
            lines.append("             This bridge is the root")
        else:
            lines += ["             Cost        4", f"             Port        {way} ({carrier(shell, way)})"]
        lines += [
            TIMES, "", f"  Bridge ID  Priority    {_priority(shell, vlan, shell.switch.mac) + vlan}"
            f"  (priority {_priority(shell, vlan, shell.switch.mac)} sys-id-ext {vlan})",
            f"             Address     {dotted(shell.switch.mac)}", TIMES, "             Aging Time  300 sec", "",
            "Interface           Role Sts Cost      Prio.Nbr Type",
            "------------------- ---- --- --------- -------- --------------------------------",
        ]  # fmt: skip
        for name in dict.fromkeys(names.values()):
            section = shell.device.config.interface(name)
            edge = section is not None and section.has("spanning-tree portfast")
            role = "Root" if way and name == carrier(shell, way) else "Desg"
            nbr = f"128.{next(number for number in ports if names[number] == name)}"
            lines.append(f"{short(name):<19} {role} FWD {4:<9} {nbr:<8} P2p {'Edge ' if edge else ''}")
    if not lines:
        which = (
            f"Spanning tree instance(s) for vlan {only} does not exist."
            if only
            else "No spanning tree instance exists."
        )
        return f"\n{which}\n"
    return "\n".join([*lines, ""])


@command("show spanning-tree detail", level=1)
async def show_spanning_tree_detail(shell: IosShell, typed: Match) -> str:
    """The spanning tree of each VLAN, with its changes, and each port's part in it."""
    switch = shell.switch
    changes = switch.topology
    hours, rest = divmod(int(switch.uptime - changes.at), 3600)
    age = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    lines: list[str] = []
    for vlan in switch.meaning.vlans:
        ports = _forwarding(shell, vlan)
        if not ports:
            continue
        root, way = switch.root(vlan)
        own, far = _priority(shell, vlan, switch.mac), _priority(shell, vlan, root) + vlan
        place = "  We are the root of the spanning tree"
        if way:
            leads = carrier(shell, way)
            place = f"  Current root has priority {far}, address {dotted(root)}\n"
            place += f"  Root port is {way} ({leads}), cost of root path is 4"
        lines += [
            "", f" VLAN{vlan:04} is executing the {_protocol(shell)} compatible Spanning Tree protocol",
            f"  Bridge Identifier has priority {own}, sysid {vlan}, address {dotted(switch.mac)}",
            "  Configured hello time 2, max age 20, forward delay 15, transmit hold-count 6", place,
            "  Topology change flag not set, detected flag not set",
            f"  Number of topology changes {changes.count} last change occurred {age} ago",
            "  Times:  hold 1, topology change 35, notification 2",
            "          hello 2, max age 20, forward delay 15 ",
            "  Timers: hello 0, topology change 0, notification 0, aging 300",
        ]  # fmt: skip
        for name in dict.fromkeys(carrier(shell, number) for number in ports):
            number = next(number for number in ports if carrier(shell, number) == name)
            role = "root" if way and name == carrier(shell, way) else "designated"
            lines += [
                "", f" Port {number} ({name}) of VLAN{vlan:04} is {role} forwarding ",
                f"   Port path cost 4, Port priority 128, Port Identifier 128.{number}.",
                f"   Designated root has priority {far}, address {dotted(root)}",
                "   Number of transitions to forwarding state: 1", "   Link type is point-to-point by default",
            ]  # fmt: skip
    return "\n".join([*lines, ""]) if lines else "\nNo spanning tree instance exists.\n"


TIMES = "             Hello Time   2 sec  Max Age 20 sec  Forward Delay 15 sec"


def _protocol(shell: IosShell) -> str:
    mode = (shell.device.config.root.get("spanning-tree mode") or "spanning-tree mode pvst").split()[-1]
    return {"rapid-pvst": "rstp", "mst": "mstp"}.get(mode, "ieee")


def _priority(shell: IosShell, vlan: int, bridge: str) -> int:
    """The priority of a bridge in a VLAN: as configured here, or what the far end would have by default."""
    for line in shell.device.config.root.lines("spanning-tree vlan ") if bridge == shell.switch.mac else ():
        words = line.split()
        if vlan in vlan_set(words[2]):
            return int(words[-1])
    return 32768


def _forwarding(shell: IosShell, vlan: int) -> list[int]:
    """The ports that forward in a VLAN."""
    return [
        number
        for number, port in shell.switch.meaning.ports.items()
        if not port.routed
        and (vlan in (port.access, port.voice) or port.tagged is None or vlan in port.tagged)
        and shell.switch.oper(number)
    ]


@command("show spanning-tree summary", level=1)
async def show_spanning_tree_summary(shell: IosShell, typed: Match) -> str:
    """The spanning tree's mode, and how many ports forward."""
    mode = (shell.device.config.root.get("spanning-tree mode") or "spanning-tree mode pvst").split()[-1]
    roots = [f"VLAN{vlan:04}" for vlan in shell.switch.meaning.vlans if not shell.switch.root(vlan)[1]]
    lines = [
        f"Switch is in {mode} mode", f"Root bridge for: {', '.join(roots) or 'none'}",
        "Extended system ID           is enabled", "",
        "Name                   Blocking Listening Learning Forwarding STP Active",
        "---------------------- -------- --------- -------- ---------- ----------",
    ]  # fmt: skip
    for vlan in shell.switch.meaning.vlans:
        count = len(_forwarding(shell, vlan))
        if count:
            lines.append(f"VLAN{vlan:04}{0:>23}{0:>10}{0:>9}{count:>11}{count:>11}")
    return "\n".join([*lines, ""])
