"""What hangs on one thing alone: warnings, because a region has such places, and its people must know them."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model.check.cabling import list_cables
from nornir_tasks.model.check.tree import collect_branches
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable

TWINS = ("domain_controllers",)  # groups whose hosts stand in for each other


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A warning for each switch that others hang on, and for servers in pairs that fail together."""
    for _, tree in collect_branches(entries):
        for branch in tree.values():
            if branch.cable is None:
                yield _warn_alone(branch.switch, f"{branch} on this one switch", "a spare of its model at hand")
            elif branch.behind:
                actual = f"{branch} on this one switch and its one cable"
                yield _warn_alone(branch.switch, actual, "a spare of its model and of its optics at hand")
    yield from _check_paths(entries)
    yield from _check_services(entries)
    yield from _check_twins(entries)


def _warn_alone(switch: str, actual: str, expected: str) -> Verdict[Variable]:
    return judge_variable(switch, (), actual, expected, "plan its change last in its wave", Severity.WARNING)


def _check_paths(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Two lines to the centre that are laid the same way: one spade cuts both."""
    owners: dict[tuple[str, str], str] = {}
    for cable in list_cables(entries):
        line = cable.link.line
        if line is None or cable.link.kind != "routed":
            continue
        first = owners.setdefault((cable.municipality, line.path), f"links[{cable.number}]")
        if first != f"links[{cable.number}]":
            expected = f"a path of its own; {first} has it"
            advice = "two lines on one path are no redundancy"
            yield judge_variable(
                cable.municipality,
                ("links", cable.number, "line", "path"),
                repr(line.path),
                expected,
                advice,
                Severity.WARNING,
            )


def _check_services(entries: Entries) -> Iterator[Verdict[Variable]]:
    """All hosts of a common service behind one switch."""
    standard = entries.find_standard(CENTRE)
    for key, service in standard.common_services.items() if standard else ():
        switches = {entries.find_attached_switch(host) for host in service.hosts if host in entries.servers}
        if len(switches) == 1 and None not in switches:
            actual = f"{' and '.join(service.hosts)} on {next(iter(switches))} alone"
            expected, advice = "a server in each half of the centre", "the whole region depends on it"
            yield judge_variable("all", ("common_services", key, "hosts"), actual, expected, advice, Severity.WARNING)


def _check_twins(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Servers that stand in for each other, on one hypervisor."""
    hosts_by_group: dict[tuple[str, str], list[str]] = {}
    for host in entries.servers:
        place = entries.places[host]
        for group in set(place.groups) & set(TWINS):
            hosts_by_group.setdefault((place.municipality, group), []).append(host)
    for (name, group), hosts in hosts_by_group.items():
        carriers = {entries.servers[host].runs_on or entries.servers[host].attached for host in hosts}
        if len(hosts) > 1 and len(carriers) == 1 and None not in carriers:
            actual = f"all {group} of {name} on {next(iter(carriers))}"
            yield judge_variable(
                hosts[-1], ("runs_on",), actual, "another hypervisor than the first's", "", Severity.WARNING
            )
