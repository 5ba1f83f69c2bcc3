"""Cables: both ends are there, and from every switch there is exactly one way to its core."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import uplink_index
from nornir_tasks.model.device import FABRIC
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable, nearest
from nornir_tasks.model.municipality import Link

LAYER_3 = ("core", *FABRIC)


@dataclass(frozen=True)
class Cable:
    """A link as it was said, and where."""

    municipality: str
    number: int  # in the municipality's list of links
    link: Link

    @property
    def ends(self) -> dict[str, tuple[str, int]]:
        """Field name to switch and port."""
        return {key: split(end) for key, end in (("a", self.link.a), ("b", self.link.b))}

    @property
    def switches(self) -> tuple[str, str]:
        """Both switches."""
        return split(self.link.a)[0], split(self.link.b)[0]

    def finding(self, key: str, found: str, expected: str, advice: str = "") -> Verdict[Variable]:
        """What is wrong with one of the link's fields, or (without a key) with the link."""
        path = ("links", self.number, key) if key else ("links", self.number)
        return judge_variable(self.municipality, path, found, expected, advice)


def split(socket: str) -> tuple[str, int]:
    """``loppa-core-01:1`` as switch and port."""
    switch, _, port = socket.rpartition(":")
    return switch, int(port)


def cables(entries: Entries) -> list[Cable]:
    """All links of all municipalities, in the order of the files."""
    return [Cable(name, number, link) for name, links in entries.links.items() for number, link in links.items()]


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Links one by one, then the /31s, then the tree that they make."""
    sound: dict[str, list[Cable]] = {}
    # At one end of a link whose other end is wrong: whether there is a way to the core cannot be said.
    doubtful = set(entries.loose)
    for cable in cables(entries):
        if entries.misplaced.keys() & set(cable.switches):
            doubtful.update(cable.switches)
            continue
        wrong = [*_ends(entries, cable)] or [*_kind(entries, cable)]
        yield from wrong
        if wrong:
            doubtful.update(cable.switches)
        else:
            sound.setdefault(cable.municipality, []).append(cable)
    yield from _indices(entries, [cable for some in sound.values() for cable in some])
    yield from _names(entries)
    for name in entries.links:
        yield from _roles(entries, name)
        if name != CENTRE:
            yield from _tree(entries, name, sound.get(name, []), doubtful)
            yield from _uplinks(entries, name, sound.get(name, []), doubtful)


def _ends(entries: Entries, cable: Cable) -> Iterator[Verdict[Variable]]:
    for key, (switch, port) in cable.ends.items():
        place = entries.places.get(switch)
        if not place or not place.role:
            known = [host for host, place in entries.places.items() if place.role]
            advice = "of a server's cable its own `attached` tells" if place else nearest(switch, known)
            yield cable.finding(key, repr(f"{switch}:{port}"), "a switch of the inventory", advice)
        elif place.municipality not in (cable.municipality, CENTRE):
            expected = f"a switch of {cable.municipality} or of the operations centre"
            yield cable.finding(key, repr(f"{switch}:{port}"), expected, f"that one belongs to {place.municipality}")
    a, b = cable.switches
    if a == b:
        yield cable.finding("b", repr(cable.link.b), "another switch than at the link's other end")


def _kind(entries: Entries, cable: Cable) -> Iterator[Verdict[Variable]]:
    a, b = (entries.places[switch] for switch in cable.switches)
    routed = cable.link.kind == "routed"
    if not routed and CENTRE in (a.municipality, b.municipality):
        yield cable.finding("kind", "'trunk'", "'routed': the operations centre has no trunks")
    elif routed and not (a.role in LAYER_3 and b.role in LAYER_3):
        yield cable.finding("kind", "'routed'", "'trunk': an access switch does not route")
    elif routed and cable.link.index is None and a.municipality == b.municipality:
        yield cable.finding(
            "index", "nothing", "the number of the link's /31, 200 to 255, inside the operations centre"
        )


def _indices(entries: Entries, sound: list[Cable]) -> Iterator[Verdict[Variable]]:
    """Every routed link has a /31 of its own, within the network for them."""
    halves = list(entries.municipalities[CENTRE].sites) if CENTRE in entries.municipalities else []
    taken: dict[int, Cable] = {}
    for cable in sound:
        home = entries.municipalities.get(cable.municipality)
        standard = entries.standard(cable.municipality)
        if cable.link.kind != "routed" or not home or not standard:
            continue
        far = next((one for one in cable.switches if entries.places[one].municipality == CENTRE), "")
        half = entries.switches[far].site if far in entries.switches else None
        index = uplink_index(cable.link, home, half, halves)
        if index is None:
            continue
        other = taken.setdefault(index, cable)
        if other is not cable:
            where = f"links[{other.number}]" + (f" of {other.municipality}" * (other.municipality != home.name))
            if cable.link.index is None:
                yield cable.finding("b", repr(cable.link.b), f"a leaf in the other half; {where} goes to {half}")
            else:
                yield cable.finding("index", str(index), f"a number of its own; {where} has it")
        elif 2 * index + 1 >= standard.uplink_network.num_addresses:
            yield cable.finding("", f"the /31 number {index}", f"one within {standard.uplink_network}, uplink_network")


def _names(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A host's name stands in configurations, in names' servers and in the links: it must fit all of them."""
    for host in entries.places:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", host):
            yield judge_variable(
                host, (), f"the name {host!r}", "lower-case letters, digits and -, a letter first, at most 63"
            )


def _roles(entries: Entries, name: str) -> Iterator[Verdict[Variable]]:
    roles = {host: place.role for host, place in entries.placed(name).items() if place.role}
    allowed = FABRIC if name == CENTRE else ("core", "access")
    for host, role in roles.items():
        if role not in allowed:
            yield judge_variable(host, (), f"role {role}", f"role {' or '.join(allowed)} in {name}")
    cores = [host for host, role in roles.items() if role == "core"]
    unsure = any(name in owners for owners in entries.misplaced.values())
    if name != CENTRE and not cores and not unsure:
        yield judge_variable(name, (), "no core switch", "one")
    if name != CENTRE:
        for host in cores[1:]:
            yield judge_variable(host, (), "a second core switch", f"one in {name}; {cores[0]} is one already")


def _tree(entries: Entries, name: str, sound: list[Cable], doubtful: set[str]) -> Iterator[Verdict[Variable]]:
    """Trunks join every access switch to the core, and none of them closes a loop."""
    hosts = {host: place.role for host, place in entries.placed(name).items() if place.role}
    joined: dict[str, str] = {host: host for host in hosts}
    for cable in sound:
        if cable.link.kind == "trunk":
            a, b = (_root(joined, one) for one in cable.switches)
            if a == b:
                found = f"a loop: {' and '.join(cable.switches)} are joined already"
                yield cable.finding("", found, "one way from each switch to its core")
            joined[a] = b
    reached = {_root(joined, host) for host, role in hosts.items() if role == "core" or host in doubtful}
    if "core" in hosts.values():
        for host in hosts:
            if _root(joined, host) not in reached:
                yield judge_variable(host, (), "no way to the core switch", f"a trunk in the links of {name}")


def _root(joined: Mapping[str, str], host: str) -> str:
    while joined[host] != host:
        host = joined[host]
    return host


def _uplinks(entries: Entries, name: str, sound: list[Cable], doubtful: set[str]) -> Iterator[Verdict[Variable]]:
    centre = entries.municipalities.get(CENTRE)
    cores = [host for host, place in entries.placed(name).items() if place.role == "core"]
    if not centre or len(cores) != 1 or cores[0] in doubtful:
        return
    ends = {one for cable in sound if cable.link.kind == "routed" for one in cable.switches}
    reached = {entries.switches[one].site for one in ends if one in entries.switches}
    for half in centre.sites:
        if half not in reached:
            yield judge_variable(
                name, ("links",), f"no routed link to {half}", "one from the core to each half of the centre"
            )
