"""``scripts/health_check.py``: what is wrong, why, and what to do: one line first, the details below."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import read_checkpoint, warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption, Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.cli.what_if import tell_what_if
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.terminal import wrap
from nornir_tasks.core.text import count_noun
from nornir_tasks.core.verdict import Verdict, group
from nornir_tasks.devices.context import open_context
from nornir_tasks.health.check import REGISTRY, name_runbook
from nornir_tasks.health.diagnosis import describe_folded, describe_incident
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.runner import check_health, find_incidents
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Device, Region
from nornir_tasks.platforms.common.login_fault import LoginFault

HELP = """What is wrong, why, and what to do. The first line is the verdict; each check has a runbook in docs/runbooks/.

\b
  scripts/health_check.py                    the whole region
  scripts/health_check.py loppa              one municipality
  scripts/health_check.py loppa-core-01 -v   one switch, with the checks that passed
  scripts/health_check.py --format json      for a program
  scripts/health_check.py --what-if loppa-core-01:23 --what-if loppa-core-01:24
                                             who would lose what without both

--what-if takes a switch, a cable (by an end, or its line's contract), a server, a
site, a common service or an application (loppa/mail); nothing is connected to.

Exit codes: 0 healthy, 1 something is wrong or could not be checked, 2 usage."""


def main(
    pattern: Pattern = "all",
    form: FormatOption = Format.TABLE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="the checks that passed, too")] = False,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", metavar="NAME", help="who would lose what without it; may repeat")
    ] = None,
) -> None:
    """Check, and leave with an exit code.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: texts for people, or JSON.
        verbose: whether the checks that passed are printed, too; texts only.
        what_if: names of what is to be taken for out: nothing is checked then.
    """
    terminal.run_guarded(lambda: tell_what_if(what_if, form) if what_if else run(pattern, form, verbose))


def run(pattern: str, form: Format, verbose: bool) -> int:
    """The exit code of the checks, after their verdicts are printed.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: texts for people, or JSON.
        verbose: whether the checks that passed are printed, too; texts only.

    Returns:
        ``CLEAN``, or ``WRONG`` where a check failed or could not tell.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern matches no switch.
    """
    region = load_region()
    chosen = choose_devices(region, pattern)
    context = open_context(region, reason="health check")
    warn_of_tampering(context)
    examination = check_health(region, chosen, context=context)
    incidents = find_incidents(context, examination.seen)
    answers = group(examination.verdicts)
    bad = [answer for answer in answers if answer[0].is_bad]
    headline = _make_headline(region, chosen, answers, incidents)
    if form == Format.JSON:
        checks = [_record(region, answer) for answer in answers]
        told = {"healthy": not bad and not incidents, "verdict": headline, "checks": checks}
        records = [_record_incident(region, incident) for incident in incidents]
        terminal.print_json({**told, "incidents": records, "checkpoint": read_checkpoint(context)})
        return WRONG if bad or incidents else CLEAN
    print(wrap(headline))
    closed = [name for name, switch in examination.seen.items() if switch.fault == LoginFault.CLOSED]
    terminal.explain_silence(chosen, sum(device.name in closed for device in chosen))
    for number, incident in enumerate(incidents):
        if number:
            print(wrap(f"\n{describe_incident(region, incident)}"))
        if incident.folded:
            print(wrap(f"  {describe_folded(incident)}", indent=4))
    for answer in (answer for answer in bad if not _is_explained(answer, incidents)):
        verdict = answer[0]
        advice = f"{verdict.advice} ({name_runbook(REGISTRY[verdict.rule.name].runbook)})"
        terminal.say(f"\n{verdict.subject}: {verdict.rule.name}: {_text(answer)}\n  {advice}")
    if verbose:
        rows = [(answer[0].subject, answer[0].rule.name, str(answer[0].status), _text(answer)) for answer in answers]
        terminal.print_table(("SWITCH", "CHECK", "VERDICT", "WORDS"), rows)
    return WRONG if bad or incidents else CLEAN


def _make_headline(
    region: Region, chosen: Sequence[Device], answers: Sequence[list[Verdict]], incidents: Sequence[Incident]
) -> str:
    """The verdict in one line: the cause that hits the most people; else what a check has found."""
    bad = [answer for answer in answers if answer[0].is_bad]
    if incidents:
        return describe_incident(region, incidents[0])
    if not bad:
        return f"healthy: {len(chosen)} switches, {sum(answer[0].passed for answer in answers)} checks passed"
    sick = {answer[0].subject for answer in bad}
    return f"{count_noun(len(sick), 'switch is', 'es are')} not well, {bad[0][0].subject} first: {_text(bad[0])}"


def _is_explained(answer: list[Verdict], incidents: Sequence[Incident]) -> bool:
    """Whether an incident says it already: who is silent, and the cables that are dark."""
    verdict = answer[0]
    causes = [cause for incident in incidents for cause in incident.causes]
    if verdict.rule.name == "reachable":
        return any(verdict.subject == cause.subject or verdict.subject in cause.folded for cause in causes)
    ends = {end.device for cause in causes for cable in cause.cables for end in (cable.near, cable.far)}
    return verdict.rule.name == "uplinks" and verdict.subject in ends


def _record_incident(region: Region, incident: Incident) -> dict[str, Any]:
    """An incident, for a program."""
    return {
        "words": describe_incident(region, incident),
        "urgency": incident.urgency.name.lower(),
        "causes": [{"kind": cause.kind.value, "subject": cause.subject} for cause in incident.causes],
        "people": incident.people,
        "losses": [asdict(loss) for loss in incident.losses],
        "weakened": [asdict(each) for each in incident.weakened],
        "folded": list(incident.folded),
    }


def _text(answer: list[Verdict]) -> str:
    """A check's verdicts on a switch in one line."""
    return "; ".join(verdict.text for verdict in answer)


def _record(region: Region, answer: list[Verdict]) -> dict[str, str]:
    """A check's verdicts on a switch, for a program."""
    verdict = answer[0]
    return {
        "device": verdict.subject,
        "municipality": region.devices[verdict.subject].municipality,
        "check": verdict.rule.name,
        "category": verdict.rule.category,
        "verdict": verdict.status.value,
        "words": _text(answer),
        "advice": verdict.advice,
    }


app = terminal.make_app(main, HELP)
