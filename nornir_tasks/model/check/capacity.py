"""Whether each cable carries the clients behind it: trunks those of their branch, uplinks everybody, each alone."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.cabling import InventoryCable, list_cables
from nornir_tasks.model.check.ports import find_model
from nornir_tasks.model.check.tree import collect_branches
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each cable that is faster than its ports, or too slow for the clients behind it."""
    all_cables = list_cables(entries)
    for cable in all_cables:
        yield from _check_port_speeds(entries, cable)
    uplinks: dict[str, list[InventoryCable]] = {}
    for cable in all_cables:
        if cable.link.kind == "routed" and cable.municipality != CENTRE:
            uplinks.setdefault(cable.municipality, []).append(cable)
    for name, tree in collect_branches(entries):
        standard = entries.find_standard(name)
        if standard:
            mbps = standard.mbps_per_client
            clients = sum(site.clients for site in entries.municipalities[name].sites.values())
            for branch in tree.values():
                if branch.cable:
                    yield from _check_capacity(branch.cable, branch.clients, mbps, "behind it")
            for cable in uplinks.get(name, []):
                yield from _check_capacity(cable, clients, mbps, "when the other uplink is away")


def _check_capacity(cable: InventoryCable, clients: int, mbps: float, condition: str) -> Iterator[Verdict[Variable]]:
    line = cable.link.line
    for key, line_mbps in (("down_mbps", line.down_mbps), ("up_mbps", line.up_mbps)) if line else ():
        if line_mbps < clients * mbps:
            need = f"{clients * mbps:g} at least: {clients} clients {condition}, {mbps:g} Mbit/s each"
            path = ("links", cable.number, "line", key)
            yield judge_variable(cable.municipality, path, str(line_mbps), need, "a faster line")
    if cable.link.gbps * 1000 < clients * mbps:
        expected = f"{clients * mbps / 1000:g} at least: {clients} clients {condition}, {mbps:g} Mbit/s each"
        yield cable.judge("gbps", str(cable.link.gbps), expected, "a faster cable")


def _check_port_speeds(entries: Entries, cable: InventoryCable) -> Iterator[Verdict[Variable]]:
    for host, port in cable.ends.values():
        model = find_model(entries, host)
        if model:
            is_uplink = model.uplinks_from is not None and port >= model.uplinks_from
            port_gbps = model.uplink_gbps if is_uplink else model.gbps
            if cable.link.gbps > port_gbps:
                expected = f"at most {port_gbps}: port {port} of {host} ({entries.switches[host].model}) is no faster"
                yield cable.judge("gbps", str(cable.link.gbps), expected)
                return
