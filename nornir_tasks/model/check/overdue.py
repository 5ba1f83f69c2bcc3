"""What is left undone or out of date: legacy networks with no place, agreements, lines, waivers, administrators."""

from collections.abc import Iterator
from datetime import date

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model.coverage import list_agreement_gaps, list_assessment_gaps
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.municipality import Legacy, Municipality


def check(entries: Entries, today: date) -> Iterator[Verdict[Variable]]:
    """A finding for each legacy VLAN without zones, each missing date, and each waiver or account that has run out."""
    yield from _check_administrators(entries, today)
    for municipality in entries.municipalities.values():
        if municipality.legacy:
            yield from _check_legacy_vlans(entries, municipality, municipality.legacy)
        if municipality.migration:
            yield from _check_coverage(municipality, today)
            for site, visit in municipality.migration.visits.items():
                if visit.by < today:
                    path: Path = ("migration", "visits", site, "by")
                    advice = f"has {visit.who} been there? the site's ports are not moved until it is said anew"
                    expected = f"a day from {today} on"
                    yield judge_variable(municipality.name, path, str(visit.by), expected, advice, Severity.WARNING)
        yield from _check_lines(municipality, today)
        for number, waiver in enumerate(municipality.waivers):
            if waiver.until < today:
                expected = f"a day from {today} on"
                advice = f"{waiver.device} is not waived any more: bring it back, or have {waiver.by} renew it"
                path = ("waivers", number, "until")
                yield judge_variable(municipality.name, path, str(waiver.until), expected, advice, Severity.WARNING)


def _check_administrators(entries: Entries, today: date) -> Iterator[Verdict[Variable]]:
    """Administrators whose last day is over."""
    for host, standard in list(entries.standards.items())[:1]:  # of `all`: each host has the same
        for name, person in standard.administrators.items():
            if person.until < today:
                path: Path = ("administrators", name, "until")
                advice = "the account goes from each server at the next run; take the record away, or renew it"
                expected = f"a day from {today} on"
                yield judge_variable(host, path, str(person.until), expected, advice, Severity.WARNING)


def _check_legacy_vlans(entries: Entries, municipality: Municipality, legacy: Legacy) -> Iterator[Verdict[Variable]]:
    """Legacy VLANs with a subnet but no zone: their clients lose the network when the legacy goes."""
    judged_paths = {
        finding.subject.path[:4] for finding in entries.findings if finding.subject.scope == municipality.name
    }
    for number, vlan in legacy.vlans.items():
        path = ("legacy", "vlans", str(number))
        if vlan.subnet and not vlan.zones and (*path, "zones") not in judged_paths:
            advice = "who lives there? a zone that another VLAN has already means: move them there first"
            yield judge_variable(
                municipality.name, path, f"no zone for {vlan.subnet} ({vlan.name})", "the zones it becomes", advice
            )


def _check_coverage(municipality: Municipality, today: date) -> Iterator[Verdict[Variable]]:
    """Agreements and assessments that are missing, or out of date: the gates of ``connect`` and later refuse."""
    names = list(municipality.applications)
    gaps = {
        "agreements": list_agreement_gaps(municipality, names, today),
        "risk_assessments": list_assessment_gaps(municipality, names, today),
    }
    for key, reasons in gaps.items():
        for reason in reasons:
            expected = f"one in force on {today}, for every application, without overdue findings"
            advice = "connect is refused until it is there"
            yield judge_variable(municipality.name, (key,), reason, expected, advice, Severity.WARNING)


def _check_lines(municipality: Municipality, today: date) -> Iterator[Verdict[Variable]]:
    """Lines whose contract has ended."""
    for number, link in enumerate(municipality.links):
        if link.line and link.line.ends < today:
            path = ("links", number, "line", "ends")
            advice = f"ask {link.line.supplier} about {link.line.contract}"
            actual, expected = str(link.line.ends), f"a day from {today} on"
            yield judge_variable(municipality.name, path, actual, expected, advice, Severity.WARNING)
