"""Whether each cable carries the clients behind it: trunks those of their branch, uplinks everybody, each alone."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.cabling import Cable, cables
from nornir_tasks.model.check.ports import model_of
from nornir_tasks.model.check.tree import branches
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Cables faster than their ports, and cables too slow for what is behind them."""
    every = cables(entries)
    for cable in every:
        yield from _ports(entries, cable)
    uplinks: dict[str, list[Cable]] = {}
    for cable in every:
        if cable.link.kind == "routed" and cable.municipality != CENTRE:
            uplinks.setdefault(cable.municipality, []).append(cable)
    for name, found in branches(entries):
        standard = entries.standard(name)
        if standard:
            need = standard.mbps_per_client
            everybody = sum(site.clients for site in entries.municipalities[name].sites.values())
            for branch in found.values():
                if branch.cable:
                    yield from _carries(branch.cable, branch.clients, need, "behind it")
            for cable in uplinks.get(name, []):
                yield from _carries(cable, everybody, need, "when the other uplink is away")


def _carries(cable: Cable, clients: int, mbps: float, when: str) -> Iterator[Verdict[Variable]]:
    if cable.link.gbps * 1000 < clients * mbps:
        expected = f"{clients * mbps / 1000:g} at least: {clients} clients {when}, {mbps:g} Mbit/s each"
        yield cable.finding("gbps", str(cable.link.gbps), expected, "a faster cable")


def _ports(entries: Entries, cable: Cable) -> Iterator[Verdict[Variable]]:
    for host, port in cable.ends.values():
        model = model_of(entries, host)
        if model:
            fast = model.uplinks_from is not None and port >= model.uplinks_from
            most = model.uplink_gbps if fast else model.gbps
            if cable.link.gbps > most:
                expected = f"at most {most}: port {port} of {host} ({entries.switches[host].model}) is no faster"
                yield cable.finding("gbps", str(cable.link.gbps), expected)
                return
