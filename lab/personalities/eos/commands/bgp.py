"""Show commands about BGP: neighbours as they are configured. The lab's datapath knows no BGP, so none is ever up."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from lab.personalities.eos.configuration.nodes import Line, Section
from lab.personalities.eos.terminal import Output, Terminal, command

HEAD = "  Neighbor         V  AS           MsgRcvd   MsgSent  InQ OutQ  Up/Down State   PfxRcd PfxAcc\n"


@dataclass(frozen=True)
class Peer:
    """A neighbour that a session would be opened to."""

    address: str
    asn: str
    description: str
    enabled: bool

    @property
    def state(self) -> str:
        """What BGP is at: nobody answers."""
        return "Active" if self.enabled else "Idle"


@dataclass(frozen=True)
class Speaker:
    """BGP in one VRF."""

    vrf: str
    asn: str
    router_id: str
    peers: tuple[Peer, ...]


def speakers(terminal: Terminal) -> Iterator[Speaker]:
    """BGP as configured, VRF by VRF; nothing without ``router bgp``."""
    for section in terminal.eos.config.sections("bgp"):
        asn = section.text.split()[2]
        yield Speaker("default", asn, _router_id(terminal, section), tuple(_peers(section)))
        for node in section.lines.values():
            if isinstance(node, Section) and node.rule.opens == "bgp vrf":
                yield Speaker(node.text.split()[1], asn, _router_id(terminal, node), tuple(_peers(node)))


def _router_id(terminal: Terminal, section: Section) -> str:
    line = section.lines.get("router-id")
    addresses = [address.ip for address in terminal.switch.meaning.loopbacks]
    return line.text.split()[1] if line is not None else str(max(addresses, default=IPv4Address(0)))


def _peers(section: Section) -> Iterator[Peer]:
    said: dict[str, dict[str, str]] = {}
    for node in section.lines.values():
        if isinstance(node, Line) and node.text.startswith("neighbor "):
            _, name, word, *rest = node.text.split(" ")
            said.setdefault(name, {})[word] = " ".join(rest)
    for name, words in said.items():
        group = said.get(words.get("peer", "").removeprefix("group").strip(), {})
        asn = words.get("remote-as") or group.get("remote-as")
        if asn and name.count(".") == 3:
            yield Peer(name, asn, words.get("description", ""), "shutdown" not in words | group)


@command("show ip bgp summary [vrf (default|all)]", privileged=False)
def summary(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A line for each neighbour."""
    text, data = [], {}
    for speaker in speakers(terminal):
        text.append(
            f"BGP summary information for VRF {speaker.vrf}\n"
            f"Router identifier {speaker.router_id}, local AS number {speaker.asn}\n"
            "Neighbor Status Codes: m - Under maintenance\n" + HEAD
        )
        text += [
            f"  {peer.address:<16} 4  {peer.asn:<12} {0:>7} {0:>9} {0:>4} {0:>4} 00:00:00 {peer.state}\n"
            for peer in speaker.peers
        ]
        data[speaker.vrf] = _summary(speaker, speaker.peers)
    return Output("".join(text) or "% BGP inactive\n", {"vrfs": data})


def _summary(speaker: Speaker, peers: tuple[Peer, ...]) -> dict[str, Any]:
    return {
        "vrf": speaker.vrf,
        "routerId": speaker.router_id,
        "asn": speaker.asn,
        "peers": {
            peer.address: {
                "version": 4,
                "asn": peer.asn,
                "peerState": peer.state,
                "description": peer.description,
                "msgReceived": 0,
                "msgSent": 0,
                "inMsgQueue": 0,
                "outMsgQueue": 0,
                "prefixReceived": 0,
                "prefixAccepted": 0,
                "underMaintenance": False,
            }
            for peer in peers
        },
    }


@command("show ipv6 bgp summary [vrf (default|all)]", privileged=False)
def summary6(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """No neighbour speaks IPv6 here."""
    every = list(speakers(terminal))
    text = "".join(
        f"BGP summary information for VRF {speaker.vrf}\n"
        f"Router identifier {speaker.router_id}, local AS number {speaker.asn}\n" + HEAD
        for speaker in every
    )
    return Output(text or "% BGP inactive\n", {"vrfs": {speaker.vrf: _summary(speaker, ()) for speaker in every}})


@command("show ip bgp neighbors [vrf (default|all)]", privileged=False)
def neighbours(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Everything about each neighbour."""
    text, data = [], {}
    for speaker in speakers(terminal):
        data[speaker.vrf] = {
            "peerList": [
                {
                    "peerAddress": peer.address,
                    "localAsn": speaker.asn,
                    "asn": peer.asn,
                    "routerId": "0.0.0.0",
                    "state": peer.state,
                    "idleReason": "" if peer.enabled else "Administratively shut down",
                    "description": peer.description,
                    "prefixesReceived": 0,
                    "prefixesSent": 0,
                    "v6PrefixesReceived": 0,
                    "v6PrefixesSent": 0,
                    "vrf": speaker.vrf,
                }
                for peer in speaker.peers
            ]
        }
        for peer in speaker.peers:
            kind = "internal" if peer.asn == speaker.asn else "external"
            text.append(
                f"BGP neighbor is {peer.address}, remote AS {peer.asn}, {kind} link\n"
                + (f" Description: {peer.description}\n" if peer.description else "")
                + f"  BGP version 4, remote router ID 0.0.0.0, VRF {speaker.vrf}\n"
                "  Last read never, last write never\n  Hold time is 180, keepalive interval is 60 seconds\n"
                f"  BGP state is {peer.state}\n  Local AS is {speaker.asn}, local router ID {speaker.router_id}\n"
            )
    return Output("\n".join(text), {"vrfs": data})


@command("show ipv6 bgp peers [vrf (default|all)]", privileged=False)
def peers6(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """No neighbour speaks IPv6 here."""
    return Output("", {"vrfs": {speaker.vrf: {"peerList": []} for speaker in speakers(terminal)}})
