"""What hangs on one thing alone: warnings, because a region has such places, and its people must know them."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model.check.cabling import split
from nornir_tasks.model.check.tree import branches
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable

SERVICES = ("time_servers", "name_servers", "log_servers", "dhcp_servers")
TWINS = ("domain_controllers",)  # groups whose hosts stand in for each other


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Switches that others hang on, and pairs that fail together."""
    for _, found in branches(entries):
        for branch in found.values():
            if branch.cable is None:
                yield _alone(branch.switch, f"{branch} on this one switch", "a spare of its model at hand")
            elif branch.behind:
                words = f"{branch} on this one switch and its one cable"
                yield _alone(branch.switch, words, "a spare of its model and of its optics at hand")
    yield from _services(entries)
    yield from _twins(entries)


def _alone(switch: str, found: str, expected: str) -> Verdict[Variable]:
    return judge_variable(switch, (), found, expected, "plan its change last in its wave", Severity.WARNING)


def _services(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Both servers of a service of the centre behind one switch, or only one server."""
    standard = entries.standard(CENTRE)
    at = {one.address: host for host, one in entries.servers.items()}
    for key in SERVICES if standard else ():
        servers = [at[address] for address in getattr(standard, key) if address in at]
        switches = {_switch(entries, host) for host in servers}
        if len(switches) == 1 and None not in switches and len(servers) == len(getattr(standard, key)):
            found = f"{' and '.join(servers)} on {next(iter(switches))} alone"
            expected = "a server in each half of the centre"
            yield judge_variable("all", (key,), found, expected, "the whole region depends on it", Severity.WARNING)


def _twins(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Servers that stand in for each other, on one hypervisor."""
    together: dict[tuple[str, str], list[str]] = {}
    for host in entries.servers:
        place = entries.places[host]
        for group in set(place.groups) & set(TWINS):
            together.setdefault((place.municipality, group), []).append(host)
    for (name, group), hosts in together.items():
        below = {entries.servers[host].runs_on or entries.servers[host].attached for host in hosts}
        if len(hosts) > 1 and len(below) == 1 and None not in below:
            found = f"all {group} of {name} on {next(iter(below))}"
            yield judge_variable(
                hosts[-1], ("runs_on",), found, "another hypervisor than the first's", "", Severity.WARNING
            )


def _switch(entries: Entries, host: str) -> str | None:
    server = entries.servers[host]
    below = entries.servers.get(server.runs_on) if server.runs_on else server
    return split(below.attached)[0] if below and below.attached else None
