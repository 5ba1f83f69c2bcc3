"""Cables: both ends are there, and from every switch there is exactly one way to its core."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_uplink_index
from nornir_tasks.model.device import FABRIC
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable, suggest_nearest
from nornir_tasks.model.municipality import Link

LAYER_3 = ("core", *FABRIC)


@dataclass(frozen=True)
class InventoryCable:
    """A link as the inventory has it, and where."""

    municipality: str
    number: int  # in the municipality's list of links
    link: Link

    @property
    def ends(self) -> dict[str, tuple[str, int]]:
        """Field name to switch and port."""
        return {key: split_socket(end) for key, end in (("a", self.link.a), ("b", self.link.b))}

    @property
    def switches(self) -> tuple[str, str]:
        """Both switches."""
        return split_socket(self.link.a)[0], split_socket(self.link.b)[0]

    def judge(self, key: str, actual: str, expected: str, advice: str = "") -> Verdict[Variable]:
        """The verdict on one of the link's fields, or (without a key) on the link.

        Args:
            key: ``a``, ``b``, ``kind``, ``gbps`` or ``index``; empty: the link as a whole.
            actual: what stands there, as ``format_value`` writes it.
            expected: what would fit.
            advice: what to do, where it is known.
        """
        path = ("links", self.number, key) if key else ("links", self.number)
        return judge_variable(self.municipality, path, actual, expected, advice)


def split_socket(socket: str) -> tuple[str, int]:
    """``loppa-core-01:1`` as switch and port."""
    switch, _, port = socket.rpartition(":")
    return switch, int(port)


def list_cables(entries: Entries) -> list[InventoryCable]:
    """All links of all municipalities, in the order of the files."""
    return [
        InventoryCable(name, number, link) for name, links in entries.links.items() for number, link in links.items()
    ]


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each link that does not fit: its ends and kind, then its /31, then the tree of all."""
    sound_cables: dict[str, list[InventoryCable]] = {}
    # Switches at an end of a wrong link: whether they have a way to the core is unknown.
    doubtful = set(entries.half_cabled)
    for cable in list_cables(entries):
        if entries.misplaced.keys() & set(cable.switches):
            doubtful.update(cable.switches)
            continue
        mismatches = [*_check_ends(entries, cable)] or [*_check_kind(entries, cable)]
        yield from mismatches
        if mismatches:
            doubtful.update(cable.switches)
        else:
            sound_cables.setdefault(cable.municipality, []).append(cable)
    yield from _check_indices(
        entries, [cable for municipality_cables in sound_cables.values() for cable in municipality_cables]
    )
    yield from _check_names(entries)
    for name in entries.links:
        yield from _check_roles(entries, name)
        if name != CENTRE:
            yield from _check_tree(entries, name, sound_cables.get(name, []), doubtful)
            yield from _check_uplinks(entries, name, sound_cables.get(name, []), doubtful)


def _check_ends(entries: Entries, cable: InventoryCable) -> Iterator[Verdict[Variable]]:
    for key, (switch, port) in cable.ends.items():
        place = entries.places.get(switch)
        if not place or not place.role:
            switches = [host for host, place in entries.places.items() if place.role]
            advice = "of a server's cable its own `attached` tells" if place else suggest_nearest(switch, switches)
            yield cable.judge(key, repr(f"{switch}:{port}"), "a switch of the inventory", advice)
        elif place.municipality not in (cable.municipality, CENTRE):
            expected = f"a switch of {cable.municipality} or of the operations centre"
            yield cable.judge(key, repr(f"{switch}:{port}"), expected, f"that one belongs to {place.municipality}")
    a_switch, b_switch = cable.switches
    if a_switch == b_switch:
        yield cable.judge("b", repr(cable.link.b), "another switch than at the link's other end")


def _check_kind(entries: Entries, cable: InventoryCable) -> Iterator[Verdict[Variable]]:
    a_place, b_place = (entries.places[switch] for switch in cable.switches)
    is_routed = cable.link.kind == "routed"
    if not is_routed and CENTRE in (a_place.municipality, b_place.municipality):
        yield cable.judge("kind", "'trunk'", "'routed': the operations centre has no trunks")
    elif is_routed and not (a_place.role in LAYER_3 and b_place.role in LAYER_3):
        yield cable.judge("kind", "'routed'", "'trunk': an access switch does not route")
    elif is_routed and cable.link.index is None and a_place.municipality == b_place.municipality:
        yield cable.judge("index", "nothing", "the number of the link's /31, 200 to 255, inside the operations centre")


def _check_indices(entries: Entries, sound_cables: list[InventoryCable]) -> Iterator[Verdict[Variable]]:
    """Every routed link has a /31 of its own, within the network for them."""
    halves = list(entries.municipalities[CENTRE].sites) if CENTRE in entries.municipalities else []
    taken: dict[int, InventoryCable] = {}
    for cable in sound_cables:
        municipality = entries.municipalities.get(cable.municipality)
        standard = entries.find_standard(cable.municipality)
        if cable.link.kind != "routed" or not municipality or not standard:
            continue
        centre_switch = next((switch for switch in cable.switches if entries.places[switch].municipality == CENTRE), "")
        half = entries.switches[centre_switch].site if centre_switch in entries.switches else None
        index = find_uplink_index(cable.link, municipality, half, halves)
        if index is None:
            continue
        earlier = taken.setdefault(index, cable)
        if earlier is not cable:
            earlier_link = f"links[{earlier.number}]" + (
                f" of {earlier.municipality}" * (earlier.municipality != municipality.name)
            )
            if cable.link.index is None:
                yield cable.judge("b", repr(cable.link.b), f"a leaf in the other half; {earlier_link} goes to {half}")
            else:
                yield cable.judge("index", str(index), f"a number of its own; {earlier_link} has it")
        elif 2 * index + 1 >= standard.uplink_network.num_addresses:
            yield cable.judge("", f"the /31 number {index}", f"one within {standard.uplink_network}, uplink_network")


def _check_names(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A host's name stands in configurations, in names' servers and in the links: it must fit all of them."""
    for host in entries.places:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", host):
            yield judge_variable(
                host, (), f"the name {host!r}", "lower-case letters, digits and -, a letter first, at most 63"
            )


def _check_roles(entries: Entries, name: str) -> Iterator[Verdict[Variable]]:
    roles = {host: place.role for host, place in entries.find_places(name).items() if place.role}
    allowed = FABRIC if name == CENTRE else ("core", "access")
    for host, role in roles.items():
        if role not in allowed:
            yield judge_variable(host, (), f"role {role}", f"role {' or '.join(allowed)} in {name}")
    cores = [host for host, role in roles.items() if role == "core"]
    has_misplaced = any(name in owners for owners in entries.misplaced.values())
    if name != CENTRE and not cores and not has_misplaced:
        yield judge_variable(name, (), "no core switch", "one")
    if name != CENTRE:
        for host in cores[1:]:
            yield judge_variable(host, (), "a second core switch", f"one in {name}; {cores[0]} is one already")


def _check_tree(
    entries: Entries, name: str, sound_cables: list[InventoryCable], doubtful: set[str]
) -> Iterator[Verdict[Variable]]:
    """Trunks join every access switch to the core, and none of them closes a loop."""
    hosts = {host: place.role for host, place in entries.find_places(name).items() if place.role}
    parents: dict[str, str] = {host: host for host in hosts}
    for cable in sound_cables:
        if cable.link.kind == "trunk":
            a_root, b_root = (_find_root(parents, switch) for switch in cable.switches)
            if a_root == b_root:
                actual = f"a loop: {' and '.join(cable.switches)} are joined already"
                yield cable.judge("", actual, "one way from each switch to its core")
            parents[a_root] = b_root
    reached = {_find_root(parents, host) for host, role in hosts.items() if role == "core" or host in doubtful}
    if "core" in hosts.values():
        for host in hosts:
            if _find_root(parents, host) not in reached:
                yield judge_variable(host, (), "no way to the core switch", expect_trunk(name))


def expect_trunk(municipality: str) -> str:
    """What a switch lacks that no trunk leads to."""
    return f"a trunk in the links of {municipality}"


def _find_root(parents: Mapping[str, str], host: str) -> str:
    while parents[host] != host:
        host = parents[host]
    return host


def _check_uplinks(
    entries: Entries, name: str, sound_cables: list[InventoryCable], doubtful: set[str]
) -> Iterator[Verdict[Variable]]:
    centre = entries.municipalities.get(CENTRE)
    cores = [host for host, place in entries.find_places(name).items() if place.role == "core"]
    if not centre or len(cores) != 1 or cores[0] in doubtful:
        return
    switches = {switch for cable in sound_cables if cable.link.kind == "routed" for switch in cable.switches}
    reached = {entries.switches[switch].site for switch in switches if switch in entries.switches}
    for half in centre.sites:
        if half not in reached:
            yield judge_variable(
                name, ("links",), f"no routed link to {half}", "one from the core to each half of the centre"
            )
