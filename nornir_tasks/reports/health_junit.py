"""A round of health checks as JUnit's XML, for a build server: valid by Ant's schema and by Jenkins' alike.

A suite is a municipality, a class a device, a case a check; the causes are a suite of their own, each a failed case.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from nornir_tasks.core.output import make_safe
from nornir_tasks.core.verdict import Status, Verdict
from nornir_tasks.health.run_record import RunRecord, describe_answer, find_municipality
from nornir_tasks.model import Region

CAUSES = "causes"
ELEMENTS = {Status.FAILURE: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped"}


@dataclass(frozen=True)
class Case:
    """A case. ``element``: what stands in it, "" where it passed. ``kind``: of the failure, for programs."""

    name: str
    subject: str
    element: str = ""
    kind: str = ""
    text: str = ""


def make_junit(region: Region, record: RunRecord) -> str:
    """The file's text.

    Args:
        region: with whose a device is.
        record: of the round.
    """
    suites: dict[str, list[Case]] = {}
    for finding in record.findings:
        if finding.is_incident:
            case = Case(finding.kind, finding.subject or CAUSES, "failure", finding.urgency.name.lower(), finding.line)
            suites.setdefault(CAUSES, []).append(case)
    for answer in record.answers:
        home = find_municipality(region, answer[0].subject) or "others"
        suites.setdefault(home, []).append(_make_case(answer))
    root = ElementTree.Element("testsuites")
    for number, (name, cases) in enumerate(suites.items()):
        root.append(_make_suite(record, number, name, cases))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _make_case(answer: Sequence[Verdict]) -> Case:
    """A check of a device. What was not seen is an error: a build server takes what was skipped for well."""
    verdict = answer[0]
    if verdict.passed:
        return Case(verdict.rule.name, verdict.subject)
    element = "error" if verdict.is_unseen else ELEMENTS[verdict.status]
    words = describe_answer(answer)
    text = f"{words}. {verdict.advice}" if verdict.advice else words
    return Case(verdict.rule.name, verdict.subject, element, verdict.rule.category or verdict.rule.name, text)


def _make_suite(record: RunRecord, number: int, name: str, cases: Sequence[Case]) -> ElementTree.Element:
    counts = Counter(case.element for case in cases)
    suite = ElementTree.Element(
        "testsuite",
        id=str(number),
        package="fellesdrift.health",
        name=name,
        timestamp=f"{record.began:%Y-%m-%dT%H:%M:%S}",
        hostname="localhost",
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{record.seconds:.3f}",
    )
    properties = ElementTree.SubElement(suite, "properties")
    ElementTree.SubElement(properties, "property", name="verdict", value=make_safe(record.verdict))
    for case in cases:
        element = ElementTree.SubElement(
            suite, "testcase", name=make_safe(case.name), classname=make_safe(case.subject), time="0"
        )
        if case.element == "skipped":
            ElementTree.SubElement(element, case.element, message=make_safe(case.text))
        elif case.element:
            ElementTree.SubElement(element, case.element, type=case.kind, message=make_safe(case.text))
    ElementTree.SubElement(suite, "system-out")
    ElementTree.SubElement(suite, "system-err")
    return suite
